"""What is barred does not count, is named, and comes back whole when the bar is lifted; the audit agrees at each step."""

import pytest
import time_machine
from django.core.management import call_command

from lms.learning.study import bar_sources, barred, projection
from lms.learning.study.intervals import FOREVER
from lms.learning.study.models import LessonProgress, StudySession
from lms.lib.clock import epoch_ms, now
from tests.factories.courses import PARAGRAPH, released_course, text
from tests.factories.learning import MINUTE, enrolment, opened, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def said():
    """session pk → bars, as a source of its own would say."""
    bars = {}
    bar_sources.sources.append(lambda pks: {pk: bars[pk] for pk in pks if pk in bars})
    yield bars
    bar_sources.sources.pop()


@pytest.fixture
def clock():
    with time_machine.travel("2026-03-02 09:00:00+08:00", tick=False) as found:
        yield found


@pytest.fixture
def studied(clock):
    """Ten minutes of one lesson in five reports of two minutes, each with new content at twice the speed of reading."""
    item = enrolment(release=released_course(lessons=[[text(PARAGRAPH * 10)]]))
    block = item.release.lessons.get().blocks[0]["id"]
    page = opened(item).session
    for seq in range(1, 6):
        clock.shift(120)
        low, high = (seq - 1) * 2 * MINUTE, seq * 2 * MINUTE
        send(page, seq, until=high, active=[[low, high]], coverage={block: [[low, high]]})
    return page


def figures(page):
    row = LessonProgress.objects.get(pk=page.progress_id)
    return row.active_ms, row.barred_ms, row.covered_ms, row.counted_ms


def audited():
    call_command("audit_study")


def test_bars_take_out_time_and_what_was_met_in_it_and_lifting_gives_all_back(studied, said):
    before = figures(studied)
    assert before == (10 * MINUTE, 0, 10 * MINUTE, 10 * MINUTE)
    low = studied.opened_ms + 4 * MINUTE
    said[studied.pk] = [(low, low + 2 * MINUTE, "held")]
    assert barred.rebar([studied.pk]) == 1
    assert figures(studied) == (8 * MINUTE, 2 * MINUTE, 8 * MINUTE, 8 * MINUTE)
    audited()
    (step,) = [
        step
        for step in projection.steps_of(LessonProgress.objects.get(pk=studied.progress_id))
        if step.barred
    ]
    assert step.barred == ((low, low + 2 * MINUTE, "held"),)
    assert step.refused == "held"
    assert barred.rebar([studied.pk]) == 0
    said.clear()
    assert barred.rebar([studied.pk]) == 1
    assert figures(studied) == before
    audited()


def test_what_comes_in_under_a_bar_counts_when_it_is_lifted(studied, said, clock):
    start = epoch_ms(now())
    said[studied.pk] = [(start, FOREVER, "held")]
    assert barred.rebar([studied.pk]) == 1
    before = figures(studied)
    block = next(iter(LessonProgress.objects.get(pk=studied.progress_id).lengths))
    clock.shift(120)
    taken = send(
        studied,
        6,
        until=12 * MINUTE,
        active=[[10 * MINUTE, 12 * MINUTE]],
        coverage={block: [[10 * MINUTE, 12 * MINUTE]]},
    )
    assert ("held", 2 * MINUTE) in taken.refused
    assert figures(studied) == (before[0], 2 * MINUTE, before[2], before[3])
    audited()
    said.clear()
    barred.rebar([studied.pk])
    assert figures(studied) == (12 * MINUTE, 0, 12 * MINUTE, 12 * MINUTE)
    audited()


def test_bars_of_several_reasons_take_a_moment_once(studied, said):
    low = studied.opened_ms
    said[studied.pk] = [(low, low + 4 * MINUTE, "held"), (low + 2 * MINUTE, low + 6 * MINUTE, "unanswered")]
    barred.rebar([studied.pk])
    assert figures(studied) == (4 * MINUTE, 6 * MINUTE, 4 * MINUTE, 4 * MINUTE)
    audited()


def test_the_audit_finds_bars_that_nobody_says(studied):
    StudySession.objects.filter(pk=studied.pk).update(barred=[[0, FOREVER, "held"]])
    found = projection.session_differences(StudySession.objects.get(pk=studied.pk))
    assert found["barred"] == ([[0, FOREVER, "held"]], [])
