"""Reading classes: what is offered, who has a place, what was attended, where practice stands.

Each list in a fixed number of queries. Looks of staff at one person's record are logged under that person.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from courses.api import CoursePage
from lms.accounts.api import Organisation, Role, User, holds, organisations_for, require_role
from lms.learning.classes import rules
from lms.learning.classes.models import (
    AttendanceEvent,
    ClassFiling,
    ClassMeeting,
    ClassPlace,
    ClassRun,
    PlaceState,
    PracticeChecklist,
    PracticePhoto,
    PracticeResult,
    RunState,
    WalkIn,
)
from lms.learning.enrolment.models import Enrolment
from lms.learning.looks import PRACTICE, PRACTICE_PHOTO, note_look
from lms.lib.audit.reasons import Reason
from lms.lib.clock import now, today
from lms.lib.errors import NotFound

# Who runs a class, who calls the roll, who signs practice off.
MANAGERS = (Role.EDITOR, Role.TEACHER, Role.ADMIN)
CALLERS = (Role.TEACHER, Role.ADMIN)
ASSESSORS = (Role.ASSESSOR, Role.TEACHER)
SEATED_NOW = Count("places", filter=Q(places__state=PlaceState.SEATED))
WAITING_NOW = Count("places", filter=Q(places__state=PlaceState.WAITING))
OFFERED = (RunState.OPEN, RunState.CLOSED, RunState.RUNNING)
LISTED = 20


# --- what is offered -------------------------------------------------------------------------------------


def _runs() -> QuerySet[ClassRun]:
    rows = ClassRun.objects.select_related("course", "provider", "assessor_body")
    return rows.annotate(seated=SEATED_NOW, waiting=WAITING_NOW)


def offered(course: CoursePage) -> QuerySet[ClassRun]:
    """A course's runs that a learner may still care about, the earliest first."""
    return _runs().filter(course=course, state__in=OFFERED).order_by("starts_on", "id")


def open_runs(course: CoursePage | None) -> QuerySet[ClassRun]:
    """Runs one can join today, of a course or of all live ones, the earliest first."""
    rows = _runs().filter(state=RunState.OPEN, enrol_until__gte=today(), course__live=True)
    return (rows.filter(course=course) if course else rows).order_by("starts_on", "id")


def own_place(user: User, run: UUID) -> ClassPlace:
    """The person's place in a run, not given up. Raises NotFound."""
    rows = ClassPlace.objects.filter(person=user, run__uuid=run).exclude(state=PlaceState.LEFT)
    found = rows.select_related("run__course", "run__provider", "person").first()
    if found is None:
        raise NotFound
    return found


def run_for_learner(user: User, uuid: UUID) -> ClassRun:
    """A run that is offered, or in which the person had a place. Raises NotFound."""
    own = Q(pk__in=ClassPlace.objects.filter(person=user).values("run_id"))
    found = _runs().filter(Q(state__in=OFFERED) | own, uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def open_for_enrolment(run: ClassRun) -> bool:
    return run.state == RunState.OPEN and run.enrol_until >= today()


def place_of(user: User, run: ClassRun) -> ClassPlace | None:
    return ClassPlace.objects.filter(run=run, person=user).first()


def places_of(user: User) -> QuerySet[ClassPlace]:
    """The person's places, the latest run first."""
    mine = ClassPlace.objects.filter(person=user).exclude(state=PlaceState.LEFT)
    return mine.select_related("run__course", "run__provider").order_by("-run__starts_on", "-id")


def waiting_position(place: ClassPlace) -> int:
    """1 for whoever is next; 0 for whoever does not wait."""
    if place.state != PlaceState.WAITING:
        return 0
    ahead = ClassPlace.objects.filter(run=place.run_id, state=PlaceState.WAITING, number__lte=place.number)
    return ahead.count()


def course_panel(course: CoursePage) -> list[dict[str, Any]]:
    """The course page's few lines about its classes: one query."""
    rows = ClassRun.objects.filter(course=course, state__in=OFFERED).order_by("starts_on", "id")
    return [
        {"uuid": row.uuid, "title": row.title, "place": row.place, "starts_on": row.starts_on}
        for row in rows[:3]
    ]


# --- attendance ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attendance:
    """A place at a meeting: what was recorded, and what follows from it."""

    meeting: ClassMeeting
    events: list[AttendanceEvent]
    stretches: list[rules.Stretch]
    minutes: int
    # Of an outside meeting, while the person may see it.
    link: str = ""

    @property
    def attended(self) -> bool:
        return self.minutes > 0

    @property
    def notes(self) -> list[str]:
        """Who recorded something for the learner, how and why: what was written together is said once."""
        acts = (
            (event.get_way_display(), str(event.by), _(event.reason)) for event in self.events if event.reason
        )
        return [" · ".join(act) for act in dict.fromkeys(acts)]

    @property
    def inside(self) -> bool:
        return bool(self.stretches) and self.stretches[-1].until is None


def attendance(meeting: ClassMeeting, events: Sequence[AttendanceEvent]) -> Attendance:
    found = rules.stretches(rules.Seen(event.act, event.at) for event in events)
    counted = rules.minutes(found, meeting.starts_at, meeting.ends_at)
    return Attendance(meeting, list(events), found, counted)


def held(run: ClassRun) -> list[ClassMeeting]:
    """The run's meetings that were not called off, in order."""
    rows = ClassMeeting.objects.filter(run=run, cancel_reason="").select_related("run")
    return list(rows.order_by("starts_at", "id"))


def attendance_of(place: ClassPlace) -> list[Attendance]:
    """Meeting by meeting, for one place: two queries."""
    by_meeting: dict[int, list[AttendanceEvent]] = defaultdict(list)
    for event in place.attendance.select_related("by").order_by("number"):
        by_meeting[event.meeting_id].append(event)
    return [attendance(meeting, by_meeting[meeting.pk]) for meeting in held(place.run)]


def roll(meeting: ClassMeeting) -> list[dict[str, Any]]:
    """The roster of a meeting with each one's attendance: two queries, at most MOST_SEATS rows."""
    places = ClassPlace.objects.filter(run=meeting.run_id, state=PlaceState.SEATED)
    events = AttendanceEvent.objects.filter(meeting=meeting).select_related("by").order_by("number")
    rows = places.select_related("person").prefetch_related(
        Prefetch("attendance", queryset=events, to_attr="here")
    )
    return [
        {"place": place, "attendance": attendance(meeting, place.here)}  # type: ignore[attr-defined]
        for place in rows.order_by("seat")
    ]


def seated(run: ClassRun) -> list[ClassPlace]:
    """Who has a seat, in the order of the seats."""
    rows = ClassPlace.objects.filter(run=run, state=PlaceState.SEATED).select_related("person", "run")
    return list(rows.order_by("seat"))


def link_of(place: ClassPlace | None, meeting: ClassMeeting) -> str:
    """The address of an outside meeting, for somebody with a seat and in its time; "" for everybody else and otherwise."""
    if place is None or place.state != PlaceState.SEATED or meeting.cancel_reason:
        return ""
    if meeting.run.state not in OFFERED:
        return ""
    shown = rules.link_open(now(), meeting.starts_at, meeting.ends_at, meeting.link_minutes)
    return meeting.link if shown else ""


# --- practice --------------------------------------------------------------------------------------------


def practices(places: Sequence[ClassPlace]) -> dict[int, rules.Practice]:
    """Where each place of one or several runs stands: three queries, however many there are."""
    runs = {place.run_id: place.run for place in places}
    meetings: dict[int, list[ClassMeeting]] = defaultdict(list)
    for meeting in ClassMeeting.objects.filter(run__in=runs, cancel_reason="").order_by("starts_at"):
        meetings[meeting.run_id].append(meeting)
    events: dict[tuple[int, int], list[AttendanceEvent]] = defaultdict(list)
    for event in AttendanceEvent.objects.filter(place__in=places).order_by("number"):
        events[event.place_id, event.meeting_id].append(event)
    last = dict(
        PracticeResult.objects.filter(place__in=places).order_by("number").values_list("place", "passed")
    )
    found = {}
    for place in places:
        there = meetings[place.run_id]
        present = sum(attendance(meeting, events[place.pk, meeting.pk]).attended for meeting in there)
        asked = rules.required(len(there), runs[place.run_id].required_meetings)
        found[place.pk] = rules.Practice(last.get(place.pk), present, asked)
    return found


def practice_of(place: ClassPlace) -> rules.Practice:
    return practices([place])[place.pk]


def fulfilled(enrolment: Enrolment) -> PracticeResult | None:
    """The passed sheet that fulfils the practice of a course, in any of its runs; None while there is none.

    Only for completion: asked where the release says that practice belongs to the course.
    """
    rows = ClassPlace.objects.filter(enrolment=enrolment, results__passed=True).distinct()
    places = list(rows.select_related("run").order_by("id"))
    states = practices(places) if places else {}
    for place in places:
        if states[place.pk].fulfilled:
            return PracticeResult.objects.select_related("body", "checklist").filter(place=place).last()
    return None


def checklist_of(course: CoursePage) -> PracticeChecklist | None:
    """The version in force: the newest."""
    return PracticeChecklist.objects.filter(course=course).order_by("-version").first()


def results_of(place: ClassPlace) -> list[PracticeResult]:
    """Every sheet of a place, newest first, with its photos."""
    rows = place.results.select_related("assessor", "body", "checklist").prefetch_related("photos")
    return list(rows.order_by("-number"))


def filing_of(run: ClassRun) -> ClassFiling | None:
    """The filing the run stands in; None where it stands in none (372号 四(三): such a class issues no hours)."""
    last = run.filings.select_related("authority").order_by("-number").first()
    return last if last is not None and last.filed else None


# --- staff -----------------------------------------------------------------------------------------------


def _in_charge(user: User) -> Q:
    return Q(provider__in=organisations_for(user, *MANAGERS, Role.ASSESSOR)) | Q(
        assessor_body__in=organisations_for(user, *ASSESSORS)
    )


def runs_for(user: User) -> QuerySet[ClassRun]:
    """The runs of the user's organisations, and those whose practice they may sign off."""
    return _runs().filter(_in_charge(user)).order_by("-starts_on", "-id")


def run_for_staff(user: User, uuid: UUID) -> ClassRun:
    found = _runs().filter(_in_charge(user), uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def meeting_for_staff(user: User, uuid: UUID) -> ClassMeeting:
    """A meeting of a run at whose provider the user calls the roll. Raises NotFound."""
    runs = ClassRun.objects.filter(provider__in=organisations_for(user, *CALLERS))
    found = ClassMeeting.objects.filter(uuid=uuid, run__in=runs).select_related("run__provider").first()
    if found is None:
        raise NotFound
    return found


def walk_ins_waiting(run: ClassRun) -> list[WalkIn]:
    """Who came to the door of the run and has not been judged yet, the first first."""
    rows = WalkIn.objects.filter(place__run=run, confirmed=None)
    return list(rows.select_related("place__person", "meeting").order_by("id"))


def walk_in_for_staff(user: User, uuid: UUID) -> WalkIn:
    """One of a run at whose provider the user calls the roll. Raises NotFound."""
    runs = ClassRun.objects.filter(provider__in=organisations_for(user, *CALLERS))
    found = WalkIn.objects.select_related("meeting", "place").filter(uuid=uuid, place__run__in=runs).first()
    if found is None:
        raise NotFound
    return found


def place_for_staff(user: User, uuid: UUID) -> ClassPlace:
    """A learner's place with their sheets, for whoever is in charge of the run; the look is logged."""
    runs = ClassRun.objects.filter(_in_charge(user))
    rows = ClassPlace.objects.filter(uuid=uuid, run__in=runs)
    found = rows.select_related("run__provider", "run__assessor_body", "run__course", "person").first()
    if found is None:
        raise NotFound
    log_look(user, found, "class_practice.view", PRACTICE)
    return found


def body_of(user: User, run: ClassRun) -> Organisation:
    """For which of the run's two bodies the user looks at it."""
    if run.assessor_body is not None and not holds(user, *MANAGERS, Role.ASSESSOR, organisation=run.provider):
        return run.assessor_body
    return run.provider


def log_look(user: User, place: ClassPlace, action: str, reason: Reason, **data: str) -> None:
    """Under the person, in the role that lets the user look."""
    if place.person_id != user.pk:
        note_look(
            require_role(user, *MANAGERS, Role.ASSESSOR, organisation=body_of(user, place.run)),
            place.person,
            action=action,
            reason=reason(run=str(place.run)),
            run=str(place.run.uuid),
            **data,
        )


def photo_for(user: User, uuid: UUID) -> PracticePhoto:
    """A photo of one's own practice, or of a run one is in charge of: then the look is logged. Raises NotFound."""
    in_charge = Q(result__place__run__in=ClassRun.objects.filter(_in_charge(user)))
    found = (
        PracticePhoto.objects.filter(Q(result__place__person=user) | in_charge, uuid=uuid)
        .select_related("result__place__person", "result__place__run__provider")
        .first()
    )
    if found is None:
        raise NotFound
    log_look(user, found.result.place, "class_photo.view", PRACTICE_PHOTO, photo=str(found.uuid))
    return found


def is_staff_here(user: Any) -> bool:
    """Whether there can be classes for them to look after."""
    return holds(user, *MANAGERS, Role.ASSESSOR)


def courses_for(user: User) -> QuerySet[CoursePage]:
    """The courses a user may plan classes of: live ones of their organisations."""
    rows = CoursePage.objects.live().filter(provider__in=organisations_for(user, *MANAGERS))
    return rows.select_related("provider").order_by("title")


def assessor_bodies() -> QuerySet[Organisation]:
    kind, status = Organisation.Kind.ASSESSOR, Organisation.Status.ACTIVE
    return Organisation.objects.filter(kind=kind, status=status).order_by("name")
