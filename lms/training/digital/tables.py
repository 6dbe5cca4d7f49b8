"""A list of level results (.xlsx or .csv) → its lines, or every fault by row and column.

Owns: the columns and what may stand in them. Refuses: nothing by itself; what is wrong with a file as a whole is raised as Invalid, what
is wrong with a line comes back. The file's own bounds are lms/lib/sheets.py's.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.lib import sheets
from lms.lib.errors import Invalid
from lms.training.digital.rules import MOST_CENTIMARKS, Grade

# The sheet's own words, also those that are accepted in a cell; data of the form, whatever the reader's language.
COLUMNS = {
    "number": "学员编号",
    "name": "姓名",
    "grade": "等级",
    "passed": "结论",
    "marks": "成绩",
    "day": "评价日期",
    "certificate": "证书编号",
}
NEEDED = ("number", "name", "grade", "passed", "day")
GRADE_WORDS = {"初级": Grade.JUNIOR, "中级": Grade.MIDDLE, "高级": Grade.SENIOR}
PASSED_WORDS = {"合格": True, "不合格": False}
HELP = gettext_lazy("一行一个学员。姓名用来核对编号有没有写错；成绩和证书编号可以不填。")
HEADING_WITHIN = 10
MOST_LINES = 2000
MOST_BYTES = 2 * 1024 * 1024
MOST_FAULTS = 1000
LONGEST_CERTIFICATE = 60
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Read:
    """A line as it was written. marks in hundredths."""

    row: int
    number: str
    name: str
    grade: str
    passed: bool
    centimarks: int | None
    day: date
    certificate: str


@dataclass(frozen=True)
class TableFault:
    """row: as the file counts them; column: its heading, "" for the whole line."""

    row: int
    column: str
    text: str


def read(content: bytes) -> tuple[list[Read], list[TableFault], int]:
    """The lines that are right by themselves, what is wrong with the others, and how many lines there are. Raises Invalid where the file
    itself cannot be read."""
    if len(content) > MOST_BYTES:
        raise _unreadable(_("文件超过 2 MB。名单只要文字，请去掉图片和多余的工作表。"))
    rows = sheets.read(content) if content.startswith(_ZIP) else _csv(content)
    places, body = _heading(rows)
    if not body:
        raise _unreadable(_("表头下面没有内容。"))
    if len(body) > MOST_LINES:
        raise _unreadable(_("超过 %(most)s 行，请分成几个文件。") % {"most": MOST_LINES})
    lines: list[Read] = []
    faults: list[TableFault] = []
    seen: dict[tuple[str, str], int] = {}
    for row, cells in body:
        line, wrong = _line(row, cells, places)
        faults += wrong
        if line is None:
            continue
        key = (line.number, line.grade)
        if key in seen:
            text = _("与第 %(row)s 行是同一个学员、同一个等级。") % {"row": seen[key]}
            faults.append(TableFault(row, COLUMNS["number"], text))
        seen.setdefault(key, row)
        lines.append(line)
    return lines, faults[:MOST_FAULTS], len(body)


def _unreadable(sentence: str) -> Invalid:
    return Invalid(sentence, code="sheet_unreadable", details={"field": "file"})


def _csv(content: bytes) -> list[tuple[int, tuple[Any, ...]]]:
    """UTF-8, else GB 18030, as offices' programs write it."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        reader = csv.reader(io.StringIO(text, newline=""))
        try:
            return [
                (reader.line_num, tuple(row[: sheets.MAX_COLUMNS]))
                for row in reader
                if any(cell.strip() for cell in row)
            ]
        except csv.Error:
            break
    raise _unreadable(_("这不是 .xlsx 或 .csv 文件。请用表格软件另存再传。"))


def _heading(
    rows: Sequence[tuple[int, tuple[Any, ...]]],
) -> tuple[Mapping[str, int], Sequence[tuple[int, tuple[Any, ...]]]]:
    names = {title: field for field, title in COLUMNS.items()}
    for index, (_row, cells) in enumerate(rows[:HEADING_WITHIN]):
        titles = [_text(cell) for cell in cells]
        found = {names[title]: place for place, title in enumerate(titles) if title in names}
        if "number" not in found:
            continue
        if twice := sorted({title for title in titles if title in names and titles.count(title) > 1}):
            raise _unreadable(
                _("表头里有重复的列：%(columns)s。请只留一列。") % {"columns": "、".join(twice)}
            )
        if missing := [COLUMNS[field] for field in NEEDED if field not in found]:
            raise _unreadable(_("表头里缺少：%(columns)s。") % {"columns": "、".join(missing)})
        return found, rows[index + 1 :]
    raise _unreadable(_("没有找到表头。请下载模板，在模板里填写。"))


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return str(cell).strip()


def _line(row: int, cells: Sequence[Any], places: Mapping[str, int]) -> tuple[Read | None, list[TableFault]]:
    said = {field: _text(cells[place]) if place < len(cells) else "" for field, place in places.items()} | {
        field: "" for field in COLUMNS if field not in places
    }
    faults = [TableFault(row, COLUMNS[field], _("没有填。")) for field in NEEDED if not said[field]]

    def wrong(field: str, text: str) -> None:
        if said[field]:
            faults.append(TableFault(row, COLUMNS[field], text))

    grade, passed = GRADE_WORDS.get(said["grade"]), PASSED_WORDS.get(said["passed"])
    if grade is None:
        wrong("grade", _("请填：%(words)s。") % {"words": "、".join(GRADE_WORDS)})
    if passed is None:
        wrong("passed", _("请填：%(words)s。") % {"words": "、".join(PASSED_WORDS)})
    day = _day(said["day"])
    if day is None:
        wrong("day", _("请填日期，例如 2026-03-01。"))
    centimarks = _marks(said["marks"])
    if centimarks is None:
        wrong("marks", _("请填 0 到 100 的分数，最多两位小数；没有就不填。"))
    if len(said["certificate"]) > LONGEST_CERTIFICATE or "\0" in said["certificate"]:
        wrong("certificate", _("不超过 %(most)s 个字。") % {"most": LONGEST_CERTIFICATE})
    if faults or grade is None or passed is None or day is None:
        return None, faults
    return (
        Read(row, said["number"].upper(), said["name"], grade, passed, centimarks, day, said["certificate"]),
        [],
    )


def _day(text: str) -> date | None:
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"):
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def _marks(text: str) -> int | None:
    """Hundredths; None for no marks, and for what is none."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or not 0 <= number <= 100 or number != round(number, 2):
        return None
    found = int(number * 100)
    return found if found <= MOST_CENTIMARKS else None
