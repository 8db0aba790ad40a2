"""Puts the data volume in the place of the home, at each boot."""

import os
import shutil
import subprocess
import sys

from torii_ec2 import machine, volume


def make_home():
    """Makes the volume a home, if it is none yet."""
    if os.stat(machine.DATA).st_uid:
        return
    shutil.copytree("/etc/skel", machine.DATA, symlinks=True, dirs_exist_ok=True)
    os.chmod(machine.DATA, 0o700)
    # This marks it as done: chown comes to the folder itself last.
    subprocess.run(["chown", "-R", "jupyter:", machine.DATA], check=True)


def missing():
    """Ends this try; the service makes another. Nothing else of the machine has to wait meanwhile."""
    sys.exit(f"the stack has not attached {machine.instance().VolumeID} yet")


def main():
    volume.settle(missing)
    make_home()


if __name__ == "__main__":
    main()
