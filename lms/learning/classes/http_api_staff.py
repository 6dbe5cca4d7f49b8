"""/api/v1/learning/classes/staff: class runs for their organisers, with the same services behind them as the pages.

Who may do what is the services' and queries' word; what is not one's own is not there.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from lms.learning.classes import attendance, due, imports, queries, services, walk_ins
from lms.learning.classes.http_api import attendance_of, counted_of, meeting_of, run_of, user_of
from lms.lib.errors import Invalid, NotAllowed
from lms.lib.pages import PER_PAGE, paginate

router = Router()


class RunIn(Schema):
    course: UUID
    title: str
    place: str
    starts_on: date
    ends_on: date
    enrol_until: date
    capacity: int
    required_meetings: int | None = None
    assessor_body: UUID | None = None
    about: str = ""


class MeetingIn(Schema):
    title: str
    teacher: str
    starts_at: datetime
    ends_at: datetime
    place: str = ""
    link: str = ""
    link_minutes: int = 15


class ActIn(Schema):
    act: str = Field(pattern="^(open|close|start|end|cancel)$")
    reason: str = ""


class CallIn(Schema):
    places: list[UUID] = Field(max_length=500)
    act: str = Field(pattern="^(in|out)$")
    at: datetime
    reason: str


class CorrectIn(Schema):
    """Neither time: was not there."""

    since: datetime | None = None
    until: datetime | None = None
    reason: str


class ZoneIn(Schema):
    zone: str = Field("Asia/Shanghai", pattern="^(Asia/Shanghai|UTC)$")


class ImportIn(Schema):
    """plan: as the preview gave it; choices: number of a stranger → a place's uuid, or "out"."""

    plan: str
    choices: dict[int, str] = {}
    reason: str = ""


class DecideIn(Schema):
    confirm: bool
    reason: str = ""


class DueItemOut(Schema):
    """kind: filing, attendance, correction, walk_in, ending or hours. since: due from that day on; meeting: of which one;
    address: the page where it is done."""

    kind: str
    text: str
    since: date
    meeting: UUID | None
    address: str


class DueOut(Schema):
    run: UUID
    title: str
    course: str
    provider: str
    starts_on: date
    ends_on: date
    items: list[DueItemOut]


class DueListOut(Schema):
    """total: runs with something due, on all pages."""

    total: int
    page: int
    per_page: int
    runs: list[DueOut]


def _aware(*moments: datetime | None) -> None:
    """A moment without an offset is nobody's."""
    if any(moment is not None and moment.tzinfo is None for moment in moments):
        raise Invalid(_("时间要写明时区，例如 2026-03-10T09:00:00+08:00。"), code="offset_missing")


@router.get("/runs", summary="Organiser: the runs of my organisations, the latest first, paged")
def staff_runs(request: HttpRequest, page: int = Query(1, ge=1)) -> list[dict[str, Any]]:
    return [counted_of(run) for run in paginate(request, queries.runs_for(user_of(request)))]


@router.get(
    "/due", response=DueListOut, summary="Organiser, authority's officer: what is due of classes, run by run"
)
def due_list(
    request: HttpRequest,
    kind: str = Query("", pattern=f"^({'|'.join(due.KINDS)})?$"),
    page: int = Query(1, ge=1),
) -> DueListOut:
    """The run that began first first; kind: only the runs with something of that kind due."""
    user = user_of(request)
    if not due.sees(user):
        raise NotAllowed
    shown = paginate(request, due.runs_due(user, kind), PER_PAGE)
    return DueListOut(
        total=shown.paginator.count,
        page=shown.number,
        per_page=PER_PAGE,
        runs=[_due(one) for one in due.told(user, list(shown))],
    )


def _due(one: due.Due) -> DueOut:
    run = one.run
    return DueOut(
        run=run.uuid,
        title=run.title,
        course=run.course.title,
        provider=run.provider.name,
        starts_on=run.starts_on,
        ends_on=run.ends_on,
        items=[
            DueItemOut(
                kind=item.kind, text=item.text, since=item.since, meeting=item.meeting, address=item.url
            )
            for item in one.items
        ],
    )


@router.post("/runs", response={201: dict[str, Any]}, summary="Organiser: plan a run")
def plan(request: HttpRequest, said: RunIn) -> Status[dict[str, Any]]:
    return Status(201, run_of(services.plan(user_of(request), services.NewRun(**said.dict()))))


@router.post("/runs/{uuid}/act", summary="Organiser: open, close, start, end or cancel a run")
def act(request: HttpRequest, uuid: UUID, said: ActIn) -> dict[str, Any]:
    user = user_of(request)
    return run_of(services.move(user, queries.run_for_staff(user, uuid), said.act, reason=said.reason))


@router.post("/runs/{uuid}/meetings", response={201: dict[str, Any]}, summary="Organiser: add a meeting")
def add_meeting(request: HttpRequest, uuid: UUID, said: MeetingIn) -> Status[dict[str, Any]]:
    user = user_of(request)
    _aware(said.starts_at, said.ends_at)
    new = services.NewMeeting(**said.dict())
    made = services.add_meeting(user, queries.run_for_staff(user, uuid), new)
    return Status(201, meeting_of(made, made.link))


@router.get("/runs/{uuid}", summary="Organiser: a run with its meetings, people and where each stands")
def staff_run(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    run = queries.run_for_staff(user_of(request), uuid)
    seated = queries.seated(run)
    states = queries.practices(seated)
    return counted_of(run) | {
        "meetings": [meeting_of(item, item.link) for item in run.meetings.select_related("run")],
        "people": [
            {
                "place": place.uuid,
                "seat": place.seat,
                "name": str(place.person),
                "attended": states[place.pk].attended,
                "required": states[place.pk].required,
                "practice_passed": states[place.pk].passed,
            }
            for place in seated
        ],
        "walk_ins": [
            {
                "uuid": item.uuid,
                "place": item.place.uuid,
                "name": str(item.place.person),
                "meeting": item.meeting.uuid,
                "at": item.at,
            }
            for item in queries.walk_ins_waiting(run)
        ],
    }


@router.post(
    "/walk-ins/{uuid}", summary="Organiser: keep somebody who came to the door, or refuse with a reason"
)
def decide(request: HttpRequest, uuid: UUID, said: DecideIn) -> dict[str, Any]:
    found = walk_ins.decide(user_of(request), uuid, confirm=said.confirm, reason=said.reason)
    return {"uuid": found.uuid, "confirmed": found.confirmed, "reason": found.reason}


@router.get("/meetings/{uuid}", summary="Organiser: the roster of a meeting with everybody's attendance")
def roster(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    meeting = queries.meeting_for_staff(user_of(request), uuid)
    return meeting_of(meeting, meeting.link) | {
        "people": [
            {"place": row["place"].uuid, "seat": row["place"].seat, "name": str(row["place"].person)}
            | attendance_of(row["attendance"])
            for row in queries.roll(meeting)
        ]
    }


@router.post("/meetings/{uuid}/call", summary="Organiser: sign learners in or out by the roster; all or none")
def call(request: HttpRequest, uuid: UUID, said: CallIn) -> dict[str, Any]:
    user = user_of(request)
    _aware(said.at)
    meeting = queries.meeting_for_staff(user, uuid)
    return {"changed": attendance.call(user, meeting, said.places, said.act, at=said.at, reason=said.reason)}


@router.post(
    "/meetings/{uuid}/places/{place}/correct",
    summary="Organiser: put one learner's attendance right; what was recorded stays on record",
)
def correct(request: HttpRequest, uuid: UUID, place: UUID, said: CorrectIn) -> dict[str, Any]:
    user = user_of(request)
    _aware(said.since, said.until)
    meeting = queries.meeting_for_staff(user, uuid)
    added = attendance.correct(user, meeting, place, since=said.since, until=said.until, reason=said.reason)
    return {"added": added}


@router.post(
    "/meetings/{uuid}/import/plan",
    summary="Organiser: match a meeting tool's list (multipart) with the class; writes nothing",
)
def plan_import(
    request: HttpRequest,
    uuid: UUID,
    said: Form[ZoneIn],
    file: UploadedFile = File(...),  # noqa: B008
) -> dict[str, Any]:
    user = user_of(request)
    meeting = queries.meeting_for_staff(user, uuid)
    found = imports.preview(meeting, file.read(imports.MAX_BYTES + 1), ZoneInfo(said.zone))
    return {
        "sha256": found.sha256,
        "taken_at": found.taken.at if found.taken else None,
        "lines": [
            {
                "number": line.number,
                "who": line.who,
                "place": line.place.uuid if line.place else None,
                "matched_by": line.how,
                "since": line.since,
                "until": line.until,
                "problem": line.problem,
                "note": line.note,
            }
            for line in found.lines
        ],
        "people": [
            {
                "place": place.uuid,
                "stretches": [{"since": item.since, "until": item.until} for item in stretches],
            }
            for place, stretches in found.people
        ],
        "strangers": [
            {"number": number, "who": item.who, "problem": item.problem}
            for number, item in enumerate(found.strangers)
        ],
        "plan": imports.kept(user, meeting, found) if found.good else None,
    }


@router.post(
    "/meetings/{uuid}/import", summary="Organiser: take the planned list over; all or nothing, and once"
)
def take_import(request: HttpRequest, uuid: UUID, said: ImportIn) -> dict[str, Any]:
    user = user_of(request)
    meeting = queries.meeting_for_staff(user, uuid)
    found = imports.resolved(imports.confirmed(user, meeting, said.plan), said.choices, said.reason)
    return {"changed": attendance.take_list(user, meeting, found, reason=said.reason)}
