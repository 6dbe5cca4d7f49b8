"""Reading what cmi5's rows say: of a lesson's blocks, of a registration, of the registrations staff may see."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import get_language

from courses.activities.api import ContentPackage, own_origin
from courses.api import ReleaseLesson
from lms.accounts.api import Machine, Organisation, Role, User, holds, organisations_for
from lms.learning.cmi5.models import Cmi5Registration, Cmi5Session, Cmi5Unit
from lms.learning.cmi5.rules import is_met, mode_for
from lms.learning.cmi5.services import course_by, course_in
from lms.learning.cmi5.structure import Au, text_in
from lms.learning.enrolment.models import Enrolment
from lms.lib.errors import NotFound
from lms.records.api import refusals_of

ROLES = (Role.EDITOR, Role.ADMIN, Role.TEACHER)
WAIVES = (Role.EDITOR, Role.ADMIN)


@dataclass(frozen=True)
class UnitState:
    """An AU with what it has come to. score: percent, None where none was told; mode: of the next launch."""

    key: str
    title: str
    description: str
    publisher_id: str
    move_on: str
    launch_method: str
    mastery_percent: int | None
    satisfied: bool
    completed_at: datetime | None
    passed_at: datetime | None
    failed_at: datetime | None
    waived_at: datetime | None
    waived_reason: str
    waived_note: str
    score: int | None
    progress: int | None
    sessions: int
    mode: str

    @property
    def own_window(self) -> bool:
        return self.launch_method == "OwnWindow"


def _state(au: Au, unit: Cmi5Unit | None, sessions: int) -> UnitState:
    unit = unit or Cmi5Unit()
    standing = unit.plain()
    language = get_language() or ""
    mastery = au.mastery_score
    return UnitState(
        key=au.key,
        title=text_in(au.title, language),
        description=text_in(au.description, language),
        publisher_id=au.publisher_id,
        move_on=au.move_on,
        launch_method="OwnWindow" if "://" in au.url else au.launch_method,
        mastery_percent=None if mastery is None else int(mastery * 100),
        satisfied=is_met(au.move_on, standing),
        completed_at=unit.completed_at,
        passed_at=unit.passed_at,
        failed_at=unit.failed_at,
        waived_at=unit.waived_at,
        waived_reason=unit.waived_reason,
        waived_note=unit.waived_note,
        # Rounded down, as every number here.
        score=None if unit.scaled is None else int(unit.scaled * 100),
        progress=unit.progress,
        sessions=sessions,
        mode=mode_for(au, standing),
    )


def in_lesson(enrolment: Enrolment, lesson: ReleaseLesson) -> dict[str, dict[str, Any]]:
    """Block id → what the lesson's page says of its AU; one query however many there are, none where there are none."""
    shown = [
        item
        for item in lesson.blocks
        if item["type"] == "package" and item["value"]["kind"] == ContentPackage.Kind.CMI5
    ]
    if not shown:
        return {}
    names = {UUID(item["value"]["package"]) for item in shown}
    rows = Cmi5Unit.objects.filter(registration__enrolment=enrolment, registration__package__uuid__in=names)
    counted = rows.annotate(launches=Count("sessions")).select_related("registration__package")
    units = {(row.registration.package.uuid, row.key): row for row in counted}
    found: dict[str, dict[str, Any]] = {}
    for item in shown:
        name, key = UUID(item["value"]["package"]), item["value"]["part"]
        au = _au(name, key)
        if au is None:
            continue
        unit = units.get((name, key))
        state = _state(au, unit, getattr(unit, "launches", 0))
        found[item["id"]] = {
            "state": state,
            "playable": own_origin() or "://" in au.url,
            "launch_url": reverse("learning:cmi5_launch", args=[enrolment.uuid, lesson.uuid, item["id"]]),
        }
    return found


def _au(package: UUID, key: str) -> Au | None:
    """None where the package was removed."""
    try:
        return course_by(package).by_key.get(key)
    except NotFound:
        return None


def unit_states(registration: Cmi5Registration) -> list[UnitState]:
    """All AUs of a registration's course, in its order; one query."""
    rows = registration.units.annotate(launches=Count("sessions"))
    units = {row.key: row for row in rows}
    return [
        _state(au, units.get(au.key), getattr(units.get(au.key), "launches", 0))
        for au in course_in(registration).aus
    ]


def satisfied_in(registration: Cmi5Registration) -> dict[str, datetime]:
    return dict(registration.satisfied.values_list("key", "at"))


def sessions_of(registration: Cmi5Registration) -> QuerySet[Cmi5Session]:
    return registration.sessions.select_related("unit", "credential").order_by("-launched_at", "-pk")


def refused_lately(sessions: Sequence[Cmi5Session]) -> list[tuple[Cmi5Session, dict[str, Any]]]:
    """What launches were refused within the last hour, newest first, each with its launch: `at`, `message`, `where` and
    more (the record store's note).
    """
    by_key = {row.credential.key: row for row in sessions if row.credential is not None}
    found = [(by_key[key], told) for key, some in refusals_of(list(by_key)).items() for told in some]
    return sorted(found, key=lambda pair: pair[1]["at"], reverse=True)


# --- staff and machines -------------------------------------------------------------------------------------


def looks(user: Any) -> bool:
    return holds(user, *ROLES)


def for_staff(user: User) -> QuerySet[Cmi5Registration]:
    """Registrations of the courses of bodies where the user works, newest first; trials of their packages, too."""
    bodies = organisations_for(user, *ROLES)
    rows = Cmi5Registration.objects.filter(
        Q(enrolment__release__provider__in=bodies) | Q(enrolment=None, package__organisation__in=bodies)
    )
    return rows.select_related(
        "package__organisation", "enrolment__person__identity", "enrolment__release__provider", "machine"
    ).order_by("-pk")


def one_for_staff(user: User, uuid: UUID) -> Cmi5Registration:
    """Raises NotFound."""
    found = for_staff(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def body_of(registration: Cmi5Registration) -> Organisation | None:
    """Whose course it is."""
    if registration.enrolment is not None:
        return registration.enrolment.release.provider
    return registration.package.organisation


def may_waive(user: User, registration: Cmi5Registration) -> bool:
    body = body_of(registration)
    return body is not None and holds(user, *WAIVES, organisation=body)


def trial_of(machine: Machine, uuid: UUID) -> Cmi5Registration:
    """A machine's own trial. Raises NotFound."""
    rows = Cmi5Registration.objects.filter(machine=machine, uuid=uuid)
    found = rows.select_related("package", "machine", "enrolment").first()
    if found is None:
        raise NotFound
    return found


def session_counts(rows: list[Cmi5Registration]) -> dict[int, dict[str, int]]:
    """Registration → how many launches, and how many of them were broken off; one query."""
    found: dict[int, dict[str, int]] = defaultdict(lambda: {"all": 0, "abandoned": 0})
    counted = Cmi5Session.objects.filter(registration__in=rows).values("registration_id")
    abandoned = Count("pk", filter=Q(end=Cmi5Session.End.ABANDONED))
    for row in counted.annotate(n=Count("pk"), broken=abandoned).order_by():
        found[row["registration_id"]] = {"all": row["n"], "abandoned": row["broken"]}
    return found
