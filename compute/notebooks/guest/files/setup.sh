services=(volume imds notebook)

main() {
  step "writing files" write_files
  step "watching for idleness" watch_idleness
  step "making the account" make_account
  step "installing Jupyter" install_jupyter
  step "letting its user add packages" share_user_site notebook
  step "starting the services" start_services
  step "waiting for Jupyter" wait_until_well
  step "noting that the setup is done" touch "$opt/up"
  last_line "up"
}

# Before anything that may fail, so that a machine that never comes up does not cost for
# ever. Whoever starts it again starts the setup again too, until that is done once.
watch_idleness() {
  rm -f "$opt/up"
  cmp -s "$0" "$opt/setup" || install -m 0755 "$0" "$opt/setup"
  systemctl daemon-reload
  systemctl --quiet enable --now torii-watch.timer
  systemctl --quiet enable torii-setup
}

# Always the same id, since the home outlives the machine.
make_account() {
  id jupyter >/dev/null 2>&1 ||
    useradd --uid 2000 --user-group --shell /bin/bash --home-dir /home/jupyter --no-create-home jupyter
}

# told is one thing that the machine was told.
told() { python3 -c 'import json, sys; print(json.load(open("/etc/torii/instance.json"))[sys.argv[1]])' "$1"; }

install_jupyter() {
  local from
  from="$(told Packages)"
  if [[ $from == none ]]; then
    check_image
    return
  fi
  install_packages
  if [[ $from == s3://* ]]; then fetch_wheels "$from"; fi
  install_python notebook
}

# check_image is for packages from nowhere.
check_image() {
  local program lacks=""
  has_python notebook || lacks="$opt/notebook with what $opt/requirements-notebook.txt lists"
  for program in nft mkfs.xfs; do
    command -v "$program" >/dev/null || lacks="$program"
  done
  trying="packages are \"none\", and the image has no $lacks"
  test -z "$lacks"
  trying=""
}

# The AWS command line is part of Amazon Linux 2023; the endpoint for S3 leads to the
# machine's own region only.
fetch_wheels() {
  retry aws s3 cp "$1" "$opt/wheels" --recursive --only-show-errors --region "$(told Region)"
}

