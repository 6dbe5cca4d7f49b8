"""A file → its rows, one after the other: .xlsx or .csv, within bounds, whatever the file is.

Owns: the bounds of a list, the encodings of CSV. Refuses: bombs (lms/lib/workbooks.py), macros, pictures, other formats, and
what would be left out without a word (merged cells, a second list on another sheet, two columns for one thing); each with
a sentence. Never holds more than a row.
"""

import codecs
import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, Any

from django.utils.translation import gettext as _

from creditbank.deposits import rules
from lms.lib import sheets, workbooks
from lms.lib.workbooks import unreadable

MAX_BYTES = 20 * 1024 * 1024
# A hundred thousand rows of this list unpack to about 120 MB.
MAX_UNPACKED_BYTES = 300 * 1024 * 1024
MAX_ROWS = 100_000
_ZIP = b"PK\x03\x04"
# Enough to tell what stands between cells; even, so that it ends between two letters of UTF-16.
_BEGINNING = 4096


def weigh(file: IO[bytes]) -> None:
    """At the counter, without unpacking anything: a workbook that claims more than a list can be, or that brings macros.
    Raises Invalid.
    """
    if _is_zip(file):
        workbooks.weigh(file, MAX_UNPACKED_BYTES)
        _no_macros(file)
        file.seek(0)


def _is_zip(file: IO[bytes]) -> bool:
    file.seek(0)
    start = file.read(4)
    file.seek(0)
    return start == _ZIP


def _no_macros(file: IO[bytes]) -> None:
    """Nothing here would run one; but what it would have filled in is not in the list."""
    with zipfile.ZipFile(file) as packed:
        names = [name.lower() for name in packed.namelist()]
    if any(name.endswith("vbaproject.bin") for name in names):
        raise unreadable(_("文件带有宏，不读取。请另存为不带宏的 .xlsx 再传。"))


def rows_of(
    file: IO[bytes], unread: Callable[[list[str]], None] | None = None
) -> Iterator[tuple[int, dict[str, Any]]]:
    """(row number, field → cell) of everything below the heading. unread: hears which columns no field is read from. Raises
    Invalid, also in the middle.
    """
    places: dict[str, int] | None = None
    seen = found = 0
    around: list[sheets.Around] = []
    for number, row in _raw(file, around.append):
        seen += 1
        if places is None:
            places = rules.places_of(row)
            if places is not None:
                _heading(number, row, places, around)
                if unread is not None:
                    unread(rules.unread(row))
            if places is None and seen >= rules.HEADING_WITHIN:
                break
            continue
        found += 1
        yield number, {field: row[place] if place < len(row) else None for field, place in places.items()}
    if places is None:
        raise unreadable(_("没有找到表头。请下载模板，在模板里填写。"))
    if not found:
        raise unreadable(_("表头下面没有内容。"))


def _heading(
    number: int, row: Sequence[Any], places: Mapping[str, int], around: Sequence[sheets.Around]
) -> None:
    """Refuse a list of which something would be left out without a word: a column, merged cells, another sheet."""
    if fault := rules.heading_fault(places):
        raise unreadable(fault)
    if twice := rules.doubled(row):
        raise unreadable(_("表头里有几列说的是同一件事：%(columns)s。请只留一列。") % {"columns": twice})
    for book in around:
        last, where = book.merged
        if last > number:
            raise unreadable(
                _(
                    "名单里有合并的单元格（%(where)s），合并的只有第一格有内容。请取消合并，每一格都填上，再传。"
                )
                % {"where": where}
            )
        for name, first in book.others:
            if any(rules.places_of(cells) is not None for cells in first):
                raise unreadable(
                    _("工作表“%(name)s”里也有一份名单，这里只读第一张工作表。请合到第一张，或分成几个文件。")
                    % {"name": rules.quoted(name)}
                )


def _raw(file: IO[bytes], told: Callable[[sheets.Around], None]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    if _is_zip(file):
        yield from sheets.stream(
            file,
            most_unpacked=MAX_UNPACKED_BYTES,
            most_rows=MAX_ROWS + rules.HEADING_WITHIN,
            told=told,
            peek=rules.HEADING_WITHIN,
        )
    else:
        yield from _csv(file)


def _csv(file: IO[bytes]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """UTF-8, else GB 18030, as offices' programs write it; "Unicode text" of spreadsheets is UTF-16 with tabs. Anything
    binary is none of them.
    """
    encoding = _encoding(file)
    sign = _sign(file, encoding)
    reader = csv.reader(io.TextIOWrapper(file, encoding=encoding, newline=""), delimiter=sign)
    found = 0
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            found += 1
            if found > MAX_ROWS + rules.HEADING_WITHIN:
                raise unreadable(_("超过 %(most)s 行，请分成几个文件。") % {"most": MAX_ROWS})
            if any(cell.strip() for cell in row[sheets.MAX_COLUMNS :]):
                raise unreadable(
                    _("有的行超过 %(most)s 列。名单只要模板里的列，请删去其余的列。")
                    % {"most": sheets.MAX_COLUMNS}
                )
            yield reader.line_num, tuple(row[: sheets.MAX_COLUMNS])
    except (csv.Error, UnicodeDecodeError) as error:
        raise unreadable(
            _("第 %(row)s 行读不出来。请另存为 .xlsx 或 UTF-8 编码的 .csv 再传。") % {"row": reader.line_num}
        ) from error


def _sign(file: IO[bytes], encoding: str) -> str:
    """What stands between the cells: a comma, unless the beginning holds more tabs or semicolons."""
    start = file.read(_BEGINNING)
    file.seek(0)
    text = start.decode(encoding, "ignore")
    return max(",\t;", key=text.count)


def _encoding(file: IO[bytes]) -> str:
    file.seek(0)
    marked = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        file.seek(0)
        decoder = io.TextIOWrapper(file, encoding=encoding, newline="")
        try:
            while piece := decoder.read(1 << 16):
                if "\0" in piece:
                    raise unreadable(_("这不是 .xlsx 或 .csv 文件。请用表格软件另存再传。"))
            return encoding
        except UnicodeError:
            continue
        finally:
            decoder.detach()
            file.seek(0)
    raise unreadable(_("这不是 .xlsx 或 .csv 文件。请用表格软件另存再传。"))
