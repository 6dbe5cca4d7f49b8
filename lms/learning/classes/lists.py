"""The list that a meeting tool exports (腾讯会议, 钉钉, Zoom and their like), as rows: who, joined, left. Reads, nothing more.

Owns: finding the columns by their headings wherever the heading stands, encodings, the many ways of writing a time or
how long somebody stayed. Refuses: guessing. What can be read in two ways is read in neither, but for a day that only
one of the two puts near the meeting.
"""

import csv
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from lms.learning.classes import clocks
from lms.lib import sheets
from lms.lib.errors import Invalid

MAX_BYTES = 1024 * 1024
MAX_ROWS = 2000
# Meeting tools put a few lines about the meeting above the heading.
MAX_BEFORE_HEADING = 30
# A length given beside both times is that of several visits together where it is shorter by more than this.
ROUNDED = timedelta(minutes=1)

_NAMES = (
    *(
        "姓名",
        "名称",
        "成员名称",
        "用户名称",
        "昵称",
        "用户昵称",
        "成员昵称",
        "成员",
        "参会者",
        "参会成员",
        "参会人",
    ),
    *(
        "参会人姓名",
        "参会者名称",
        "学员",
        "学员姓名",
        "真实姓名",
        "员工姓名",
        "name",
        "full name",
        "user name",
    ),
    *("username", "participant", "participants", "attendee"),
)
_ACCOUNTS = (
    *(
        "手机",
        "手机号",
        "手机号码",
        "电话",
        "联系电话",
        "账号",
        "帐号",
        "用户账号",
        "邮箱",
        "电子邮箱",
        "用户邮箱",
    ),
    *("用户邮件", "邮件", "企业邮箱", "学员号", "email", "e-mail", "user email", "email address", "phone"),
    *("phone number", "mobile", "account", "mail"),
)
_JOINED = (
    *(
        "进入",
        "进入时间",
        "加入",
        "加入时间",
        "入会时间",
        "首次入会时间",
        "首次加入时间",
        "首次进入时间",
        "进会时间",
    ),
    *(
        "进入会议时间",
        "加入会议时间",
        "最早入会时间",
        "join time",
        "joined",
        "join",
        "first join",
        "joined at",
    ),
)
_LEFT = (
    *("离开", "离开时间", "离会时间", "退出时间", "退会时间", "最后离会时间", "最后离开时间", "最后退出时间"),
    *("离开会议时间", "退出会议时间", "最晚离会时间", "leave time", "left", "leave", "last leave", "left at"),
)
_LENGTHS = (
    *(
        "时长",
        "参会时长",
        "累计时长",
        "累计参会时长",
        "总时长",
        "总参会时长",
        "持续时间",
        "持续时长",
        "观看时长",
    ),
    *("在会时长", "duration", "total duration", "in-meeting duration", "time in session"),
)
_COLUMNS = {
    word: kind
    for kind, words in (
        ("name", _NAMES),
        ("account", _ACCOUNTS),
        ("since", _JOINED),
        ("until", _LEFT),
        ("length", _LENGTHS),
    )
    for word in words
}


@dataclass(frozen=True)
class Entry:
    """One row. accounts: what can stand for one person (phone, e-mail, learner's number), as written; problem: what is wrong
    with its times, "" where nothing is; note: what was done with them.
    """

    number: int
    name: str
    accounts: tuple[str, ...]
    since: datetime | None = None
    until: datetime | None = None
    problem: str = ""
    note: str = ""

    @property
    def who(self) -> str:
        return " · ".join(dict.fromkeys(word for word in (self.name, *self.accounts) if word))[:80]


@dataclass(frozen=True)
class _Heading:
    """Which column says what. zone: of the times where the heading names one; unit: of plain lengths, seconds."""

    columns: dict[str, list[int]]
    zone: Any
    unit: int = 60


def entries(content: bytes, *, near: date, zone: ZoneInfo) -> list[Entry]:
    """The rows of a CSV or xlsx file. near: the meeting's day; zone: of times that name none. Raises Invalid for no list."""
    rows = _rows(content)
    heading, rows = _heading(rows, zone)
    if not rows:
        raise unreadable(_("文件里没有一行名单。"))
    if len(rows) > MAX_ROWS:
        raise unreadable(_("名单超过 %(most)s 行。") % {"most": MAX_ROWS})
    return [_entry(number, row, heading, near) for number, row in rows]


def unreadable(sentence: str) -> Invalid:
    return Invalid(sentence, code="list_unreadable", details={"field": "file"})


# --- the file --------------------------------------------------------------------------------------------

Rows = list[tuple[int, Sequence[Any]]]


def _rows(content: bytes) -> Rows:
    if not content or len(content) > MAX_BYTES:
        raise unreadable(_("文件是空的或超过 1 MB。"))
    return list(sheets.read(content)) if content.startswith(b"PK") else _csv(content)


def _csv(content: bytes) -> Rows:
    text = _decoded(content)
    separator = max(",\t;", key=text.count)
    try:
        found: Rows = list(enumerate(csv.reader(io.StringIO(text), delimiter=separator), start=1))
    except csv.Error as error:
        raise unreadable(_("文件不是规范的 CSV，请另存为 .xlsx 再传。")) from error
    return [(number, row) for number, row in found if any(value.strip() for value in row)]


def _decoded(content: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or GB18030 (GBK is part of it)."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise unreadable(_("文件读不出来。请另存为 UTF-8 编码的 CSV 或 .xlsx 再传。"))


# --- the heading -----------------------------------------------------------------------------------------


def _heading(rows: Rows, zone: ZoneInfo) -> tuple[_Heading, Rows]:
    """The columns, and the rows below the heading. Without one: person, joined, left, in this order."""
    for place, (_number, row) in enumerate(rows[:MAX_BEFORE_HEADING]):
        found = _columns(row, zone)
        if found is not None:
            return found, rows[place + 1 :]
    plain = _Heading({"account": [0], "since": [1], "until": [2]}, zone)
    if rows and not any(
        _readable(row[place]) for row in [rows[0][1]] for place in (1, 2) if len(row) > place
    ):
        rows = rows[1:]
    return plain, rows


def _readable(value: Any) -> bool:
    return isinstance(value, datetime) or bool(
        clocks.moments(str(value or ""), date(2000, 1, 1), ZoneInfo("UTC"))
    )


def _columns(row: Sequence[Any], zone: ZoneInfo) -> _Heading | None:
    columns: dict[str, list[int]] = {}
    seconds, found_zone = 60, None
    for place, value in enumerate(row):
        if not isinstance(value, str):
            continue
        word, _bracket, aside = unicodedata.normalize("NFKC", value).lower().strip(" *:").partition("(")
        kind = _COLUMNS.get(" ".join(word.split()))
        if kind is None:
            continue
        columns.setdefault(kind, []).append(place)
        if kind == "length" and ("秒" in aside or "sec" in aside):
            seconds = 1
        if kind in ("since", "until"):
            found_zone = found_zone or clocks.offset(aside.strip(" )"))
    if "since" not in columns or not ("name" in columns or "account" in columns):
        return None
    return _Heading(columns, found_zone or zone, seconds)


# --- one row ---------------------------------------------------------------------------------------------


def _entry(number: int, row: Sequence[Any], heading: _Heading, near: date) -> Entry:
    def cells(kind: str) -> list[Any]:
        return [row[place] for place in heading.columns.get(kind, []) if len(row) > place]

    names = [words_of(value) for value in cells("name")]
    accounts = tuple(word for value in cells("account") if (word := words_of(value)) and word not in "-—/")
    made = Entry(number, next((name for name in names if name), ""), accounts)
    since = _moment(cells("since"), heading, near)
    until = _moment(cells("until"), heading, near)
    lasted = clocks.lasted(next(iter(cells("length")), None), heading.unit)
    if since is None or (until is None and lasted is None):
        return replace(made, problem=_("时间读不出来，请写成 2026-03-10 09:00"))
    note = ""
    if until is None or (lasted is not None and until - since > lasted + ROUNDED):
        assert lasted is not None
        note = _("登记的时长比进出时间短，按时长计") if until is not None else _("没有离开时间，按时长计")
        until = since + lasted
    return replace(made, since=since, until=until, note=note)


def _moment(values: list[Any], heading: _Heading, near: date) -> datetime | None:
    value = next((value for value in values if value not in (None, "")), None)
    if isinstance(value, datetime):
        return value.replace(tzinfo=heading.zone) if value.tzinfo is None else value
    if isinstance(value, time):
        return datetime.combine(near, value, heading.zone)
    found = clocks.moments(words_of(value), near, heading.zone)
    around = {item for item in found if abs(item.date() - near) <= timedelta(days=2)}
    chosen = around or set(found)
    return chosen.pop() if len(chosen) == 1 else None


def words_of(value: Any) -> str:
    """A cell as text. Excel keeps a phone number as a number: 13800138000.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value or "").strip()
