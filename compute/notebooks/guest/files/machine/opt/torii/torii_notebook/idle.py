"""Whether somebody works on this machine.

Signs of work are a busy kernel, anything that a kernel or a terminal did, a saved file, and
processor time of the user's processes. An open browser tab is none: it asks Jupyter for
something every few seconds for as long as the laptop is on.
"""

import json
import os
import urllib.request

import psutil
from torii_ec2 import machine

WORTH = 0.05  # of one core; Jupyter with open tabs, and kernels that wait, stay below
UID = 2000
SAVED = "/run/torii-notebook/saved"  # touched by Jupyter's configuration


def ask(path):
    """What Jupyter's API says."""
    request = urllib.request.Request(f"http://127.0.0.1:8888/api/{path}")
    request.add_header("Authorization", "token " + (machine.read("token") or ""))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        return json.load(answer)


def look(now):
    """What there is to see. It fails while Jupyter does not answer: nobody works then."""
    kernels = ask("kernels")
    traces = {kernel["id"]: kernel["last_activity"] for kernel in kernels}
    traces |= {"terminal " + terminal["name"]: terminal["last_activity"] for terminal in ask("terminals")}
    if os.path.exists(SAVED):
        traces["saved"] = os.stat(SAVED).st_mtime
    cpu = {}
    for process in psutil.process_iter(["uids", "cpu_times"]):
        if process.info["uids"] and process.info["uids"].real == UID:
            # With those of its children that have ended.
            times = process.info["cpu_times"]
            cpu[str(process.pid)] = times.user + times.system + times.children_user + times.children_system
    busy = any(kernel["execution_state"] == "busy" for kernel in kernels)
    return {"at": now, "busy": busy, "traces": traces, "cpu": cpu}


def share(before, now):
    """How much of one core the user's processes had in between."""
    used = 0
    for process, seconds in now["cpu"].items():
        had = before["cpu"].get(process, 0)
        used += seconds - had if seconds >= had else seconds  # else its number is another's now
    return used / (now["at"] - before["at"])


def worked(before, now):
    """Tells whether somebody worked between two looks, beside what is busy."""
    new = any(before["traces"].get(thing) != when for thing, when in now["traces"].items())
    return new or share(before, now) >= WORTH
