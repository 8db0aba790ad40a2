"""What this machine was told, and how it talks to AWS."""

import json
import os
import urllib.request
from types import SimpleNamespace

RUN = "/run/torii"  # a tmpfs: secrets are never on a disk
DATA = "{{.Data}}"  # where the data volume is mounted


def instance():
    """What the stack said when it made this machine."""
    with open("/etc/torii/instance.json") as f:
        return SimpleNamespace(**json.load(f))


def client(service, **config):
    """A client of boto3; the instance's role is who it is."""
    # Not before somebody asks: what else is here also works while nothing is installed.
    import boto3
    from botocore.config import Config

    return boto3.client(service, region_name=instance().Region, config=Config(**config))


def instance_id():
    """Asks the metadata service, version 2, who we are."""
    base = os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://169.254.169.254").rstrip("/")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(method, path, header, value):
        request = urllib.request.Request(base + path, method=method, headers={header: value})
        with opener.open(request, timeout=5) as answer:
            return answer.read().decode()

    token = ask("PUT", "/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds", "60")
    return ask("GET", "/latest/meta-data/instance-id", "X-aws-ec2-metadata-token", token)


def write(name, text):
    """Writes a file that only root reads, whole or not at all: into RUN, or where its path says."""
    path = os.path.join(RUN, name)
    os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
    fresh = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(fresh, "w") as f:
        f.write(text)
    os.rename(path + ".new", path)


def read(name):
    """Reads such a file; None when there is none yet."""
    try:
        with open(os.path.join(RUN, name)) as f:
            return f.read()
    except FileNotFoundError:
        return None
