"""LessonProgress kept in step with the rows it follows from, and rebuilt from them.

Owns: the quick step after one report (state so far + what is new) and the slow way over everything (rules.walk). Both
give the same figures; `audit` shows it. Refuses: writing reports, claims or grants.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import F, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from lms.learning.study.bar_sources import bars_of
from lms.learning.study.intervals import FOREVER, Ranges, intersect, length, merge, subtract
from lms.learning.study.models import LessonProgress, StreamClaim, StudyGrant, StudyReport, StudySession
from lms.learning.study.rules import (
    Bar,
    Claim,
    Content,
    Count,
    Event,
    Rule,
    Step,
    barred_ranges,
    bound,
    bound_coverage,
    coverage_sums,
    figures,
    is_barred,
    percent,
    turns,
    union_coverage,
    walk,
)
from lms.lib.clock import from_epoch_ms, local_day, now

PROGRESS_FIELDS = [
    "coverage",
    "granted",
    "active_ms",
    "overlap_ms",
    "barred_ms",
    "budget_hundredths",
    "covered_ms",
    "met_ms",
    "counted_ms",
    "percent",
    "days",
    "last_day",
    "position",
    "updated_at",
]


def wall_moment(opened_ms: int, report: StudyReport) -> int:
    """Where on the wall clock a report belongs: its own end, never later than when it was heard."""
    return min(opened_ms + report.elapsed_ms, report.received_ms)


def day_of(wall_ms: int) -> date:
    return local_day(from_epoch_ms(wall_ms))


def applied(
    session: StudySession,
    progress: LessonProgress,
    report: StudyReport,
    rule: Rule,
    position: dict[str, Any],
    *,
    here: bool,
) -> bool:
    """Bring session and progress up to date after one new report, in memory; store.write saves both with it.

    Returns whether the report belongs to a day before the last one known: then the days must be walked anew, once the
    report is written.
    """
    before = merge(session.active)
    after = merge((*before, *bound(report.active, session.opened_ms, report.received_ms, rule).accepted))
    own = intersect(after, merge(session.turns))
    attributed_ms = length(subtract(own, barred_ranges(session.barred)) if session.barred else own)
    barred_ms = length(own) - attributed_ms
    gained = attributed_ms - session.attributed_ms
    shut = barred_ms - session.barred_ms
    grown = length(after) - length(before)
    session.active = after
    session.attributed_ms = attributed_ms
    session.barred_ms = barred_ms
    # A report sent afterwards, from another page, does not mean that this one is still open.
    if here:
        session.seen_ms = max(session.seen_ms, report.received_ms)

    progress.active_ms += gained
    progress.overlap_ms += grown - gained - shut
    progress.barred_ms += shut
    progress.budget_hundredths += gained * rule.speed_hundredths
    content = Content(progress.lengths)
    moment = wall_moment(session.opened_ms, report)
    new = bound_coverage(report.coverage, content)
    if new and not is_barred(session.barred, moment):
        progress.coverage = union_coverage((progress.coverage, new))
    if position:
        progress.position = position
    return _settle(progress, content, day_of(moment))


def apply_grant(progress: LessonProgress, block: str, day: date) -> None:
    """The grant's own day is today, the last there can be: nothing needs walking."""
    progress.granted = sorted({*progress.granted, block})
    _settle(progress, Content(progress.lengths), day)
    progress.save(update_fields=PROGRESS_FIELDS)


def walk_days(progress: LessonProgress) -> None:
    """The days anew, after news about an earlier one: it moves later days' shares, never the total."""
    progress.days = _days(steps_of(progress))
    progress.save(update_fields=["days"])


def _settle(progress: LessonProgress, content: Content, day: date) -> bool:
    """Figures from the sums, and the day they belong to; whether that day is not the last one."""
    reported_ms, granted_ms = coverage_sums(progress.coverage, progress.granted, content)
    found = figures(
        progress.active_ms,
        progress.overlap_ms,
        progress.budget_hundredths,
        reported_ms,
        granted_ms,
        progress.barred_ms,
    )
    gained = found.counted_ms - progress.counted_ms
    _write_count(progress, found, content)
    is_past = progress.last_day is not None and day < progress.last_day
    if gained:
        progress.days = {**progress.days, day.isoformat(): progress.days.get(day.isoformat(), 0) + gained}
    progress.last_day = max(day, progress.last_day) if progress.last_day else day
    progress.updated_at = now()
    return is_past


def _write_count(progress: LessonProgress, found: Count, content: Content) -> None:
    progress.active_ms = found.active_ms
    progress.overlap_ms = found.overlap_ms
    progress.barred_ms = found.barred_ms
    progress.covered_ms = found.covered_ms
    progress.met_ms = found.met_ms
    progress.counted_ms = found.counted_ms
    progress.percent = percent(found.met_ms, content.total)


# --- the slow way ----------------------------------------------------------------------------------------


def claims_of(person_id: int, since_ms: int = 0) -> list[Claim]:
    """The person's claims; with `since_ms` only those that matter from then on (the last one before is kept). One query."""
    own = StreamClaim.objects.filter(person_id=person_id)
    rows = own.order_by("at_ms")
    if since_ms:
        before = own.filter(at_ms__lte=since_ms).order_by("-at_ms").values("at_ms")[:1]
        rows = rows.filter(at_ms__gte=Coalesce(Subquery(before), Value(0)))
    return [Claim(at, session) for at, session in rows.values_list("at_ms", "session_id")]


def reports_of(progress_ids: Iterable[int]) -> QuerySet[StudyReport]:
    """All reports about these lessons of learners, with session and rule. Of the months, only the sessions' own are
    looked into.
    """
    rows = StudyReport.objects.filter(session__progress__in=progress_ids, opened_ms=F("session__opened_ms"))
    return rows.select_related("session__rule")


def events_of(progress: LessonProgress) -> list[Event]:
    """Everything recorded about one learner in one lesson, as plain values."""
    content = Content(progress.lengths)
    events = []
    for report in reports_of([progress.pk]):
        session, rule = report.session, report.session.rule.plain()
        events.append(
            Event(
                at=wall_moment(session.opened_ms, report),
                order=(session.pk, report.seq),
                session=session.pk,
                speed_hundredths=rule.speed_hundredths,
                stretches=bound(report.active, session.opened_ms, report.received_ms, rule).accepted,
                coverage=bound_coverage(report.coverage, content),
            )
        )
    grants = StudyGrant.objects.filter(enrolment_id=progress.enrolment_id, lesson_id=progress.lesson_id)
    events += [Event(at=grant.at_ms, order=(0, grant.pk), granted=(grant.block,)) for grant in grants]
    return events


def steps_of(progress: LessonProgress) -> list[Step]:
    return walk(
        events_of(progress),
        claims_of(progress.person_id),
        Content(progress.lengths),
        barred_in(StudySession.objects.filter(progress=progress)),
    )


def barred_in(sessions: QuerySet[StudySession]) -> dict[int, list[Bar]]:
    """Session → what of it is barred, for those of which anything is."""
    rows = sessions.exclude(barred=[]).values_list("pk", "barred")
    return {pk: [(start, end, reason) for start, end, reason in bars] for pk, bars in rows}


def _days(steps: list[Step]) -> dict[str, int]:
    days: dict[str, int] = {}
    for step in steps:
        if step.counted_ms:
            key = day_of(step.event.at).isoformat()
            days[key] = days.get(key, 0) + step.counted_ms
    return days


def rebuilt(progress: LessonProgress) -> dict[str, Any]:
    """The figures of a progress row, from nothing but reports, claims, grants and rules."""
    return figures_of(steps_of(progress), Content(progress.lengths))


def figures_of(steps: list[Step], content: Content) -> dict[str, Any]:
    """What a progress row has to say after these steps."""
    found = steps[-1].after if steps else Count()
    budget = sum(length(step.active) * step.event.speed_hundredths for step in steps)
    return {
        "coverage": {
            block: [list(pair) for pair in ranges]
            for block, ranges in union_coverage(step.coverage for step in steps).items()
        },
        "granted": sorted({block for step in steps for block in step.event.granted}),
        "active_ms": found.active_ms,
        "overlap_ms": found.overlap_ms,
        "barred_ms": found.barred_ms,
        "budget_hundredths": budget,
        "covered_ms": found.covered_ms,
        "met_ms": found.met_ms,
        "counted_ms": found.counted_ms,
        "percent": percent(found.met_ms, content.total),
        "days": _days(steps),
    }


def differences(progress: LessonProgress) -> dict[str, tuple[Any, Any]]:
    """What of a stored row differs from what its reports say: field → (stored, rebuilt). Empty when it is right."""
    return {
        name: (getattr(progress, name), value)
        for name, value in rebuilt(progress).items()
        if getattr(progress, name) != value
    }


def repair(progress: LessonProgress) -> None:
    """Write the rebuilt figures over the stored ones."""
    for name, value in rebuilt(progress).items():
        setattr(progress, name, value)
    progress.updated_at = now()
    progress.save(update_fields=PROGRESS_FIELDS)


def session_differences(session: StudySession) -> dict[str, tuple[Any, Any]]:
    """The same for a session's own projection: turns from claims, active and attributed time from reports, bars from
    whoever bars.
    """
    mine: Ranges = turns(claims_of(session.person_id)).get(session.pk, ())
    rule = session.rule.plain()
    accepted = merge(
        pair
        for report in session.reports.filter(opened_ms=session.opened_ms)
        for pair in bound(report.active, session.opened_ms, report.received_ms, rule).accepted
    )
    bars = bars_of([session.pk])[session.pk]
    right = session_figures(accepted, mine, bars)
    return {
        name: (getattr(session, name), value)
        for name, value in right.items()
        if getattr(session, name) != value
    }


def session_figures(accepted: Ranges, mine: Ranges, bars: list[Bar]) -> dict[str, Any]:
    """What a session has to say of itself. accepted: of all its reports; mine: its turns."""
    own = intersect(accepted, mine)
    attributed_ms = length(subtract(own, barred_ranges(bars)))
    return {
        "turns": [[start, min(end, FOREVER)] for start, end in mine],
        "active": [list(pair) for pair in accepted],
        "barred": [list(bar) for bar in bars],
        "attributed_ms": attributed_ms,
        "barred_ms": length(own) - attributed_ms,
    }
