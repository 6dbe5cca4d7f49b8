"""Signed statements (xAPI 1.0.3 Data 2.6): what a signature must be, with keys made here."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.records.samples import statement
from tests.records.test_statements import multipart

pytestmark = pytest.mark.django_db


@lru_cache
def keys():
    """A key and its certificate, and another key."""
    key, other = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer.example.cn")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    der = certificate.public_bytes(serialization.Encoding.DER)
    return key, other, base64.b64encode(der).decode()


def send(xapi, data, signature, **change):
    item = {
        "usageType": "http://adlnet.gov/expapi/attachments/signature",
        "display": {"en": "signature"},
        "contentType": "application/octet-stream",
        "length": len(signature),
        "sha2": hashlib.sha256(signature).hexdigest(),
    } | change
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Transfer-Encoding": "binary",
        "X-Experience-API-Hash": item["sha2"],
    }
    body = multipart(data | {"attachments": [item]}, (signature, headers))
    return xapi.call("POST", "statements", body=body, Content_Type="multipart/mixed; boundary=rt")


def sign(data, algorithm="RS256", key=None, **header):
    content = json.dumps(data).encode()
    return jwt.PyJWS().encode(content, key or keys()[0], algorithm=algorithm, headers=header or None).encode()


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_a_signed_statement_is_taken_and_given_back(xapi, algorithm):  # XAPI-00117
    data = statement()
    signature = sign(data, algorithm, x5c=[keys()[2]])
    assert send(xapi, data, signature).status_code == 200
    assert signature in xapi.one(data["id"], attachments="true").content


def test_signed_before_it_had_an_id(xapi):
    data = statement()
    unnamed = {name: value for name, value in data.items() if name != "id"}
    assert send(xapi, data, sign(unnamed)).status_code == 200


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: sign(data | {"verb": {"id": "http://a.cn/other"}}),  # XAPI-00116
        lambda data: sign(data | {"id": statement()["id"]}),
        lambda data: sign(data, "HS256", "secret of thirty-two bytes or more"),  # XAPI-00117
        lambda data: sign(data, key=keys()[1], x5c=[keys()[2]]),
        lambda data: sign(data, x5c=["no certificate"]),
        lambda data: sign(data, x5c=[]),
        lambda data: sign([data]),
        lambda data: b"no jws",  # XAPI-00115
        lambda data: b"a.b.c",
        lambda data: json.dumps(data).encode(),
        lambda data: b"..",
    ],
)
def test_what_does_not_sign_it_is_refused(xapi, spoil):
    data = statement()
    assert send(xapi, data, spoil(data)).status_code == 400
    assert xapi.one(data["id"]).status_code == 404


def test_a_signature_says_what_it_is(xapi):  # XAPI-00115
    data = statement()
    assert send(xapi, data, sign(data), contentType="text/plain").status_code == 400
