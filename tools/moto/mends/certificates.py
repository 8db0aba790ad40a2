"""IAM and Certificate Manager: certificates that are brought along."""

from mends import mend

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def metadata(certificate):
    return {
        "ServerCertificateName": certificate.cert_name,
        "Path": certificate.path,
        "Arn": certificate.arn,
        "UploadDate": certificate.torii_uploaded,
        "ServerCertificateId": certificate.torii_id,
        "Expiration": certificate.torii_expires,
    }


@mend
def server_certificates_are_told_apart():
    """AWS gives each server certificate an identifier, says when it ends, and keeps its tags.

    moto gives all of them one identifier and one end long ago, forgets the tags, and lets two have one name.
    """
    from cryptography import x509
    from moto.core.responses import ActionResult, EmptyResult
    from moto.core.utils import utcnow
    from moto.iam.exceptions import EntityAlreadyExists, IAMException
    from moto.iam.models import IAMBackend
    from moto.iam.responses import IamResponse
    from moto.moto_api._internal import mock_random

    upload = IAMBackend.upload_server_certificate

    def upload_server_certificate(self, cert_name, cert_body, *args, **kwargs):
        if any(each.cert_name == cert_name for each in self.certificates.values()):
            raise EntityAlreadyExists(f"The Server Certificate with name {cert_name} already exists.")
        try:
            parsed = x509.load_pem_x509_certificate(cert_body.encode())
        except ValueError as error:
            raise IAMException("MalformedCertificate", "Unable to parse certificate.") from error
        made = upload(self, cert_name, cert_body, *args, **kwargs)
        made.torii_id = "ASCA" + "".join(mock_random.choice(ALPHABET) for _ in range(17))
        made.torii_uploaded, made.torii_expires, made.torii_tags = utcnow(), parsed.not_valid_after_utc, {}
        return made

    def respond_upload(self):
        made = self.backend.upload_server_certificate(
            self._get_param("ServerCertificateName"),
            self._get_param("CertificateBody"),
            self._get_param("PrivateKey"),
            cert_chain=self._get_param("CertificateChain"),
            path=self._get_param("Path"),
        )
        made.torii_tags.update({each["Key"]: each["Value"] for each in self._get_param("Tags", [])})
        return ActionResult({"ServerCertificateMetadata": metadata(made), "Tags": tags(made)})

    def tags(certificate):
        return [{"Key": key, "Value": value} for key, value in certificate.torii_tags.items()]

    def named(response):
        return response.backend.get_server_certificate(response._get_param("ServerCertificateName"))

    def get_server_certificate(self):
        found = named(self)
        answer = {"ServerCertificateMetadata": metadata(found), "CertificateBody": found.cert_body, "Tags": tags(found)}
        if found.cert_chain:
            answer["CertificateChain"] = found.cert_chain
        return ActionResult({"ServerCertificate": answer})

    def list_server_certificates(self):
        every = [metadata(each) for each in self.backend.list_server_certificates()]
        return ActionResult({"ServerCertificateMetadataList": every, "IsTruncated": False})

    def list_server_certificate_tags(self):
        return ActionResult({"Tags": tags(named(self)), "IsTruncated": False})

    def tag_server_certificate(self):
        named(self).torii_tags.update({each["Key"]: each["Value"] for each in self._get_param("Tags", [])})
        return EmptyResult()

    def untag_server_certificate(self):
        for key in self._get_param("TagKeys", []):
            named(self).torii_tags.pop(key, None)
        return EmptyResult()

    IAMBackend.upload_server_certificate = upload_server_certificate
    IamResponse.upload_server_certificate = respond_upload
    for action in (
        get_server_certificate,
        list_server_certificates,
        list_server_certificate_tags,
        tag_server_certificate,
        untag_server_certificate,
    ):
        setattr(IamResponse, action.__name__, action)


@mend
def server_certificates_in_use_stay():
    """AWS refuses to delete a server certificate that a load balancer's listener uses; moto deletes it."""
    from moto.elb.models import elb_backends
    from moto.elbv2.models import elbv2_backends
    from moto.iam.exceptions import DeleteConflictException
    from moto.iam.models import IAMBackend

    original = IAMBackend.delete_server_certificate

    def users(account, arn):
        for _, backend in elb_backends[account].items():
            for balancer in backend.load_balancers.values():
                if any(each.ssl_certificate_id == arn for each in balancer.listeners):
                    yield f"arn:aws:elasticloadbalancing:{backend.region_name}:{account}:loadbalancer/{balancer.name}"
        for _, backend in elbv2_backends[account].items():
            for balancer in backend.load_balancers.values():
                if any(arn in each.certificates for each in balancer.listeners.values()):
                    yield balancer.arn

    def delete_server_certificate(self, name):
        certificate = self.get_server_certificate(name)
        user = next(users(self.account_id, certificate.arn), None)
        if user:
            message = f"Certificate: {certificate.torii_id} is currently in use by {user}. Please remove it first"
            raise DeleteConflictException(message)
        original(self, name)

    IAMBackend.delete_server_certificate = delete_server_certificate


@mend
def imported_certificates_keep_their_tags():
    """AWS puts a certificate that is imported again in the place of the old one, whose tags and users stay.

    moto drops both.
    """
    from moto.acm.models import AWSCertificateManagerBackend as Backend

    original = Backend.import_certificate

    def import_certificate(self, certificate, private_key, chain, arn, tags):
        before = self._certificates.get(arn)
        made = original(self, certificate, private_key, chain, arn, tags)
        if before:
            self._certificates[made].tags, self._certificates[made].in_use_by = before.tags, before.in_use_by
        return made

    Backend.import_certificate = import_certificate
