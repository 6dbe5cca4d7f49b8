"""At the door without a place (现场报名): a scan enrols and signs in while seats are left, and the organiser judges it.

Services, like services.py. A seat is taken under the run's lock, as everywhere. Refuses: a seat that is not free, one of
those who wait, whoever was refused in this class before, and a second judgement.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lms.accounts.api import User, actor, require_role
from lms.learning.classes import attendance, codes, events, gates, queries, rules
from lms.learning.classes.models import (
    Act,
    AttendanceEvent,
    ClassMeeting,
    ClassPlace,
    ClassRun,
    PlaceState,
    WalkIn,
    Way,
)
from lms.learning.classes.services import LONGEST, free, locked, note, promote, vacate, words
from lms.learning.enrolment.services import enrol
from lms.lib.clock import now
from lms.lib.errors import Conflict, NotAllowed, NotFound


@dataclass(frozen=True)
class Scanned:
    """What a phone gets for a good code. place: None for somebody without one, who may come in as a walk-in."""

    place: ClassPlace | None
    meeting: ClassMeeting
    ticket: str


def scan(user: User, meeting: UUID, act: str, code: str) -> Scanned:
    """As attendance.scan, and for whoever has no place a ticket while there is a seat. Writes nothing."""
    found = _at_the_door(user, meeting, act)
    if found is None:
        return Scanned(*attendance.scan(user, meeting, act, code))
    moment = now()
    _check_seat(user, found.run)
    attendance.check_code(found, act, code, moment)
    return Scanned(None, found, codes.ticket_for(user, found.uuid, act, moment))


def sign(user: User, meeting: UUID, act: str, ticket: str) -> AttendanceEvent:
    """As attendance.sign; whoever has no place gets one, in the course and in the class, marked for the organiser."""
    found = _at_the_door(user, meeting, act)
    if found is None:
        return attendance.sign(user, meeting, act, ticket)
    if codes.scanned_at(user, found.uuid, act, ticket) is None:
        raise Conflict(_("这次扫码已经失效。请再扫一次老师屏幕上现在的二维码。"), code="ticket_expired")
    with transaction.atomic():
        row = locked(found.run)
        # The same button twice: the second finds the place the first one made.
        if _seat_of(user, row) is None:
            _come_in(user, row, found)
        return attendance.sign(user, meeting, act, ticket)


def _at_the_door(user: User, uuid: UUID, act: str) -> ClassMeeting | None:
    """The meeting, for somebody without a seat who signs in; None for everybody else, who go the usual way."""
    found = ClassMeeting.objects.select_related("run").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    if act != Act.IN or found.cancel_reason or found.run.state not in attendance.SCANNED_IN:
        return None
    return found if _seat_of(user, found.run) is None else None


def _seat_of(user: User, run: ClassRun) -> ClassPlace | None:
    return ClassPlace.objects.filter(run=run, person=user, state=PlaceState.SEATED).first()


def _check_seat(user: User, run: ClassRun) -> int:
    """The lowest free seat. Raises NotAllowed where there is none for this person."""
    if WalkIn.objects.filter(place__run=run, place__person=user, confirmed=False).exists():
        raise NotAllowed(_("你在这个班次的现场报名没有通过，不能签到。请联系老师。"), code="walk_in_refused")
    if run.places.filter(state=PlaceState.WAITING).exclude(person=user).exists() or not (seats := free(run)):
        raise NotAllowed(
            _("你没有报名这个班次，名额已满或还有人在候补，不能现场报名。请联系老师。"), code="not_in_class"
        )
    return seats[0]


def _come_in(user: User, run: ClassRun, meeting: ClassMeeting) -> ClassPlace:
    seat = _check_seat(user, run)
    gates.check_joining(run, user)
    place = ClassPlace.objects.filter(run=run, person=user).first() or ClassPlace(run=run, person=user)
    moment = now()
    place.enrolment = enrol(user, run.course, actor(user))
    place.state, place.seat = PlaceState.SEATED, seat
    place.number = (run.places.aggregate(last=Max("number"))["last"] or 0) + 1
    place.joined_at = place.changed_at = moment
    place.language = get_language() or ""
    place.save()
    WalkIn.objects.get_or_create(place=place, meeting=meeting, defaults={"at": moment})
    note(actor(user), run, "class.walk_in", place=str(place.uuid), meeting=str(meeting.uuid))
    return place


# --- judging ---------------------------------------------------------------------------------------------


@transaction.atomic
def decide(user: User, uuid: UUID, *, confirm: bool, reason: str = "") -> WalkIn:
    """The organiser keeps somebody who came to the door, or sends them away with a reason: then the seat is free again and
    what was recorded of them is taken back. Once. For teachers and administrators of the provider.
    """
    found = WalkIn.objects.select_related("place__run__provider", "place__person").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    who = require_role(user, *queries.CALLERS, organisation=found.place.run.provider)
    if found.place.person_id == user.pk:
        raise NotAllowed(_("不能确认自己的现场报名，请另一位老师确认。"), code="own_case")
    said = words("reason", reason, least=0 if confirm else 2, most=LONGEST)
    run = locked(found.place.run)
    place = ClassPlace.objects.select_for_update().get(pk=found.place_id)
    walk_in = WalkIn.objects.select_for_update().get(pk=found.pk)
    if walk_in.confirmed is not None:
        raise Conflict(_("这次现场报名已经处理过，请刷新查看。"), code="moved_on")
    walk_in.confirmed, walk_in.reason = confirm, said
    walk_in.decided_by, walk_in.decided_at = user, now()
    walk_in.save(update_fields=["confirmed", "reason", "decided_by", "decided_at"])
    note(who, run, "class.walk_in_decide", reason=said, place=str(place.uuid), confirmed=str(confirm))
    if not confirm:
        _send_away(user, run, place, said)
    events.tell_place("walk_in", found.place, run, confirmed=confirm, reason=said)
    events.settled(run, [place])
    return walk_in


def _send_away(user: User, run: ClassRun, place: ClassPlace, reason: str) -> None:
    if place.results.exists():
        raise Conflict(_("这位学员已有考评记录，不能移出班次。"), code="attended")
    recorded: dict[int, list[AttendanceEvent]] = {}
    for event in place.attendance.select_related("meeting").order_by("number"):
        recorded.setdefault(event.meeting_id, []).append(event)
    for rows in recorded.values():
        if rules.stretches(rules.Seen(row.act, row.at) for row in rows):
            attendance.add_row(
                place, rows[0].meeting, len(rows), Act.CLEAR, Way.CORRECTION, now(), user, reason
            )
    if place.state != PlaceState.LEFT:
        vacate(place)
        promote(run)
