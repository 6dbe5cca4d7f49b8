"""Opening workbooks (.xlsx) that strangers send: weighed before a part is unpacked, scanned before a part is read.

Owns: the bounds. A workbook is a zip of XML, and what reads it keeps elements and texts in memory; so every sheet and every
table of texts is first run through expat, which keeps nothing, and refused with a sentence where it holds more than a list
can. Texts that cells share lie in a temporary file, not in memory. Refuses: doctypes, encryption, packings that no
spreadsheet writes, and knowing what stands in the cells.
"""

import mmap
import re
import tempfile
import zipfile
from array import array
from collections.abc import Sequence
from typing import IO, Any, overload
from xml.parsers import expat

from django.utils.translation import gettext as _
from openpyxl.reader.excel import ExcelReader
from openpyxl.xml.constants import SHARED_STRINGS

from lms.lib.errors import Invalid

MAX_PARTS = 200
# Everything but sheets and shared texts is read whole: styles, the list of sheets, names.
MAX_WHOLE_PART = 5 * 1024 * 1024
# A page of a sheet packs about 1:20, a sheet of one value over and over 1:200; a bomb packs 1:1000.
MAX_RATIO = 300
RATIO_COUNTS_FROM = 5 * 1024 * 1024
# What a sheet can have at all, and what a list ever needs beside each other.
LAST_ROW = 1_048_576
MAX_CELLS = 256
# Sheets whose blank rows were once coloured end after a million of them.
MAX_BLANK_ROWS = 200
# Between two tags: a cell holds at most 32,767 characters, of which each is at most six bytes of XML.
MAX_TEXT = 400_000
# Of one row or one shared text; after the last row come merged cells and links.
MAX_ELEMENTS = 50_000
MAX_ROW_BYTES = 4 * 1024 * 1024
LONGEST_TEXT = 32_767
_PIECE = 1 << 16
_LAST_ROW_OF = re.compile(r"[0-9]{1,7}$", re.ASCII)


def unreadable(sentence: str) -> Invalid:
    return Invalid(sentence, code="sheet_unreadable", details={"field": "file"})


def weigh(file: IO[bytes], most_unpacked: int) -> None:
    """Before anything is unpacked: is it a workbook, and of what size? No part is read beyond the size it claims."""
    try:
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise unreadable(_("这不是 .xlsx 文件。请用表格软件另存为 .xlsx 再传。")) from error
    if any(part.flag_bits & 1 for part in parts):
        raise unreadable(_("文件加了密码。请去掉密码再传。"))
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        raise unreadable(_("这不是 .xlsx 文件。请用表格软件另存为 .xlsx 再传。"))
    bloated = any(
        part.file_size > RATIO_COUNTS_FROM and part.file_size > MAX_RATIO * max(part.compress_size, 1)
        for part in parts
    )
    if bloated or len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > most_unpacked:
        raise unreadable(_("文件解开后太大。名单只要文字，请去掉图片和多余的工作表。"))


def load(file: IO[bytes], *, most_unpacked: int, data_only: bool, gaps: bool = True) -> Any:
    """The workbook, read only and row by row. gaps False: whoever reads it stops after MAX_BLANK_ROWS blank rows, and
    something behind them would be left out without a word: it is refused. Raises Invalid; whatever else a broken file
    raises is the caller's.
    """
    weigh(file, most_unpacked)
    reader = _Reader(file, read_only=True, data_only=data_only, keep_links=False)
    reader.archive = _Parts(file, gaps=gaps)
    reader.read()
    for sheet in reader.wb.worksheets:
        # What a sheet says of its own size is often wrong, and rows beyond it would be left out, too.
        sheet.reset_dimensions()
    return reader.wb


def lowest_merged(book: Any, sheet: Any) -> tuple[int, str]:
    """(last row, range) of the merged cells of a loaded workbook's sheet that reach lowest; (0, "") where none are. A merged
    cell's value stands in its first cell alone, and the others read as blank.
    """
    path = sheet._worksheet_path
    book._archive.open(path).close()
    found: tuple[int, str] = book._archive.merged.get(path, (0, ""))
    return found


def beginnings(book: Any, rows: int, columns: int) -> tuple[tuple[str, tuple[tuple[Any, ...], ...]], ...]:
    """(name, first rows) of every sheet of a loaded workbook but the first."""
    return tuple(
        (sheet.title, tuple(sheet.iter_rows(max_row=rows, max_col=columns, values_only=True)))
        for sheet in book.worksheets[1:]
    )


class _Parts(zipfile.ZipFile):
    """The parts of a weighed workbook: small ones whole, the others once they have been scanned."""

    def __init__(self, file: IO[bytes], *, gaps: bool) -> None:
        super().__init__(file)
        self._gaps = gaps
        self._scanned: set[str] = set()
        self.merged: dict[str, tuple[int, str]] = {}

    def read(self, name: Any, pwd: bytes | None = None) -> bytes:
        if self.getinfo(name).file_size > MAX_WHOLE_PART:
            raise _ornate()
        with super().open(name, pwd=pwd) as part:
            return part.read()

    def open(self, name: Any, *args: Any, **kwargs: Any) -> Any:
        if name not in self._scanned:
            with super().open(name) as part:
                scan = _Scan(gaps=self._gaps)
                scan.run(part)
            self._scanned.add(name)
            self.merged[str(name)] = scan.merged
        return super().open(name, *args, **kwargs)


def _ornate() -> Invalid:
    return unreadable(_("文件里的格式和样式太多。请把名单复制到一个新的表格文件里再传。"))


def _long() -> Invalid:
    return unreadable(_("有一格的文字太长。名单每一格不超过 %(most)s 个字。") % {"most": LONGEST_TEXT})


def _feed(parser: Any, part: IO[bytes]) -> int:
    """One piece of the part through expat; how many bytes it was. No doctype, and so no entities."""
    piece = part.read(_PIECE)
    try:
        parser.Parse(piece, not piece)
    except expat.ExpatError as error:
        raise unreadable(_("文件读不出来。请用表格软件另存为 .xlsx 再传。")) from error
    return len(piece)


def _no_doctype(*args: Any) -> None:
    raise unreadable(_("文件读不出来。请用表格软件另存为 .xlsx 再传。"))


class _Scan:
    """One part from its beginning to its end, of which a few numbers are kept."""

    def __init__(self, *, gaps: bool) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = _no_doctype
        self.gaps = gaps
        # Row numbers: of the last one, and of the last one in which something stands.
        self.number = self.filled = 0
        self.cells = self.elements = 0
        self.merged = (0, "")
        # Bytes: where the last tag began, and where the last row or shared text did.
        self.tag_at = self.row_at = 0

    def run(self, part: IO[bytes]) -> None:
        fed = 0
        while size := _feed(self.parser, part):
            fed += size
            # Of a tag without an end expat has seen nothing yet, and keeps it all.
            at = self.parser.CurrentByteIndex
            if max(fed - at, at - self.tag_at) > MAX_TEXT:
                raise _long()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        at = self.parser.CurrentByteIndex
        if at - self.tag_at > MAX_TEXT or at - self.row_at > MAX_ROW_BYTES:
            raise _long()
        self.tag_at = at
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise _ornate()
        tag = name.rpartition(":")[2]
        if tag == "c":
            self.cells += 1
            if self.cells > MAX_CELLS:
                raise unreadable(
                    _("有的行超过 %(most)s 列。名单只要模板里的列，请删去其余的列。") % {"most": MAX_CELLS}
                )
        elif tag == "row":
            self._row(attributes.get("r", ""))
        elif tag in {"v", "t", "f"}:
            self._fill()
        elif tag == "si":
            self.elements, self.row_at = 0, at
        elif tag == "mergeCell":
            where = attributes.get("ref", "")[:40]
            last = _LAST_ROW_OF.search(where)
            self.merged = max(self.merged, (int(last[0]) if last else 0, where))

    def _row(self, number: str) -> None:
        # As openpyxl counts: a row that names no number follows the one before it.
        self.number = int(number[:9]) if number.isdecimal() else self.number + 1
        self.cells = self.elements = 0
        self.row_at = self.tag_at
        if self.number > LAST_ROW or (number and not number.isdecimal()):
            raise unreadable(_("表格的行数太多。请把名单复制到一个新的表格文件里再传。"))

    def _fill(self) -> None:
        if not self.gaps and self.number - self.filled > MAX_BLANK_ROWS + 1:
            raise unreadable(
                _("名单中间有 %(most)s 多行空行，空行后面还有内容。请删去空行再传。")
                % {"most": MAX_BLANK_ROWS}
            )
        self.filled = self.number


class _Reader(ExcelReader):  # type: ignore[misc]  # openpyxl has no types
    def read_strings(self) -> None:
        """The texts that cells share, without holding them."""
        listed = self.package.find(SHARED_STRINGS)
        if listed is not None:
            with self.archive.open(listed.PartName[1:]) as part:
                self.shared_strings = _Texts(part)


class _Texts(Sequence[str]):
    """The n-th shared text, out of a temporary file; in memory stand eight bytes for each."""

    def __init__(self, part: IO[bytes]) -> None:
        self._places = array("Q", [0])
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # it lives as long as the texts
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._said
        self._parser.StartDoctypeDeclHandler = _no_doctype
        self._text: list[str] = []
        self._length = 0
        self._heard = self._aside = False
        while _feed(self._parser, part):
            pass
        self._file.flush()
        self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) if self._places[-1] else b""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "si":
            self._text, self._length = [], 0
        elif tag == "rPh":
            # How a word is pronounced stands beside it and is no part of it.
            self._aside = True
        elif tag == "t":
            self._heard = not self._aside

    def _end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        if tag == "t":
            self._heard = False
        elif tag == "rPh":
            self._aside = False
        elif tag == "si":
            kept = "".join(self._text).replace("x005F_", "").encode("utf-8", "surrogatepass")
            self._file.write(kept)
            self._places.append(self._places[-1] + len(kept))

    def _said(self, text: str) -> None:
        if self._heard:
            self._length += len(text)
            if self._length > LONGEST_TEXT:
                raise _long()
            self._text.append(text)

    def __len__(self) -> int:
        return len(self._places) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        return self._map[self._places[place] : self._places[place + 1]].decode("utf-8", "surrogatepass")
