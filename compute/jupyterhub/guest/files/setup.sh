#!/bin/bash
# Makes this machine a JupyterHub. It may run again at any time: it then does what is missing
# and restarts what changed. Its last line says "torii-hub: up", or what went wrong.
set -Eeuo pipefail
umask 022
export HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

root=""      # where write_files writes; a test sets it
opt=/opt/torii
changed=()   # files and environments that are not as they were
doing=""     # the step, for the last line
trying=""    # the command of a step that retry gave up

main() {
  step "writing files" write_files
  step "installing system packages" install_packages
  step "making the proxy's account" make_account
  step "installing the hub" install_python hub
  step "installing the users' environment" install_python user
  step "letting users add packages of their own" share_user_site
  step "installing the proxy" install_proxy
  step "starting the services" start_services
  step "waiting for the hub" wait_for_hub
  last_line "up"
}

step() {
  doing="$1"
  echo "$(date -u +%FT%TZ) $doing"
  "${@:2}"
}

# last_line says how it ended: here, on the console by way of cloud-init, in the system log,
# and in CloudWatch as far as the hub is installed.
last_line() {
  trap - ERR
  logger -t torii-hub "$1" || true
  "$opt/hub/bin/python" -m torii_hub.cloudwatch setup "torii-hub: $1" 2>/dev/null || true
  echo "torii-hub: $1"
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

# The only place that knows distributions: Amazon Linux 2023 and Debian 12.
install_packages() {
  if command -v dnf >/dev/null; then
    retry dnf install -y -q python3.11 python3.11-pip nftables xfsprogs git
  else
    retry apt-get -qq -o DPkg::Lock::Timeout=300 update
    retry apt-get -qq -o DPkg::Lock::Timeout=300 install --no-install-recommends --no-upgrade \
      python3 python3-venv nftables xfsprogs git ca-certificates
  fi
}

make_account() {
  id torii-proxy >/dev/null 2>&1 ||
    useradd --system --user-group --no-create-home --home-dir / --shell /usr/sbin/nologin torii-proxy
}

# install_python makes the environment "hub" or "user" from its list, which names every
# package in one exact version, so that nothing is resolved here.
install_python() {
  local at="$opt/$1" list="$opt/requirements-$1.txt"
  cmp -s "$list" "$at/.installed" && return 0
  test -x "$at/bin/python" || python3.11 -m venv "$at"
  local pip=("$at/bin/python" -m pip --quiet --no-input install --no-deps)
  # These two first: onetimepass comes as source, and is built with them instead of with
  # whatever is newest that day.
  retry "${pip[@]}" $(grep -E '^(pip|setuptools)==' "$list")
  retry "${pip[@]}" --only-binary :all: --no-binary onetimepass --no-build-isolation -r "$list"
  "$at/bin/python" -m pip check
  echo "$opt" >"$opt/hub/lib/python3.11/site-packages/torii.pth" # where torii_hub is
  cp "$list" "$at/.installed"
  changed+=("$at")
}

# With this, pip puts users' packages into ~/.local, where they cannot harm anybody's server;
# the environment's own come first. Not from the start, or pip would build on what is there.
# Python only looks into a folder that was there when it started, so every home begins with it.
share_user_site() {
  mkdir -p /etc/skel/.local/lib/python3.11/site-packages
  sed -i 's/^include-system-site-packages = .*/include-system-site-packages = true/' "$opt/user/pyvenv.cfg"
}

install_proxy() {
  local at="$opt/proxy"
  cmp -s "$at/package-lock.json" "$at/node_modules/.installed" && return 0
  PATH="$opt/hub/bin:$PATH" retry npm ci --prefix "$at" --ignore-scripts --omit=dev --no-audit --no-fund --loglevel=error
  cp "$at/package-lock.json" "$at/node_modules/.installed"
  changed+=("$at")
}

start_services() {
  systemctl daemon-reload
  systemctl --quiet enable torii-volume torii-imds torii-proxy torii-hub torii-watch.timer
  if has_changed imds; then systemctl --no-block restart torii-imds; fi
  if has_changed proxy; then systemctl --no-block restart torii-proxy; fi
  if ((${#changed[@]})); then systemctl --no-block restart torii-hub; fi # servers keep running
  systemctl --no-block start torii-volume torii-imds torii-proxy torii-hub torii-watch.timer
}

is_well() {
  "$opt/hub/bin/python" -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:{{.Port}}{{.HealthPath}}", timeout=5)' 2>/dev/null
}

# wait_for_hub has the patience that torii-volume has, and some; but none when that refuses.
wait_for_hub() {
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
  local unit
  for unit in torii-volume torii-imds torii-proxy torii-hub; do
    systemctl --quiet is-active "$unit" || break
  done
  echo "$unit: $(journalctl -n 1 -o cat "_SYSTEMD_UNIT=$unit.service")"
}

write_files() {
{{- range .Files}}
put {{.Path}} <<'{{$.End}}'
{{.Text}}{{$.End}}
{{- end}}
}

# Not where a test only wants the functions.
if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then
  trap failed ERR
  main
fi
