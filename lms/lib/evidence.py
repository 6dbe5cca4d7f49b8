"""Evidence (证明材料): the pictures and PDFs that people hand in so that somebody can judge what they say.

Owns: how many files and how large, their true type, the name that is kept, the columns of their rows, how one is
handed out and how it goes. Where they lie is private.py's; who may look, and that a look is logged, each room's own.
Refuses: too many files, an empty or too large one, and whatever is neither PDF, JPEG nor PNG by its first bytes.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.http import FileResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.lib.clock import now
from lms.lib.errors import Invalid
from lms.lib.ids import uuid7

MAX_FILES = 5
MAX_FILE_BYTES = 10 * 1024 * 1024
NAME_LENGTH = 120
HELP = gettext_lazy("PDF、JPG 或 PNG，每个不超过 10 MB，最多 5 个。只有审核人员能看到，每次查看都有记录。")
_MAGIC = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


class EvidenceFile(models.Model):
    """The row of one file. A room adds whose it is, and `file`: a FileField in `private_storage`, under a name that says
    nothing; the person's own name for it stands here only.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    file: Any
    name = models.CharField(max_length=NAME_LENGTH)
    mime = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Checked:
    """A file that may be kept, and what it really is."""

    file: UploadedFile
    mime: str


def file_type(start: bytes) -> str | None:
    """The type by the file's first bytes, whatever its name says; None: not accepted as evidence."""
    return next((mime for magic, mime in _MAGIC.items() if start.startswith(magic)), None)


def checked(files: Sequence[UploadedFile], *, code: str, there: int = 0) -> list[Checked]:
    """The files with their true types, before anything is written. there: how many are kept already.

    Raises Invalid with the caller's code and the field "evidence".
    """
    if len(files) + there > MAX_FILES:
        raise _wrong(code, _("最多上传 %(most)s 个文件。") % {"most": MAX_FILES})
    return [Checked(file, _type(file, code)) for file in files]


def _type(file: UploadedFile, code: str) -> str:
    if not file.size or file.size > MAX_FILE_BYTES:
        raise _wrong(code, _("文件“%(name)s”是空的或超过 10 MB。") % {"name": file.name})
    start = file.read(16)
    file.seek(0)
    mime = file_type(start)
    if mime is None:
        raise _wrong(
            code, _("文件“%(name)s”不是 PDF、JPG 或 PNG。请重新拍照或导出后再传。") % {"name": file.name}
        )
    return mime


def _wrong(code: str, sentence: str) -> Invalid:
    return Invalid(sentence, code=code, details={"field": "evidence"})


def values(item: Checked) -> dict[str, Any]:
    """The columns of an EvidenceFile; saving the row stores the file."""
    digest = hashlib.sha256()
    for chunk in item.file.chunks():
        digest.update(chunk)
    item.file.seek(0)
    return {
        "file": item.file,
        # The end of a long name tells more than its beginning; a NUL can be stored nowhere.
        "name": (item.file.name or "").replace("\0", "")[-NAME_LENGTH:],
        "mime": item.mime,
        "size": item.file.size or 0,
        "sha256": digest.hexdigest(),
        "added_at": now(),
    }


def discard(files: Iterable[EvidenceFile]) -> None:
    """Files and their rows are gone. The file first: a row without its file is found again, a file without its row never."""
    for row in files:
        row.file.delete(save=False)
        row.delete()


def handed_out(found: EvidenceFile) -> FileResponse:
    """The file as an answer that no cache keeps. The caller has checked and logged the look."""
    response = FileResponse(found.file.open("rb"), content_type=found.mime, filename=found.name)
    response["Cache-Control"] = "private, no-store"
    # A picture or PDF that somebody uploaded must not run as a page of ours.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
