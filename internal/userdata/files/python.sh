# What a kind whose service is in Python needs beside library.sh. Its setup.sh may define
#   pip_options  more for pip than install_python gives
export PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
pip_options=()
timers=(watch.timer)

# install_packages gets what volumes, the guard of the credentials and Python take.
install_packages() {
  local packages=(nftables xfsprogs git)
  if command -v dnf >/dev/null; then
    packages+=(python3.11 python3.11-pip)
  else
    packages+=(python3 python3-venv ca-certificates)
  fi
  get_packages "${packages[@]}"
}

# has_python tells whether an environment is made from its list, as it is now.
has_python() { cmp -s "$opt/requirements-$1.txt" "$opt/$1/.installed"; }

# install_python makes an environment from its list, which names every package in one exact
# version, so that nothing is resolved here.
install_python() {
  local at="$opt/$1" list="$opt/requirements-$1.txt"
  has_python "$1" && return 0
  test -x "$at/bin/python" || python3.11 -m venv "$at"
  local pip=("$at/bin/python" -m pip --quiet --no-input install --no-deps)
  # These two first: what comes as source is built with them instead of with whatever is
  # newest that day.
  retry "${pip[@]}" $(grep -E '^(pip|setuptools)==' "$list")
  retry "${pip[@]}" --only-binary :all: "${pip_options[@]}" -r "$list"
  "$at/bin/python" -m pip check
  echo "$opt" >"$opt/{{.Kind}}/lib/python3.11/site-packages/torii.pth" # where our own packages are
  cp "$list" "$at/.installed"
  changed+=("$at")
}

# With this, pip puts users' packages into ~/.local, where they cannot harm a server; the
# environment's own come first. Not from the start, or pip would build on what is there.
share_user_site() {
  sed -i 's/^include-system-site-packages = .*/include-system-site-packages = true/' "$opt/$1/pyvenv.cfg"
}

is_well() {
  "$opt/{{.Kind}}/bin/python" -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:{{.Port}}{{.HealthPath}}", timeout=5)' 2>/dev/null
}
