"""Rosters in plain functions over plain values: what a sheet's rows say, what is wrong with them, who is the same
person, and how two rosters differ.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from lms.accounts.identity.rules import eighteen_fault, faults, normalise_name, normalise_number
from lms.accounts.people.rules import normalise_email, normalise_phone

# The heading of each column → the field; spellings that offices use beside the template's.
COLUMNS = {
    "姓名": "name",
    "手机号": "phone",
    "手机": "phone",
    "手机号码": "phone",
    "邮箱": "email",
    "电子邮箱": "email",
    "证件号": "number",
    "证件号码": "number",
    "身份证号": "number",
    "部门": "department",
    "岗位": "post",
    "入职日期": "since",
}
HEADINGS = ("姓名", "手机号", "邮箱", "证件号", "部门", "岗位", "入职日期")
NEEDED = ("name", "since")
LONGEST = {"department": 60, "post": 60}
FIRST_YEAR = 1950
# A heading may stand below a title, not below the list.
HEADING_WITHIN = 10
MAX_LINES = 5000
# A number in a cell keeps fifteen digits; the rest of an identity number is gone.
_EXACT_DIGITS = 15
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+00:00(?::00)?)?|(\d{4})(\d{2})(\d{2})"
)


@dataclass(frozen=True)
class Person:
    """One line, normalised: phone as E.164, email in lower case; "" where there is none."""

    name: str
    phone: str
    email: str
    number: str
    department: str
    post: str
    since: date


@dataclass(frozen=True)
class Bad:
    """Why a row can't be taken: its number in the sheet (0: the sheet as a whole) and a sentence."""

    row: int
    sentence: str


class _Wrong(Exception):
    """A sentence about one cell."""


# --- reading ---------------------------------------------------------------------------------------------


def read(rows: Sequence[tuple[int, Sequence[Any]]], today: date) -> tuple[list[Person], list[Bad]]:
    """The people of a sheet and every fault in it; people are complete only where there is no fault."""
    heading = next((at for at, (_n, row) in enumerate(rows[:HEADING_WITHIN]) if _is_heading(row)), None)
    if heading is None:
        sentence = _("没有找到表头。第一行应当是：%(columns)s。可以下载模板填写。")
        return [], [Bad(0, sentence % {"columns": _("、").join(HEADINGS)})]
    places = _places(rows[heading][1])
    missing = [title for title in HEADINGS if COLUMNS[title] in NEEDED and COLUMNS[title] not in places]
    if not {"phone", "email"} & places.keys():
        missing.append(_("手机号或邮箱"))
    if missing:
        return [], [Bad(0, _("表头缺少：%(columns)s。") % {"columns": _("、").join(missing)})]
    body = rows[heading + 1 :]
    if not body:
        return [], [Bad(0, _("表头下面没有内容。"))]
    if len(body) > MAX_LINES:
        return [], [Bad(0, _("一次最多 %(most)s 人。") % {"most": MAX_LINES})]
    found: list[tuple[int, Person]] = []
    bad: list[Bad] = []
    for number, row in body:
        cells = {field: row[place] if place < len(row) else None for field, place in places.items()}
        person, sentences = _person(cells, today)
        bad += [Bad(number, sentence) for sentence in sentences]
        if person is not None:
            found.append((number, person))
    bad += _doubled(found)
    return [person for _number, person in found], sorted(bad, key=lambda item: item.row)


def _title(cell: Any) -> str:
    return re.sub(r"\s|[（(].*?[）)]|[*＊]", "", str(cell or ""))


def _is_heading(row: Sequence[Any]) -> bool:
    return sum(_title(cell) in COLUMNS for cell in row) >= 2


def _places(row: Sequence[Any]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, cell in enumerate(row):
        field = COLUMNS.get(_title(cell))
        if field:
            places.setdefault(field, place)
    return places


def _person(cells: dict[str, Any], today: date) -> tuple[Person | None, list[str]]:
    """The person, or a sentence for each cell that cannot be right."""
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for field in (item.name for item in fields(Person)):
        try:
            values[field] = _READERS[field](cells.get(field), today)
        except _Wrong as error:
            wrong.append(str(error))
    if not wrong and not values["phone"] and not values["email"]:
        wrong.append(_("手机号和邮箱都没有填，至少要有一个，本人凭它确认。"))
    return (None if wrong else Person(**values)), wrong


def text(cell: Any) -> str:
    """A cell as it is read: numbers without a decimal point, one blank between words, no invisible signs."""
    if isinstance(cell, bool) or cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    shown = (
        sign for sign in str(cell) if sign.isspace() or unicodedata.category(sign) not in {"Cf", "Cc", "Cs"}
    )
    return " ".join("".join(shown).split())


def _name(cell: Any, _today: date) -> str:
    name = normalise_name(text(cell))
    if not name:
        raise _Wrong(_("没有填姓名。"))
    # The same measure as for a real name: it will be compared with one.
    if any(fault.field == "legal_name" for fault in faults("id_card", name, "", date.max)):
        raise _Wrong(
            _("姓名“%(name)s”要和证件上一样：汉字、间隔号“·”，或护照上的拼写。") % {"name": name[:20]}
        )
    return name


def _phone(cell: Any, _today: date) -> str:
    typed = text(cell)
    phone = normalise_phone(typed) if typed else ""
    if phone is None:
        raise _Wrong(_("手机号“%(phone)s”不像一个手机号。") % {"phone": typed[:20]})
    return phone


def _email(cell: Any, _today: date) -> str:
    typed = text(cell)
    email = normalise_email(typed) if typed else ""
    if email is None:
        raise _Wrong(_("邮箱“%(email)s”不像一个邮箱地址。") % {"email": typed[:40]})
    return email


def _number(cell: Any, today: date) -> str:
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= 10**_EXACT_DIGITS:
        raise _Wrong(_("证件号在表格里是数字，末几位已经丢失。请把这一列设为文本，重新填写。"))
    number = normalise_number(text(cell))
    if not number:
        return ""
    if len(number) == 18:
        if eighteen_fault(number, today):
            raise _Wrong(_("证件号校验不上，请对照证件核对。"))
    elif not re.fullmatch(r"[A-Z0-9]{6,11}|[A-Z]{3}[0-9]{12}", number):
        raise _Wrong(_("证件号应是 18 位居民身份证号码，或护照、通行证号码。"))
    return number


def _short(field: str, title: str) -> Any:
    def read_it(cell: Any, _today: date) -> str:
        value = text(cell)
        if len(value) > LONGEST[field]:
            raise _Wrong(_("%(column)s超过 %(most)s 个字。") % {"column": title, "most": LONGEST[field]})
        return value

    return read_it


def _since(cell: Any, today: date) -> date:
    day = cell.date() if isinstance(cell, datetime) else cell if isinstance(cell, date) else _day(text(cell))
    if day is None:
        raise _Wrong(_("入职日期“%(day)s”读不出来，请写成 2026-03-01 的样子。") % {"day": text(cell)[:20]})
    if not FIRST_YEAR <= day.year <= today.year + 1:
        raise _Wrong(_("入职日期 %(day)s 不像真的，请核对。") % {"day": day.isoformat()})
    return day


def _day(typed: str) -> date | None:
    match = _DATE.fullmatch(unicodedata.normalize("NFKC", typed))
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups() if part)
    try:
        return date(year, month, day)
    except ValueError:
        return None


_READERS: dict[str, Any] = {
    "name": _name,
    "phone": _phone,
    "email": _email,
    "number": _number,
    "department": _short("department", "部门"),
    "post": _short("post", "岗位"),
    "since": _since,
}


def _doubled(found: Sequence[tuple[int, Person]]) -> Iterator[Bad]:
    """Rows that name a phone, an address or a paper another row has named."""
    titles = {"phone": "手机号", "email": "邮箱", "number": "证件号"}
    for field, title in titles.items():
        first: dict[str, int] = {}
        for number, person in found:
            value = getattr(person, field)
            if value and first.setdefault(value, number) != number:
                sentence = _("%(column)s和第 %(row)s 行相同，一个人只写一行。")
                yield Bad(number, sentence % {"column": title, "row": first[value]})


# --- comparing -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """kind: joined, left or changed. line: the id of the line, None for who joined; person: None for who left.
    sentences: what changed, "部门：一车间 → 二车间".
    """

    kind: str
    name: str
    line: int | None
    person: Person | None
    sentences: tuple[str, ...] = ()


def differences(lines: dict[int, Person], people: Iterable[Person]) -> list[Change]:
    """From the roster as it stands (line id → person) to the new list; empty where nothing differs.

    The same person: the same paper, or the same phone or address under the same name. A phone number under another
    name is somebody else's now: one left, another joined, and has to be asked.
    """
    left = dict(lines)
    by_key: dict[tuple[str, ...], int] = {}
    for line, person in lines.items():
        for key in _keys(person):
            by_key.setdefault(key, line)
    joined, changed = [], []
    for person in people:
        same = next((found for key in _keys(person) if (found := by_key.get(key)) in left), None)
        if same is None or _other_paper(left[same], person):
            joined.append(Change("joined", person.name, None, person))
            continue
        before = left.pop(same)
        if before != person:
            changed.append(Change("changed", person.name, same, person, tuple(_sentences(before, person))))
    gone = [Change("left", person.name, line, None) for line, person in left.items()]
    return joined + gone + changed


def _keys(person: Person) -> Iterator[tuple[str, ...]]:
    if person.number:
        yield "number", person.number
    for contact in (person.phone, person.email):
        if contact:
            yield "contact", contact, person.name


def _other_paper(before: Person, after: Person) -> bool:
    """Both papers are known and differ: two people of one name at one telephone."""
    return bool(before.number and after.number and before.number != after.number)


def _sentences(before: Person, after: Person) -> Iterator[str]:
    titles = dict(zip((item.name for item in fields(Person)), HEADINGS, strict=True))
    for field, title in titles.items():
        old, new = getattr(before, field), getattr(after, field)
        if old != new and field == "number":
            # Numbers are not for a page.
            yield _("%(column)s有变化") % {"column": title}
        elif old != new:
            yield _("%(column)s：%(old)s → %(new)s") % {
                "column": title,
                "old": old or _("（空）"),
                "new": new or _("（空）"),
            }
