"""A clock that stands at a noon, the people who decide, and a learner in a course that asks for a quarter of each lesson."""

import pytest

from tests.factories.learning import enrolment
from tests.learning.holds.cases import NOON, House, course


@pytest.fixture
def moment():
    return NOON


@pytest.fixture
def house(clock):
    return House()


@pytest.fixture
def item(clock):
    return enrolment(release=course(min_coverage_percent=25))
