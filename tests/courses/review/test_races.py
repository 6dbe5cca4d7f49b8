"""Real connections at the same moment: the last word on a course, and somebody who takes it down."""

from threading import Event
from time import monotonic, sleep

import pytest
from django.db import connection, transaction

from courses.models import CoursePage
from courses.review import services
from lms.lib.errors import Conflict, Refusal
from tests.courses.review.crew import crew
from tests.races import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


def test_the_last_word_and_a_course_taken_down_wait_in_one_order():
    at = crew()
    at.draft(at.lesson, title="改了")
    at.submit()
    at.decide(at.approver)
    held = Event()

    def take_down():
        with transaction.atomic():
            CoursePage.objects.select_for_update().get(pk=at.course.pk)
            held.set()
            end = monotonic() + 20
            while not somebody_waits() and monotonic() < end:
                sleep(0.02)
            services.archive(at.fresh, at.approver, "内容有误")

    def last_word():
        assert held.wait(timeout=20)
        at.decide(at.curator)

    first, second = at_once(take_down, last_word)
    assert first is None
    assert isinstance(second, Refusal)
    assert not at.fresh.live
    assert at.titles[0] != "改了"


def test_handing_in_does_not_wait_for_an_import_that_waits_for_it():
    """Whoever hands in has written the course's page, an import locks the course: each would wait for the other."""
    at = crew()
    written = Event()

    def hand_in():
        with transaction.atomic():
            at.fresh.save_revision(user=at.editor, clean=False)
            written.set()
            end = monotonic() + 20
            while not somebody_waits() and monotonic() < end:
                sleep(0.02)
            at.submit()

    def write_drafts():
        assert written.wait(timeout=20)
        with transaction.atomic():
            course = CoursePage.objects.select_for_update().get(pk=at.course.pk)
            services.require_open(course)

    refused, done = at_once(hand_in, write_drafts)
    assert isinstance(refused, Conflict)
    assert refused.code == "course_busy"
    assert done is None
    # Nothing of it was kept, and it can be handed in now.
    assert at.fresh.current_workflow_state is None
    at.submit()
    assert at.fresh.current_workflow_state is not None
