"""Signed statements (Data 2.6): the signature is a JWS whose payload is the statement, by RS256, RS384 or RS512.

Plain functions. Where the header brings the certificate (x5c), the signature is checked against it; whether that
certificate is anybody's is a question of whom the reader trusts, and not answered here.
"""

import base64
import binascii
import json
from typing import Any

import jwt
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.utils.translation import gettext as _

from lms.records.faults import Fault
from lms.records.statements.compare import digest
from lms.records.statements.rules import Json

_ALGORITHMS = ("RS256", "RS384", "RS512")


def check_signature(data: Json, attachment: Json, content: bytes) -> None:
    """Raise `Fault` unless `content` signs the statement `data`."""
    if attachment["contentType"].split(";")[0].strip().lower() != "application/octet-stream":
        raise _wrong(_("签名附件的 contentType 必须是 application/octet-stream"), "XAPI-00115")
    pieces = content.split(b".")
    if len(pieces) != 3:
        raise _wrong(_("签名不是 JWS 的紧凑格式"), "XAPI-00115")
    header, payload = _part(pieces[0]), _part(pieces[1])
    if header.get("alg") not in _ALGORITHMS:
        raise _wrong(_("签名算法只能是 RS256、RS384、RS512"), "XAPI-00117")
    if "x5c" in header:
        _verified(content, header)
    signed = {name: value for name, value in payload.items() if name != "attachments"}
    told = {name: value for name, value in data.items() if name != "attachments"}
    # The statement of the payload may have been signed before it got its id, timestamp or attachments.
    for name in ("id", "timestamp"):
        if name not in signed:
            told.pop(name, None)
    try:
        same = digest(signed) == digest(told) and signed.get("id", told.get("id")) == told.get("id")
    except (AttributeError, TypeError, ValueError) as error:
        raise _wrong(_("签名的内容不是这条语句"), "XAPI-00116") from error
    if not same:
        raise _wrong(_("签名的内容不是这条语句"), "XAPI-00116")


def _verified(content: bytes, header: Json) -> None:
    chain = header["x5c"]
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(chain[0], validate=True))
        key = certificate.public_key()
    except (ValueError, TypeError, IndexError, KeyError, UnsupportedAlgorithm, binascii.Error) as error:
        raise _wrong(_("签名带的证书读不出来"), "XAPI-00117") from error
    if not isinstance(key, RSAPublicKey):
        raise _wrong(_("签名带的证书不是 RSA 的"), "XAPI-00117")
    try:
        jwt.PyJWS().decode(content, key, algorithms=[header["alg"]])
    except jwt.InvalidTokenError as error:
        raise _wrong(_("签名与证书不符"), "XAPI-00117") from error


def _part(piece: bytes) -> Json:
    try:
        value: Any = json.loads(base64.urlsafe_b64decode(piece + b"=" * (-len(piece) % 4)))
    except (ValueError, RecursionError) as error:
        raise _wrong(_("签名不是 JWS 的紧凑格式"), "XAPI-00115") from error
    if not isinstance(value, dict):
        raise _wrong(_("签名不是 JWS 的紧凑格式"), "XAPI-00115")
    return value


def _wrong(message: str, rule: str) -> Fault:
    return Fault(f"{message}。", where="attachments", rule=rule)
