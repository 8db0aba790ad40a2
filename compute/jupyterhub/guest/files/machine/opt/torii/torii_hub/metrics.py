"""Every five minutes: how full, how busy and how well the hub is, as metrics of CloudWatch."""

import json
import os
import re
import shutil
import urllib.request

from torii_ec2 import machine

# By way of the proxy, as the load balancer comes.
HUB = "http://127.0.0.1:8000/hub/"
# JupyterHub's own numbers, and what they are called in CloudWatch.
NUMBERS = {'jupyterhub_active_users{period="24h"}': "ActiveUsers", "jupyterhub_running_servers": "RunningServers"}


def ask(page, **headers):
    with urllib.request.urlopen(urllib.request.Request(HUB + page, headers=headers), timeout=20) as answer:
        return answer.read().decode()


def of_hub():
    """What the hub says. Without an answer there are no numbers, rather than wrong ones."""
    found = {"Healthy": 0}
    try:
        ask("health")
        found["Healthy"] = 1
        token = json.loads(machine.read("hub.json"))["secrets"]["metricsToken"]
        for line in ask("metrics", Authorization="token " + token).splitlines():
            name, _, number = line.rpartition(" ")
            if name in NUMBERS:
                found[NUMBERS[name]] = float(number)
    except Exception as e:
        print(f"asking the hub: {e}", flush=True)
    return found


def of_machine():
    with open("/proc/meminfo") as f:
        kib = dict(re.findall(r"(\w+): +(\d+)", f.read()))
    found = {"MemoryUsedPercent": 100 - 100 * int(kib["MemAvailable"]) / int(kib["MemTotal"])}
    if os.path.ismount(machine.DATA):  # else it would be the system's disk
        disk = shutil.disk_usage(machine.DATA)
        found["HomeDiskUsedPercent"] = 100 * disk.used / (disk.used + disk.free)
    return found


def main():
    me = machine.instance()
    of = [{"Name": "Stack", "Value": me.Stack}, {"Name": "Workload", "Value": me.Workload}]
    found = {**of_machine(), **of_hub()}
    data = [{"MetricName": name, "Dimensions": of, "Value": value} for name, value in found.items()]
    machine.client("cloudwatch").put_metric_data(Namespace="Torii", MetricData=data)


if __name__ == "__main__":
    main()
