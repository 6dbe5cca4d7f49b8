"""What a process says of itself: states, transitions, who may make them, what each needs, and by when.

Plain frozen values. `rules` judges acts by them, `diagram` draws them, docs/processes.md shows them, and a test walks each
of them. Owns: the words a declaration is made of, and the registry of processes. Refuses, when the application starts: a
declaration that contradicts itself (`faults`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


class Side(StrEnum):
    """Who acts. applicant: for the body whose case it is; authority: for the authority in charge; clock: the platform, when
    a day has passed."""

    APPLICANT = "applicant"
    AUTHORITY = "authority"
    CLOCK = "clock"


class Waits(StrEnum):
    """For whom a state waits: what lists are sorted by. day: for a day that comes by itself; nobody: a final state, or one in
    which nothing is asked of anybody."""

    APPLICANT = "applicant"
    AUTHORITY = "authority"
    DAY = "day"
    NOBODY = "nobody"


class Unit(StrEnum):
    """What a deadline is counted in: working days by the State Council's calendar, or months."""

    WORKING_DAYS = "working_days"
    MONTHS = "months"


class Guard(StrEnum):
    """What the case itself must be like. in_time, overdue: of the state's deadline; notice_over: the last day of the public
    notice has passed; no_objection: each objection to it is answered, and none was upheld."""

    IN_TIME = "in_time"
    OVERDUE = "overdue"
    NOTICE_OVER = "notice_over"
    NO_OBJECTION = "no_objection"


@dataclass(frozen=True)
class Source:
    """The document that a rule is taken from: its number and the place in it."""

    number: str
    article: str = ""

    def __str__(self) -> str:
        return f"{self.number} {self.article}".strip()


@dataclass(frozen=True)
class Setting:
    """A number that an authority's dated rule sets. standard: what the document itself says, None where it says nothing;
    then the rule may leave it unset (尚未设定), and no deadline follows from it. bound: whether that standard is the `least` or
    the `most` that a rule may set while it rests on this document alone."""

    name: str
    label: Words
    standard: int | None
    least: int = 1
    most: int = 366
    source: Source | None = None
    bound: str = ""


@dataclass(frozen=True)
class Deadline:
    """So long after the act the state it led to is to be left. setting: the name of the rule's number."""

    setting: str
    unit: Unit = Unit.WORKING_DAYS


@dataclass(frozen=True)
class EvidenceKind:
    """A kind of paper that a case holds. side: who hands it in."""

    code: str
    label: Words
    help: Words = ""
    side: Side = Side.APPLICANT
    source: Source | None = None


@dataclass(frozen=True)
class State:
    """editable: the applicant may change what the case says and hand in evidence. final: nothing follows. late: a last day of
    this state that has passed is a delay; else it is only a day that was waited for (the end of a public notice). after: how long
    whoever is next has once that day has passed; then it is a delay. standing: what was applied for is there and lasts; nothing is left to
    do until its day is near.
    """

    code: str
    label: Words
    waits: Waits
    editable: bool = False
    late: bool = True
    after: Deadline | None = None
    standing: bool = False

    @property
    def final(self) -> bool:
        return self.waits == Waits.NOBODY


@dataclass(frozen=True)
class Transition:
    """One act. sources: the states it starts in; roles: held at the applicant's body or the authority; evidence: kinds that
    must be there; takes: the kind of evidence that may come with it; starts: the deadline of the state it leads to; fresh:
    only somebody who has judged nothing in the matter so far; judges: the act is such a judgement; publishes: it opens a
    public notice of so many working days (a setting's name); keeps: where no deadline of its own begins (none declared, or
    the rule has not set it), the last day of the state before goes on, late or not; resumes: the act whose last day, as it was
    set then, holds again; aside: a way off the path (taking back, cancelling, revoking), open to its side and never what a
    case waits for; anew: a matter of its own begins (each year's re-check): what was judged before it does not count for `fresh`.

    Nobody acts for the authority on a case of a body they belong to, whatever is said here.
    """

    name: str
    label: Words
    sources: tuple[str, ...]
    to: str
    side: Side
    roles: tuple[str, ...] = ()
    reason: bool = False
    evidence: tuple[str, ...] = ()
    takes: str = ""
    starts: Deadline | None = None
    guards: tuple[Guard, ...] = ()
    fresh: bool = False
    judges: bool = False
    publishes: str = ""
    keeps: bool = False
    resumes: str = ""
    submits: bool = False
    aside: bool = False
    anew: bool = False
    source: Source | None = None


def supplements(
    resubmit: Words,
    *,
    sources: tuple[str, ...] = ("submitted",),
    applies: tuple[str, ...],
    officers: tuple[str, ...],
    starts: Deadline,
    source: Source | None = None,
) -> tuple[Transition, ...]:
    """An authority asks for what is missing, and the applicant brings it in time or the case lapses. resubmit: what bringing it is
    called; starts: the deadline of the authority after it.
    """
    return (
        Transition(
            *("ask", _("要求补正"), sources, "supplement", Side.AUTHORITY, officers),
            reason=True,
            starts=Deadline("supplement_days"),
            source=source,
        ),
        Transition(
            *("resubmit", resubmit, ("supplement",), "submitted", Side.APPLICANT, applies),
            guards=(Guard.IN_TIME,),
            starts=starts,
            source=source,
        ),
        Transition(
            *("lapse", _("逾期未补正，关闭"), ("supplement",), "lapsed", Side.CLOCK),
            guards=(Guard.OVERDUE,),
            source=source,
        ),
    )


def noticed(*, officers: tuple[str, ...], source: Source) -> tuple[Transition, ...]:
    """What a review has found is published for objections (setting `notice_days`), or reviewed once more."""
    return (
        Transition(
            *("pass", _("评审通过，公示"), ("review",), "notice", Side.AUTHORITY, officers),
            reason=True,
            publishes="notice_days",
            judges=True,
            source=source,
        ),
        Transition(
            *("again", _("重新评审"), ("notice",), "review", Side.AUTHORITY, officers),
            reason=True,
            starts=Deadline("review_days"),
            source=source,
        ),
    )


def appeals(*, applies: tuple[str, ...], officers: tuple[str, ...], source: Source) -> tuple[Transition, ...]:
    """A body is not named; it appeals in time, and somebody who has judged nothing yet decides; or the days for it pass."""
    authority, applicant = Side.AUTHORITY, Side.APPLICANT
    return (
        Transition(
            *("refuse", _("不予认定"), ("review", "notice"), "refused", authority, officers),
            reason=True,
            starts=Deadline("appeal_days"),
            judges=True,
            source=source,
        ),
        Transition(
            *("appeal", _("提出申诉"), ("refused",), "appealed", applicant, applies),
            reason=True,
            guards=(Guard.IN_TIME,),
            starts=Deadline("review_days"),
            source=source,
        ),
        Transition(
            *("uphold", _("维持不予认定"), ("appealed",), "upheld", authority, officers),
            reason=True,
            fresh=True,
            judges=True,
            source=source,
        ),
        Transition(
            *("overturn", _("撤销原结论，重新评审"), ("appealed",), "review", authority, officers),
            reason=True,
            fresh=True,
            starts=Deadline("review_days"),
            source=source,
        ),
        Transition(
            *("close", _("申诉期满，办结"), ("refused",), "closed", Side.CLOCK),
            guards=(Guard.OVERDUE,),
            source=source,
        ),
    )


@dataclass(frozen=True)
class Process:
    """code: of the process, in addresses and rows. prefix: two letters that its numbers begin with. applicants: which kinds
    of organisation apply; superior: the authority's role to which what is overdue goes; once: a body has one open case of
    it at an authority; since: the day of its document, before which no rule of it can have been in force; ordered: settings of
    which the first may not be above the second.
    """

    code: str
    prefix: str
    title: Words
    source: Source
    start: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    applicants: tuple[str, ...]
    roles: tuple[str, ...]
    superior: str
    settings: tuple[Setting, ...] = ()
    evidence: tuple[EvidenceKind, ...] = ()
    once: bool = False
    since: date = date.min
    ordered: tuple[tuple[str, str], ...] = ()
    _by_code: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._by_code.update({state.code: state for state in self.states})

    def state(self, code: str) -> State:
        """Raises KeyError."""
        found: State = self._by_code[code]
        return found

    def transition(self, name: str) -> Transition | None:
        return next((row for row in self.transitions if row.name == name), None)

    @property
    def noticing(self) -> frozenset[str]:
        """The states in which a public notice runs."""
        return frozenset(row.to for row in self.transitions if row.publishes)

    def leaving(self, state: str) -> list[Transition]:
        """What can happen in a state, in the declaration's order."""
        return [row for row in self.transitions if state in row.sources]

    def kind(self, code: str) -> EvidenceKind | None:
        return next((row for row in self.evidence if row.code == code), None)

    def comes_with_act(self, kind: str) -> bool:
        """Whether evidence of a kind comes with an act, not by itself."""
        return any(row.takes == kind for row in self.transitions)

    def setting(self, name: str) -> Setting:
        """Raises StopIteration."""
        return next(row for row in self.settings if row.name == name)

    def cited(self, transition: Transition) -> Source:
        """The document and the place in it that an act rests on."""
        return transition.source or self.source

    @property
    def submission(self) -> Transition:
        """The act by which a draft becomes a case with a number."""
        return next(row for row in self.transitions if row.submits)

    def closing(self, state: str) -> Transition | None:
        """What the clock does in a state once its last day has passed."""
        rows = (row for row in self.leaving(state) if row.side == Side.CLOCK and not row.aside)
        return next(rows, None)

    def onward(self, state: str, waits: Waits) -> tuple[Side, list[Transition]]:
        """Who is next in a state, and what leads on from there. What waits for a day goes on by the applicant's hand where it can, else
        by the authority's, else by the clock's; ways off the path are nobody's next step."""
        rows = [row for row in self.leaving(state) if not row.aside]
        sides = {Waits.APPLICANT: (Side.APPLICANT,), Waits.AUTHORITY: (Side.AUTHORITY,)}
        for side in sides.get(waits, (Side.APPLICANT, Side.AUTHORITY, Side.CLOCK)):
            if found := [row for row in rows if row.side == side]:
                return side, found
        return (Side.APPLICANT if waits == Waits.APPLICANT else Side.AUTHORITY), []


def faults(process: Process) -> Iterator[str]:
    """What is wrong with a declaration, for whoever writes it; nothing where it is whole."""
    states = [state.code for state in process.states]
    names = [row.name for row in process.transitions]
    kinds = {kind.code for kind in process.evidence}
    settings = {setting.name for setting in process.settings}
    if len(states) != len(set(states)) or len(names) != len(set(names)):
        yield "a name stands twice"
    if process.start not in states or not process.state(process.start).editable:
        yield "the start is no editable state"
    if sum(row.submits for row in process.transitions) != 1:
        yield "one transition submits"
    for state in process.states:
        if state.after and (state.late or state.after.setting not in settings):
            yield f"{state.code}: a day after the day that was waited for"
    for row in process.transitions:
        for code in (*row.sources, row.to):
            if code not in states:
                yield f"{row.name}: no state {code}"
        if {*row.evidence, *([row.takes] if row.takes else [])} - kinds:
            yield f"{row.name}: unknown evidence"
        if {row.publishes, row.starts.setting if row.starts else ""} - {""} - settings:
            yield f"{row.name}: unknown setting"
        if row.side != Side.CLOCK and not row.roles:
            yield f"{row.name}: nobody may"
        if row.fresh and row.side != Side.AUTHORITY:
            yield f"{row.name}: fresh is asked of the authority's"
        if row.publishes and row.starts:
            yield f"{row.name}: the notice is the deadline"
        if row.resumes and (row.resumes not in names or row.starts or row.publishes or row.keeps):
            yield f"{row.name}: one deadline, of an act there is"
    yield from _ways(process)


def _ways(process: Process) -> Iterator[str]:
    """Every state is reached, and each that is not final is left and leads to a final one."""
    forward: dict[str, set[str]] = {state.code: set() for state in process.states}
    for row in process.transitions:
        for source in row.sources:
            if source in forward:
                forward[source].add(row.to)
    if missed := set(forward) - reached(forward, {process.start}):
        yield f"never reached: {sorted(missed)}"
    for state in process.states:
        if state.final and forward[state.code]:
            yield f"{state.code} is final and is left"
    backward: dict[str, set[str]] = {code: set() for code in forward}
    for source, targets in forward.items():
        for target in targets & set(backward):
            backward[target].add(source)
    ends = {state.code for state in process.states if state.final}
    if stuck := set(forward) - reached(backward, ends):
        yield f"no way to an end from {sorted(stuck)}"


def reached(ways: dict[str, set[str]], starts: set[str]) -> set[str]:
    """All that can be come to from the starts, these among them."""
    seen, waiting = set(starts), list(starts)
    while waiting:
        for step in ways.get(waiting.pop(), set()) - seen:
            seen.add(step)
            waiting.append(step)
    return seen


_processes: dict[str, Process] = {}


def register(process: Process) -> None:
    """Make a process known, once, when the application is ready. Raises ValueError for one that contradicts itself."""
    if found := list(faults(process)):
        raise ValueError(f"{process.code}: {'; '.join(found)}")
    _processes[process.code] = process


def process_of(code: str) -> Process:
    """Raises KeyError: no such process is declared."""
    return _processes[code]


def processes() -> list[Process]:
    """Every declared process, by code."""
    return [_processes[code] for code in sorted(_processes)]
