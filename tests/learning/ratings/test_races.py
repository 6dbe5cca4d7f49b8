"""Ratings given at once, on PostgreSQL: none is lost, and of one learner one counts."""

import pytest

from lms.learning.ratings import services
from lms.learning.ratings.models import CourseRating, CourseRatings
from lms.learning.ratings.queries import course_rating
from tests.factories.courses import released_course
from tests.learning.ratings.test_ratings import completed
from tests.races import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_eight_learners_at_once_are_eight():
    course = released_course().course
    items = [completed(course) for _learner in range(8)]
    at_once(
        *[
            lambda item=item, stars=1 + place % 5: services.rate(item.person, item.uuid, stars, "")
            for place, item in enumerate(items)
        ]
    )
    assert CourseRatings.objects.get(course=course).counts == [2, 2, 2, 1, 1]
    assert (course_rating(course).ratings, CourseRating.objects.count()) == (8, 8)


def test_one_learner_at_once_is_one_and_the_figure_is_what_stands():
    course = released_course().course
    item = completed(course)
    at_once(
        *[lambda stars=stars: services.rate(item.person, item.uuid, stars, "") for stars in (1, 2, 3, 4, 5)]
    )
    (row,) = CourseRating.objects.all()
    counts = CourseRatings.objects.get(course=course).counts
    assert (sum(counts), counts[row.stars - 1]) == (1, 1)


def test_one_that_is_taken_back_while_it_is_changed_counts_once_or_not():
    course = released_course().course
    item = completed(course)
    services.rate(item.person, item.uuid, 5, "好")
    at_once(
        lambda: services.take_back(item.person, item.uuid),
        lambda: services.rate(item.person, item.uuid, 2, "改"),
    )
    (row,) = CourseRating.objects.all()
    counts = CourseRatings.objects.get(course=course).counts
    assert sum(counts) == (row.stars is not None)
