services=(volume imds proxy hub)
timers+=(metrics.timer)
pip_options=(--no-binary onetimepass --no-build-isolation)

main() {
  step "writing files" write_files
  step "installing system packages" install_packages
  step "making the proxy's account" make_account
  step "installing the hub" install_python hub
  step "installing the users' environment" install_python user
  step "letting users add packages of their own" let_users_install
  step "installing the proxy" install_proxy
  step "starting the services" start_services # users' servers keep running
  step "waiting for the hub" wait_until_well
  last_line "up"
}

# In CloudWatch, as far as the hub is installed.
announce() { "$opt/hub/bin/python" -m torii_hub.cloudwatch setup "$1"; }

make_account() {
  id torii-proxy >/dev/null 2>&1 ||
    useradd --system --user-group --no-create-home --home-dir / --shell /usr/sbin/nologin torii-proxy
}

# Python only looks into a folder that was there when it started, so every home begins with it.
let_users_install() {
  mkdir -p /etc/skel/.local/lib/python3.11/site-packages
  share_user_site user
}

install_proxy() {
  local at="$opt/proxy"
  cmp -s "$at/package-lock.json" "$at/node_modules/.installed" && return 0
  PATH="$opt/hub/bin:$PATH" retry npm ci --prefix "$at" --ignore-scripts --omit=dev --no-audit --no-fund --loglevel=error
  cp "$at/package-lock.json" "$at/node_modules/.installed"
  changed+=("$at")
}

