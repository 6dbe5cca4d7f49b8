"""A file → its rows, one after the other: .xlsx or .csv, within bounds, whatever the file is.

Owns: the bounds of a list, the encodings of CSV. Refuses: bombs (lms/lib/workbooks.py), pictures, other formats; each with
a sentence. Never holds more than a row.
"""

import csv
import io
from collections.abc import Iterator
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


def weigh(file: IO[bytes]) -> None:
    """At the counter, without unpacking anything: a workbook that claims more than a list can be. Raises Invalid."""
    if _is_zip(file):
        workbooks.weigh(file, MAX_UNPACKED_BYTES)
        file.seek(0)


def _is_zip(file: IO[bytes]) -> bool:
    file.seek(0)
    start = file.read(4)
    file.seek(0)
    return start == _ZIP


def rows_of(file: IO[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    """(row number, field → cell) of everything below the heading. Raises Invalid, also in the middle."""
    places: dict[str, int] | None = None
    seen = found = 0
    for number, row in _raw(file):
        seen += 1
        if places is None:
            places = rules.places_of(row)
            if places is not None and (fault := rules.heading_fault(places)):
                raise unreadable(fault)
            if places is None and seen >= rules.HEADING_WITHIN:
                break
            continue
        found += 1
        yield number, {field: row[place] if place < len(row) else None for field, place in places.items()}
    if places is None:
        raise unreadable(_("没有找到表头。请下载模板，在模板里填写。"))
    if not found:
        raise unreadable(_("表头下面没有内容。"))


def _raw(file: IO[bytes]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    if _is_zip(file):
        yield from sheets.stream(
            file, most_unpacked=MAX_UNPACKED_BYTES, most_rows=MAX_ROWS + rules.HEADING_WITHIN
        )
    else:
        yield from _csv(file)


def _csv(file: IO[bytes]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """UTF-8, else GB 18030, as offices' programs write it. Anything binary is neither."""
    encoding = _encoding(file)
    reader = csv.reader(io.TextIOWrapper(file, encoding=encoding, newline=""))
    found = 0
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            found += 1
            if found > MAX_ROWS + rules.HEADING_WITHIN:
                raise unreadable(_("超过 %(most)s 行，请分成几个文件。") % {"most": MAX_ROWS})
            yield reader.line_num, tuple(row[: sheets.MAX_COLUMNS])
    except (csv.Error, UnicodeDecodeError) as error:
        raise unreadable(
            _("第 %(row)s 行读不出来。请另存为 .xlsx 或 UTF-8 编码的 .csv 再传。") % {"row": reader.line_num}
        ) from error


def _encoding(file: IO[bytes]) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        file.seek(0)
        decoder = io.TextIOWrapper(file, encoding=encoding, newline="")
        try:
            while piece := decoder.read(1 << 16):
                if "\0" in piece:
                    raise unreadable(_("这不是 .xlsx 或 .csv 文件。请用表格软件另存再传。"))
            return encoding
        except UnicodeDecodeError:
            continue
        finally:
            decoder.detach()
            file.seek(0)
    raise unreadable(_("这不是 .xlsx 或 .csv 文件。请用表格软件另存再传。"))
