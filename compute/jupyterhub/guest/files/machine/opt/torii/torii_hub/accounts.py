"""Linux accounts of the hub's users."""

import base64
import hashlib
import os
import pwd
import re
import shutil
import subprocess

from torii_ec2 import machine

HOMES = machine.DATA + "/homes"
FIRST, LAST = 2000, 59999


def name(user):
    """The account of a user; two users never share one.

    A name that Linux takes as it is stays as it is. Any other (e-mail addresses, long ones)
    gets what Linux takes of it and a hash; the underscore between them is in no plain name.
    """
    if re.fullmatch("[a-z0-9][a-z0-9-]{0,22}", user):
        return "jupyter-" + user
    plain = re.sub("[^a-z0-9]+", "-", user.lower()).strip("-")[:9]
    digest = base64.b32encode(hashlib.sha256(user.encode()).digest()).decode().lower()[:14]
    return f"jupyter-{plain}_{digest}"


def home(user):
    return f"{HOMES}/{name(user)}"


def uid(path):
    """The owner of that home, so that a new machine gives everybody their old id; else a new id."""
    if os.path.lexists(path):
        owner = os.lstat(path).st_uid
        if not FIRST <= owner <= LAST:
            raise RuntimeError(f"{path} belongs to id {owner}, which is no user's; give it to one")
        return owner
    taken = [entry.stat(follow_symlinks=False).st_uid for entry in os.scandir(HOMES)]
    taken += [entry.pw_uid for entry in pwd.getpwall()]
    return max((i for i in taken if FIRST <= i <= LAST), default=FIRST - 1) + 1


def ensure(user):
    """Makes the account and the home of a user where they are missing.

    It does not hand over to other tasks in between, so two new users get two ids.
    """
    if not os.path.ismount(machine.DATA):
        raise RuntimeError(f"{machine.DATA} is not there; a home must not land anywhere else")
    account, path = name(user), home(user)
    try:
        pwd.getpwnam(account)
    except KeyError:
        add = ["useradd", "--uid", str(uid(path)), "--user-group", "--shell", "/bin/bash", "--home-dir", path]
        subprocess.run(add + ["--no-create-home", account], check=True)
    if not os.path.lexists(path):
        fresh = path + ".new"  # so that no home is ever half made
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree("/etc/skel", fresh, symlinks=True)
        os.chmod(fresh, 0o700)
        subprocess.run(["chown", "-R", f"{account}:", fresh], check=True)
        os.rename(fresh, path)
