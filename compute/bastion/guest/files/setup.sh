main() {
  step "writing files" write_files
  step "setting the time of the end" set_end
  step "starting the timer" start_timer
  step "turning SSH off" turn_ssh_off
  step "installing the AWS command line" install_tools
  last_line "up"
}

# The time is written down once: neither another run nor a restart puts it off.
set_end() {
  test -s "$root/etc/torii/end" || echo $(($(date +%s) + {{.Hours}} * 3600)) >"$root/etc/torii/end"
}

# Before anything that may fail, so that a machine that never comes up ends too.
start_timer() {
  systemctl daemon-reload
  systemctl --quiet enable --now torii-end.timer
}

# Nobody comes in that way: the security group admits nothing, and after this nothing listens.
turn_ssh_off() {
  local unit
  for unit in sshd.service sshd.socket ssh.service ssh.socket; do
    if systemctl cat "$unit" >/dev/null 2>&1; then systemctl --quiet disable --now "$unit"; fi
  done
}

# Amazon Linux 2023 brings both, so that a bastion needs no way to any packages.
install_tools() {
  local cli=awscli curl=curl
  if command -v dnf >/dev/null; then cli=awscli-2 curl=curl-minimal; fi
  command -v aws >/dev/null || get_packages "$cli"
  command -v curl >/dev/null || get_packages "$curl"
}
