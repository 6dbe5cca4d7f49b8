"""What a process's room does with its cases: validate what they say, show it, and what follows an act.

Owns: the Protocol and its registry, and the registry of what a form asks for beside reason and files. The lifecycle calls it
inside the transaction of the act; what it refuses is not done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from django.forms import Field
from django.http import HttpRequest, HttpResponse

from lms.accounts.api import Organisation
from lms.lib.actor import Actor
from lms.training.lifecycle.declaration import Transition, Words
from lms.training.lifecycle.models import Act, Case


@dataclass(frozen=True)
class Lack:
    """Something that is missing. blocks: it cannot be handed in without; else what follows from its absence stands in text.
    source: the place in the document that asks for it."""

    code: str
    text: Words
    blocks: bool = True
    source: str = ""


@dataclass(frozen=True)
class Done:
    """An act that is being done: what `after` needs to know of it. values: what was said beside the reason, by name."""

    case: Case
    transition: Transition
    act: Act
    who: Actor
    at: datetime
    day: date
    values: Mapping[str, Any] = field(default_factory=dict)


class Conduct(Protocol):
    """One for each process."""

    def lacks(self, case: Case, kinds: frozenset[str]) -> list[Lack]:
        """Everything that is missing, all at once. kinds: of the evidence that is there."""

    def rank(self, case: Case, kinds: frozenset[str]) -> int:
        """Where in the queue: 0 stands before 1."""

    def heading(self, case: Case) -> str:
        """What the case is about, in a few words."""

    def lines(self, case: Case, kinds: frozenset[str]) -> list[tuple[str, str]]:
        """What it says, as label and value, for whoever works on it."""

    def public_lines(self, case: Case) -> list[tuple[str, str]]:
        """What of it a public notice shows."""

    def warnings(self, case: Case) -> list[str]:
        """What whoever decides should know; stops nothing."""

    def after(self, done: Done) -> None:
        """What follows. Raises a Refusal to stop the act."""

    def facts_page(self, request: HttpRequest, case: Case) -> HttpResponse:
        """The form in which the applicant says it; permission was checked."""

    def open_to(self, body: Organisation) -> str:
        """Why this body may not apply now; "" where it may."""


_conducts: dict[str, Conduct] = {}


def register_conduct(process: str, conduct: Conduct) -> None:
    _conducts[process] = conduct


def conduct_of(case: Case | str) -> Conduct:
    """Raises KeyError."""
    return _conducts[case if isinstance(case, str) else case.process]


# What follows an act of whichever process, before what its own room does.
After = Callable[[Done], None]
_everywhere: list[After] = []


def register_everywhere(function: After) -> None:
    if function not in _everywhere:
        _everywhere.append(function)


def follow(done: Done) -> None:
    """What follows an act, in its transaction. Raises a Refusal to stop it."""
    for function in _everywhere:
        function(done)
    conduct_of(done.case).after(done)


# What an act's form asks for on a case, by name, in order; the values come to `after` as `Done.values`.
Asked = Callable[[Case], Mapping[str, Field]]
_asked: dict[tuple[str, str], Asked] = {}


def register_asked(process: str, act: str, asked: Asked) -> None:
    """From now on the form of this act has these fields, too. The room's `after` judges what comes, whoever sends it."""
    _asked[process, act] = asked


def asked_of(case: Case, act: str) -> Mapping[str, Field]:
    found = _asked.get((case.process, act))
    return found(case) if found else {}


# Further pages about a case that its process has, as label and address.
Pages = Callable[[Case], list[tuple[str, str]]]
_pages: dict[str, Pages] = {}


def register_pages(process: str, pages: Pages) -> None:
    _pages[process] = pages


def pages_of(case: Case) -> list[tuple[str, str]]:
    found = _pages.get(case.process)
    return found(case) if found else []


# The last day of the state an act leads to, where what the case says sets it and no number of the rule: (case, day) → day.
LastDay = Callable[[Case, date], date | None]
_last_days: dict[tuple[str, str], LastDay] = {}


def register_last_day(process: str, act: str, last_day: LastDay) -> None:
    """From now on this act begins that deadline. It may raise NoCalendar."""
    _last_days[process, act] = last_day


def last_day_of(case: Case, act: str, day: date) -> date | None:
    found = _last_days.get((case.process, act))
    return found(case, day) if found else None


# What an authority itself has left undone that no case tells: (authority, day) → words, and the address where it is done.
Alarms = Callable[[Organisation, date], list[tuple[str, str]]]
_alarms: dict[str, Alarms] = {}


def register_alarms(process: str, alarms: Alarms) -> None:
    _alarms[process] = alarms


def alarms_of(authority: Organisation, day: date, process: str = "") -> list[tuple[str, str]]:
    """Of one process, of all without. Each room reads in a fixed number of queries."""
    return [
        row
        for code, found in sorted(_alarms.items())
        if process in ("", code)
        for row in found(authority, day)
    ]


def facts_of(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = case.facts
    return found
