"""Real connections at the same moment: what was studied after a completion is given once, by whoever comes first."""

from datetime import timedelta

import pytest

from creditbank.api import audit, posted_hours
from lms.learning.completion.models import Completion
from lms.learning.completion.queries import faults
from lms.learning.completion.rules import hours
from lms.learning.completion.services import settle, settle_recent
from lms.learning.study.models import LessonProgress
from lms.learning.study.services import take_over
from lms.lib.outbox.models import OutboxEvent
from lms.lib.outbox.services import deliver_pending
from tests.factories.courses import PARAGRAPH, released_course, text
from tests.factories.learning import MINUTE, blocks, enrolment, opened, send
from tests.learning.study.test_race import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
TIMES = 4


@pytest.fixture
def item(clock):
    """A course that asks for nothing: the first report completes it, everything after that is a top-up."""
    contents = [[text(PARAGRAPH * 10)], [text(PARAGRAPH * 10)]]
    return enrolment(release=released_course(contents, centihours=60, min_coverage_percent=0))


def told(page, place, seq, start, end, **more):
    """The report of a page about minutes `start` to `end` of its lesson, read at its own speed."""
    block = blocks(page.session.enrolment, place)[0]["id"]
    stretch = [start * MINUTE, end * MINUTE]
    return send(page.session, seq, until=end * MINUTE, active=[stretch], coverage={block: [stretch]}, **more)


def delivered():
    while deliver_pending():
        pass


def proved(item):
    """Given is what the formula says of all that was counted, in rows without a gap, booked once."""
    counted_ms = sum(LessonProgress.objects.filter(enrolment=item).values_list("counted_ms", flat=True))
    fresh = Completion.objects.get(enrolment=item)
    assert fresh.total_centihours == hours(counted_ms, 60, fresh.rule["ms_per_hour"]) > 0
    rows = list(fresh.top_ups.all())
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert list(faults(fresh)) == []
    assert OutboxEvent.objects.filter(kind="course.topped_up").count() == len(rows)
    at_once(*[delivered] * 2)
    delivered()
    assert posted_hours(item.person.uuid)[fresh.kind] == fresh.total_centihours
    assert not audit().broken


def test_the_same_hours_are_given_once(item, clock):
    page = opened(item)
    clock.shift(600)
    told(page, 0, 1, 0, 1)
    told(page, 0, 2, 1, 5)
    found = at_once(*[lambda: settle(item.pk)] * TIMES, lambda: settle_recent(timedelta(days=1)))
    assert sum(row is not None for row in found[:TIMES]) + found[TIMES] == 1
    proved(item)


def test_pages_left_at_once_while_the_job_comes_by(item, clock):
    pages = [opened(item, 0), opened(item, 1, kind="phone")]
    clock.shift(300)
    told(pages[0], 0, 1, 0, 4)
    take_over(item.person, pages[1].session.uuid.hex)
    clock.shift(900)

    def study(place):
        for minute in range(5, 11):
            told(pages[place], place, minute, minute, minute + 1, state="leaving" if minute % 2 else "here")
        told(pages[place], place, 20, 11, 12, state="leaving")

    def job():
        for _ in range(5):
            settle_recent(timedelta(days=1))

    at_once(lambda: study(0), lambda: study(1), job, job)
    proved(item)


def test_completing_and_settling_at_once(item, clock):
    pages = [opened(item) for _ in range(TIMES)]
    clock.shift(600)
    at_once(
        *[lambda page=page: told(page, 0, 1, 0, 5, state="leaving") for page in pages],
        lambda: settle(item.pk),
        lambda: settle_recent(timedelta(days=1)),
    )
    assert OutboxEvent.objects.filter(kind="course.completed").count() == 1
    proved(item)
