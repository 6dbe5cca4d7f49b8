"""Who else has a word on a class run: processes of the authorities bind runs to their own rules.

Owns: the Protocol and its registry; training registers. services.py, walk_ins.py and filings ask before a run is opened, a place is
taken, a filing is noted, the seats are changed or hours are reckoned. Refuses: nothing itself; a gate says why not, in a sentence for whoever asks.
"""

from typing import Protocol

from django.utils.functional import Promise

from lms.accounts.api import User
from lms.learning.classes.models import ClassRun
from lms.lib.errors import Conflict

Words = str | Promise


class Gate(Protocol):
    """Each answers "" where nothing stands in the way."""

    def opening(self, run: ClassRun) -> Words:
        """Why enrolment may not open."""

    def joining(self, run: ClassRun, user: User) -> Words:
        """Why this person may not take a place."""

    def filing(self, run: ClassRun) -> Words:
        """Why the run gives no hours by a filing of its own."""

    def hours(self, run: ClassRun) -> Words:
        """Why the run gives no hours, filed or not."""

    def seats(self, run: ClassRun, capacity: int) -> Words:
        """Why the run may not have so many seats."""


_gates: list[Gate] = []


def register_gate(gate: Gate) -> None:
    """Once, when the application is ready."""
    _gates.append(gate)


def check_opening(run: ClassRun) -> None:
    """Raises Conflict with the first gate's sentence; so do the others."""
    _check([gate.opening(run) for gate in _gates])


def check_joining(run: ClassRun, user: User) -> None:
    _check([gate.joining(run, user) for gate in _gates])


def check_filing(run: ClassRun) -> None:
    _check([gate.filing(run) for gate in _gates])


def hours_shut(run: ClassRun) -> str:
    """The first gate's sentence why the run gives no hours; "" where it does."""
    return next((str(said) for gate in _gates if (said := gate.hours(run))), "")


def check_seats(run: ClassRun, capacity: int) -> None:
    _check([gate.seats(run, capacity) for gate in _gates])


def _check(said: list[Words]) -> None:
    for sentence in said:
        if sentence:
            raise Conflict(sentence, code="gate_shut")
