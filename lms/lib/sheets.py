"""Spreadsheets (xlsx) that offices send and take away: read within bounds, written so that no cell becomes a formula.

Owns: the file. Refuses: knowing what stands in it. Text is written as text (OOXML type "s" with quotePrefix), so that a
name like "=HYPERLINK(…)" stays a name in whatever program opens it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from lms.lib.errors import Invalid
from lms.lib.workbooks import MAX_BLANK_ROWS, beginnings, load, lowest_merged, unreadable

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_BYTES = 2 * 1024 * 1024
MAX_UNPACKED_BYTES = 60 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 40
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MOST_TEXT = 32_767


@dataclass(frozen=True)
class Sheet:
    """One sheet to be written. widths: of the columns, in characters; texts: columns (from 0) that take text only."""

    title: str
    rows: Iterable[Sequence[Any]]
    widths: Sequence[int] = ()
    texts: Sequence[int] = ()
    heading: bool = True


def read(content: bytes) -> list[tuple[int, tuple[Any, ...]]]:
    """(row number, values) of the first sheet's rows that hold anything. Raises Invalid with a sentence."""
    if len(content) > MAX_BYTES:
        raise unreadable(_("文件超过 2 MB。名单只要文字，请去掉图片和多余的工作表。"))
    try:
        book = load(BytesIO(content), most_unpacked=MAX_UNPACKED_BYTES, data_only=True)
        try:
            return list(_rows(book.worksheets[0]))
        finally:
            book.close()
    except Invalid:
        raise
    except Exception as error:  # what a broken file makes the reader raise is not foreseeable
        raise unreadable(_("文件读不出来。请用表格软件另存为 .xlsx 再传。")) from error


@dataclass(frozen=True)
class Around:
    """What `stream` leaves out of a workbook. merged: last row and range of the merged cells that reach lowest, (0, "")
    for none; others: of each further sheet its name and its first rows.
    """

    merged: tuple[int, str]
    others: tuple[tuple[str, tuple[tuple[Any, ...], ...]], ...]


def stream(
    file: IO[bytes],
    *,
    most_unpacked: int,
    most_rows: int,
    told: Callable[[Around], None] | None = None,
    peek: int = 0,
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """As `read`, row by row, for lists that are too long to be held: formulas come as they are written ("=A1+1"), not as
    what some program last computed, and nothing behind a stretch of blank rows is left out. told: hears before the first
    row of what is not read, with the first `peek` rows of further sheets. Raises Invalid, also in the middle.
    """
    try:
        book = load(file, most_unpacked=most_unpacked, data_only=False, gaps=False)
        try:
            if told is not None:
                merged = lowest_merged(book, book.worksheets[0])
                told(Around(merged, beginnings(book, peek, MAX_COLUMNS)))
            yield from _rows(book.worksheets[0], most_rows)
        finally:
            book.close()
    except Invalid:
        raise
    except Exception as error:  # what a broken file makes the reader raise is not foreseeable
        raise unreadable(_("文件读不出来。请用表格软件另存为 .xlsx 再传。")) from error


def _rows(sheet: Any, most_rows: int = MAX_ROWS) -> Iterator[tuple[int, tuple[Any, ...]]]:
    blank = found = 0
    for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), start=1):
        if all(value is None or (isinstance(value, str) and not value.strip()) for value in row):
            blank += 1
            if blank > MAX_BLANK_ROWS:
                return
            continue
        blank = 0
        found += 1
        if found > most_rows:
            raise unreadable(_("超过 %(most)s 行，请分成几个文件。") % {"most": most_rows})
        yield number, row


def write(sheets: Sequence[Sheet]) -> bytes:
    """The workbook's bytes. Numbers, dates and None stay what they are, all else is text."""
    book = Workbook(write_only=True)
    for spec in sheets:
        # Excel's own limits for the name of a sheet.
        sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", spec.title)[:31])
        for place, width in enumerate(spec.widths, start=1):
            sheet.column_dimensions[get_column_letter(place)].width = width
        for place in spec.texts:
            sheet.column_dimensions[get_column_letter(place + 1)].number_format = "@"
        if spec.heading:
            sheet.freeze_panes = "A2"
        for number, row in enumerate(spec.rows):
            sheet.append([_cell(sheet, value, bold=spec.heading and not number) for value in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, value: Any, *, bold: bool) -> Any:
    text = _UNWRITABLE.sub("", value)[:_MOST_TEXT] if isinstance(value, str) else ""
    if text:
        cell = WriteOnlyCell(sheet, "")
        cell._value, cell.data_type = text, "s"
        cell.quotePrefix = True
        cell.number_format = "@"
    else:
        cell = WriteOnlyCell(sheet, None if isinstance(value, str) else value)
    if bold:
        cell.font = Font(bold=True)
    return cell
