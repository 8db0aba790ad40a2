"""Elastic Load Balancing, version 2: the files that trust stores are made of, and what AWS refuses of them."""

import re

BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)

# Keys and signatures that AWS takes. Source: "Mutual authentication with TLS in Application Load Balancer" in its guide.
RSA_BITS = range(2048, 8193)
CURVES = {"secp256r1", "secp384r1", "secp521r1"}
HASHES = {"sha256", "sha384", "sha512"}


def read(backend, bucket, key, version):
    """Returns what an S3 object says in one version, or None when there is no such version."""
    from moto.s3.exceptions import S3ClientError
    from moto.s3.models import s3_backends

    try:
        found = s3_backends[backend.account_id][backend.partition].get_object(bucket, key, version_id=version)
    except S3ClientError:
        return None
    return found.value.decode("utf-8", "replace") if found else None


def blocks(text, kind):
    """Returns the blocks of a PEM file that holds nothing of another kind; raises ValueError in AWS's stead."""
    found = list(BLOCK.finditer(text))
    if not found:
        raise ValueError(f"it holds no {kind.lower()}")
    for block in found:
        if block.group(1) != kind:
            raise ValueError(f"it holds a {block.group(1).lower()}")
    return [block.group(0).encode() for block in found]


def check_signature(signed):
    name = signed.signature_hash_algorithm.name if signed.signature_hash_algorithm else "none"
    if name not in HASHES:
        raise ValueError(f"it is signed with {name}")


def check_authority(certificate):
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if certificate.version != x509.Version.v3:
        raise ValueError("a certificate is not of X.509 version 3")
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        constraints = None
    if not constraints or not constraints.ca:
        raise ValueError("a certificate is not one of an authority")
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in RSA_BITS:
        return
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES:
        return
    raise ValueError("the key of a certificate is too short or of an unknown kind")


def authorities(text):
    """Returns how many authorities a bundle holds; raises ValueError when AWS would not take it."""
    from cryptography import x509

    found = [x509.load_pem_x509_certificate(block) for block in blocks(text, "CERTIFICATE")]
    for certificate in found:
        check_signature(certificate)
        check_authority(certificate)
    return len(found)


def revoked(text):
    """Returns how many certificates a revocation list revokes; raises ValueError when AWS would not take it."""
    from cryptography import x509

    found = [x509.load_pem_x509_crl(block) for block in blocks(text, "X509 CRL")]
    for each in found:
        check_signature(each)
    return sum(len(each) for each in found)
