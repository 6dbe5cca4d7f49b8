"""What tests of training share: the clock of learning's tests, and an authority with its officer."""

import pytest

from tests.learning.conftest import clock, moment
from tests.training.cases import Bureau
from tests.training.house import House

__all__ = ["clock", "moment"]


@pytest.fixture
def house(clock):
    return House()


@pytest.fixture
def bureau(clock):
    return Bureau()
