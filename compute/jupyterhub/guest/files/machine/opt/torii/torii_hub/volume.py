"""Attaches the data volume and puts it on /data, at each boot."""

import os

from botocore.exceptions import ClientError
from torii_ec2 import machine, volume

HELD = {"VolumeInUse", "IncorrectState"}


def attach():
    """Asks EC2 for the volume, which an instance that is being replaced may still hold.

    The role may do only this; what AWS says to a second try is all there is to know.
    """
    mine, me = machine.instance().VolumeID, machine.instance_id()
    try:
        machine.client("ec2").attach_volume(VolumeId=mine, InstanceId=me, Device="/dev/sdf")
    except ClientError as e:
        if e.response["Error"]["Code"] not in HELD:
            raise
        return e.response["Error"]["Message"]
    return "attached, its device is not here yet"


def main():
    volume.settle(attach)
    for name, mode in (("homes", 0o711), ("hub", 0o700)):
        os.makedirs(f"{machine.DATA}/{name}", exist_ok=True)
        os.chmod(f"{machine.DATA}/{name}", mode)


if __name__ == "__main__":
    main()
