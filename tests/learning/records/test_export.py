"""A person takes everything learning knows about them along, and nothing of anybody else."""

import json

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from lms.learning.assessment import services as quizzes
from lms.learning.records.export import part
from tests.factories.accounts import UserFactory
from tests.factories.courses import released_course
from tests.factories.learning import SECOND, blocks, enrolment, opened, send

pytestmark = pytest.mark.django_db


def studied(item, clock, place=0):
    page = opened(item, place)
    clock.shift(60)
    send(page.session, 1, until=60 * SECOND, coverage={blocks(item, place)[0]["id"]: [[0, 60 * SECOND]]})
    return page


def test_what_was_studied_stands_in_it(clock):
    item = enrolment(with_quiz=True)
    studied(item, clock)
    lesson = item.release.lessons.all()[2]
    quizzes.begin(item.person, item, lesson, lesson.blocks[-1]["id"])
    found = json.loads(json.dumps(part(item.person), cls=DjangoJSONEncoder))
    assert found["enrolments"][0]["course"] == item.release.title
    assert found["lessons"][0]["counted_ms"] == 60 * SECOND
    assert found["lessons"][0]["counted_ms_by_day"] == {"2026-03-02": 60 * SECOND}
    assert found["sessions"][0]["opened_at"].startswith("2026-03-02T04:00")
    assert len(found["attempts"]) == 1
    # The course's questions and answers are not the person's.
    assert '"correct"' not in json.dumps(found)


def test_nothing_of_others_and_no_query_in_a_loop(clock, django_assert_max_num_queries):
    other = enrolment(release=released_course())
    studied(other, clock)
    assert not any(part(UserFactory()).values())
    with django_assert_max_num_queries(12):
        part(other.person)
