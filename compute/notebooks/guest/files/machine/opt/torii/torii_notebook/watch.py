"""Each minute: takes over changed settings and a grown volume, and stops an idle machine.

Until everything is installed it runs without any package, on the system's Python.
"""

import json
import os
import subprocess
import time

from torii_ec2 import machine, volume

LAST_KNOWN = "/var/lib/torii/settings.json"  # outlives a restart, and AWS when it is silent
DEFAULT = 60  # minutes, while nothing was ever known


def idle_minutes():
    """After how many minutes an idle machine is to stop; 0 is never."""
    try:
        # One try: the next is a minute away.
        ssm = machine.client("ssm", connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1})
        text = ssm.get_parameter(Name=machine.instance().SettingsParameter)["Parameter"]["Value"]
        minutes = float(json.loads(text)["idleMinutes"])
        if text != machine.read(LAST_KNOWN):
            machine.write(LAST_KNOWN, text)
        return minutes
    except Exception as e:
        print(f"going on with the last known settings: {e!r}", flush=True)
    text = machine.read(LAST_KNOWN)
    return json.loads(text)["idleMinutes"] if text else DEFAULT


def idle_since(now):
    """When somebody worked here for the last time; at first, when this machine started."""
    state = json.loads(machine.read("idle.json") or "null") or {"worked": now, "look": None}
    try:
        from torii_notebook import idle

        look = idle.look(now)
        if look["busy"] or state["look"] and idle.worked(state["look"], look):
            state["worked"] = now
        state["look"] = look
    except Exception as e:
        print(f"nobody can work here: {e!r}", flush=True)
    machine.write("idle.json", json.dumps(state))
    return state["worked"]


def main():
    now = time.monotonic()
    idle, limit = now - idle_since(now), idle_minutes() * 60
    if limit and idle >= limit:
        name = machine.instance().Notebook
        print(f"torii-notebook: {name} was idle for {idle / 60:.0f} minutes: powering off", flush=True)
        subprocess.run(["systemctl", "poweroff"], check=True)
    elif os.path.ismount(machine.DATA):
        volume.grow()


if __name__ == "__main__":
    main()
