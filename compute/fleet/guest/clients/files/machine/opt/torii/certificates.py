"""Fetches what the web server shows and what it judges its clients by, and has it taken up.

A set that cannot be had, or that would turn everybody away, never takes the place of a
good one: the old one goes on being used, and the journal says why.
"""

import grp
import hashlib
import json
import os
import re
import shutil
import ssl
import subprocess
import sys

FOLDER = "/run/torii-tls"  # a tmpfs: the key is never on a disk
GROUP = "torii-tls"  # the web server is in it
SERVICE = "torii-fleet"

KEY, CERTIFICATE, AUTHORITIES, LISTS = "server-key", "server-certificate", "client-authorities", "revocation-lists"


class Bad(Exception):
    """Says why a set is not taken up."""

    pass  # the line above does not get as far as the machine


def run(*command):
    """Runs a program and returns what it prints; fails with the last line of its complaint."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        complaint = (done.stderr.strip() or done.stdout.strip() or f"status {done.returncode}").splitlines()
        raise Bad(f"{' '.join(command[:3])}: {complaint[-1]}")
    return done.stdout


def fetch(told):
    """Asks Parameter Store once for everything, so that what belongs together mostly comes together."""
    parts = [KEY, CERTIFICATE, AUTHORITIES] + ([LISTS] if told["Revocation"] else [])
    names = {f"{told['Parameters']}/{part}": part for part in parts}
    answer = json.loads(run(
        "aws", "ssm", "get-parameters", "--region", told["Region"], "--output", "json", "--with-decryption",
        "--cli-connect-timeout", "10", "--cli-read-timeout", "20", "--names", *names,
    ))
    found = {names[each["Name"]]: each["Value"].rstrip("\n") + "\n" for each in answer["Parameters"]}
    lacking = [name for name, part in names.items() if part not in found]
    if lacking:
        raise Bad(f"Parameter Store has no {', '.join(lacking)}")
    return found


def write(folder, parts):
    """Writes a set that root and the group read, and nobody else."""
    group = grp.getgrnam(GROUP).gr_gid
    for path in (FOLDER, folder):
        os.makedirs(path, 0o750, exist_ok=True)
        os.chown(path, 0, group)
    for part, text in parts.items():
        with open(os.open(f"{folder}/{part}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "w") as f:
            f.write(text)
        os.chown(f"{folder}/{part}", 0, group)


def check(folder, parts):
    """Refuses a set with which the web server would not start, or would let nobody in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(f"{folder}/{CERTIFICATE}", f"{folder}/{KEY}", password="")
    except (ssl.SSLError, ValueError) as e:
        raise Bad(f"the server's key and certificate do not fit: {e}") from None
    chain = certificates(parts[CERTIFICATE])
    for certificate, issuer in zip(chain, chain[1:]):
        complaint = verify(folder, certificate, "-partial_chain", "-trusted", save(folder, "issuer", issuer))
        if complaint:
            raise Bad(f"{CERTIFICATE} is not a chain: {complaint}")
    count(folder, AUTHORITIES, "x509_ca")
    if LISTS in parts:
        count(folder, LISTS, "crl")
        # Each authority needs a list, its own issuer's too: the web server asks for all of them.
        how = ("-crl_check_all", "-trusted", f"{folder}/{AUTHORITIES}", "-CRLfile", f"{folder}/{LISTS}")
        for authority in certificates(parts[AUTHORITIES]):
            complaint = verify(folder, authority, *how)
            if complaint and complaint != "certificate revoked":
                raise Bad(f"{LISTS} cannot be used with {AUTHORITIES}: {complaint}")
    remove(f"{folder}/subject")
    remove(f"{folder}/issuer")


def count(folder, part, kind):
    """Refuses a file that cannot be read, or that has none of its kind in it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_verify_locations(f"{folder}/{part}")
    except ssl.SSLError as e:
        raise Bad(f"{part} cannot be read: {e}") from None
    if not context.cert_store_stats()[kind]:
        raise Bad(f"{part} has none in it")


def certificates(text):
    found = re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", text, re.DOTALL)
    return [each + "\n" for each in found]


def verify(folder, certificate, *how):
    """Says what openssl has against a certificate, which may be nothing."""
    # Whatever has expired stays out by itself; it must not keep new revocations out as well.
    command = ["openssl", "verify", "-no_check_time", *how, save(folder, "subject", certificate)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if not done.returncode:
        return ""
    found = re.search(r"^error \d+ at .*: (.+)$", done.stderr + done.stdout, re.MULTILINE)
    return found.group(1) if found else "openssl cannot read it"


def save(folder, name, text):
    with open(f"{folder}/{name}", "w") as f:
        f.write(text)
    return f"{folder}/{name}"


def remove(path):
    if os.path.lexists(path):
        os.remove(path)


def in_use():
    """The name of the set that the web server has taken up, or None."""
    try:
        with open(f"{FOLDER}/loaded") as f:
            return f.read()
    except FileNotFoundError:
        return None


def take_up(parts):
    """Puts a set in the place of the old one, all at once, and has the web server read it."""
    name = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
    if name == in_use():
        return
    current, folder = f"{FOLDER}/current", f"{FOLDER}/{name}"
    if not os.path.islink(current) or os.readlink(current) != name:
        shutil.rmtree(folder, ignore_errors=True)
        try:
            write(folder, parts)
            check(folder, parts)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        remove(f"{FOLDER}/next")
        os.symlink(name, f"{FOLDER}/next")
        os.rename(f"{FOLDER}/next", current)
    # While the machine is being set up, the setup starts the web server.
    if subprocess.run(["systemctl", "--quiet", "is-enabled", SERVICE], capture_output=True).returncode == 0:
        run("systemctl", "reload-or-restart", SERVICE)
    save(FOLDER, "loaded", name)
    for old in os.listdir(FOLDER):
        if old not in ("current", "loaded", name):
            shutil.rmtree(f"{FOLDER}/{old}", ignore_errors=True)
    print(f"took up set {name}")


def main():
    os.umask(0o027)
    with open("/etc/torii/instance.json") as f:
        told = json.load(f)
    try:
        take_up(fetch(told))
    except Bad as e:
        kept = "keeping what is there" if os.path.exists(f"{FOLDER}/current") else "there are no certificates yet"
        sys.exit(f"{e}; {kept}")


if __name__ == "__main__":
    main()
