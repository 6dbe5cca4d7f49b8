"""Whether an act may be done: the declaration, the case as it stands, who asks, and the day; plain values only.

Owns: the judgement (`hindrance`) and the reckoning of last days. Refuses nothing itself: it says what stands in the way,
the services say it in words and write nothing.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from lms.training.lifecycle.declaration import Deadline, Guard, Process, Setting, Side, Transition, Unit

# (day, number) → the last of so many working days after it; raises NoCalendar.
AddWorkingDays = Callable[[date, int], date]


class Hindrance(StrEnum):
    """What stands in the way of an act, in the order in which it is looked for: who asks before what is asked, so that
    nobody learns of a case what is not theirs to know."""

    UNKNOWN = "unknown_act"
    NOT_A_PARTY = "not_a_party"
    OWN_CASE = "own_case"
    ROLE = "role_missing"
    TOOK_PART = "took_part"
    STATE = "moved_on"
    HANDLER = "other_handler"
    LATE = "late"
    NOT_DUE = "not_due"
    NOTICE_RUNS = "notice_runs"
    OBJECTION_OPEN = "objection_open"
    OBJECTION_UPHELD = "objection_upheld"
    REASON = "reason_missing"
    EVIDENCE = "evidence_missing"


class NoticeState(StrEnum):
    """What a public notice is on a day. left: its case was taken out of it, refused, reviewed anew or taken back, before its last day."""

    COMING = "coming"
    RUNS = "runs"
    LEFT = "left"
    OVER = "over"


def state_of_notice(*, noticed: bool, first: date, last: date, day: date) -> NoticeState:
    """noticed: its case is in the state that it opened, and no later notice has taken its place."""
    if day > last:
        return NoticeState.OVER
    if not noticed:
        return NoticeState.LEFT
    return NoticeState.RUNS if day >= first else NoticeState.COMING


@dataclass(frozen=True)
class Party:
    """Who asks. at_body, at_authority: the roles held today at the body whose case it is, and at the authority; filed: it is
    they who applied; belongs: they work for the body, or have a role there that its suspension keeps them from; platform:
    the platform itself."""

    person: int | None
    at_body: frozenset[str] = frozenset()
    at_authority: frozenset[str] = frozenset()
    filed: bool = False
    belongs: bool = False
    platform: bool = False

    @property
    def own(self) -> bool:
        """Whether the case is that of a body they belong to."""
        return self.filed or self.belongs or bool(self.at_body)


@dataclass(frozen=True)
class Standing:
    """Where a case stands. due_on: the last day of the present state; handler: who has it in hand, None: nobody yet; deputies:
    to whom they have handed it for today; judged: who has judged anything in it; evidence: the kinds that are there;
    notice_last: the last day of its newest public notice; upheld: how many objections to that one were upheld; objections:
    how many wait for an answer, to whichever of its notices.
    """

    state: str
    due_on: date | None = None
    escalated: bool = False
    handler: int | None = None
    deputies: frozenset[int] = frozenset()
    judged: frozenset[int] = frozenset()
    evidence: frozenset[str] = frozenset()
    notice_last: date | None = None
    objections: int = 0
    upheld: int = 0


@dataclass(frozen=True)
class Found:
    """A hindrance and, of missing evidence, which kinds."""

    what: Hindrance
    kinds: tuple[str, ...] = field(default=())


def hindrance(
    process: Process, name: str, case: Standing, party: Party, day: date, *, reason: str, brings: str = ""
) -> Found | None:
    """What stands in the way of the act today, None where nothing does. brings: the kind of evidence that comes with it."""
    row = process.transition(name)
    if row is None:
        return Found(Hindrance.UNKNOWN)
    for look in (_person, _state, _guards):
        if (found := look(process, row, case, party, day)) is not None:
            return Found(found)
    if row.reason and not reason.strip():
        return Found(Hindrance.REASON)
    there = case.evidence | ({brings} if brings else set())
    if missing := tuple(kind for kind in row.evidence if kind not in there):
        return Found(Hindrance.EVIDENCE, missing)
    return None


def _person(process: Process, row: Transition, case: Standing, party: Party, day: date) -> Hindrance | None:
    if row.side == Side.CLOCK:
        return None if party.platform else Hindrance.NOT_A_PARTY
    if party.platform:
        # The platform decides nothing for people.
        return Hindrance.NOT_A_PARTY
    if row.side == Side.APPLICANT:
        if not party.own:
            return Hindrance.NOT_A_PARTY
        return None if party.at_body & set(row.roles) else Hindrance.ROLE
    if party.own:
        return Hindrance.OWN_CASE
    if not party.at_authority:
        return Hindrance.NOT_A_PARTY
    if not party.at_authority & roles_at(process, row, case, day):
        return Hindrance.ROLE
    if row.fresh and party.person in case.judged:
        return Hindrance.TOOK_PART
    return None


def roles_at(process: Process, row: Transition, case: Standing, day: date) -> set[str]:
    """The roles of an act today: those declared, and of what has been escalated the superior's too."""
    roles = set(row.roles)
    return roles | {process.superior} if row.side == Side.AUTHORITY and case.escalated else roles


def _state(process: Process, row: Transition, case: Standing, party: Party, day: date) -> Hindrance | None:
    if case.state not in row.sources:
        return Hindrance.STATE
    if row.side != Side.AUTHORITY or row.fresh or case.handler is None:
        return None
    mine = party.person == case.handler or party.person in case.deputies
    above = case.escalated and process.superior in party.at_authority
    return None if mine or above else Hindrance.HANDLER


def _guards(process: Process, row: Transition, case: Standing, party: Party, day: date) -> Hindrance | None:
    for guard in row.guards:
        if guard == Guard.IN_TIME and is_overdue(case.due_on, day):
            return Hindrance.LATE
        if guard == Guard.OVERDUE and not is_overdue(case.due_on, day):
            return Hindrance.NOT_DUE
        if guard == Guard.NOTICE_OVER and (case.notice_last is None or day <= case.notice_last):
            return Hindrance.NOTICE_RUNS
        if guard == Guard.NO_OBJECTION and (case.objections or case.upheld):
            return Hindrance.OBJECTION_OPEN if case.objections else Hindrance.OBJECTION_UPHELD
    return None


def is_overdue(due_on: date | None, day: date) -> bool:
    """The last day is in; the day after it is late."""
    return due_on is not None and day > due_on


# --- last days -------------------------------------------------------------------------------------------


def last_day(
    deadline: Deadline | None, values: dict[str, int | None], day: date, add: AddWorkingDays
) -> date | None:
    """The last day of what begins today; None where nothing limits it, or the rule has not set it. Raises NoCalendar."""
    number = values.get(deadline.setting) if deadline else None
    if deadline is None or number is None:
        return None
    return add(day, number) if deadline.unit == Unit.WORKING_DAYS else add_months(day, number)


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    for last in range(day.day, 27, -1):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    return date(year, month, day.day)


def value_fault(setting: Setting, value: int | None, *, other_document: bool = False) -> str:
    """Of a number that a rule sets: "" where it may stand, "missing" where the document asks for one, "range" out of what is
    possible, "undercut" where it gives less than the document does. other_document: the rule rests on another one, which may."""
    if value is None:
        return "missing" if setting.standard is not None else ""
    if not setting.least <= value <= setting.most:
        return "range"
    if setting.standard is None or other_document:
        return ""
    least = setting.standard if setting.bound == "least" else value
    most = setting.standard if setting.bound == "most" else value
    return "" if least <= value <= most else "undercut"


NUMBER = re.compile(r"[\w、]*〔(\d{4})〕\s*(\d+)\s*号")


def names_another(source: str, document: str) -> bool:
    """Whether the words a rule rests on name a document by its number (文号), and it is not this one."""
    numbers = {found.groups() for found in NUMBER.finditer(source)}
    return bool(numbers - {found.groups() for found in NUMBER.finditer(document)})


def disordered(process: Process, values: dict[str, int | None]) -> Iterator[tuple[Setting, Setting]]:
    """The pairs of which the first number is above the second."""
    for first, second in process.ordered:
        less, more = values.get(first), values.get(second)
        if less is not None and more is not None and less > more:
            yield process.setting(first), process.setting(second)
