"""Each minute: takes over changed settings and a grown volume."""

import json
import os
import subprocess

from torii_ec2 import machine, volume
from torii_hub import prepare


def main():
    if os.path.ismount(machine.DATA):
        volume.grow()
    hub = machine.read("hub.json")
    if hub is None:
        return  # the hub has not started yet and will read the settings by itself
    text = prepare.fetch(machine.instance().SettingsParameter)
    if text == json.loads(hub)["text"]:
        return
    json.loads(text)  # broken settings end here, and the hub goes on with the last good ones
    print("the settings changed: restarting the hub; users' servers keep running", flush=True)
    subprocess.run(["systemctl", "restart", "torii-hub"], check=True)


if __name__ == "__main__":
    main()
