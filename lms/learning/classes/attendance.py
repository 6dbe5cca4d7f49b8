"""Signing in and out: by the changing code, by the teacher's roster, from a live platform's list; and corrections.

Services, like services.py: permission, rows and audit in one transaction, with the learner's place locked. Rows are only
ever added. Refuses: the same thing twice, codes that have run out, somebody else's class, one's own roll call.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lms.accounts.api import User, actor, require_role
from lms.learning.classes import codes, events, imports, queries, rules
from lms.learning.classes.models import (
    Act,
    AttendanceEvent,
    AttendanceImport,
    ClassMeeting,
    ClassPlace,
    PlaceState,
    RunState,
    Way,
)
from lms.learning.classes.services import LONGEST, words, wrong
from lms.learning.completion.services import consider
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound

SCANNED_IN = (RunState.OPEN, RunState.CLOSED, RunState.RUNNING)
CALLED_IN = (*SCANNED_IN, RunState.ENDED)
SIGNS = (Act.IN, Act.OUT)
TARGET = "learning.ClassPlace"
# As it stands in the catalogue: whoever reads it has it in their own language.
FROM_LIST = gettext_noop("直播平台名单")


# --- by code ---------------------------------------------------------------------------------------------


def scan(user: User, meeting: UUID, act: str, code: str) -> tuple[ClassPlace, ClassMeeting, str]:
    """A phone opened the code: the learner's place, the meeting, and a ticket that `sign` takes. Writes nothing.

    Raises NotFound, NotAllowed (not in the class), Conflict (the code has run out, or it is not the time).
    """
    place, found = _mine(user, meeting)
    moment = now()
    check_code(found, act, code, moment)
    return place, found, codes.ticket_for(user, found.uuid, act, moment)


def check_code(meeting: ClassMeeting, act: str, code: str, moment: datetime) -> None:
    """Raises Conflict where the code has run out, or it is not the time."""
    if act not in SIGNS or not codes.good(meeting.uuid, act, code, moment):
        raise Conflict(_("这个二维码已经过期。请再扫一次老师屏幕上现在的二维码。"), code="code_expired")
    if not rules.around(moment, meeting.starts_at, meeting.ends_at):
        raise Conflict(_("现在不在这次课的签到时间之内。"), code="not_now")


def sign(user: User, meeting: UUID, act: str, ticket: str) -> AttendanceEvent:
    """Sign oneself in or out, at the moment of the scan; signed in (out) already, the row that did it."""
    place, found = _mine(user, meeting)
    moment = codes.scanned_at(user, found.uuid, act, ticket)
    if act not in SIGNS or moment is None:
        raise Conflict(_("这次扫码已经失效。请再扫一次老师屏幕上现在的二维码。"), code="ticket_expired")
    with transaction.atomic():
        _lock([place])
        events = _events(place, found)
        last = events[-1] if events else None
        # The same button pressed again, also after something later was recorded.
        if last is not None and moment <= last.at:
            return next((event for event in events if (event.act, event.at) == (act, moment)), last)
        inside = rules.is_in(rules.Seen(event.act, event.at) for event in events)
        if inside == (act == Act.IN):
            if last is None:
                raise Conflict(_("你还没有签到，不能签退。请先签到，或请老师点名。"), code="not_in")
            return last
        row = add_row(place, found, len(events), act, Way.QR, moment, user)
        _note(actor(user), place, found, f"class.sign_{act}")
        _consider(place)
    return row


def _mine(user: User, uuid: UUID) -> tuple[ClassPlace, ClassMeeting]:
    """The person's seat in the meeting's class, and the meeting."""
    found = ClassMeeting.objects.select_related("run").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    rows = ClassPlace.objects.select_related("run")
    place = rows.filter(run=found.run, person=user, state=PlaceState.SEATED).first()
    if place is None:
        raise NotAllowed(_("你没有报名这个班次，或还在候补，不能签到。请联系老师。"), code="not_in_class")
    if found.cancel_reason or found.run.state not in SCANNED_IN:
        raise Conflict(_("这次课已经取消或班次已经结束，不能签到。"), code="moved_on")
    return place, found


# --- by the teacher --------------------------------------------------------------------------------------


def call(
    user: User, meeting: ClassMeeting, places: Sequence[UUID], act: str, *, at: datetime, reason: str
) -> int:
    """Sign learners of the class in or out by the roster; returns for how many it was new. All or none."""
    who, said = _caller(user, meeting, reason)
    if act not in SIGNS:
        raise wrong("act", _("请选择签到或签退。"))
    _check_moment(meeting, at)
    with transaction.atomic():
        rows = _lock_named(user, meeting, places)
        added = 0
        for place in rows:
            events = _events(place, meeting)
            # Who is in already needs no signing in, who is out (or never came) no signing out.
            if rules.is_in(rules.Seen(event.act, event.at) for event in events) == (act == Act.IN):
                continue
            if any(event.at > at for event in _standing(events)):
                raise wrong(
                    "at",
                    _("“%(person)s”在这个时间之后已有记录，请用更正。") % {"person": place.person},
                )
            add_row(place, meeting, len(events), act, Way.ROSTER, at, user, said)
            _note(who, place, meeting, f"class.sign_{act}", reason=said)
            _consider(place)
            added += 1
    return added


@dataclass(frozen=True)
class Presence:
    """A learner was there from … to …"""

    place: UUID
    since: datetime
    until: datetime


def correct(
    user: User,
    meeting: ClassMeeting,
    place: UUID,
    *,
    since: datetime | None,
    until: datetime | None,
    reason: str,
) -> int:
    """Take back what was recorded of a learner at a meeting and put this in its place; neither time: was not there.

    Returns how many rows were added.
    """
    who, said = _caller(user, meeting, reason)
    if (since is None) != (until is None):
        raise wrong("until", _("请同时填写签到和签退时间；没有到场的两项都不填。"))
    there = [] if since is None or until is None else [Presence(place, since, until)]
    _check_presences(meeting, there)
    with transaction.atomic():
        (row,) = _lock_named(user, meeting, [place])
        if not there and not row.attendance.filter(meeting=meeting).exists():
            raise wrong("since", _("没有可以更正的记录。"))
        return _replace(who, user, row, meeting, there, Way.CORRECTION, said)


def take_list(user: User, meeting: ClassMeeting, found: imports.Resolved, *, reason: str) -> int:
    """The list of a live session: it takes the place of what was recorded of the learners in it. All or none.

    reason: why learners were matched by hand, where some were. Returns for how many learners it was new; a file that was
    taken over already changes nothing.
    """
    who, said = _caller(user, meeting, reason or FROM_LIST)
    there = {
        place: [
            Presence(place, item.since, item.until)
            for item in rules.merged(spans, meeting.starts_at, meeting.ends_at)
            if item.until is not None
        ]
        for place, spans in found.people.items()
    }
    _check_presences(meeting, [item for items in there.values() for item in items])
    with transaction.atomic():
        # Whoever comes second waits here for the first, and then finds the list taken.
        ClassMeeting.objects.select_for_update().get(pk=meeting.pk)
        if AttendanceImport.objects.filter(meeting=meeting, sha256=found.sha256).exists():
            return 0
        rows = _lock_named(user, meeting, list(there)) if there else []
        changed = sum(
            _replace(who, user, row, meeting, there[row.uuid], Way.IMPORT, _by_hand(found, row, said)) > 0
            for row in rows
        )
        AttendanceImport.objects.create(
            meeting=meeting,
            sha256=found.sha256,
            lines=found.lines,
            people=len(there),
            left_out=found.left_out,
            reason=reason.strip(),
            by=user,
            at=now(),
        )
        record(
            who,
            action="class.attendance_list",
            target_type="learning.ClassMeeting",
            target=meeting.uuid,
            reason=reason.strip(),
            data={"sha256": found.sha256, "people": len(there), "left_out": found.left_out},
        )
    return changed


def _by_hand(found: imports.Resolved, place: ClassPlace, reason: str) -> str:
    """What the learner reads beside what was taken over for them."""
    words_of = found.hands.get(place.uuid)
    if not words_of:
        return FROM_LIST
    values = {"who": _("、").join(words_of), "reason": reason}
    return _("直播平台名单上的“%(who)s”，手工对应：%(reason)s") % values


def _check_presences(meeting: ClassMeeting, found: Iterable[Presence]) -> None:
    for item in found:
        if item.until <= item.since:
            raise wrong("until", _("签退时间应晚于签到时间，请核对。"))
        if item.until > now():
            raise wrong("until", _("签退时间还没有到，请核对。"))
        if item.since >= meeting.ends_at or item.until <= meeting.starts_at:
            raise wrong("since", _("填写的时间不在这次课之内，请核对日期。"))


def _replace(
    who: Actor,
    user: User,
    place: ClassPlace,
    meeting: ClassMeeting,
    there: Sequence[Presence],
    way: str,
    reason: str,
) -> int:
    events = _events(place, meeting)
    before = rules.stretches(rules.Seen(event.act, event.at) for event in events)
    after = [rules.Stretch(item.since, item.until) for item in there]
    if before == after and events:
        return 0
    number = len(events)
    acts: list[tuple[str, datetime]] = [(Act.CLEAR, now())] if events else []
    for item in there:
        acts += [(Act.IN, item.since), (Act.OUT, item.until)]
    for offset, (act, at) in enumerate(acts):
        add_row(place, meeting, number + offset, act, way, at, user, reason)
    _note(who, place, meeting, f"class.attendance_{way}", reason=reason)
    _consider(place)
    return len(acts)


# --- what all share --------------------------------------------------------------------------------------


def _caller(user: User, meeting: ClassMeeting, reason: str) -> tuple[Actor, str]:
    who = require_role(user, *queries.CALLERS, organisation=meeting.run.provider)
    fresh = ClassMeeting.objects.select_related("run").get(pk=meeting.pk)
    if fresh.cancel_reason or fresh.run.state not in CALLED_IN:
        raise Conflict(_("这次课已经取消，或班次还没有开放，不能登记出席。"), code="moved_on")
    return who, words("reason", reason, least=2, most=LONGEST)


def _check_moment(meeting: ClassMeeting, at: datetime) -> None:
    if at > now():
        raise wrong("at", _("时间还没有到，请核对。"))
    if not rules.around(at, meeting.starts_at, meeting.ends_at):
        raise wrong("at", _("填写的时间不在这次课之内，请核对日期。"))


def _lock_named(user: User, meeting: ClassMeeting, places: Sequence[UUID]) -> list[ClassPlace]:
    """Those places of the class, locked in the order of their ids. Raises Invalid where one is none of it."""
    wanted = set(places)
    rows = ClassPlace.objects.filter(uuid__in=wanted, run=meeting.run_id, state=PlaceState.SEATED)
    found = list(rows.select_related("person", "run"))
    if not wanted or len(found) != len(wanted):
        raise Invalid(_("请选择这个班次的学员。"), code="not_in_class", details={"field": "places"})
    if any(place.person_id == user.pk for place in found):
        raise NotAllowed(_("不能登记自己的出席，请另一位老师登记。"), code="own_case")
    _lock(found)
    return found


def _lock(places: Sequence[ClassPlace]) -> None:
    rows = ClassPlace.objects.select_for_update().filter(pk__in=[place.pk for place in places])
    states = dict(rows.order_by("pk").values_list("pk", "state"))
    if any(state != PlaceState.SEATED for state in states.values()):
        raise Conflict(_("名单刚才变了，请刷新后再试。"), code="moved_on")


def _events(place: ClassPlace, meeting: ClassMeeting) -> list[AttendanceEvent]:
    return list(AttendanceEvent.objects.filter(place=place, meeting=meeting).order_by("number"))


def _standing(events: Sequence[AttendanceEvent]) -> list[AttendanceEvent]:
    """What was recorded since the last time everything was taken back."""
    starts = [place for place, event in enumerate(events) if event.act == Act.CLEAR]
    return list(events[starts[-1] + 1 :] if starts else events)


def add_row(
    place: ClassPlace,
    meeting: ClassMeeting,
    before: int,
    act: str,
    way: str,
    at: datetime,
    by: User,
    reason: str = "",
) -> AttendanceEvent:
    return AttendanceEvent.objects.create(
        place=place,
        meeting=meeting,
        number=before + 1,
        act=act,
        way=way,
        at=at,
        recorded_at=now(),
        by=by,
        reason=reason,
    )


def _note(who: Actor, place: ClassPlace, meeting: ClassMeeting, action: str, *, reason: str = "") -> None:
    record(
        who,
        action=action,
        target_type=TARGET,
        target=place.uuid,
        reason=reason,
        data={"meeting": str(meeting.uuid)},
    )


def _consider(place: ClassPlace) -> None:
    """Where practice was passed already, being there may have been the last thing missing; and a class that is over is
    reckoned anew.
    """
    events.settled(place.run, [place])
    if place.results.filter(passed=True).exists():
        consider(place.enrolment_id)
