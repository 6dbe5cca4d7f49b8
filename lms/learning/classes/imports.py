"""The list of a live session, as its platform gives it: who, joined, left. Reading and matching; writes nothing.

Owns: shape and bounds, and which learner of the class a row means. Refuses: guessing. A row that matches nobody, or
nobody for certain, is shown; while there is one, nothing is taken (attendance.take_list writes all or none).
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core import signing
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.learning.classes.attendance import Presence
from lms.learning.classes.models import ClassMeeting, ClassPlace, PlaceState
from lms.lib import sheets
from lms.lib.clock import SHANGHAI, now
from lms.lib.errors import Conflict, Invalid

MAX_BYTES = 1024 * 1024
MAX_ROWS = 2000
# How long a preview can be confirmed.
PREVIEW_SECONDS = 1800
FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%dT%H:%M:%S")
_SALT = "rongtong.classes.import"


@dataclass(frozen=True)
class Line:
    """One row: number in the file, the words for the person, and what is wrong with it ("" where nothing is)."""

    number: int
    who: str
    since: datetime | None
    until: datetime | None
    place: ClassPlace | None
    problem: str = ""


@dataclass(frozen=True)
class Preview:
    lines: list[Line]

    @property
    def good(self) -> bool:
        return bool(self.lines) and not any(line.problem for line in self.lines)

    @property
    def problems(self) -> list[Line]:
        return [line for line in self.lines if line.problem]

    def presences(self) -> list[Presence]:
        """What take_list takes; only of a good preview."""
        return [
            Presence(line.place.uuid, line.since, line.until)
            for line in self.lines
            if line.place is not None and line.since is not None and line.until is not None
        ]


def preview(meeting: ClassMeeting, content: bytes) -> Preview:
    """Match a file (CSV or xlsx; three columns, a heading or none) with the class. Raises Invalid for no such file."""
    rows = _rows(content)
    places = ClassPlace.objects.filter(run=meeting.run_id, state=PlaceState.SEATED).select_related("person")
    names = _names(places)
    return Preview([_line(number, row, names, meeting) for number, row in rows])


def _rows(content: bytes) -> list[tuple[int, Sequence[Any]]]:
    if not content or len(content) > MAX_BYTES:
        raise _unreadable(_("文件是空的或超过 1 MB。"))
    found = list[tuple[int, Sequence[Any]]](
        sheets.read(content) if content.startswith(b"PK") else _csv(content)
    )
    # A heading has no times in it.
    if found and not any(_moment(value) for value in found[0][1][1:3]):
        found = found[1:]
    if not found:
        raise _unreadable(_("文件里没有一行名单。"))
    if len(found) > MAX_ROWS:
        raise _unreadable(_("名单超过 %(most)s 行。") % {"most": MAX_ROWS})
    return found


def _csv(content: bytes) -> list[tuple[int, Sequence[Any]]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise _unreadable(_("文件读不出来。请另存为 UTF-8 编码的 CSV 或 .xlsx 再传。"))
    if "\0" in text:
        raise _unreadable(_("文件读不出来。请另存为 UTF-8 编码的 CSV 或 .xlsx 再传。"))
    try:
        rows: list[tuple[int, Sequence[Any]]] = list(enumerate(csv.reader(io.StringIO(text)), start=1))
    except csv.Error as error:
        raise _unreadable(_("文件不是规范的 CSV，请另存为 .xlsx 再传。")) from error
    return [(number, row) for number, row in rows if any(value.strip() for value in row)]


def _unreadable(sentence: str) -> Invalid:
    return Invalid(sentence, code="list_unreadable", details={"field": "file"})


def _key(typed: str) -> str:
    """A phone number by its last eleven digits; an address or a learner's number in one case."""
    text = typed.strip().lower()
    digits = re.sub(r"[\s+()-]", "", text)
    return digits[-11:] if digits.isdigit() and len(digits) >= 11 else text.replace(" ", "")


def _names(places: Iterable[ClassPlace]) -> dict[str, list[ClassPlace]]:
    found: dict[str, list[ClassPlace]] = defaultdict(list)
    for place in places:
        person = place.person
        for name in (person.phone, person.email, str(person.uuid)):
            if name:
                found[_key(name)].append(place)
    return found


def _moment(value: Any) -> datetime | None:
    """A Shanghai time as a cell has it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=SHANGHAI) if value.tzinfo is None else value
    for pattern in FORMATS:
        try:
            return datetime.strptime(str(value or "").strip(), pattern).replace(tzinfo=SHANGHAI)
        except ValueError:
            continue
    return None


def _line(number: int, row: Sequence[Any], names: dict[str, list[ClassPlace]], meeting: ClassMeeting) -> Line:
    who = _text(row[0]) if row else ""
    since, until = (_moment(row[place]) if len(row) > place else None for place in (1, 2))
    places = names.get(_key(who), []) if who else []
    place = places[0] if len(places) == 1 else None
    problem = ""
    if place is None:
        problem = _("名单里的人不在这个班次") if not places else _("对应不止一位学员")
    elif since is None or until is None:
        problem = _("时间读不出来，请写成 2026-03-10 09:00")
    elif until <= since or until > now():
        problem = _("离开时间不晚于进入时间，或还没有到")
    elif since >= meeting.ends_at or until <= meeting.starts_at:
        problem = _("时间不在这次课之内")
    return Line(number, who[:80], since, until, place, problem)


def _text(value: Any) -> str:
    # Excel keeps a phone number as a number: 13800138000.0.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value or "").strip()


# --- from the preview to the confirmation ----------------------------------------------------------------


def kept(user: User, meeting: ClassMeeting, found: Preview) -> str:
    """The good preview for the form that confirms it: signed, this person's and this meeting's."""
    rows = [[item.place.hex, item.since.isoformat(), item.until.isoformat()] for item in found.presences()]
    return signing.dumps([user.uuid.hex, meeting.uuid.hex, rows], salt=_SALT, compress=True)


def confirmed(user: User, meeting: ClassMeeting, value: str) -> list[Presence]:
    """What was previewed. Raises Conflict where it is late, forged or somebody else's."""
    try:
        person, of, rows = signing.loads(value, salt=_SALT, max_age=PREVIEW_SECONDS)
    except (signing.BadSignature, ValueError):
        person, of, rows = "", "", []
    if (person, of) != (user.uuid.hex, meeting.uuid.hex):
        raise Conflict(_("预览已经失效，请重新上传文件。"), code="preview_expired")
    return [
        Presence(UUID(place), datetime.fromisoformat(since), datetime.fromisoformat(until))
        for place, since, until in rows
    ]
