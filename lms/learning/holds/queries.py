"""Reading holds: rules of a day, one's own, staff's queue, files, and which enrolments wait.

Everybody sees their own; officers of the authority see all but their own, auditors too, without deciding. Staff's looks
are logged under the person, so that they stand in their list of who looked at their record.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from lms.accounts.api import Role, User, holds, require_role
from lms.learning.enrolment.models import Enrolment
from lms.learning.holds.models import (
    TIMED,
    WAITING,
    Act,
    HoldFile,
    HoldRule,
    HoldStep,
    State,
    StudyHold,
)
from lms.learning.looks import HOLD, HOLD_FILE, note_look
from lms.learning.study.models import StudySession
from lms.lib.audit.reasons import Because
from lms.lib.clock import from_epoch_ms, today
from lms.lib.errors import NotFound

READING = (Role.OFFICER, Role.AUDITOR)


def rule_on(day: date) -> HoldRule | None:
    return HoldRule.objects.filter(valid_from__lte=day).order_by("-valid_from", "-version").first()


def held(enrolments: Collection[int]) -> set[int]:
    """Those of the enrolments whose completion and hours wait for a person. One query."""
    rows = StudyHold.objects.filter(enrolment__in=enrolments, state=State.OPEN)
    return set(rows.values_list("enrolment_id", flat=True))


@dataclass(frozen=True)
class Waiting:
    """Holds that wait for a person, and how many of them are past their last day."""

    open: int
    late: int


def waiting(courses: Collection[int] | None = None) -> Waiting:
    """What waits, of all courses or of these. One query along the queue's index."""
    rows = StudyHold.objects.filter(state__in=WAITING)
    if courses is not None:
        rows = rows.filter(enrolment__course__in=courses)
    counted = rows.aggregate(open=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today())))
    return Waiting(counted["open"], counted["late"])


# --- one's own -------------------------------------------------------------------------------------------


def _full() -> QuerySet[StudyHold]:
    return StudyHold.objects.select_related("person", "enrolment__release", "enrolment__course", "rule")


def own_all(user: User) -> QuerySet[StudyHold]:
    """Newest first."""
    return _full().filter(person=user).order_by("-opened_at", "-pk")


def own(user: User, uuid: UUID) -> StudyHold:
    """One's own. Raises NotFound."""
    found = _full().filter(person=user, uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def told() -> QuerySet[StudyHold]:
    """What the pages of a course have to say: what waits, and what was decided and may still be appealed."""
    appealable = Q(due_on__gte=today()) | Q(due_on=None)
    return StudyHold.objects.filter(Q(state__in=WAITING) | Q(state=State.CONFIRMED) & appealable)


def of_course(user: User, enrolment: Enrolment) -> list[StudyHold]:
    """What of a course is to be said on its pages. Asks nothing where enrolment.queries.own has seen that it is nothing."""
    if not getattr(enrolment, "has_holds", True):
        return []
    return list(own_all(user).filter(pk__in=told(), enrolment=enrolment))


def open_of(user: User) -> list[StudyHold]:
    """The same over all courses, for the page of hours."""
    return list(own_all(user).filter(pk__in=told())[:20])


def overdue(found: StudyHold) -> bool:
    return found.due_on is not None and found.due_on < today()


def undated(found: StudyHold) -> bool:
    """Whether somebody has a last day that cannot be said yet: its year's calendar is not there."""
    return found.state in TIMED and found.due_on is None


def may_appeal(found: StudyHold) -> bool:
    return found.state == State.CONFIRMED and not overdue(found)


def may_explain(found: StudyHold) -> bool:
    return found.state in WAITING


def steps_of(found: StudyHold) -> list[HoldStep]:
    return list(found.steps.select_related("person", "word").order_by("number"))


@dataclass(frozen=True)
class Concerned:
    """A session that a hold is about, and whether it was decided that it does not count."""

    session: StudySession
    opened: datetime
    barred: bool


def sessions_of(found: StudyHold) -> list[Concerned]:
    """The sessions concerned in the order of their opening, with lesson; without the lessons' texts. One query."""
    rows = found.sessions.select_related("session__lesson").defer("session__lesson__blocks")
    return [
        Concerned(row.session, from_epoch_ms(row.session.opened_ms), row.barred)
        for row in rows.order_by("session__opened_ms", "session_id")
    ]


# --- staff -----------------------------------------------------------------------------------------------


def sees(user: Any) -> bool:
    """Whether there is a queue for them."""
    return holds(user, *READING)


def decides(user: User, found: StudyHold) -> bool:
    """Whether the case waits for this user; the service checks again."""
    if found.state not in WAITING or found.person_id == user.pk or not holds(user, Role.OFFICER):
        return False
    return not found.steps.filter(person=user, act__in=(Act.RELEASE, Act.CONFIRM)).exists()


def queue(user: User, shown: str) -> QuerySet[StudyHold]:
    """shown: "waiting" or a state. What is due first stands first."""
    found = _full().exclude(person=user)
    if not sees(user):
        return found.none()
    if shown == "waiting":
        return found.filter(state__in=WAITING).order_by(F("due_on").asc(nulls_last=True), "pk")
    return found.filter(state=shown).order_by("-opened_at", "-pk")


def waiting_count(user: User) -> int:
    """How many wait for somebody, for the menu."""
    return queue(user, "waiting").order_by().count()


def for_staff(user: User, uuid: UUID) -> StudyHold:
    """A case for an officer or auditor; the look is logged. Raises NotFound for all others, and for one's own."""
    found = _full().exclude(person=user).filter(uuid=uuid).first() if sees(user) else None
    if found is None:
        raise NotFound
    log_look(user, found, "hold.view", HOLD())
    return found


def log_look(user: User, found: StudyHold, action: str, reason: Because, **data: str) -> None:
    who = require_role(user, *READING)
    note_look(who, found.person, action=action, reason=reason, hold=str(found.uuid), **data)


def file_for(user: User, uuid: UUID) -> HoldFile:
    """A file of one's own hold, or any for officers and auditors: then the look is logged. Raises NotFound."""
    found = HoldFile.objects.filter(uuid=uuid).select_related("hold__person").first()
    if found is None:
        raise NotFound
    if found.hold.person_id != user.pk:
        if not sees(user):
            raise NotFound
        log_look(user, found.hold, "evidence.view", HOLD_FILE(), file=str(found.uuid))
    return found
