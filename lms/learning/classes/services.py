"""Planning a class run, moving it along, its meetings, and places with a waiting list; what training files of it.

Every act: permission, change and audit row in one transaction. Whatever touches places holds the run's row locked, so
that two people cannot take the last seat and nobody waiting is passed over. Attendance is in attendance.py, practice in
practice.py.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from courses.api import CoursePage
from lms.accounts.api import Organisation, User, actor, require_role
from lms.learning.classes import events, gates, queries, rules
from lms.learning.classes.models import ClassFiling, ClassMeeting, ClassPlace, ClassRun, PlaceState, RunState
from lms.learning.enrolment.services import enrol
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now, today
from lms.lib.errors import Conflict, Invalid, NotFound

TARGET = "learning.ClassRun"
LONGEST = 1000
# A place can be given up until the class begins; after that it is a matter of attendance.
LEAVABLE = (RunState.OPEN, RunState.CLOSED)


@dataclass(frozen=True)
class NewRun:
    """What a provider plans. required_meetings None: all of them."""

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


@dataclass(frozen=True)
class NewMeeting:
    """place and link may both be missing: then it is where the class is. link_minutes: how long before the start the
    link is shown to those in the class.
    """

    title: str
    teacher: str
    starts_at: datetime
    ends_at: datetime
    place: str = ""
    link: str = ""
    link_minutes: int = 15


def wrong(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_class", details={"field": field})


def words(field: str, value: str, *, least: int, most: int) -> str:
    """The text without blanks around it. Raises Invalid where it is too short, too long or cannot be kept."""
    said = value.strip()
    if not least <= len(said) <= most or "\0" in said:
        raise wrong(field, _("请填写这一项，不超过 %(most)s 个字。") % {"most": most})
    return said


# --- runs ------------------------------------------------------------------------------------------------


@transaction.atomic
def plan(user: User, new: NewRun) -> ClassRun:
    """A new run of a live course, still unseen by learners. For staff of the course's provider."""
    course = CoursePage.objects.live().select_related("provider").filter(uuid=new.course).first()
    if course is None:
        raise wrong("course", _("请选择课程。"))
    who = require_role(user, *queries.MANAGERS, organisation=course.provider)
    if new.ends_on < new.starts_on:
        raise wrong("ends_on", _("结束日期早于开始日期，请核对。"))
    if new.enrol_until > new.ends_on:
        raise wrong("enrol_until", _("报名截止日期晚于结束日期，请核对。"))
    _check_capacity(new.capacity)
    if new.required_meetings is not None and not 1 <= new.required_meetings <= 200:
        raise wrong("required_meetings", _("须出席的次数应在 1 到 200 之间；不填就是每次都要出席。"))
    body = None
    if new.assessor_body is not None:
        body = queries.assessor_bodies().filter(uuid=new.assessor_body).first()
        if body is None:
            raise wrong("assessor_body", _("请选择评价机构。"))
    run = ClassRun.objects.create(
        course=course,
        provider=course.provider,
        assessor_body=body,
        title=words("title", new.title, least=2, most=80),
        place=words("place", new.place, least=2, most=120),
        about=words("about", new.about, least=0, most=LONGEST),
        starts_on=new.starts_on,
        ends_on=new.ends_on,
        enrol_until=new.enrol_until,
        capacity=new.capacity,
        required_meetings=new.required_meetings,
        created_at=now(),
    )
    note(who, run, "class.plan", course=str(course.uuid), capacity=str(run.capacity))
    return run


def _check_capacity(capacity: int) -> None:
    if type(capacity) is not int or not 1 <= capacity <= rules.MOST_SEATS:
        raise wrong("capacity", _("名额应在 1 到 %(most)s 之间。") % {"most": rules.MOST_SEATS})


@transaction.atomic
def move(user: User, run: ClassRun, act: str, *, reason: str = "") -> ClassRun:
    """Open, close, start, end or cancel a run; cancelling needs a reason, which learners read."""
    who = require_role(user, *queries.MANAGERS, organisation=run.provider)
    row = locked(run)
    state = rules.moved(row.state, act)
    if state is None:
        raise Conflict(_("班次的状态已经变了，请刷新查看。"), code="moved_on")
    said = words("reason", reason, least=2 if act == "cancel" else 0, most=LONGEST)
    if act == "open" and row.enrol_until < today():
        raise Conflict(_("报名截止日期已过，不能开放报名。"), code="too_late")
    if act == "open" and not row.meetings.filter(cancel_reason="").exists():
        raise Conflict(_("还没有安排上课时间。请先添加至少一次课，再开放报名。"), code="no_meetings")
    if act == "open":
        gates.check_opening(row)
    row.state = state
    row.cancel_reason = said if act == "cancel" else ""
    row.save(update_fields=["state", "cancel_reason"])
    note(who, row, f"class.{act}", reason=said)
    if act == "open":
        events.opened(row)
    elif act == "cancel":
        events.tell_class("cancelled", row, str(row.uuid))
    elif act == "end":
        events.tell_class("result", row, str(row.uuid), waiting=False)
        events.settled(row)
    return row


@transaction.atomic
def set_capacity(user: User, run: ClassRun, capacity: int) -> ClassRun:
    """More seats, which go to those who wait, in their order; fewer only down to what is taken."""
    who = require_role(user, *queries.MANAGERS, organisation=run.provider)
    _check_capacity(capacity)
    row = locked(run)
    gates.check_seats(row, capacity)
    taken = row.places.filter(state=PlaceState.SEATED)
    if capacity < taken.count():
        raise wrong("capacity", _("已有 %(n)s 人报名，名额不能更少。") % {"n": taken.count()})
    row.capacity = capacity
    row.save(update_fields=["capacity"])
    # Seats are numbered up to the capacity: whoever sits beyond it moves to a free one.
    for place in taken.filter(seat__gt=capacity).order_by("seat"):
        place.seat = free(row)[0]
        place.save(update_fields=["seat"])
    note(who, row, "class.capacity", capacity=str(capacity))
    promote(row)
    return row


# --- meetings --------------------------------------------------------------------------------------------


@transaction.atomic
def add_meeting(user: User, run: ClassRun, new: NewMeeting) -> ClassMeeting:
    """One more meeting, within the run's days."""
    who = require_role(user, *queries.MANAGERS, organisation=run.provider)
    row = locked(run)
    if row.state in (RunState.ENDED, RunState.CANCELLED):
        raise Conflict(_("这个班次已经结束，不能再添加课。"), code="moved_on")
    if new.ends_at <= new.starts_at:
        raise wrong("ends_at", _("结束时间应晚于开始时间。"))
    if local_day(new.starts_at) < row.starts_on or local_day(new.ends_at) > row.ends_on:
        raise wrong("starts_at", _("上课时间不在班次的起止日期之内。"))
    if not 0 <= new.link_minutes <= rules.LINK_MINUTES:
        raise wrong("link_minutes", _("应在 0 到 %(most)s 之间。") % {"most": rules.LINK_MINUTES})
    meeting = ClassMeeting(
        run=row,
        title=words("title", new.title, least=2, most=80),
        teacher=words("teacher", new.teacher, least=1, most=60),
        starts_at=new.starts_at,
        ends_at=new.ends_at,
        place=words("place", new.place, least=0, most=120),
        link=_link(new.link),
        link_minutes=new.link_minutes,
    )
    try:
        with transaction.atomic():
            meeting.save()
    except IntegrityError as error:
        raise wrong("starts_at", _("这个时间已经有一次课了。")) from error
    note(who, row, "class.meeting", meeting=str(meeting.uuid))
    events.tell_meeting("added", meeting, row)
    return meeting


def _link(typed: str) -> str:
    link = words("link", typed, least=0, most=300)
    try:
        if link:
            URLValidator(schemes=["https", "http"])(link)
    except ValidationError:
        raise wrong("link", _("直播链接应以 https:// 开头，请核对。")) from None
    return link


@transaction.atomic
def cancel_meeting(user: User, meeting: ClassMeeting, *, reason: str) -> ClassMeeting:
    """Call a meeting off; it then counts for nobody. One at which somebody was present cannot be called off."""
    who = require_role(user, *queries.MANAGERS, organisation=meeting.run.provider)
    said = words("reason", reason, least=2, most=LONGEST)
    row = ClassMeeting.objects.select_for_update().get(pk=meeting.pk)
    if row.cancel_reason:
        raise Conflict(_("这次课已经取消。"), code="moved_on")
    if row.attendance.exists():
        raise Conflict(_("这次课已有签到记录，不能取消。"), code="attended")
    row.cancel_reason = said
    row.save(update_fields=["cancel_reason"])
    note(who, meeting.run, "class.meeting_cancel", reason=said, meeting=str(row.uuid))
    events.tell_meeting("off", row, meeting.run)
    return row


# --- places ----------------------------------------------------------------------------------------------


@transaction.atomic
def join(user: User, run: ClassRun, *, admitted: bool = False) -> ClassPlace:
    """A seat while there is one, else the end of the waiting list; there already, the same place.

    The course is begun with it, where it was not: practice belongs to an enrolment. admitted: the process that holds the
    gate has let them in itself; who applied there in time is decided after the last day too, until the class begins.
    """
    row = locked(run)
    found = ClassPlace.objects.filter(run=row, person=user).first()
    if found is not None and found.state != PlaceState.LEFT:
        return found
    possible = row.state in LEAVABLE if admitted else queries.open_for_enrolment(row)
    if not possible:
        raise Conflict(_("这个班次现在不能报名。请看看这门课的其他班次。"), code="not_open")
    if not admitted:
        gates.check_joining(row, user)
    enrolment = enrol(user, row.course, actor(user))
    waiting = row.places.filter(state=PlaceState.WAITING).exists()
    seats = [] if waiting else free(row)
    moment = now()
    place = found or ClassPlace(run=row, person=user)
    place.enrolment = enrolment
    place.state = PlaceState.SEATED if seats else PlaceState.WAITING
    place.seat = seats[0] if seats else None
    place.number = (row.places.aggregate(last=Max("number"))["last"] or 0) + 1
    place.joined_at = place.changed_at = moment
    place.language = get_language() or ""
    place.save()
    note(actor(user), row, "class.join", place=str(place.uuid), state=place.state)
    return place


@transaction.atomic
def leave(user: User, run: ClassRun) -> ClassPlace:
    """Give one's place up before the class begins; the first of those who wait gets it."""
    row = locked(run)
    place = ClassPlace.objects.filter(run=row, person=user).first()
    if place is None:
        raise NotFound
    if place.state == PlaceState.LEFT:
        return place
    if row.state not in LEAVABLE:
        raise Conflict(_("已经开课或结束，不能退出；请联系开课单位。"), code="moved_on")
    vacate(place)
    note(actor(user), row, "class.leave", place=str(place.uuid))
    promote(row)
    return place


@transaction.atomic
def release_place(user: User, place: ClassPlace, *, reason: str) -> ClassPlace:
    """Staff take a place back, with a reason; not of somebody whose attendance or practice is on record."""
    who = require_role(user, *queries.MANAGERS, organisation=place.run.provider)
    said = words("reason", reason, least=2, most=LONGEST)
    row = locked(place.run)
    found = ClassPlace.objects.select_for_update().get(pk=place.pk)
    if found.state == PlaceState.LEFT:
        return found
    if found.attendance.exists() or found.results.exists():
        raise Conflict(_("这位学员已有签到或考评记录，不能移出班次。"), code="attended")
    vacate(found)
    note(who, row, "class.release", reason=said, place=str(found.uuid))
    promote(row)
    return found


@transaction.atomic
def give_up(user: User) -> int:
    """All places of somebody who is going for good, where the class has not begun or they still wait; how many."""
    mine = ClassPlace.objects.filter(person=user)
    rows = mine.filter(run__state__in=LEAVABLE).exclude(state=PlaceState.LEFT)
    waiting = mine.filter(run__state=RunState.RUNNING, state=PlaceState.WAITING)
    found = list((rows | waiting).select_related("run").order_by("run"))
    for item in found:
        row = locked(item.run)
        place = ClassPlace.objects.get(pk=item.pk)
        vacate(place)
        note(Actor.system("classes"), row, "class.leave", place=str(place.uuid))
        promote(row)
    return len(found)


def vacate(place: ClassPlace) -> None:
    place.state, place.seat, place.changed_at = PlaceState.LEFT, None, now()
    place.save(update_fields=["state", "seat", "changed_at"])


def free(row: ClassRun) -> list[int]:
    taken = row.places.filter(state=PlaceState.SEATED).values_list("seat", flat=True)
    return rules.free_seats([seat for seat in taken if seat is not None], row.capacity)


def promote(row: ClassRun) -> None:
    """Those who wait take what is free, in the order in which they came."""
    if row.state not in (*LEAVABLE, RunState.RUNNING):
        return
    seats = free(row)
    waiting = row.places.filter(state=PlaceState.WAITING).select_related("person").order_by("number")
    for seat, place in zip(seats, waiting[: len(seats)], strict=False):
        place.state, place.seat, place.changed_at = PlaceState.SEATED, seat, now()
        place.save(update_fields=["state", "seat", "changed_at"])
        note(Actor.system("classes"), row, "class.promote", place=str(place.uuid))
        events.tell_place("seated", place, row)


def locked(run: ClassRun) -> ClassRun:
    return (
        ClassRun.objects.select_for_update(of=("self",)).select_related("course", "provider").get(pk=run.pk)
    )


def note(who: Actor, run: ClassRun, action: str, *, reason: str = "", **data: str) -> None:
    record(who, action=action, target_type=TARGET, target=run.uuid, reason=reason, data=data)


# --- filings ---------------------------------------------------------------------------------------------


@transaction.atomic
def note_filing(
    who: Actor,
    run: ClassRun,
    *,
    filed: bool,
    reference: str,
    authority: Organisation,
    centihours: int | None = None,
    gated: bool = True,
) -> ClassFiling:
    """For training, which checks the filing itself: the run stands in a filing from now on, or no longer does.

    centihours: what the class may give one learner at most, as filed; None: the filing does not say. gated: False where the room
    whose gate binds the run notes its own filing.
    """
    row = locked(run)
    if filed and gated:
        gates.check_filing(row)
    last = row.filings.aggregate(last=Max("number"))["last"] or 0
    filing = ClassFiling.objects.create(
        run=row,
        number=last + 1,
        filed=filed,
        reference=words("reference", reference, least=2, most=120),
        centihours=centihours if filed else None,
        authority=authority,
        at=now(),
    )
    note(who, row, "class.filing", filed=str(filed), reference=filing.reference)
    events.settled(row)
    return filing
