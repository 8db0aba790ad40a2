services=(nat)

main() {
  step "writing files" write_files
  step "installing nftables" get_packages nftables
  step "starting to forward" start_services
  step "waiting until it forwards" wait_until_well
  step "telling the Auto Scaling group" tell_group
  last_line "up"
}

is_well() {
  systemctl --quiet is-active torii-nat && nft list chain inet torii_nat postrouting >/dev/null &&
    [[ $(</proc/sys/net/ipv4/ip_forward) == 1 ]]
}

# tell_group lets the group put this machine into service; a second run has nothing to tell.
tell_group() {
  test -e "$opt/up" && return 0
  retry complete CONTINUE
  touch "$opt/up"
}

# complete ends the lifecycle action that holds this machine back. The AWS command line is
# part of Amazon Linux 2023.
complete() {
  aws autoscaling complete-lifecycle-action --region {{.Region}} --auto-scaling-group-name {{.Group}} \
    --lifecycle-hook-name {{.Hook}} --instance-id "$(instance_id)" --lifecycle-action-result "$1"
}

instance_id() {
  python3 - <<'PYTHON'
from urllib.request import Request, urlopen
def ask(path, method="GET", **headers):
    return urlopen(Request("http://169.254.169.254/latest/" + path, method=method, headers=headers), timeout=5).read().decode()
token = ask("api/token", "PUT", **{"X-aws-ec2-metadata-token-ttl-seconds": "60"})
print(ask("meta-data/instance-id", **{"X-aws-ec2-metadata-token": token}))
PYTHON
}

# announce gives up at once when it went wrong, so that the group starts another machine.
announce() { [[ $1 == *": up" ]] || complete ABANDON; }
