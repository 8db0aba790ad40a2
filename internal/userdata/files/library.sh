# Makes this machine what its kind says. It may run again at any time: it then does what is
# missing and restarts what changed. Its last line says "torii-{{.Kind}}: up", or what went wrong.
#
# A kind's own setup.sh follows with its main, which calls steps, and may define
#   services     its units in the order of need, without "torii-"; the last is what the machine is for
#   announce     tells its argument, the last line, to somebody far away, or acts on it
#   is_well      tells whether the last service does its work, for wait_until_well
set -Eeuo pipefail
umask 022
export HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

root=""      # where write_files writes; a test sets it
opt=/opt/torii
changed=()   # files and environments that are not as they were
doing=""     # the step, for the last line
trying=""    # what a step says of itself when it fails
timers=()    # units that it starts as well, without "torii-"

step() {
  doing="$1"
  echo "$(date -u +%FT%TZ) $doing"
  "${@:2}"
}

announce() { :; }

# last_line says how it ended: here, on the console by way of cloud-init, and in the system log.
last_line() {
  trap - ERR
  logger -t torii-{{.Kind}} "$1" || true
  announce "torii-{{.Kind}}: $1" 2>/dev/null || true
  echo "torii-{{.Kind}}: $1"
}

failed() {
  last_line "NOT UP: $doing: ${trying:-$BASH_COMMAND}"
  exit 1
}

# retry is for whatever needs the network.
retry() {
  local try
  for try in 1 2 3 4 5; do
    "$@" && return 0
    echo "$(date -u +%FT%TZ) try $try of 5 failed: $*"
    sleep $((try * 5))
  done
  trying="$*"
  return 1
}

has_changed() { printf '%s\n' "${changed[@]}" | grep -qE "$1"; }

# put writes its input to a file, unless the file is like that already.
put() {
  local path="$root$1" new
  new=$(mktemp)
  cat >"$new"
  if ! cmp -s "$new" "$path"; then
    mkdir -p "${path%/*}"
    install -m 0644 "$new" "$path"
    changed+=("$1")
  fi
  rm "$new"
}

# get_packages installs packages unless the image brings them. This is the only place that
# knows how: Amazon Linux 2023 and Debian 12.
get_packages() {
  if command -v dnf >/dev/null; then
    rpm -q "$@" >/dev/null || retry dnf install -y -q "$@"
  else
    dpkg -s "$@" >/dev/null 2>&1 && return 0
    retry apt-get -qq -o DPkg::Lock::Timeout=300 update
    retry apt-get -qq -o DPkg::Lock::Timeout=300 install --no-install-recommends --no-upgrade "$@"
  fi
}

start_services() {
  systemctl daemon-reload
  systemctl --quiet enable "${services[@]/#/torii-}" "${timers[@]/#/torii-}"
  local service
  for service in "${services[@]}"; do
    if has_changed "$service|instance" || [[ $service == {{.Kind}} ]] && ((${#changed[@]})); then
      systemctl --no-block restart "torii-$service"
    fi
  done
  systemctl --no-block start "${services[@]/#/torii-}" "${timers[@]/#/torii-}"
}

# wait_until_well has the patience that torii-volume has, and some; but none when that refuses.
wait_until_well() {
  local since=$SECONDS
  until is_well; do
    if ((SECONDS - since > 900)) || systemctl --quiet is-failed torii-volume; then
      trying="$(why_not_up)"
      return 1
    fi
    sleep 5
  done
}

# why_not_up names the first unit that is not there, and the last thing it said.
why_not_up() {
  local service
  for service in "${services[@]}"; do
    systemctl --quiet is-active "torii-$service" || break
  done
  echo "torii-$service: $(journalctl -n 1 -o cat "_SYSTEMD_UNIT=torii-$service.service")"
}
