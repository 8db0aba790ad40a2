"""Before the hub or the proxy starts: fetches settings and secrets into /run/torii."""

import fcntl
import json
import os
import secrets
import subprocess
import sys
import urllib.request

from torii_ec2 import machine


def fetch(name):
    """The text of a parameter as it is now."""
    return machine.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]


def hub_secrets(admins):
    """The hub's own secrets. The first hub makes them up, so that they were never anywhere else."""
    me = machine.instance()
    text = fetch(me.SecretsParameter)
    try:
        mine = {**json.loads(text)}
    except (TypeError, ValueError):
        mine = {}  # nothing yet, or nothing of use
    for key in ("cookieSecret", "proxyToken", "cryptKey", "metricsToken"):
        mine.setdefault(key, secrets.token_hex(32))
    passwords = mine.setdefault("firstPasswords", {})
    for admin in admins:
        passwords.setdefault(admin, secrets.token_urlsafe(18))
    now = json.dumps(mine)
    if now != text:
        # Untold of a key and a tier, AWS would take its own, of 4 KB.
        machine.client("ssm").put_parameter(
            Name=me.SecretsParameter,
            Value=now,
            Type="SecureString",
            KeyId=me.SecretsKey,
            Tier="Intelligent-Tiering",
            Overwrite=True,
        )
    return mine


def proxy_environment(mine):
    return f"CONFIGPROXY_AUTH_TOKEN={mine['proxyToken']}\n"


def client_secret(arn):
    return machine.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"].strip()


def discover(issuer):
    """The endpoints of an OpenID Connect provider, from where the standard says they are."""
    url = issuer.rstrip("/") + "/.well-known/openid-configuration"
    with urllib.request.urlopen(url, timeout=10) as answer:
        found = json.load(answer)
    if found["issuer"].rstrip("/") != issuer.rstrip("/"):
        sys.exit(f"{url} speaks for another issuer: {found['issuer']}")
    return found


def main(who):
    os.makedirs(machine.RUN, 0o700, exist_ok=True)
    with open(machine.RUN + "/lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # hub and proxy may both be the first
        if who == "proxy":
            machine.write("proxy.env", proxy_environment(hub_secrets([])))
            return
        text = fetch(machine.instance().SettingsParameter)
        settings = json.loads(text)
        kind = settings["authenticator"]
        # Accounts and passwords of the hub's own are for native only.
        hub = {"text": text, "settings": settings}
        hub["secrets"] = hub_secrets([a.lower() for a in settings["admins"]] if kind == "native" else [])
        if machine.read("proxy.env") != proxy_environment(hub["secrets"]):
            # Somebody changed the token in the parameter, and the proxy still has the old one.
            subprocess.run(["systemctl", "--no-block", "restart", "torii-proxy"], check=True)
        if kind != "native":
            hub["clientSecret"] = client_secret(settings["clientSecretArn"])
        if kind == "oidc":
            hub["endpoints"] = discover(settings["issuer"])
        machine.write("hub.json", json.dumps(hub))


if __name__ == "__main__":
    main(sys.argv[1])
