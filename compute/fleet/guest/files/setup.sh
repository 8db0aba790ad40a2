services=(imds fleet)
{{- if .ClientAuth}}
timers=(certificates.timer)
{{- end}}

main() {
  step "writing files" write_files
  step "installing the web server" install_server
{{- if .ClientAuth}}
  step "installing what fetches certificates" install_tools
  step "letting the web server read certificates" make_group
{{- end}}
  step "writing the page" write_page
{{- if .ClientAuth}}
  step "fetching the certificates" fetch_certificates
{{- end}}
  step "starting the services" start_services
{{- if .Setup}}
  step "running the owner's script" run_setup
{{- end}}
  step "waiting for the web server" wait_until_well
  last_line "up"
}

# The package brings a service of its own, which Debian starts at once, as root and on port
# 80. Ours is torii-fleet.
install_server() {
  systemctl --quiet mask nginx
  get_packages nginx nftables
}
{{- if .ClientAuth}}

# Amazon Linux 2023 brings both.
install_tools() {
  local cli=awscli
  if command -v dnf >/dev/null; then cli=awscli-2; fi
  command -v aws >/dev/null || get_packages "$cli"
  command -v openssl >/dev/null || get_packages openssl
}

make_group() { getent group torii-tls >/dev/null || groupadd --system torii-tls; }

# It says itself what is wrong. Not start: that waits while systemd waits to try again.
fetch_certificates() {
  systemctl daemon-reload
  if ! retry systemctl restart torii-certificates; then
    trying="torii-certificates: $(journalctl -n 1 -o cat SYSLOG_IDENTIFIER=torii-certificates)"
    return 1
  fi
}
{{- end}}
{{- if .Setup}}

run_setup() {
  chmod 0755 "$opt/fleet-setup"
  "$opt/fleet-setup"
}
{{- end}}

# An instance never changes its id, so the page is written once.
write_page() {
  retry ask_id
  put /opt/torii/www/index.html <<PAGE
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>It works</title></head>
{{- if .ClientAuth}}
<body><p>Welcome, <!--#echo var="client_name" -->. $id answers.</p></body>
{{- else}}
<body><p>$id answers.</p></body>
{{- end}}
</html>
PAGE
}

# ask_id asks the metadata service, version 2. Both images have a Python.
ask_id() { id="$(PYTHONPATH="$opt" python3 -B -c 'from torii_ec2 import machine; print(machine.instance_id())')"; }

# As the load balancers ask.
is_well() {
  python3 -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:{{.Port}}{{.HealthPath}}", timeout=5)' 2>/dev/null
}
