"""From raw facts to stretches and totals, over the very lines of a pack: plain functions, no database, no clock.

Whoever makes a pack and whoever checks it go through here, so that "the totals follow from the reports" is one statement.
The counting itself is study/rules.py. Milliseconds everywhere; `wall` ones since 1970 UTC.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lms.learning.hours import timeline
from lms.learning.study.intervals import Ranges, clip, merge, shift, subtract
from lms.learning.study.rules import (
    Claim,
    Content,
    Count,
    Event,
    Rule,
    Step,
    bound,
    bound_coverage,
    percent,
    turns,
    walk,
)
from lms.lib.clock import day_bounds, epoch_ms

Line = dict[str, Any]
RULE_FIELDS = (
    "version",
    "speed_hundredths",
    "ms_per_hour",
    "idle_ms",
    "tolerance_ms",
    "session_ms",
    "late_ms",
    "live_ms",
)
HASHED = ("seq", "elapsed_ms", "active_ms_total", "active", "inactive", "coverage")


@dataclass(frozen=True)
class Course:
    """lengths: lesson → block → content ms. rules: version → study rule."""

    lengths: Mapping[str, Mapping[str, int]]
    rules: Mapping[int, Rule]


@dataclass(frozen=True)
class Raw:
    """One enrolment's lines, in the order of the files (which breaks ties between events of one moment)."""

    sessions: Sequence[Line]
    reports: Sequence[Line]
    grants: Sequence[Line]
    claims: Sequence[Line]


@dataclass(frozen=True)
class Period:
    """Wall ms, start in, end out; it limits what is listed, never what is counted in all."""

    low: int
    high: int

    def holds(self, moment: int) -> bool:
        return self.low <= moment < self.high


def rule_of(line: Line) -> Rule:
    return Rule(**{name: line[name] for name in RULE_FIELDS})


def course_from(document: Line) -> Course:
    """What counting needs to know of course.json. Raises KeyError or TypeError where it is not there."""
    return Course(
        lengths={lesson["uuid"]: lesson["lengths"] for lesson in document["lessons"]},
        rules={rule["version"]: rule_of(rule) for rule in document["study_rules"]},
    )


def period_between(first: date | None, last: date | None, as_of: datetime) -> Period:
    """From the start of the first Shanghai day to the end of the last one; without them from ever to the pack's moment."""
    return Period(
        epoch_ms(day_bounds(first)[0]) if first else 0,
        epoch_ms(day_bounds(last)[1]) if last else epoch_ms(as_of) + 1,
    )


def period_of(scope: Line, as_of: str) -> Period:
    """The same from a manifest."""
    first, last = (date.fromisoformat(scope[name]) if scope[name] else None for name in ("first", "last"))
    return period_between(first, last, datetime.fromisoformat(as_of))


def payload_hash(report: Line) -> str:
    """What study/reports.py kept when the report arrived: SHA-256 of its facts as canonical JSON."""
    facts = {name: report[name] for name in HASHED}
    return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def recount(raw: Raw, course: Course, period: Period) -> tuple[list[Line], list[Line]]:
    """(stretches inside the period, totals of every lesson touched) of one enrolment, as lines without its id."""
    numbers = {line["session"]: number for number, line in enumerate(raw.sessions, 1)}
    names = dict(enumerate(raw.sessions, 1))
    claims = [Claim(line["at_ms"], numbers.get(line["session"], 0)) for line in raw.claims]
    events, heard = _events(raw, course, numbers)
    barred = {
        numbers[line["session"]]: [(start, end, reason) for start, end, reason in line["barred"]]
        for line in raw.sessions
        # Packs of version 1 know of none.
        if line.get("barred")
    }
    walked = {
        lesson: walk(found, claims, Content(course.lengths[lesson]), barred)
        for lesson, found in events.items()
    }
    listed = {
        lesson: [step for step in steps if period.holds(step.event.at)] for lesson, steps in walked.items()
    }
    everything = [step for steps in listed.values() for step in steps]
    stretches = [
        _stretch(row, names[row.session], names.get(row.other or 0))
        for row in timeline.rows(everything, heard, turns(claims))
    ]
    stretches += [
        _moment(step, lesson, names.get(step.event.session))
        for lesson, steps in listed.items()
        for step in steps
        if step.counted_ms and not (step.event.session and step.active)
    ]
    stretches.sort(key=lambda line: (line["start_ms"], line["end_ms"], line["session"] or "", line["lesson"]))
    totals = [
        _total(lesson, walked[lesson], listed[lesson], course.lengths[lesson]) for lesson in sorted(walked)
    ]
    return stretches, totals


def _events(
    raw: Raw, course: Course, numbers: Mapping[str, int]
) -> tuple[dict[str, list[Event]], dict[tuple[int, int], timeline.Heard]]:
    sessions = {line["session"]: line for line in raw.sessions}
    events: dict[str, list[Event]] = {line["lesson"]: [] for line in raw.sessions}
    heard: dict[tuple[int, int], timeline.Heard] = {}
    for report in raw.reports:
        session = sessions[report["session"]]
        rule = course.rules[session["rule"]]
        opened, received = session["opened_ms"], report["received_ms"]
        order = (numbers[report["session"]], report["seq"])
        accepted = bound(report["active"], opened, received, rule).accepted
        events[session["lesson"]].append(
            Event(
                # A report belongs to its own end, never later than when it was heard (study/projection.py).
                at=min(opened + report["elapsed_ms"], received),
                order=order,
                session=order[0],
                speed_hundredths=rule.speed_hundredths,
                stretches=accepted,
                coverage=bound_coverage(report["coverage"], Content(course.lengths[session["lesson"]])),
            )
        )
        heard[order] = _heard(report, opened, accepted, rule)
    for number, grant in enumerate(raw.grants, 1):
        events.setdefault(grant["lesson"], []).append(
            Event(at=grant["at_ms"], order=(0, number), granted=(grant["block"],))
        )
    return events, heard


def _heard(report: Line, opened: int, accepted: Ranges, rule: Rule) -> timeline.Heard:
    raw = shift(merge(report["active"]), opened)
    end = opened + rule.session_ms
    ahead = subtract(clip(raw, 0, end), accepted)
    return timeline.Heard(
        received=report["received_ms"],
        inactive=timeline.clip_inactive(report["inactive"], opened, report["received_ms"]),
        ahead=ahead if sum(pair[1] - pair[0] for pair in ahead) > rule.tolerance_ms else (),
        too_long=subtract(raw, clip(raw, 0, end)),
    )


def worth(completion: Line) -> int:
    """Hundredths of a 学时 that a completion has given in all: its own, those of study afterwards, and corrections."""
    added = sum(part["centihours"] for part in completion["top_ups"])
    # Packs of version 1 know of no corrections.
    corrected = sum(part["delta_centihours"] for part in completion.get("corrections", ()))
    return int(completion["centihours"]) + added + corrected


def _stretch(row: timeline.Row, session: Line, other: Line | None) -> Line:
    return {
        "lesson": session["lesson"],
        "session": session["session"],
        "start_ms": row.start,
        "end_ms": row.end,
        "wall_ms": row.wall_ms,
        "counted_ms": row.counted_ms,
        "new_ms": row.new_ms,
        "reason": row.reason,
        "other": other["session"] if other else None,
        "late_ms": row.late_ms,
        "rule": session["rule"],
    }


def _moment(step: Step, lesson: str, session: Line | None) -> Line:
    """What counted at a moment without a stretch: a block granted whole, or content told after its time."""
    return {
        "lesson": lesson,
        "session": session["session"] if session else None,
        "start_ms": step.event.at,
        "end_ms": step.event.at,
        "wall_ms": 0,
        "counted_ms": step.counted_ms,
        "new_ms": step.new_coverage_ms,
        "reason": "",
        "other": None,
        "late_ms": 0,
        "rule": session["rule"] if session else None,
    }


def _total(lesson: str, steps: Sequence[Step], listed: Iterable[Step], lengths: Mapping[str, int]) -> Line:
    found = steps[-1].after if steps else Count()
    return {
        "lesson": lesson,
        "active_ms": found.active_ms,
        "overlap_ms": found.overlap_ms,
        "covered_ms": found.covered_ms,
        "counted_ms": found.counted_ms,
        "percent": percent(found.met_ms, Content(lengths).total),
        "period_counted_ms": sum(step.counted_ms for step in listed),
    }
