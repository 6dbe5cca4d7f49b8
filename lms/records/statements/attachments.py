"""Attachments of statements: multipart/mixed in and out, hashes checked, bytes in the storage (Data 2.4.11, Communication 1.5.2).

Owns: the parts of a request and of an answer, and the files. Refuses: a part that no statement names, a statement whose
bytes are neither here nor at an address, a wrong hash. Signatures are looked at in signatures.py.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from lms.records.faults import Fault
from lms.records.statements.models import Attachment
from lms.records.statements.rules import SIGNATURE, Json, parts_of
from lms.records.statements.signatures import check_signature

_BY_LENGTH = {56: hashlib.sha224, 64: hashlib.sha256, 96: hashlib.sha384, 128: hashlib.sha512}


@dataclass(frozen=True)
class Part:
    """One attachment as it came: headers by lower-case name."""

    headers: dict[str, str]
    content: bytes

    @property
    def sha2(self) -> str:
        return self.headers["x-experience-api-hash"].lower()


def read_multipart(body: bytes, boundary: str) -> tuple[bytes, list[Part]]:
    """The statements' part and the attachments of a multipart/mixed body; `Fault` where it is none."""
    if not boundary:
        raise Fault(_("multipart/mixed 没有写 boundary。"), rule="XAPI-00131")
    pieces = _pieces(body, boundary)
    if not pieces:
        raise Fault(_("multipart/mixed 里没有任何部分。"), rule="XAPI-00130")
    first, *rest = pieces
    if first.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Fault(_("第一部分必须是 application/json 的语句。"), rule="XAPI-00134")
    for part in rest:
        if not part.headers.get("x-experience-api-hash"):
            raise Fault(_("附件部分没有 X-Experience-API-Hash。"), rule="XAPI-00132")
        if part.headers.get("content-transfer-encoding", "").lower() != "binary":
            raise Fault(_("附件部分的 Content-Transfer-Encoding 必须是 binary。"), rule="XAPI-00135")
    return first.content, rest


def _pieces(body: bytes, boundary: str) -> list[Part]:
    line = b"--" + boundary.encode("latin-1", "replace")
    found = []
    # RFC 2046: the line break before a boundary belongs to the boundary.
    chunks = (b"\r\n" + body).split(b"\r\n" + line)
    if len(chunks) < 2 or not chunks[-1].startswith(b"--"):
        raise Fault(_("multipart/mixed 的分界不对。"), rule="XAPI-00130")
    for chunk in chunks[1:-1]:
        head, blank, content = chunk.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not blank:
            raise Fault(_("multipart/mixed 的一部分没有标头。"), rule="XAPI-00130")
        headers = {}
        for text in head.split(b"\r\n"):
            name, colon, value = text.decode("latin-1").partition(":")
            if colon:
                headers[name.strip().lower()] = value.strip()
        found.append(Part(headers, content))
    return found


def listed(data: Json) -> Iterator[Json]:
    """The attachments a statement names, its substatement's too."""
    for part in parts_of(data):
        yield from part.get("attachments", ())


def check(statements: Sequence[Json], parts: Sequence[Part]) -> None:
    """Every part is named by a statement, and every attachment is either a part or has an address."""
    if not parts and not any(
        "attachments" in data or data["object"].get("objectType") == "SubStatement" for data in statements
    ):
        return
    sent = {part.sha2: part for part in parts}
    named: set[str] = set()
    for data in statements:
        for item in listed(data):
            sha2 = item["sha2"].lower()
            named.add(sha2)
            if sha2 not in sent:
                if "fileUrl" not in item:
                    raise Fault(
                        _("附件既没有随请求送来，也没有 fileUrl。"), where="attachments", rule="XAPI-00129"
                    )
                continue
            if item["usageType"] == SIGNATURE:
                check_signature(data, item, sent[sha2].content)
    for sha2, part in sent.items():
        if sha2 not in named:
            raise Fault(_("有一部分不是任何语句的附件。"), rule="XAPI-00128")
        made = _BY_LENGTH.get(len(sha2))
        if made is None or made(part.content).hexdigest() != sha2:
            raise Fault(_("附件的内容与它的 SHA-2 不符。"), rule="XAPI-00132")


def keep(store_id: int, parts: Sequence[Part]) -> None:
    """Put the bytes into the storage, once a hash and store. Before the statements are written: a file that no row names
    is harmless, a row without its file is not.
    """
    known = set(
        Attachment.objects.filter(store_id=store_id, sha2__in=[part.sha2 for part in parts]).values_list(
            "sha2", flat=True
        )
    )
    for part in {part.sha2: part for part in parts}.values():
        if part.sha2 in known:
            continue
        name = default_storage.save(
            f"records/{store_id}/{part.sha2[:2]}/{uuid4().hex}", ContentFile(part.content)
        )
        Attachment.objects.bulk_create(
            [
                Attachment(
                    store_id=store_id,
                    sha2=part.sha2,
                    content_type=part.headers.get("content-type", "application/octet-stream")[:200],
                    length=len(part.content),
                    file=name,
                )
            ],
            ignore_conflicts=True,
        )


def multipart(first: bytes, store_id: int, statements: Sequence[Json]) -> tuple[bytes, str]:
    """An answer with its attachments, each once; the body and its Content-Type."""
    wanted = list(dict.fromkeys(item["sha2"].lower() for data in statements for item in listed(data)))
    rows = {row.sha2: row for row in Attachment.objects.filter(store_id=store_id, sha2__in=wanted)}
    boundary = f"rongtong-{uuid4().hex}"
    out = [f"--{boundary}\r\nContent-Type: application/json\r\n\r\n".encode(), first, b"\r\n"]
    for sha2 in wanted:
        row = rows.get(sha2)
        if row is None:
            continue
        head = (
            f"--{boundary}\r\nContent-Type: {row.content_type}\r\nContent-Transfer-Encoding: binary\r\n"
            f"X-Experience-API-Hash: {sha2}\r\n\r\n"
        )
        with default_storage.open(row.file) as file:
            out += [head.encode("latin-1", "replace"), file.read(), b"\r\n"]
    out.append(f"--{boundary}--\r\n".encode())
    return b"".join(out), f'multipart/mixed; boundary="{boundary}"'
