"""The list of a live session against the class: who in it is which learner and how that is known, who has to be asked about.

Owns: the plan that is shown before anything is written, and the signed copy of it that is confirmed. A row means a
learner of this class by phone, e-mail or learner's number, else by the real name where one learner alone has it and no
number says otherwise. Refuses: guessing. Names that several share, or nobody, are matched by hand with a reason or left
out; a row whose times cannot be read stops the whole list (attendance.take_list writes all or none).
"""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core import signing
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.accounts.api import Identity, User
from lms.learning.classes import lists, rules
from lms.learning.classes.lists import MAX_BYTES, Entry
from lms.learning.classes.models import AttendanceImport, ClassMeeting, ClassPlace, PlaceState
from lms.lib.clock import SHANGHAI, local_day, now
from lms.lib.errors import Conflict, Invalid

__all__ = ["MAX_BYTES", "OUT", "ZONES", "confirmed", "kept", "preview", "resolved"]

# How long a preview can be confirmed.
PREVIEW_SECONDS = 1800
# Rows that far from the meeting are of another day: the wrong file.
FAR = timedelta(hours=12)
# A choice by hand: not a learner of this class.
OUT = "out"
ZONES = {"Asia/Shanghai": gettext_lazy("北京时间"), "UTC": gettext_lazy("协调世界时（UTC）")}
HOW: dict[str, str | Promise] = {
    "phone": gettext_lazy("手机号"),
    "email": gettext_lazy("邮箱"),
    "number": gettext_lazy("学员号"),
    "name": gettext_lazy("实名"),
}
_SALT = "rongtong.classes.import"


@dataclass(frozen=True)
class Line:
    """One row: number in the file, the words for the person, and what is wrong with it ("" where nothing is).

    asked: nobody in the class, or nobody for certain: to be matched by hand. how: by what it was matched, a key of HOW.
    """

    number: int
    who: str
    since: datetime | None
    until: datetime | None
    place: ClassPlace | None
    problem: str = ""
    how: str = ""
    note: str = ""
    asked: bool = False

    @property
    def how_word(self) -> str:
        return str(HOW[self.how]) if self.how else ""


@dataclass(frozen=True)
class Stranger:
    """Rows of one person whom nobody in the class is for certain. might: the learners it could be, where there are some."""

    who: str
    problem: str
    stretches: list[rules.Stretch]


@dataclass(frozen=True)
class Preview:
    sha256: str
    lines: list[Line]
    people: list[tuple[ClassPlace, list[rules.Stretch]]]
    strangers: list[Stranger]
    taken: AttendanceImport | None = None

    @property
    def good(self) -> bool:
        """Whether it can be confirmed, once every stranger has been decided about."""
        return bool(self.people or self.strangers) and self.taken is None and not self.faults

    @property
    def problems(self) -> list[Line]:
        return [line for line in self.lines if line.problem]

    @property
    def faults(self) -> list[Line]:
        """What only another file can put right."""
        return [line for line in self.problems if not line.asked]


def preview(meeting: ClassMeeting, content: bytes, zone: ZoneInfo = SHANGHAI) -> Preview:
    """Match a file with the class. Raises Invalid for no such file; writes nothing."""
    entries = lists.entries(content, near=local_day(meeting.starts_at), zone=zone)
    places = ClassPlace.objects.filter(run=meeting.run_id, state=PlaceState.SEATED)
    roster = _Roster(places.select_related("person", "person__identity").order_by("seat"))
    lines = [_line(entry, roster, meeting) for entry in entries]
    digest = hashlib.sha256(content).hexdigest()
    return Preview(
        digest,
        lines,
        _people(lines, meeting),
        _strangers(lines, meeting),
        AttendanceImport.objects.filter(meeting=meeting, sha256=digest).first(),
    )


# --- matching --------------------------------------------------------------------------------------------


class _Roster:
    """The class by what can stand for a person."""

    def __init__(self, places: Any) -> None:
        self.numbers: dict[str, list[tuple[str, ClassPlace]]] = defaultdict(list)
        self.names: dict[str, list[ClassPlace]] = defaultdict(list)
        for place in places:
            person = place.person
            for how, word in (("phone", person.phone), ("email", person.email), ("number", str(person.uuid))):
                if word:
                    self.numbers[_key(word)].append((how, place))
            identity: Identity | None = getattr(person, "identity", None)
            if identity is not None:
                self.names[_name(identity.legal_name)].append(place)

    def find(self, entry: Entry) -> tuple[ClassPlace | None, str, str]:
        """The learner, by what, and why it is nobody."""
        found = [hit for word in entry.accounts for hit in self.numbers.get(_key(word), [])]
        if found:
            if len({place.pk for _how, place in found}) > 1:
                return None, "", _("对应不止一位学员")
            return found[0][1], found[0][0], ""
        # A whole number or address of somebody else: a learner of the same name is another person.
        if any(_whole(word) for word in entry.accounts):
            return None, "", _("名单里的人不在这个班次")
        words = [entry.name] if entry.name else list(entry.accounts)
        named = {place.pk: place for word in words for place in self.names.get(_name(word), [])}
        if len(named) > 1:
            return None, "", _("同名，对应不止一位学员")
        return (named.popitem()[1], "name", "") if named else (None, "", _("名单里的人不在这个班次"))


def _key(typed: str) -> str:
    """A phone number by its last eleven digits; an address or a learner's number in one case."""
    text = typed.strip().lower()
    digits = re.sub(r"[\s+()-]", "", text)
    return digits[-11:] if digits.isdigit() and len(digits) >= 11 else text.replace(" ", "")


def _name(typed: str) -> str:
    """One width and case; no blanks, which some put between Chinese names."""
    return "".join(unicodedata.normalize("NFKC", typed).casefold().split())


def _whole(word: str) -> bool:
    key = _key(word)
    return (key.isdigit() and len(key) >= 11) or ("@" in key and "*" not in key)


def _line(entry: Entry, roster: _Roster, meeting: ClassMeeting) -> Line:
    place, how, unknown = roster.find(entry)
    made = Line(entry.number, entry.who, entry.since, entry.until, place, how=how, note=entry.note)
    problem = entry.problem or _off(entry, meeting)
    if problem:
        return _with(made, problem=problem)
    assert entry.since is not None
    assert entry.until is not None
    if entry.since >= meeting.ends_at or entry.until <= meeting.starts_at:
        return _with(made, note=_("不在上课时间之内，不计"))
    if unknown:
        return _with(made, problem=unknown, asked=True)
    cut = entry.since < meeting.starts_at or entry.until > meeting.ends_at
    return _with(made, note=entry.note or _("只计上课时间之内的")) if cut else made


def _with(line: Line, **changes: Any) -> Line:
    return Line(**(line.__dict__ | changes))


def _off(entry: Entry, meeting: ClassMeeting) -> str:
    since, until = entry.since, entry.until
    if since is None or until is None or not entry.who:
        return _("这一行没有写是谁，或时间读不出来")
    if until <= since or until > now():
        return _("离开时间不晚于进入时间，或还没有到")
    if since >= meeting.ends_at + FAR or until <= meeting.starts_at - FAR:
        return _("时间不在这次课之内")
    return ""


def _spans(lines: Sequence[Line], meeting: ClassMeeting) -> list[rules.Stretch]:
    found = [(line.since, line.until) for line in lines if line.since is not None and line.until is not None]
    return rules.merged(found, meeting.starts_at, meeting.ends_at)


def _people(lines: Sequence[Line], meeting: ClassMeeting) -> list[tuple[ClassPlace, list[rules.Stretch]]]:
    """Each learner with their rows together: what overlaps once, what lies outside cut off."""
    rows: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.place is not None and not line.problem:
            rows[line.place.pk].append(line)
    found = [(mine[0].place, _spans(mine, meeting)) for mine in rows.values()]
    return [(place, stretches) for place, stretches in found if place is not None and stretches]


def _strangers(lines: Sequence[Line], meeting: ClassMeeting) -> list[Stranger]:
    rows: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.asked:
            rows[line.who].append(line)
    return [Stranger(who, mine[0].problem, _spans(mine, meeting)) for who, mine in rows.items()]


# --- from the preview to the confirmation ----------------------------------------------------------------

Spans = list[tuple[datetime, datetime]]


@dataclass(frozen=True)
class Kept:
    """What was previewed: learners by place, and strangers in their order."""

    sha256: str
    lines: int
    people: dict[UUID, Spans]
    strangers: list[tuple[str, Spans]] = field(default_factory=list)


def _plain(found: Sequence[rules.Stretch]) -> list[list[str]]:
    return [[item.since.isoformat(), item.until.isoformat()] for item in found if item.until is not None]


def kept(user: User, meeting: ClassMeeting, found: Preview) -> str:
    """The good preview for the form that confirms it: signed, this person's and this meeting's."""
    people = [[place.uuid.hex, _plain(stretches)] for place, stretches in found.people]
    strangers = [[item.who, _plain(item.stretches)] for item in found.strangers]
    value = [user.uuid.hex, meeting.uuid.hex, found.sha256, len(found.lines), people, strangers]
    return signing.dumps(value, salt=_SALT, compress=True)


def confirmed(user: User, meeting: ClassMeeting, value: str) -> Kept:
    """What was previewed. Raises Conflict where it is late, forged or somebody else's."""
    try:
        person, of, digest, lines, people, strangers = signing.loads(
            value, salt=_SALT, max_age=PREVIEW_SECONDS
        )
    except (signing.BadSignature, ValueError):
        person, of, digest, lines, people, strangers = "", "", "", 0, [], []
    if (person, of) != (user.uuid.hex, meeting.uuid.hex):
        raise Conflict(_("预览已经失效，请重新上传文件。"), code="preview_expired")

    def spans(rows: list[list[str]]) -> Spans:
        return [(datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in rows]

    return Kept(
        digest,
        lines,
        {UUID(place): spans(rows) for place, rows in people},
        [(who, spans(rows)) for who, rows in strangers],
    )


@dataclass(frozen=True)
class Resolved:
    """What attendance.take_list takes. hands: what was matched by hand, as (words of the list, place)."""

    sha256: str
    lines: int
    people: dict[UUID, Spans]
    hands: dict[UUID, list[str]]
    left_out: int


def resolved(found: Kept, choices: Mapping[int, str], reason: str) -> Resolved:
    """With a decision about every stranger: OUT, or the uuid of a place. Raises Invalid where one is missing, or the
    reason where somebody is matched by hand.
    """
    people = {place: list(spans) for place, spans in found.people.items()}
    hands: dict[UUID, list[str]] = defaultdict(list)
    out = 0
    for number, (who, spans) in enumerate(found.strangers):
        choice = choices.get(number, "")
        if choice == OUT:
            out += 1
            continue
        try:
            place = UUID(choice)
        except ValueError:
            raise _missing("choice", _("请为“%(who)s”选择一位学员，或选“不导入”。") % {"who": who}) from None
        people.setdefault(place, []).extend(spans)
        hands[place].append(who)
    if hands and len(reason.strip()) < 2:
        raise _missing("reason", _("手工对应的，请写明理由，学员会看到。"))
    return Resolved(found.sha256, found.lines, people, dict(hands), out)


def _missing(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="match_missing", details={"field": name})
