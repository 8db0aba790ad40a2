"""Puts the data volume on /data, at each boot: attach, format if it is new, mount, grow.

Everything here prefers to refuse: a hub that is down costs an hour, a volume formatted by
mistake costs every notebook.
"""

import os
import subprocess
import sys
import time

from botocore.exceptions import ClientError

from torii_hub import machine

PATIENCE = 600  # seconds; an instance that is being replaced may hold the volume that long
REFUSED = 3  # exit status; torii-volume.service does not try again after it
HELD = {"VolumeInUse", "IncorrectState"}
MIB = 1 << 20
# Beside the first MiB, which has the first superblock of ext4, XFS and btrfs: their copies.
COPIES = [8193 * 1024, 64 * MIB, 128 * MIB, 256 * 1024 * MIB]


def say(text):
    print(text, flush=True)


def refuse(text):
    say(f"refusing to {text}")
    sys.exit(REFUSED)


def device():
    """Where a Nitro instance shows the volume."""
    return "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_" + machine.instance().VolumeID.replace("-", "")


def attach():
    """Attaches the volume to this instance and waits until its device is there."""
    volume, me, ec2 = machine.instance().VolumeID, None, machine.client("ec2")
    said, end = None, time.monotonic() + PATIENCE
    while not os.path.exists(device()):
        if time.monotonic() > end:
            sys.exit(f"no {volume} after {PATIENCE} seconds; at last: {said}")
        me = me or machine.instance_id()
        try:
            # The role may do only this; what AWS says to a second try is all there is to know.
            ec2.attach_volume(VolumeId=volume, InstanceId=me, Device="/dev/sdf")
            answer = "attached, its device is not here yet"
        except ClientError as e:
            if e.response["Error"]["Code"] not in HELD:
                raise
            answer = e.response["Error"]["Message"]
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
    places = [(0, MIB), (end - MIB, MIB)] + [(at, 4096) for at in COPIES if at + 4096 <= end]
    with open(path, "rb") as f:
        for at, length in places:
            f.seek(max(at, 0))
            if f.read(length).strip(b"\0"):
                return False
    return True


def file_system(path):
    """Says what is on the device: ext4, or nothing at all. Refuses all else."""
    found = subprocess.run(["blkid", "-p", "-o", "export", path], capture_output=True, text=True)
    if found.returncode == 2 and is_blank(path):
        return ""
    if found.returncode == 0 and "TYPE=ext4" in found.stdout.splitlines():
        return "ext4"
    what = " ".join(found.stdout.split()) or found.stderr.strip() or "data that blkid does not know"
    refuse(f"touch {path}: neither ext4 nor empty, but {what}")


def mount(path):
    if file_system(path) == "":
        say(f"{path} is empty: formatting")
        subprocess.run(["mkfs.ext4", "-q", "-m", "1", "-L", "torii-data", path], check=True)
    checked = subprocess.run(["e2fsck", "-p", path])
    if checked.returncode > 2:
        refuse(f"mount {path}: e2fsck says {checked.returncode}")
    os.makedirs(machine.DATA, exist_ok=True)
    subprocess.run(["mount", "-o", "noatime,nosuid,nodev", path, machine.DATA], check=True)


def grow():
    """Grows the file system when the volume has grown; a volume never shrinks."""
    now = str(size(device()))
    if machine.read("volume-size") == now:
        return
    if subprocess.run(["resize2fs", device()]).returncode == 0:
        machine.write("volume-size", now)
    else:
        say("the file system could not grow; torii-watch tries again each minute")


def main():
    attach()
    if not os.path.ismount(machine.DATA):
        mount(device())
    grow()
    for name, mode in (("homes", 0o711), ("hub", 0o700)):
        os.makedirs(f"{machine.DATA}/{name}", exist_ok=True)
        os.chmod(f"{machine.DATA}/{name}", mode)
    say(f"{machine.instance().VolumeID} is on {machine.DATA}")


if __name__ == "__main__":
    main()
