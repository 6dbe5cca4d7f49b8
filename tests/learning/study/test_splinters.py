"""Reports in splinters: a session and a lesson hold so many pieces, and no report of any page gets there."""

import time
from datetime import datetime

import pytest
import time_machine

from lms.learning.study import projection
from lms.learning.study.models import LessonProgress, StudyReport
from lms.learning.study.reports import MAX_STRETCHES
from lms.learning.study.splinters import MOST_PIECES, MOST_STRETCHES
from lms.lib.clock import SHANGHAI
from lms.lib.errors import Invalid
from tests.factories.learning import SECOND, blocks, enrolment, opened, send

pytestmark = pytest.mark.django_db
DAY_LONG = 11 * 3600


@pytest.fixture
def page():
    with time_machine.travel(datetime(2026, 3, 2, 8, tzinfo=SHANGHAI), tick=False) as clock:
        found = opened(enrolment())
        clock.shift(DAY_LONG)
        yield found


def splinters(number):
    return [
        [2 * piece, 2 * piece + 1] for piece in range(number * MAX_STRETCHES, (number + 1) * MAX_STRETCHES)
    ]


def row_of(page):
    return LessonProgress.objects.get(pk=page.progress.pk)


def fill(page, what, most):
    """Sends splinters until the next report of them would be refused; its number."""
    full = most // MAX_STRETCHES
    for number in range(full):
        send(page.session, number + 1, until=DAY_LONG * SECOND, **what(number))
    return full + 1


@pytest.mark.parametrize("kind", ["active", "coverage"])
def test_more_pieces_than_a_page_makes_are_refused_and_nothing_is_written(page, kind):
    block = blocks(page.session.enrolment)[0]["id"]

    def what(number):
        found = splinters(number)
        return {"active": found} if kind == "active" else {"active": [], "coverage": {block: found}}

    seq = fill(page, what, MOST_STRETCHES if kind == "active" else MOST_PIECES)
    before = row_of(page)
    with pytest.raises(Invalid) as refusal:
        send(page.session, seq, until=DAY_LONG * SECOND, **what(seq - 1))
    assert (refusal.value.status, refusal.value.code) == (422, "too_fragmented")
    assert str(MOST_STRETCHES) in str(refusal.value.message)
    assert StudyReport.objects.count() == seq - 1
    assert (row_of(page).active_ms, row_of(page).coverage) == (before.active_ms, before.coverage)
    # What joins the pieces is taken: the number stays free for it.
    whole = {"active": [[0, DAY_LONG * SECOND]], "coverage": {block: [[0, 60 * SECOND]]}}
    assert send(page.session, seq, until=DAY_LONG * SECOND, **whole).progress.counted_ms >= 60 * SECOND
    assert projection.differences(row_of(page)) == {}


def test_what_adds_no_piece_is_taken_however_many_there_are(page):
    def what(number):
        return {"active": splinters(number)}

    seq = fill(page, what, MOST_STRETCHES)
    again = send(page.session, seq, until=DAY_LONG * SECOND, **what(0))
    assert again.progress.active_ms == MOST_STRETCHES


def test_a_full_session_still_answers_quickly(page):
    def what(number):
        return {"active": splinters(number)}

    seq = fill(page, what, MOST_STRETCHES)
    began = time.process_time()
    send(page.session, seq, until=DAY_LONG * SECOND, **what(1))
    assert time.process_time() - began < 0.5
