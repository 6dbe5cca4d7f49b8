"""Documents that are known and not read: the old binary Word, PowerPoint, Excel and WPS, OpenDocument, Excel, iWork, RTF.

Owns telling each by its content and saying what to save it as. Refuses all of them, with that sentence: a half-read
document is worse than one step in the program that made it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from courses.packs.foreign.office import ooxml
from courses.packs.foreign.outline import Outline
from courses.packs.foreign.sources import Source
from courses.packs.problems import short

if TYPE_CHECKING:
    from django.utils.functional import Promise

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Where a compound file lists its parts cannot be known ahead; a document's list is near its beginning or its end.
_LOOKED_AT = 4 * 1024**2
_TEXT, _DECK, _SHEET = ".docx / .pdf", ".pptx / .pdf", ".pdf"
# The name of a part inside the compound file -> what it is, what to save it as.
_PARTS: tuple[tuple[str, str, str], ...] = (
    ("WordDocument", "Word 97–2003（.doc、.wps）", _TEXT),
    ("PowerPoint Document", "PowerPoint 97–2003（.ppt、.dps）", _DECK),
    ("Workbook", "Excel 97–2003（.xls、.et）", _SHEET),
    ("Book", "Excel 5（.xls）", _SHEET),
)
_OPEN: dict[str, tuple[str, str]] = {
    "text": ("OpenDocument（.odt）", _TEXT),
    "presentation": ("OpenDocument（.odp）", _DECK),
    "spreadsheet": ("OpenDocument（.ods）", _SHEET),
}


class OldOffice:
    """The adapter: see the module. Its `inspect` always refuses."""

    name = "office_old"
    label: str | Promise = _("其他办公文件")
    extensions = (
        "doc",
        "ppt",
        "xls",
        "wps",
        "dps",
        "et",
        "xlsx",
        "xlsm",
        "odt",
        "odp",
        "ods",
        "rtf",
        "pages",
        "key",
    )

    def recognises(self, source: Source) -> bool:
        return _known(source) is not None

    def inspect(self, source: Source) -> Outline:
        outline = Outline(self.name)
        what, better = _known(source) or ("", "")
        if what:
            outline.refuse("office_other", "", name=short(source.name), what=what, better=better)
        else:
            outline.refuse("office_locked", "", name=short(source.name))
        return outline


def _known(source: Source) -> tuple[str, str] | None:
    """What the file is and what to save it as; ("", "") is a document behind a password, None nothing known here."""
    if source.kind == "file":
        if source.head.startswith(b"{\\rtf"):
            return "RTF", _TEXT
        return _compound(source) if source.head.startswith(_COMPOUND) else None
    if source.kind != "zip":
        return None
    if "spreadsheetml" in ooxml.content_types(source):
        return "Excel（.xlsx）", _SHEET
    if source.archive.sizes.get("mimetype", 1000) < 200:
        said = (source.text("mimetype", 200) or b"").decode("ascii", "replace").strip()
        head = "application/vnd.oasis.opendocument."
        if said.startswith(head):
            kind = said.removeprefix(head).partition("-")[0]
            return _OPEN.get(kind, ("OpenDocument", ".pdf"))
    if "Index/Document.iwa" in source.archive:
        return "Apple iWork", ".pdf"
    return None


def _compound(source: Source) -> tuple[str, str] | None:
    with open(source.path, "rb") as file:
        data = file.read(_LOOKED_AT)
        if source.path.stat().st_size > 2 * _LOOKED_AT:
            file.seek(-_LOOKED_AT, 2)
        data += file.read(_LOOKED_AT)
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "", ""
    for part, what, better in _PARTS:
        # With the zero that ends it: WorkbookX is something else.
        if f"{part}\0".encode("utf-16-le") in data:
            return what, better
    return "Office 97–2003", ".docx / .pptx / .pdf"


ADAPTER = OldOffice()
