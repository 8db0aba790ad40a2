"""Elastic Load Balancing, version 2: trust stores, which say whose client certificates a load balancer takes."""

import os

from mends import mend
from mends.trust_files import authorities, read, revoked
from moto.core.common_models import BaseModel

PAGE = "/moto-api/torii/trust-stores/"


class Copy:
    """A file as it was when AWS copied it; what becomes of the file in S3 later changes nothing."""

    def __init__(self, text, count):
        from moto.moto_api._internal import mock_random

        self.text, self.count, self.token = text, count, mock_random.get_random_hex(32)

    @property
    def location(self):
        """An address at which the copy can be read, as AWS signs one in advance."""
        return f"http://127.0.0.1:{os.environ['MOTO_PORT']}{PAGE}{self.token}"


class TrustStore(BaseModel):
    status = "ACTIVE"

    def __init__(self, arn, name, bundle):
        self.trust_store_arn = self.arn = arn
        self.name, self.bundle = name, bundle
        self.lists = {}
        self.next_list = 1

    @property
    def number_of_ca_certificates(self):
        return self.bundle.count

    @property
    def total_revoked_entries(self):
        return sum(each.count for each in self.lists.values())

    def described(self, identifier):
        return {
            "TrustStoreArn": self.arn,
            "RevocationId": identifier,
            "RevocationType": "CRL",
            "NumberOfRevokedEntries": self.lists[identifier].count,
        }


def stores_of(backend):
    return vars(backend).setdefault("torii_trust_stores", {})


def refuse(code, message):
    from moto.elbv2.exceptions import ELBClientError

    raise ELBClientError(code, message)


def store_named(backend, arn):
    if arn not in stores_of(backend):
        refuse("TrustStoreNotFound", f"Trust store '{arn}' not found")
    return stores_of(backend)[arn]


def users_of(backend, arn):
    """Yields the load balancers that have a listener with the trust store."""
    for balancer in backend.load_balancers.values():
        for listener in balancer.listeners.values():
            if (listener.mutual_authentication or {}).get("TrustStoreArn") == arn:
                yield balancer.arn


def bundle_from(backend, request):
    bucket, key = request["CaCertificatesBundleS3Bucket"], request["CaCertificatesBundleS3Key"]
    text = read(backend, bucket, key, request.get("CaCertificatesBundleS3ObjectVersion"))
    if text is None:
        refuse("CaCertificatesBundleNotFound", f"The CA certificates bundle s3://{bucket}/{key} was not found")
    try:
        return Copy(text, authorities(text))
    except ValueError as error:
        refuse("InvalidCaCertificatesBundle", f"The CA certificates bundle is not valid: {error}")


def list_from(backend, content):
    bucket, key = content.get("S3Bucket"), content.get("S3Key")
    text = read(backend, bucket, key, content.get("S3ObjectVersion"))
    if text is None:
        refuse("RevocationContentNotFound", f"The revocation content s3://{bucket}/{key} was not found")
    try:
        return Copy(text, revoked(text))
    except ValueError as error:
        refuse("InvalidRevocationContent", f"The revocation content is not valid: {error}")


def list_named(store, identifier):
    if identifier not in store.lists:
        refuse("RevocationIdNotFound", f"Revocation ID '{identifier}' not found")
    return store.lists[identifier]


def create_trust_store(backend, request):
    from moto.moto_api._internal import mock_random

    name = request["Name"]
    if any(each.name == name for each in stores_of(backend).values()):
        refuse("DuplicateTrustStoreName", f"A trust store with the name '{name}' already exists")
    bundle = bundle_from(backend, request)
    arn = f"arn:{backend.partition}:elasticloadbalancing:{backend.region_name}:{backend.account_id}"
    store = TrustStore(f"{arn}:truststore/{name}/{mock_random.get_random_hex(16)}", name, bundle)
    stores_of(backend)[store.arn] = store
    backend.tagging_service.tag_resource(store.arn, request.get("Tags") or [])
    return {"TrustStores": [store]}


def describe_trust_stores(backend, request):
    arns, names = request.get("TrustStoreArns"), request.get("Names")
    if arns:
        return {"TrustStores": [store_named(backend, arn) for arn in arns]}
    found = [each for each in stores_of(backend).values() if not names or each.name in names]
    if names and len(found) < len(set(names)):
        refuse("TrustStoreNotFound", "One or more trust stores not found")
    return {"TrustStores": found}


def modify_trust_store(backend, request):
    store = store_named(backend, request["TrustStoreArn"])
    store.bundle = bundle_from(backend, request)
    return {"TrustStores": [store]}


def delete_trust_store(backend, request):
    store = store_named(backend, request["TrustStoreArn"])
    if any(users_of(backend, store.arn)):
        refuse("TrustStoreInUse", f"Trust store '{store.arn}' is currently in use by a listener")
    del stores_of(backend)[store.arn]
    backend.tagging_service.delete_all_tags_for_resource(store.arn)
    return {}


def describe_trust_store_associations(backend, request):
    store = store_named(backend, request["TrustStoreArn"])
    return {"TrustStoreAssociations": [{"ResourceArn": arn} for arn in users_of(backend, store.arn)]}


def add_trust_store_revocations(backend, request):
    store = store_named(backend, request["TrustStoreArn"])
    added = []
    for copy in [list_from(backend, content) for content in request.get("RevocationContents") or []]:
        store.lists[store.next_list] = copy
        added.append(store.described(store.next_list))
        store.next_list += 1
    return {"TrustStoreRevocations": added}


def describe_trust_store_revocations(backend, request):
    store = store_named(backend, request["TrustStoreArn"])
    wanted = request.get("RevocationIds") or list(store.lists)
    for identifier in wanted:
        list_named(store, identifier)
    return {"TrustStoreRevocations": [store.described(identifier) for identifier in wanted]}


def remove_trust_store_revocations(backend, request):
    store = store_named(backend, request["TrustStoreArn"])
    for identifier in request["RevocationIds"]:
        list_named(store, identifier)
    for identifier in request["RevocationIds"]:
        del store.lists[identifier]
    return {}


def get_trust_store_ca_certificates_bundle(backend, request):
    return {"Location": store_named(backend, request["TrustStoreArn"]).bundle.location}


def get_trust_store_revocation_content(backend, request):
    store = store_named(backend, request["TrustStoreArn"])
    return {"Location": list_named(store, request["RevocationId"]).location}


OPERATIONS = (
    create_trust_store,
    describe_trust_stores,
    modify_trust_store,
    delete_trust_store,
    describe_trust_store_associations,
    add_trust_store_revocations,
    describe_trust_store_revocations,
    remove_trust_store_revocations,
    get_trust_store_ca_certificates_bundle,
    get_trust_store_revocation_content,
)


@mend
def trust_stores_exist():
    """AWS keeps trust stores with their revocation lists, both copied from S3 when they are named; moto has none."""
    from moto.core.responses import ActionResult
    from moto.elbv2.models import ELBv2Backend
    from moto.elbv2.responses import ELBV2Response

    def responder(operation):
        return lambda self: ActionResult(operation(self.elbv2_backend, self._get_params()))

    for operation in OPERATIONS:
        setattr(ELBV2Response, operation.__name__, responder(operation))

    original = ELBv2Backend._get_resource_by_arn

    def get_resource_by_arn(self, arn):
        return store_named(self, arn) if ":truststore/" in arn else original(self, arn)

    ELBv2Backend._get_resource_by_arn = get_resource_by_arn


@mend
def copies_in_trust_stores_can_be_read():
    """AWS hands its copies out by addresses that are signed in advance; here they are pages of the server."""
    from moto.elbv2.models import elbv2_backends
    from moto.moto_api._internal import urls

    def page(_request, address, _headers):
        token = address.rsplit("/", 1)[-1]
        for _, _, backend in list(elbv2_backends.iter_backends()):
            for store in stores_of(backend).values():
                for copy in [store.bundle, *store.lists.values()]:
                    if copy.token == token:
                        return 200, {"Content-Type": "application/x-pem-file"}, copy.text
        return 404, {}, ""

    urls.url_paths["{0}" + PAGE + "(?P<token>[0-9a-f]+)$"] = page
