services=(imds fleet)

main() {
  step "writing files" write_files
  step "installing the web server" install_server
  step "writing the page" write_page
  step "starting the services" start_services
  step "waiting for the web server" wait_until_well
  last_line "up"
}

# The package brings a service of its own, which Debian starts at once, as root and on port
# 80. Ours is torii-fleet.
install_server() {
  systemctl --quiet mask nginx
  get_packages nginx nftables
}

# An instance never changes its id, so the page is written once.
write_page() {
  retry ask_id
  put /opt/torii/www/index.html <<PAGE
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>It works</title></head>
<body><p>$id answers.</p></body>
</html>
PAGE
}

# ask_id asks the metadata service, version 2. Both images have a Python.
ask_id() { id="$(PYTHONPATH="$opt" python3 -B -c 'from torii_ec2 import machine; print(machine.instance_id())')"; }

# As the load balancers ask.
is_well() {
  python3 -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:{{.Port}}{{.HealthPath}}", timeout=5)' 2>/dev/null
}
