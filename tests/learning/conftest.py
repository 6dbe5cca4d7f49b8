"""What tests of learning share: a clock that stands at a moment until a test moves it."""

from datetime import datetime

import pytest
import time_machine

from lms.lib.clock import SHANGHAI

NOON = datetime(2026, 3, 2, 12, tzinfo=SHANGHAI)


@pytest.fixture
def moment(request):
    """A module says where its clock stands: `CLOCK = datetime(…)`."""
    return getattr(request.module, "CLOCK", NOON)


@pytest.fixture
def clock(moment):
    with time_machine.travel(moment, tick=False) as traveller:
        yield traveller
