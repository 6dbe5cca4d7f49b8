"""What classes announce in the transaction in which it happens: notices to people, and attendance to be reckoned anew.

Owns: kinds, keys and payloads of these events; a key is what makes a notice come once. Refuses: words (notices.py) and
hours (hours.py).
"""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from lms.learning.classes.models import ClassMeeting, ClassPlace, ClassRun, PlaceState, RunState
from lms.lib.ids import uuid7
from lms.lib.outbox.services import emit, emit_many

NOTICE = "class.notice"
OPENED = "class.opened"
SETTLED = "class.attendance_settled"


def settled(run: ClassRun, places: Iterable[ClassPlace] | None = None) -> None:
    """Have the hours of these places (all of the run) reckoned anew, once this transaction is through.

    By an event: reckoning takes the lock of the person's study time, for which nothing that holds a place may wait.
    """
    if run.state != RunState.ENDED:
        return
    rows = run.places.all() if places is None else places
    # Each change asks for itself: reckoning once too often changes nothing.
    emit_many((SETTLED, f"{SETTLED}:{row.uuid}:{uuid7()}", {"place": str(row.uuid)}) for row in rows)


def opened(run: ClassRun) -> None:
    """Enrolment is open, for the first time: those who study the course are told (notices.tell_the_course)."""
    emit(OPENED, {"class": str(run.uuid)}, key=f"{OPENED}:{run.uuid}")


def tell(what: str, run: ClassRun, ref: str, people: Collection[UUID], **more: Any) -> None:
    """One notice to each of the people: the same `what` about the same `ref` comes to nobody twice."""
    emit_many(
        (
            NOTICE,
            f"{NOTICE}:{what}:{ref}:{person}",
            {"what": what, "person": str(person), "class": str(run.uuid), **more},
        )
        for person in people
    )


def tell_class(what: str, run: ClassRun, ref: str, *, waiting: bool = True, **more: Any) -> None:
    """The same to everybody in the class, and to those who wait where it concerns them."""
    states = [PlaceState.SEATED, *([PlaceState.WAITING] if waiting else [])]
    rows = ClassPlace.objects.filter(run=run, state__in=states)
    tell(what, run, ref, list(rows.values_list("person__uuid", flat=True)), **more)


def tell_meeting(what: str, meeting: ClassMeeting, run: ClassRun, *, waiting: bool = True) -> None:
    """About one meeting, to the class; not while the run is still being planned."""
    if run.state != RunState.PLANNED:
        tell_class(what, run, str(meeting.uuid), waiting=waiting, meeting=str(meeting.uuid))


def tell_place(what: str, place: ClassPlace, run: ClassRun, **more: Any) -> None:
    """About one place as it is taken now (its number is another one each time somebody comes)."""
    tell(what, run, f"{place.uuid}.{place.number}", [place.person.uuid], **more)
