"""What the headers of tus 1.0.0 may say, read over plain text (https://tus.io/protocols/resumable-upload), and the
limits of ours. Refuses with the status the protocol gives.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from lms.lib.errors import Invalid, Refusal

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,termination,checksum"
ALGORITHMS = {"sha1": 20, "sha256": 32}  # name → length of the checksum in bytes
CONTENT_TYPE = "application/offset+octet-stream"

MAX_SIZE = 2 * 1024**3
# Of one organisation, finished ones that nobody has used yet among them: forgotten uploads must not fill the disk.
MAX_UPLOADS = 40
MAX_TOTAL = 20 * 1024**3
# From the last byte that came. A week: a course begun on Friday goes on after the weekend.
KEPT = timedelta(days=7)
# Never taken by uploads: the database and the logs need room, too.
RESERVE = 512 * 1024**2

MAX_NAME = 255
MAX_METADATA = 2000
_NUMBER = re.compile(r"[0-9]{1,18}")
_KEY = re.compile(r"[!-+\--~]{1,64}")  # visible ASCII without a comma
_UNSEEN = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Checksum:
    algorithm: str
    digest: bytes


def _bad(what: str) -> Invalid:
    return Invalid(_("上传请求的 %(header)s 不对。") % {"header": what}, code="bad_header", status=400)


def number(text: str | None, header: str) -> int:
    """A non-negative integer, as Upload-Length and Upload-Offset have to be."""
    if text is None or not _NUMBER.fullmatch(text):
        raise _bad(header)
    return int(text)


def size_of(text: str | None) -> int:
    """Upload-Length, at most MAX_SIZE (413 beyond: Creation, POST)."""
    size = number(text, "Upload-Length")
    if size > MAX_SIZE:
        raise Refusal(
            _("文件太大：一个文件最多 %(limit)d MB。") % {"limit": MAX_SIZE // 1024**2},
            code="too_large",
            status=413,
        )
    return size


def checksum_of(text: str | None) -> Checksum | None:
    """Upload-Checksum: the algorithm's name and the checksum in Base64 (400 for others: Checksum)."""
    if text is None:
        return None
    algorithm, _space, encoded = text.partition(" ")
    digest = _decoded(encoded)
    if ALGORITHMS.get(algorithm) is None or digest is None or len(digest) != ALGORITHMS[algorithm]:
        raise _bad("Upload-Checksum")
    return Checksum(algorithm, digest)


def metadata_of(text: str | None) -> dict[str, str]:
    """Upload-Metadata: pairs of a key and a value in Base64, here always UTF-8 (Creation, Upload-Metadata)."""
    if not text:
        return {}
    if len(text) > MAX_METADATA:
        raise _bad("Upload-Metadata")
    found: dict[str, str] = {}
    for pair in text.split(","):
        key, _space, encoded = pair.strip(" ").partition(" ")
        raw = _decoded(encoded)
        if raw is None or key in found or not _KEY.fullmatch(key):
            raise _bad("Upload-Metadata")
        try:
            found[key] = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise _bad("Upload-Metadata") from None
    return found


def name_of(metadata: dict[str, str]) -> str:
    """The file's name without folders and without what nobody can see."""
    name = re.split(r"[/\\]", metadata.get("filename", ""))[-1]
    name = _UNSEEN.sub("", name).strip()
    if not name or len(name) > MAX_NAME:
        raise Invalid(_("文件名是空的，或者太长。"), code="bad_name", status=400)
    return name


def _decoded(encoded: str) -> bytes | None:
    try:
        return base64.b64decode(encoded.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
