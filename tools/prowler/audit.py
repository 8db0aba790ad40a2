"""Runs Prowler's checks of the services named against the AWS at AWS_ENDPOINT_URL, and writes JSON to standard output.

It calls the checks as Prowler's command line does, but without that: two thirds of its time go into compliance
frameworks and the SDKs of other clouds, which nobody asks for here. Nothing leaves this machine: any other address than
a loopback one is refused, and noted.

Usage: python audit.py <region> <service>...
"""

import ipaddress
import json
import logging
import os
import sys

refused = set()


def is_loopback(host):
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def stay_here(event, args):
    """Refuses to look up or connect to anything but this machine."""
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
        host = args[1][0]
    elif event in ("socket.gethostbyname", "socket.gethostbyaddr"):
        host = args[0]
    else:
        return
    if not is_loopback(host):
        refused.add(str(host))
        raise OSError(f"{host} is not this machine")


class Kept(logging.Handler):
    """Keeps what Prowler complains of."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.seen = []

    def emit(self, record):
        self.seen.append({"module": record.module, "message": record.getMessage()})


def by_key(tags):
    """Tags as one dictionary; Prowler has them as AWS's services give them, in lists of several forms."""
    found = {}
    for tag in tags or []:
        found.update({tag["Key"]: tag["Value"]} if "Key" in tag else tag if isinstance(tag, dict) else {})
    return found


def audit(region, services, writers=()):
    """Audits; writers are accounts that may write to buckets."""
    from prowler.lib.check.check import import_check
    from prowler.lib.check.utils import recover_checks_from_provider
    from prowler.lib.logger import logger
    from prowler.providers.aws.aws_provider import AwsProvider
    from prowler.providers.common.models import Audit_Metadata
    from prowler.providers.common.provider import Provider

    kept = Kept()
    logger.handlers = [kept]
    logger.setLevel(logging.ERROR)
    logger.propagate = False

    provider = AwsProvider(regions={region}, retries_max_attempts=1, scan_unused_services=True, connect_timeout=5, read_timeout=60)
    Provider.set_global_provider(provider)
    checks, findings, crashed = [], [], []
    for service in services:
        checks += sorted(name for name, _ in recover_checks_from_provider("aws", service))
    # What services have to be asked depends on what is going to be checked.
    provider.audit_metadata = Audit_Metadata(services_scanned=0, expected_checks=checks, completed_checks=0, audit_progress=0)
    for name in checks:
        service = name.split("_")[0]
        # Of buckets only: an endpoint would have to be for all of the accounts to be well.
        provider.audit_config["trusted_account_ids"] = list(writers) if service == "s3" else []
        try:
            module = import_check(f"prowler.providers.aws.services.{service}.{name}.{name}")
            reports = getattr(module, name)().execute()
        except Exception as error:  # whatever it is, it is said
            crashed.append({"check": name, "error": f"{type(error).__name__}: {error}"})
            continue
        for each in reports:
            severity = each.check_metadata.Severity
            findings.append({
                "check": name,
                "title": each.check_metadata.CheckTitle,
                "severity": getattr(severity, "value", severity).lower(),
                "status": each.status,
                "id": each.resource_id,
                "arn": each.resource_arn,
                "region": each.region,
                "detail": each.status_extended,
                "tags": by_key(each.resource_tags),
            })
    return {"checks": checks, "findings": findings, "crashed": crashed, "errors": kept.seen, "refused": sorted(refused)}


# The accounts that AWS writes the logs of load balancers as. Source: "Enable access logs for your Application Load
# Balancer" in the guide of Elastic Load Balancing.
WRITERS_OF_LOGS = ("582318560864",)  # ap-northeast-1

if __name__ == "__main__":
    sys.addaudithook(stay_here)
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what checks print is none of the answer
    json.dump(audit(sys.argv[1], sys.argv[2:], WRITERS_OF_LOGS), out, default=str)
    out.close()
