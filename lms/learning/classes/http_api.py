"""/api/v1/learning/classes: class runs for learners, with the same services behind them as the pages; those for organisers
are in http_api_staff.py. Moments carry their offset; the addresses of outside meetings are given to those in the class, in their time.
"""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from courses.api import course_by_uuid
from lms.accounts.api import User
from lms.learning.classes import hours_queries, queries, services, walk_ins
from lms.learning.classes.models import ClassMeeting, ClassPlace, ClassRun, PlaceState
from lms.lib.pages import paginate

router = Router()


class ScanIn(Schema):
    """What the QR code's address ends with."""

    meeting: UUID
    act: str = Field(pattern="^(in|out)$")
    code: str = Field(max_length=64)


class TicketIn(Schema):
    meeting: UUID
    act: str = Field(pattern="^(in|out)$")
    ticket: str = Field(max_length=400)


def user_of(request: HttpRequest) -> User:
    user = request.user
    # The API's authentication lets nobody else through.
    assert isinstance(user, User)
    return user


# --- what is shown ---------------------------------------------------------------------------------------


def run_of(run: ClassRun) -> dict[str, Any]:
    return {
        "uuid": run.uuid,
        "course": {"uuid": run.course.uuid, "title": run.course.title},
        "provider": run.provider.name,
        "title": run.title,
        "place": run.place,
        "about": run.about,
        "starts_on": run.starts_on,
        "ends_on": run.ends_on,
        "enrol_until": run.enrol_until,
        "capacity": run.capacity,
        "state": run.state,
        "cancel_reason": run.cancel_reason,
        "open_for_enrolment": queries.open_for_enrolment(run),
    }


def counted_of(run: ClassRun) -> dict[str, Any]:
    """A run that was read with its counts."""
    return run_of(run) | {"seated": run.seated, "waiting": run.waiting}  # type: ignore[attr-defined]


def meeting_of(meeting: ClassMeeting, link: str = "") -> dict[str, Any]:
    return {
        "uuid": meeting.uuid,
        "title": meeting.title,
        "teacher": meeting.teacher,
        "starts_at": meeting.starts_at,
        "ends_at": meeting.ends_at,
        "place": meeting.where,
        "online": bool(meeting.link),
        "link": link or None,
        "link_minutes": meeting.link_minutes,
        "cancel_reason": meeting.cancel_reason,
    }


def place_of(place: ClassPlace) -> dict[str, Any]:
    return {
        "uuid": place.uuid,
        "class": place.run.uuid,
        "state": place.state,
        "seat": place.seat,
        "waiting_position": queries.waiting_position(place),
        "joined_at": place.joined_at,
    }


def attendance_of(found: queries.Attendance) -> dict[str, Any]:
    return {
        "meeting": found.meeting.uuid,
        "stretches": [{"since": item.since, "until": item.until} for item in found.stretches],
        "minutes": found.minutes,
        "attended": found.attended,
        "records": [
            {
                "act": event.act,
                "way": event.way,
                "at": event.at,
                "recorded_at": event.recorded_at,
                "by": str(event.by) if event.reason else "",
                "reason": _(event.reason) if event.reason else "",
            }
            for event in found.events
        ],
    }


def _own(user: User, run: ClassRun) -> dict[str, Any]:
    place = queries.place_of(user, run)
    here = place if place is not None and place.state != PlaceState.LEFT else None
    return counted_of(run) | {
        "mine": place_of(here) if here is not None else None,
        "meetings": [meeting_of(item, queries.link_of(here, item)) for item in queries.held(run)],
    }


# --- learners --------------------------------------------------------------------------------------------


@router.get("", summary="Class runs open for enrolment, the earliest first, paged; of one course or of all")
def offered(
    request: HttpRequest, course: UUID | None = None, page: int = Query(1, ge=1)
) -> list[dict[str, Any]]:
    rows = queries.open_runs(course_by_uuid(course) if course else None)
    return [counted_of(run) for run in paginate(request, rows)]


@router.get("/mine", summary="The class runs I have a place in, the latest first, paged")
def mine(request: HttpRequest, page: int = Query(1, ge=1)) -> list[dict[str, Any]]:
    rows = paginate(request, queries.places_of(user_of(request)))
    return [run_of(place.run) | {"mine": {"uuid": place.uuid, "state": place.state}} for place in rows]


@router.post("/scan", summary="A scanned code: a ticket to sign in or out with; writes nothing")
def scan(request: HttpRequest, said: ScanIn) -> dict[str, Any]:
    found = walk_ins.scan(user_of(request), said.meeting, said.act, said.code)
    return {
        "meeting": meeting_of(found.meeting),
        "class": found.meeting.run.uuid,
        "ticket": found.ticket,
        "walk_in": found.place is None,
    }


@router.post(
    "/sign", summary="Sign in or out with the ticket; without a place, as a walk-in while there are seats"
)
def sign(request: HttpRequest, said: TicketIn) -> dict[str, Any]:
    row = walk_ins.sign(user_of(request), said.meeting, said.act, said.ticket)
    waits = row.place.walk_ins.filter(confirmed=None).exists()
    return {"act": row.act, "at": row.at, "place": row.place.uuid, "unconfirmed": waits}


@router.get("/{uuid}", summary="One class run with its meetings and my place")
def one(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    user = user_of(request)
    return _own(user, queries.run_for_learner(user, uuid))


@router.post(
    "/{uuid}/join", summary="Take a seat, or the end of the waiting list; there already, the same place"
)
def join(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    user = user_of(request)
    return place_of(services.join(user, queries.run_for_learner(user, uuid)))


@router.post("/{uuid}/leave", summary="Give one's place up before the class begins")
def leave(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    user = user_of(request)
    return place_of(services.leave(user, queries.run_for_learner(user, uuid)))


@router.get(
    "/{uuid}/attendance",
    summary="My attendance, meeting by meeting, and the hours of it with their explanation",
)
def own_attendance(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    user = user_of(request)
    place = queries.own_place(user, uuid)
    given = hours_queries.of_place(place)
    practice = queries.practice_of(place)
    return {
        "meetings": [attendance_of(item) for item in queries.attendance_of(place)],
        "attended": practice.attended,
        "required": practice.required,
        "practice_passed": practice.passed,
        "centihours": given.centihours,
        "explanation": given.explanation,
    }
