"""Hours of a class: given once it has ended, brought in line when attendance was corrected, and the rule they follow.

Services, like services.py. Owns: ClassHoursRule, ClassHours, ClassHoursTaken. What was posted is never edited: more is a
further row, less is taken back row by row, which the ledger answers with reversals. Refuses: hours without a filing
(372号 四(三)), without a rule, or before the class has ended.
"""

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lms.accounts.api import User
from lms.learning import rule_versions
from lms.learning.classes import gates, queries, reckoning
from lms.learning.classes.events import SETTLED
from lms.learning.classes.hours_models import ClassHours, ClassHoursRule, ClassHoursTaken
from lms.learning.classes.models import ClassFiling, ClassPlace, ClassRun, PlaceState, RunState
from lms.learning.classes.online import counted_between
from lms.learning.classes.services import LONGEST, words, wrong
from lms.learning.completion.rules import under
from lms.learning.permits.queries import copied, is_gated, permit_on
from lms.learning.study.intervals import merge
from lms.learning.study.locking import lock
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import epoch_ms, local_day, now, today
from lms.lib.outbox.registry import Event, consumer
from lms.lib.outbox.services import emit

logger = logging.getLogger(__name__)
# Online study without a line may be reported that long after a class; until then its places are looked at every night.
WINDOW = timedelta(days=60)
CODE = "class"


# --- reckoning anew --------------------------------------------------------------------------------------


@consumer(SETTLED, name="learning.class_hours")
def on_attendance(event: Event) -> None:
    """Attendance, a filing or the end of a class: the place's hours are brought in line."""
    settle(ClassPlace.objects.values_list("pk", flat=True).get(uuid=event.payload["place"]))


def settle_recent() -> int:
    """Every place of the runs that ended lately; how many changed. For the beat: late online study, late rules, filings."""
    runs = ClassRun.objects.filter(state=RunState.ENDED, ends_on__gte=today() - WINDOW)
    rows = ClassPlace.objects.filter(run__in=runs, attendance__isnull=False).order_by("pk").distinct()
    return sum(_settled(pk) for pk in list(rows.values_list("pk", flat=True)))


def _settled(place_id: int) -> bool:
    try:
        return settle(place_id)
    except Exception:  # one that cannot be settled must not keep those behind it waiting
        logger.exception("Place %s could not be settled", place_id)
        return False


# --- giving ----------------------------------------------------------------------------------------------


@transaction.atomic
def settle(place_id: int) -> bool:
    """Bring what was given to a place in line with its attendance; whether anything had to be written.

    As often and from wherever it is called, what stands afterwards is what attendance, rule and filing give.
    """
    person_id = ClassPlace.objects.values_list("person_id", flat=True).get(pk=place_id)
    lock(person_id)
    ClassPlace.objects.select_for_update().get(pk=place_id)
    place = ClassPlace.objects.select_related("person", "run__course", "enrolment__release").get(pk=place_id)
    given = list(ClassHours.objects.filter(place=place).select_related("rule", "taken").order_by("number"))
    grounds = grounds_of(place, given)
    if isinstance(grounds, str):
        return False
    found = _reckoned(place, grounds)
    standing = [row for row in given if not hasattr(row, "taken")]
    due = reckoning.change([row.centihours for row in standing], found.centihours)
    for row in standing[len(standing) - due.take :] if due.take else []:
        _take_back(place, row)
    if due.give:
        _give(place, grounds, found, len(given) + 1, due.give)
    return bool(due.take or due.give)


@dataclass(frozen=True)
class Grounds:
    """On what hours of a place stand."""

    rule: ClassHoursRule
    filing: ClassFiling
    approved: int
    plan: dict[str, Any] | None = None

    @property
    def terms(self) -> reckoning.Terms:
        rule = self.rule
        assert rule.ms_per_hour is not None
        return reckoning.Terms(rule.version, rule.ms_per_hour, rule.min_share_percent, rule.late_minutes)


class Shut(str):
    """A gate's own sentence why a run gives no hours."""


def grounds_of(place: ClassPlace, given: list[ClassHours]) -> Grounds | str:
    """The filing and the rule, or a word for why nothing is given or changed: running, unfiled, unapproved, no_rule,
    unconfirmed, unplanned (372号 三(一): the class of a course of public subjects, whose last day no yearly plan has), or Shut.
    What was given under a rule, or a plan, stays under it, whatever is published later.
    """
    run = place.run
    if run.state != RunState.ENDED:
        return "running"
    if place.walk_ins.filter(confirmed=None).exists():
        return "unconfirmed"
    if not given and (said := gates.hours_shut(run)):
        return Shut(said)
    filing = queries.filing_of(run)
    if filing is None:
        return "unfiled"
    if filing.centihours is None:
        return "unapproved"
    rule = given[0].rule if given else rule_on(run.ends_on)
    if rule is None:
        return "no_rule"
    plan = given[0].evidence.get("plan") if given else None
    if not given and is_gated(place.enrolment.release.kind):
        permit = permit_on(run.course_id, run.ends_on)
        if permit is None:
            return "unplanned"
        plan = copied(permit, run.ends_on)
    return Grounds(rule, filing, filing.centihours, plan)


def rule_on(day: date) -> ClassHoursRule | None:
    """The rule in force on a day; None where none is, or where it was taken back."""
    found = ClassHoursRule.objects.filter(valid_from__lte=day).order_by("-valid_from", "-version").first()
    return found if found is not None and found.ms_per_hour is not None else None


@dataclass(frozen=True)
class _Reckoned:
    counted_ms: int
    centihours: int
    day: date
    meetings: list[dict[str, Any]]


def _reckoned(place: ClassPlace, grounds: Grounds) -> _Reckoned:
    there = queries.attendance_of(place) if place.state == PlaceState.SEATED else []
    closed = [item for item in there if item.stretches]
    online: list[reckoning.Counted] = []
    elsewhere: list[tuple[int, int]] = []
    if closed:
        low = min(epoch_ms(item.meeting.starts_at) for item in closed)
        high = max(epoch_ms(item.meeting.ends_at) for item in closed)
        online = counted_between(place.person_id, low, high)
        elsewhere = _given_elsewhere(place)
    parts = reckoning.parts(
        [_attended(item) for item in there], grounds.terms, online, tuple(merge(elsewhere))
    )
    counted = [item.meeting.ends_at for item, part in zip(there, parts, strict=True) if part.given_ms]
    return _Reckoned(
        sum(part.given_ms for part in parts),
        reckoning.worth(parts, grounds.terms, grounds.approved),
        local_day(max(counted)) if counted else place.run.ends_on,
        [_told(item, part) for item, part in zip(there, parts, strict=True)],
    )


def _attended(found: queries.Attendance) -> reckoning.Attended:
    closed = [item for item in found.stretches if item.until is not None]
    return reckoning.Attended(
        start=epoch_ms(found.meeting.starts_at),
        end=epoch_ms(found.meeting.ends_at),
        ranges=merge((epoch_ms(item.since), epoch_ms(item.until)) for item in closed if item.until),
        first_in=min((epoch_ms(item.since) for item in closed), default=None),
    )


def _told(found: queries.Attendance, part: reckoning.Part) -> dict[str, Any]:
    """One meeting as the row keeps it: plain JSON."""
    return {
        "meeting": str(found.meeting.uuid),
        "title": found.meeting.title,
        "starts_ms": epoch_ms(found.meeting.starts_at),
        "ends_ms": epoch_ms(found.meeting.ends_at),
        "stretches": [
            [epoch_ms(item.since), epoch_ms(item.until)] for item in found.stretches if item.until is not None
        ],
        "attended_ms": part.attended_ms,
        "given_ms": part.given_ms,
        "online_ms": part.online_ms,
        "elsewhere_ms": part.elsewhere_ms,
        "reason": part.reason,
        "ranges": [list(pair) for pair in part.ranges],
    }


def _given_elsewhere(place: ClassPlace) -> list[tuple[int, int]]:
    """When the person sat in another class that gave hours for it: by the last row that stands there."""
    rows = ClassHours.objects.filter(place__person_id=place.person_id, taken__isnull=True)
    last = {row.place_id: row for row in rows.exclude(place=place).order_by("number")}
    return [
        (start, end)
        for row in last.values()
        for told in row.evidence["meetings"]
        for start, end in told["ranges"]
    ]


def _give(place: ClassPlace, grounds: Grounds, found: _Reckoned, number: int, centihours: int) -> None:
    rule, filing = grounds.rule, grounds.filing
    release = place.enrolment.release
    row = ClassHours.objects.create(
        place=place,
        number=number,
        rule=rule,
        kind=release.kind,
        counted_ms=found.counted_ms,
        centihours=centihours,
        evidence={
            "meetings": found.meetings,
            "total_centihours": found.centihours,
            "approved_centihours": grounds.approved,
            "filing": filing.reference,
            "rule": _copy(rule),
        }
        | ({"plan": grounds.plan} if grounds.plan else {}),
        day=found.day,
        at=now(),
    )
    record(
        Actor.system("classes"),
        action="class.hours_give",
        target_type="learning.ClassHours",
        target=row.uuid,
        data={"place": str(place.uuid), "centihours": centihours, "total": found.centihours},
    )
    emit(
        "class.hours_given",
        {
            "class_hours": str(row.uuid),
            "person": str(place.person.uuid),
            "place": str(place.uuid),
            "class": str(place.run.uuid),
            "course": str(place.run.course.uuid),
            "release": str(release.uuid),
            "title": release.title,
            "number": number,
            "kind": row.kind,
            "centihours": centihours,
            "total_centihours": found.centihours,
            "counted_ms": found.counted_ms,
            "filing": filing.reference,
            "day": row.day.isoformat(),
            "rule": under(_copy(rule), grounds.plan),
        },
        key=f"class.hours_given:{row.uuid}",
    )


def _copy(rule: ClassHoursRule) -> dict[str, Any]:
    return {
        "code": CODE,
        "version": rule.version,
        "valid_from": rule.valid_from.isoformat(),
        "ms_per_hour": rule.ms_per_hour,
        "min_share_percent": rule.min_share_percent,
        "late_minutes": rule.late_minutes,
        "source": rule.source,
    }


def _take_back(place: ClassPlace, row: ClassHours) -> None:
    # As it stands in the catalogue: whoever reads it has it in their own language.
    reason = gettext_noop("出席或核定的记录更正，按更正后的记录重新计算")
    ClassHoursTaken.objects.create(hours=row, reason=reason, at=now())
    record(
        Actor.system("classes"),
        action="class.hours_take_back",
        target_type="learning.ClassHours",
        target=row.uuid,
        reason=reason,
        data={"place": str(place.uuid), "centihours": row.centihours},
    )
    emit(
        "class.hours_taken_back",
        {"class_hours": str(row.uuid), "person": str(place.person.uuid), "reason": reason},
        key=f"class.hours_taken_back:{row.uuid}",
    )


# --- rules -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewClassRule:
    """What an authority sets. minutes_per_hour None: from that day on nothing is set any more."""

    valid_from: date
    minutes_per_hour: int | None
    min_share_percent: int
    late_minutes: int | None
    source: str


def publish_rule(by: User | Actor, new: NewClassRule) -> ClassHoursRule:
    """The next version. For officers of the authority (the platform itself loads the demo)."""
    who = rule_versions.publisher(by)
    minutes = new.minutes_per_hour
    if minutes is not None and not 1 <= minutes <= 240:
        raise wrong("minutes_per_hour", _("一学时应在 1 到 240 分钟之间。"))
    if not 0 <= new.min_share_percent <= 100:
        raise wrong("min_share_percent", _("比例应在 0 到 100 之间。"))
    if new.late_minutes is not None and not 0 <= new.late_minutes <= 600:
        raise wrong("late_minutes", _("迟到的分钟应在 0 到 600 之间。"))
    said = {
        "valid_from": new.valid_from,
        "ms_per_hour": None if minutes is None else minutes * 60_000,
        "min_share_percent": new.min_share_percent,
        "late_minutes": new.late_minutes,
        "source": words("source", new.source, least=4, most=LONGEST),
    }
    return rule_versions.publish(who, ClassHoursRule, {}, said, action="class_rule.publish")
