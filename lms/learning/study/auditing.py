"""Looking through everybody's totals for those that do not follow from their raw rows: some people at a time, in a fixed
number of queries for them, with the memory that their reports take.

Owns: that look. It takes no lock, so that nobody's report waits for it; what it finds may have changed under its eyes, and
is looked at once more, one by one and under the person's lock, by whoever asked (projection.differences). Refuses: writing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db.models import F, Q

from lms.learning.study.bar_sources import bars_of
from lms.learning.study.intervals import Range, Ranges, merge
from lms.learning.study.models import (
    LessonProgress,
    StreamClaim,
    StudyGrant,
    StudyReport,
    StudyRule,
    StudySession,
)
from lms.learning.study.projection import figures_of, session_figures
from lms.learning.study.rules import Claim, Content, Event, Rule, bound, bound_coverage, turns, walk

# People in one look. A year of study is some hundred reports, each half a kilobyte.
PEOPLE = 50
REPORT_FIELDS = ("session_id", "seq", "received_ms", "elapsed_ms", "active", "coverage")


@dataclass
class Found:
    """Of some people: how many totals were looked at, and the rows (pk) that seem not to follow from their reports."""

    checked: int = 0
    progress: list[int] = field(default_factory=list)
    sessions: list[int] = field(default_factory=list)


def looked_through(person: int | None = None, people: int = PEOPLE) -> Iterator[Found]:
    """Everybody's totals (or one person's), some people at a time in the order of their ids."""
    if person is not None:
        yield _look([person])
        return
    low = 0
    while some := _people(low, people):
        yield _look(some)
        low = some[-1]


def _people(low: int, most: int) -> list[int]:
    found: set[int] = set()
    for rows in (LessonProgress.objects.all(), StudySession.objects.all()):
        ids = rows.filter(person__gt=low).order_by("person_id").values_list("person_id", flat=True)
        found |= set(ids.distinct()[:most])
    return sorted(found)[:most]


def _look(people: Sequence[int]) -> Found:
    facts = _Facts(people)
    found = Found(checked=len(facts.progress))
    for row in facts.progress:
        content = Content(row.lengths)
        steps = walk(facts.events(row, content), facts.claims[row.person_id], content, facts.barred(row))
        if _differs(row, figures_of(steps, content)):
            found.progress.append(row.pk)
    mine = {person: turns(claims) for person, claims in facts.claims.items()}
    bars = bars_of(session.pk for session in facts.sessions)
    wanted = set(people)
    for session in facts.sessions:
        if session.person_id not in wanted:
            continue
        held = mine.get(session.person_id, {}).get(session.pk, ())
        if _differs(session, session_figures(facts.accepted(session), held, bars[session.pk])):
            found.sessions.append(session.pk)
    return found


def _differs(row: Any, right: dict[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in right.items())


class _Facts:
    """The raw rows of some people. Six queries."""

    def __init__(self, people: Sequence[int]) -> None:
        self.rules: dict[int, Rule] = {row.pk: row.plain() for row in StudyRule.objects.all()}
        self.progress = list(LessonProgress.objects.filter(person__in=people).order_by("pk"))
        lessons = {row.pk for row in self.progress}
        # A session belongs to its lesson and to its person; that the two agree is not taken for granted.
        self.sessions = list(
            StudySession.objects.filter(Q(person__in=people) | Q(progress__in=lessons)).order_by("pk")
        )
        self.claims: dict[int, list[Claim]] = defaultdict(list)
        claims = StreamClaim.objects.filter(person__in=people).order_by("person_id", "at_ms")
        for person, at_ms, holder in claims.values_list("person_id", "at_ms", "session_id"):
            self.claims[person].append(Claim(at_ms, holder))
        self.grants: dict[tuple[int, int], list[Event]] = defaultdict(list)
        grants = StudyGrant.objects.filter(enrolment__in={row.enrolment_id for row in self.progress})
        for grant in grants:
            event = Event(at=grant.at_ms, order=(0, grant.pk), granted=(grant.block,))
            self.grants[grant.enrolment_id, grant.lesson_id].append(event)
        self.reports: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        rows = StudyReport.objects.filter(
            session__in=[session.pk for session in self.sessions], opened_ms=F("session__opened_ms")
        )
        told = rows.order_by("session_id", "seq").values_list(*REPORT_FIELDS)
        for pk, group in groupby(told.iterator(2000), key=lambda row: row[0]):
            self.reports[pk] = list(group)
        self.of_lesson: dict[int, list[StudySession]] = defaultdict(list)
        for session in self.sessions:
            self.of_lesson[session.progress_id].append(session)

    def events(self, row: LessonProgress, content: Content) -> list[Event]:
        """As projection.events_of has them."""
        found = list(self.grants[row.enrolment_id, row.lesson_id])
        for session in self.of_lesson[row.pk]:
            rule = self.rules[session.rule_id]
            for _pk, seq, received_ms, elapsed_ms, active, coverage in self.reports[session.pk]:
                found.append(
                    Event(
                        at=min(session.opened_ms + elapsed_ms, received_ms),
                        order=(session.pk, seq),
                        session=session.pk,
                        speed_hundredths=rule.speed_hundredths,
                        stretches=bound(active, session.opened_ms, received_ms, rule).accepted,
                        coverage=bound_coverage(coverage, content),
                    )
                )
        return found

    def barred(self, row: LessonProgress) -> dict[int, list[tuple[int, int, str]]]:
        """As projection.barred_in has it."""
        return {
            session.pk: [(start, end, reason) for start, end, reason in session.barred]
            for session in self.of_lesson[row.pk]
            if session.barred
        }

    def accepted(self, session: StudySession) -> Ranges:
        rule = self.rules[session.rule_id]
        pairs: list[Range] = []
        for _pk, _seq, received_ms, _elapsed, active, _coverage in self.reports[session.pk]:
            pairs += bound(active, session.opened_ms, received_ms, rule).accepted
        return merge(pairs)
