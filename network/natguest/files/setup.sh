services=(nat)

main() {
  step "allowing itself {{.Seconds}} seconds" set_limit
  step "writing files" write_files
  step "installing nftables" get_packages nftables
  step "starting to forward" start_services
  step "waiting until it forwards" wait_until_well
  last_line "up"
}

is_well() {
  systemctl --quiet is-active torii-nat && nft list chain inet torii_nat postrouting >/dev/null &&
    [[ $(</proc/sys/net/ipv4/ip_forward) == 1 ]]
}

# set_limit ends this machine when it is not up in time, whatever it hangs in: retry and
# wait_until_well have more patience than its group, and nobody can come in to look. There is
# no semicolon in the command, since systemd 252 reads one wrongly after a daemon-reload.
set_limit() {
  systemd-run --quiet --collect --unit=torii-limit --on-active={{.Seconds}} --timer-property=AccuracySec=1s \
    --property=StandardOutput=journal+console \
    /bin/sh -c 'echo "torii-nat: NOT UP: not within {{.Seconds}} seconds" && systemctl poweroff'
}

# announce ends this machine when it went wrong, so that its group starts another, but not
# before the last line is out.
announce() {
  if [[ $1 == *": up" ]]; then
    systemctl stop torii-limit.timer
  else
    trap "systemctl poweroff" EXIT
  fi
}
