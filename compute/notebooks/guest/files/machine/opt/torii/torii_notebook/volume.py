"""Puts the data volume in the place of the home, at each boot."""

import os
import shutil
import subprocess

from torii_ec2 import machine, volume


def make_home():
    """Makes the volume a home, if it is none yet."""
    if os.stat(machine.DATA).st_uid:
        return
    shutil.copytree("/etc/skel", machine.DATA, symlinks=True, dirs_exist_ok=True)
    os.chmod(machine.DATA, 0o700)
    # This marks it as done: chown comes to the folder itself last.
    subprocess.run(["chown", "-R", "jupyter:", machine.DATA], check=True)


def main():
    volume.settle(lambda: "the stack attaches it")
    make_home()


if __name__ == "__main__":
    main()
