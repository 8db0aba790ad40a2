"""Puts the data volume in its place, at each boot: format it if it is new, mount, grow.

Everything here prefers to refuse: a hub that is down costs an hour, a volume formatted by
mistake costs everything on it.
"""

import os
import subprocess
import sys
import time

from torii_ec2 import machine

PATIENCE = 600  # seconds; an instance that is being replaced may hold the volume that long
REFUSED = 3  # exit status; torii-volume.service does not try again after it
MIB = 1 << 20
# Where ext4 and btrfs keep copies of their superblock; XFS has them at each quarter.
COPIES = [8193 * 1024, 64 * MIB, 128 * MIB, 256 * 1024 * MIB]


def say(text):
    print(text, flush=True)


def refuse(text):
    say(f"refusing to {text}")
    sys.exit(REFUSED)


def device():
    """Where a Nitro instance shows the volume."""
    return "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_" + machine.instance().VolumeID.replace("-", "")


def wait(ask):
    """Waits until the volume's device is there, and asks for it meanwhile."""
    volume, said, end = machine.instance().VolumeID, None, time.monotonic() + PATIENCE
    while not os.path.exists(device()):
        if time.monotonic() > end:
            sys.exit(f"no {volume} after {PATIENCE} seconds; at last: {said}")
        answer = ask()
        if answer != said:
            say(f"waiting for {volume}: {answer}")
            said = answer
        time.sleep(5)


def size(path):
    with open(path, "rb") as f:
        return f.seek(0, os.SEEK_END)


def is_blank(path):
    """Tells whether there are zeros only in all the places that tell of a file system."""
    end = size(path)
    copies = [at for at in COPIES if at < end] + [end * quarter // 4 for quarter in (1, 2, 3)]
    with open(path, "rb") as f:
        for first, length in [(0, MIB), (end - MIB, MIB)] + [(at - 65536, 2 * 65536) for at in copies]:
            f.seek(max(first, 0))
            if f.read(length).strip(b"\0"):
                return False
    return True


def file_system(path):
    """Says what is on the device: xfs, or nothing at all. Refuses all else."""
    found = subprocess.run(["blkid", "-p", "-o", "export", path], capture_output=True, text=True)
    if found.returncode == 2 and is_blank(path):
        return ""
    if found.returncode == 0 and "TYPE=xfs" in found.stdout.splitlines():
        return "xfs"
    what = " ".join(found.stdout.split()) or found.stderr.strip() or "data that blkid does not know"
    refuse(f"touch {path}: neither XFS nor empty, but {what}")


def mount(path):
    if file_system(path) == "":
        say(f"{path} is empty: formatting")
        subprocess.run(["mkfs.xfs", "-q", "-L", "torii-data", path], check=True)
    os.makedirs(machine.DATA, exist_ok=True)
    subprocess.run(["mount", "-t", "xfs", "-o", "noatime,nosuid,nodev", path, machine.DATA], check=True)


def grow():
    """Grows the file system when the volume has grown; a volume never shrinks."""
    now = str(size(device()))
    if machine.read("volume-size") == now:
        return
    if subprocess.run(["xfs_growfs", "-d", machine.DATA], stdout=subprocess.DEVNULL).returncode == 0:
        machine.write("volume-size", now)
    else:
        say("the file system could not grow; torii-watch tries again each minute")


def settle(ask):
    """Does all of it. What ask answers says how far the volume is on its way here."""
    wait(ask)
    if not os.path.ismount(machine.DATA):
        mount(device())
    grow()
    say(f"{machine.instance().VolumeID} is on {machine.DATA}")
