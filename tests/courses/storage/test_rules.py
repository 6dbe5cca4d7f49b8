"""Whether something still fits, and when somebody is told."""

from hypothesis import given
from hypothesis import strategies as st

from courses.packs.report import FINAL, State
from courses.storage.queries import WAITING
from courses.storage.rules import Room

BYTES = st.integers(min_value=0, max_value=2**50)


@given(used=BYTES, limit=BYTES, more=BYTES)
def test_what_is_taken_never_passes_the_limit(used, limit, more):
    room = Room(used, limit)
    if more and room.takes(more):
        assert used + more <= limit
        assert Room(used + more, limit).left == room.left - more


@given(used=BYTES, more=BYTES)
def test_the_platform_has_no_limit_and_nothing_always_fits(used, more):
    assert Room(used, None).takes(more)
    assert Room(used, 0).takes(0)


@given(used=BYTES, limit=st.integers(min_value=1, max_value=2**50))
def test_a_warning_is_said_from_its_percent_on(used, limit):
    room = Room(used, limit)
    assert (room.warning >= 80) == (used * 100 >= 80 * limit)
    assert (room.warning == 95) == (used * 100 >= 95 * limit)


def test_a_limit_of_nothing_is_full():
    assert (Room(0, 0).percent, Room(0, 0).warning, Room(0, 0).left) == (100, 95, 0)


def test_a_pack_lies_there_until_its_import_is_over():
    assert set(WAITING) == {str(state) for state in State if state not in FINAL}
