"""A cmi5 course of one AU, reckoned at ten minutes, whose learner's meter a test sets."""

import pytest

from lms.learning.study.models import LessonProgress
from lms.lib.clock import now
from tests.courses.packs.foreign.cmi5 import au
from tests.learning.cmi5.conftest import Course, own_folder  # noqa: F401 -- its fixture


@pytest.fixture
def course(db):
    return Course(au("1", moveOn="Passed"))


@pytest.fixture
def metered():
    """metered(enrolment, lesson, ms): what the meter has seen there."""

    def seen(enrolment, lesson, ms):
        LessonProgress.objects.update_or_create(
            enrolment=enrolment,
            lesson=lesson,
            defaults={"active_ms": ms},
            create_defaults={
                "person": enrolment.person,
                "lengths": {},
                "required_percent": 80,
                "active_ms": ms,
                "updated_at": now(),
            },
        )

    return seen
