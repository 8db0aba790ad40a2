"""What exists on the local AWS.

moto's own /moto-api/data.json lists every object that was ever made, also those deleted since. This walks what the
backends hold now, and leaves out what moto itself put there (default VPC, images, event bus).
"""

from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend
from moto.core.common_models import BaseModel
from moto.packages.boto.ec2.instance import Reservation

# AWS goes on showing these for a while after they were deleted, and so does moto.
GONE = {"terminated", "deleted", "deleting", "inactive", "pendingdeletion", "pending_deletion"}

# Records of what happened and answers to questions, rather than things that somebody has to delete.
NOT_THINGS = {"MetricDatum", "MetricDatumBase", "LogEvent", "VpcEndPointService", "DelegationSet"}


def walk(value, inside, seen):
    """Yields the models in a value; goes on inside those for which inside(model) is true."""
    if id(value) in seen or isinstance(value, (str, bytes, int, float, bool, type(None), BaseBackend)):
        return
    seen.add(id(value))
    if isinstance(value, BaseModel):
        yield value
        if inside(value):
            for attribute in list(vars(value).values()):
                yield from walk(attribute, inside, seen)
    elif isinstance(value, Reservation):
        yield from walk(value.instances, inside, seen)
    elif isinstance(value, dict):
        for item in list(value.values()):
            yield from walk(item, inside, seen)
    elif isinstance(value, (list, tuple, set)):
        for item in list(value):
            yield from walk(item, inside, seen)


def models(backend, inside):
    seen = set()
    for name, attribute in list(vars(backend).items()):
        if name != "torii_born":
            yield from walk(attribute, inside, seen)


def is_gone(model):
    for name in ("status", "state", "_state", "key_state", "_key_state"):
        value = getattr(model, name, None)
        value = getattr(value, "name", value)
        if isinstance(value, str) and value.lower() in GONE:
            return True
    return getattr(model, "deleted_date", None) is not None


def identifier(model):
    if type(model).__name__ == "RecordSet":  # of which a name may have one for each type
        return f"{model.name} {model.type}"
    for name in ("arn", "id", "physical_resource_id", "policy_arn", "association_id", "name"):
        try:
            value = getattr(model, name, None)
        except Exception:  # a property that only some objects can answer
            continue
        if isinstance(value, str) and value:
            return value
    return "?"


def is_aws_own(name):
    """Public parameters, AWS-managed keys and policies come into being when they are first looked at."""
    return name.startswith(("/aws/service", "alias/aws/")) or ":aws:policy/" in name or ":policy/aws-" in name


def is_aws_own_key(kind, model):
    """AWS makes a key when the first volume is encrypted without one, for instance, and nobody can delete that."""
    return kind == "Key" and any(is_aws_own(alias) for alias in getattr(model, "aliases", {}))


def is_zones_own(kind, model):
    """Records that each hosted zone has from the start."""
    return kind == "RecordSet" and model.type in ("NS", "SOA")


def existing():
    """Returns {service: {model: [id, ...]}} of what was made and not deleted since."""
    found = {}
    for backends in {id(b): b for b in BackendDict._instances}.values():
        for _, _, backend in list(backends.iter_backends()):
            born = {id(model) for model in vars(backend).get("torii_born", [])}
            # Records are in their zone, which may well outlive them.
            for model in models(backend, lambda model: id(model) in born or type(model).__name__ == "FakeZone"):
                kind, name = type(model).__name__, identifier(model)
                if id(model) in born or kind in NOT_THINGS or is_gone(model) or is_aws_own(name):
                    continue
                if is_aws_own_key(kind, model) or is_zones_own(kind, model):
                    continue
                found.setdefault(backends.service_name, {}).setdefault(kind, []).append(name)
    return {s: {k: sorted(ids) for k, ids in sorted(kinds.items())} for s, kinds in sorted(found.items())}


def remember_what_moto_made():
    """Notes what each backend holds when it comes into being; call it before the first request."""
    original = AccountSpecificBackend.__getitem__

    def getitem(self, region):
        backend = original(self, region)
        if "torii_born" not in vars(backend):
            backend.torii_born = list(models(backend, lambda _: True))
        return backend

    AccountSpecificBackend.__getitem__ = getitem
