"""Before Jupyter starts: puts its token where only it and root read it."""

import os
import secrets
import shutil

from torii_ec2 import machine

UNSET = "unset"  # as the stack makes the parameter


def fetch_token():
    """The token. The first machine makes it up, so that it was never anywhere else."""
    name, ssm = machine.instance().TokenParameter, machine.client("ssm")
    token = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"].strip()
    if token == UNSET:
        token = secrets.token_hex(32)
        key = machine.instance().TokenKey  # untold, AWS would take its own
        ssm.put_parameter(Name=name, Value=token, Type="SecureString", KeyId=key, Overwrite=True)
    return token


def main():
    machine.write("token", fetch_token())
    os.chmod(machine.RUN, 0o711)  # a way to the token, to nothing else
    shutil.chown(machine.RUN + "/token", "jupyter")


if __name__ == "__main__":
    main()
