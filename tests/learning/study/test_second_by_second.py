"""The engine's rules against the model of single seconds, over arbitrary studies of one person in two lessons.

Everything is whole seconds, so both must agree exactly (model.py says where rounding is). Reports come late, repeated,
reordered, cut, overlapping each other and the future; sessions differ in speed; claims fall anywhere.
"""

from dataclasses import asdict, dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.learning.study.intervals import FOREVER, clip, intersect, length, merge, shift, subtract
from lms.learning.study.models import LessonProgress, StudyReport, StudySession
from lms.learning.study.projection import applied
from lms.learning.study.rules import (
    Claim,
    Content,
    Event,
    Rule,
    Stream,
    bound,
    bound_coverage,
    count,
    is_barred,
    percent,
    turns,
    walk,
)
from tests.learning.study.model import Model

pytestmark = pytest.mark.long
SECOND = 1000
SESSION = 120
END = 400
RULE = Rule(
    version=1,
    speed_hundredths=200,
    ms_per_hour=2_700_000,
    idle_ms=60 * SECOND,
    tolerance_ms=2 * SECOND,
    session_ms=SESSION * SECOND,
    late_ms=END * SECOND,
    live_ms=90 * SECOND,
)
LESSONS = {"first": {"video": 90, "text": 40, "quiz": 20}, "second": {"video": 60, "slides": 30}}
LENGTHS = {lesson: {block: s * SECOND for block, s in blocks.items()} for lesson, blocks in LESSONS.items()}
BLOCKS = ["video", "text", "quiz", "slides", "of no lesson"]


@dataclass(frozen=True)
class Opened:
    lesson: str
    at: int
    speed_hundredths: int

    @property
    def rule(self):
        return replace(RULE, speed_hundredths=self.speed_hundredths)


@dataclass(frozen=True)
class Sent:
    """A report in ms; `session` is the number of an Opened."""

    session: int
    elapsed: int
    received: int
    active: tuple
    coverage: dict = field(hash=False)


@dataclass(frozen=True)
class Study:
    opened: tuple
    claims: tuple
    sent: tuple
    granted: tuple
    # (session, from, until, reason), ms
    bars: tuple

    def barred(self, session):
        return [(since, until, reason) for number, since, until, reason in self.bars if number == session]

    @property
    def all_barred(self):
        return {number: self.barred(number) for number in range(len(self.opened))}

    def sessions_of(self, lesson):
        return [number for number, page in enumerate(self.opened) if page.lesson == lesson]

    def reports_of(self, lesson):
        return [report for report in self.sent if self.opened[report.session].lesson == lesson]

    def granted_in(self, lesson):
        return [block for granted_lesson, block in self.granted if granted_lesson == lesson]


def in_ms(pairs):
    return tuple((start * SECOND, end * SECOND) for start, end in pairs)


pairs = st.tuples(st.integers(0, 160), st.integers(0, 50)).map(lambda pair: (pair[0], sum(pair)))
ranges = st.tuples(st.integers(0, 100), st.integers(0, 60)).map(lambda pair: (pair[0], sum(pair)))


@st.composite
def reports(draw, opened):
    """Anything a session may say, true or not: overlapping pairs, the future, content that is not there."""
    session = draw(st.integers(0, len(opened) - 1))
    active = in_ms(draw(st.lists(pairs, max_size=4)))
    coverage = draw(st.dictionaries(st.sampled_from(BLOCKS), st.lists(ranges, max_size=3), max_size=3))
    return Sent(
        session,
        elapsed=draw(st.integers(0, 200)) * SECOND,
        received=(opened[session].at // SECOND + draw(st.integers(0, 200))) * SECOND,
        active=active,
        coverage={block: in_ms(found) for block, found in coverage.items()},
    )


@st.composite
def studies(draw):
    opened = draw(
        st.lists(
            st.builds(
                Opened,
                lesson=st.sampled_from(["first", "first", "second"]),
                at=st.integers(0, 120).map(lambda at: at * SECOND),
                speed_hundredths=st.sampled_from([100, 125, 150, 200]),
            ),
            min_size=1,
            max_size=4,
        )
    )
    number = st.integers(0, len(opened) - 1)
    claims = draw(st.dictionaries(st.integers(0, 300), number, max_size=8))
    sent = draw(st.lists(reports(opened), max_size=8))
    # Some of it comes a second time, later: what a page says again after a lost answer.
    again = draw(st.lists(st.sampled_from(sent), max_size=3)) if sent else []
    later = [
        replace(report, received=report.received + draw(st.integers(0, 60)) * SECOND) for report in again
    ]
    bars = draw(
        st.lists(
            st.tuples(
                number, st.integers(0, 300), st.integers(1, 120), st.sampled_from(["unanswered", "held"])
            ),
            max_size=3,
        )
    )
    granted = draw(st.sets(st.sampled_from([("first", "quiz"), ("first", "text"), ("second", "slides")])))
    return Study(
        opened=tuple(opened),
        claims=tuple(Claim(at * SECOND, session) for at, session in sorted(claims.items())),
        sent=tuple(draw(st.permutations([*sent, *later]))),
        granted=tuple(sorted(granted)),
        bars=tuple(
            (session, since * SECOND, (since + spent) * SECOND, reason)
            for session, since, spent, reason in bars
        ),
    )


def fresh_model(study):
    model = Model(0, END * SECOND, LENGTHS)
    for number, page in enumerate(study.opened):
        model.open(
            number,
            page.lesson,
            page.at,
            speed_hundredths=page.speed_hundredths,
            session_ms=RULE.session_ms,
        )
    for claim in study.claims:
        model.claim(claim.session, claim.at)
    for session, since, until, _reason in study.bars:
        model.bar(session, since, until)
    return model


def tell(model, report):
    return model.report(
        report.session,
        report.received,
        report.active,
        report.coverage,
        tolerance_ms=RULE.tolerance_ms,
        elapsed=report.elapsed,
    )


def told_all(study):
    model = fresh_model(study)
    for report in study.sent:
        tell(model, report)
    for lesson, block in study.granted:
        model.grant(lesson, block)
    return model


def bounded(study, report):
    page = study.opened[report.session]
    return bound(report.active, page.at, report.received, page.rule)


def counted(study, lesson):
    content = Content(LENGTHS[lesson])
    found = study.reports_of(lesson)
    return count(
        [
            Stream(
                report.session,
                study.opened[report.session].speed_hundredths,
                bounded(study, report).accepted,
            )
            for report in found
        ],
        [
            bound_coverage(report.coverage, content)
            for report in found
            if not is_barred(study.barred(report.session), at(study, report))
        ],
        study.claims,
        content,
        study.granted_in(lesson),
        study.all_barred,
    )


def at(study, report):
    return min(study.opened[report.session].at + report.elapsed, report.received)


@given(studies())
def test_one_report_is_bounded_second_by_second(study):
    for report in study.sent:
        told, found = tell(fresh_model(study), report), bounded(study, report)
        assert {ms for start, end in found.accepted for ms in range(start, end, SECOND)} == told.accepted
        assert (found.ahead_ms, found.too_long_ms) == (told.ahead, told.too_long)


@given(studies())
def test_the_figures_of_every_lesson_are_the_models(study):
    model = told_all(study)
    for lesson in LESSONS:
        assert asdict(counted(study, lesson)) == model.figures(lesson)


@given(studies())
def test_no_second_is_counted_twice_whatever_is_sent(study):
    """Over all lessons: active time is at most the seconds there were, counted time at most their speed."""
    found = {lesson: counted(study, lesson) for lesson in LESSONS}
    used = told_all(study).seconds_used()
    assert sum(figures.active_ms for figures in found.values()) <= used
    assert sum(figures.counted_ms for figures in found.values()) <= used * 2
    for lesson, figures in found.items():
        assert figures.counted_ms <= Content(LENGTHS[lesson]).total


@given(studies())
def test_every_step_of_the_walk_adds_what_the_model_gains(study):
    """The explanation, told in the order of the wall clock whatever order things came in."""
    for lesson in LESSONS:
        content = Content(LENGTHS[lesson])
        events, what = [], {}
        for place, report in enumerate(study.sent):
            page = study.opened[report.session]
            if page.lesson != lesson:
                continue
            order = (report.session, place)
            what[order] = report
            events.append(
                Event(
                    at=at(study, report),
                    order=order,
                    session=report.session,
                    speed_hundredths=page.speed_hundredths,
                    stretches=bounded(study, report).accepted,
                    coverage=bound_coverage(report.coverage, content),
                )
            )
        for place, block in enumerate(study.granted_in(lesson)):
            what[(-1, place)] = block
            events.append(Event(at=150 * SECOND, order=(-1, place), granted=(block,)))
        model = fresh_model(study)
        before = model.figures(lesson)
        for step in walk(events, study.claims, content, study.all_barred):
            told = what[step.event.order]
            if isinstance(told, str):
                model.grant(lesson, told)
            else:
                tell(model, told)
            after = model.figures(lesson)
            assert asdict(step.after) == after
            assert length(step.active) == after["active_ms"] - before["active_ms"]
            assert (
                sum(until - since for since, until, _reason in step.barred)
                == after["barred_ms"] - before["barred_ms"]
            )
            assert length(step.overlap) == after["overlap_ms"] - before["overlap_ms"]
            assert step.new_coverage_ms == after["covered_ms"] - before["covered_ms"]
            assert step.counted_ms == after["counted_ms"] - before["counted_ms"] >= 0
            before = after


@given(studies())
def test_the_step_after_each_report_keeps_up_with_the_model(study):
    """projection.applied, in the order of arrival, knowing only the claims there are by then."""
    model = fresh_model(study)
    rows = {lesson: LessonProgress(lengths=blocks, required_percent=90) for lesson, blocks in LENGTHS.items()}
    pages = [
        StudySession(
            opened_ms=page.at, seen_ms=page.at, barred=[list(bar) for bar in sorted(study.barred(number))]
        )
        for number, page in enumerate(study.opened)
    ]
    arrival = sorted(study.sent, key=lambda report: report.received)
    for seq, report in enumerate(arrival, 1):
        page, session = study.opened[report.session], pages[report.session]
        known = [claim for claim in study.claims if claim.at <= report.received]
        session.turns = [list(pair) for pair in turns(known).get(report.session, ())]
        row = rows[page.lesson]
        before = row.counted_ms
        kept = StudyReport(
            seq=seq,
            received_ms=report.received,
            elapsed_ms=report.elapsed,
            active=[list(pair) for pair in report.active],
            coverage={block: [list(pair) for pair in found] for block, found in report.coverage.items()},
        )
        applied(session, row, kept, page.rule, {}, here=True)
        tell(model, report)
        expected = model.figures(page.lesson)
        assert {name: getattr(row, name) for name in expected if name != "budget_ms"} == {
            name: ms for name, ms in expected.items() if name != "budget_ms"
        }
        assert row.budget_hundredths // 100 == expected["budget_ms"]
        assert row.counted_ms >= before
        assert sum(row.days.values()) == row.counted_ms
        assert row.percent == percent(expected["met_ms"], Content(LENGTHS[page.lesson]).total)


@given(studies(), st.data())
def test_cut_shuffled_and_repeated_it_is_the_same_study(study, data):
    """Every report second by second, each piece sent on its own, in any order, some of them twice."""
    pieces = []
    for report in study.sent:
        cut = data.draw(st.integers(1, 40)) * SECOND
        parts = [
            (start, min(start + cut, high)) for low, high in report.active for start in range(low, high, cut)
        ]
        pieces += [replace(report, active=(part,), coverage={}) for part in parts]
        pieces += [
            replace(report, active=(), coverage={block: (pair,)})
            for block, found in report.coverage.items()
            for pair in found
        ]
    twice = data.draw(st.lists(st.sampled_from(pieces), max_size=5)) if pieces else []
    again = replace(study, sent=tuple(data.draw(st.permutations([*pieces, *twice]))))
    for lesson in LESSONS:
        assert counted(again, lesson) == counted(study, lesson)


@given(studies(), st.data())
def test_a_bar_only_takes_and_lifting_or_shortening_it_only_gives(study, data):
    lifted = replace(
        study, bars=tuple(data.draw(st.lists(st.sampled_from(study.bars))) if study.bars else ())
    )
    shorter = replace(
        study,
        bars=tuple(
            (session, since, since + (until - since) // 2 // SECOND * SECOND, reason)
            for session, since, until, reason in study.bars
        ),
    )
    for lesson in LESSONS:
        least = counted(study, lesson)
        for more in (lifted, shorter, replace(study, bars=())):
            found = counted(more, lesson)
            assert found.active_ms >= least.active_ms
            assert found.covered_ms >= least.covered_ms
            assert found.counted_ms >= least.counted_ms
            assert found.active_ms + found.barred_ms == least.active_ms + least.barred_ms


@given(st.lists(pairs, max_size=6), st.lists(pairs, max_size=6), st.integers(0, 220), st.integers(0, 220))
def test_the_algebra_is_that_of_arrays_of_seconds(first, second, low, high):
    def array(found, size=300):
        seconds = bytearray(size)
        for start, end in found:
            for moment in range(start, min(end, size)):
                seconds[moment] = 1
        return seconds

    a, b = merge(first), merge(second)
    one, two = array(first), array(second)
    assert array(a) == one
    assert length(a) == sum(one)
    assert array(intersect(a, b)) == bytearray(x & y for x, y in zip(one, two, strict=True))
    assert array(subtract(a, b)) == bytearray(x & ~y & 1 for x, y in zip(one, two, strict=True))
    assert array(clip(a, low, high)) == bytearray(x if low <= i < high else 0 for i, x in enumerate(one))
    assert array(shift(a, 7)) == bytearray(7) + one[:-7]


@given(studies())
def test_every_second_has_one_holder(study):
    model, found = fresh_model(study), turns(study.claims)
    for tick, holder in enumerate(model.turn):
        moment = tick * SECOND
        holders = [s for s, held in found.items() if any(start <= moment < end for start, end in held)]
        assert holders == ([] if holder is None else [holder])
    assert all(end <= FOREVER for held in found.values() for _start, end in held)
