"""A person takes everything the credit bank knows about them along, and nothing of anybody else."""

import pytest

from creditbank.export import part
from tests.factories.creditbank import booked, certificate, person

pytestmark = pytest.mark.django_db


def test_papers_and_every_line_of_the_books():
    learner, other = person("李明"), person("王芳")
    outcome = certificate(learner)
    booked(learner.uuid, 1250)
    booked(other.uuid, 300)
    found = part(learner)
    assert [row["number"] for row in found["outcomes"]] == [outcome.number]
    assert [row["amount"] for row in found["entries"]] == [1250]
    assert [row["unit"] for row in found["accounts"]] == ["study_hour.public"]
    assert part(other)["outcomes"] == []


def test_no_query_in_a_loop(django_assert_max_num_queries):
    learner = person()
    for _ in range(5):
        certificate(learner)
        booked(learner.uuid, 100)
    with django_assert_max_num_queries(13):
        part(learner)
