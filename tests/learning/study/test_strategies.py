"""Honest study counts, cheating gains nothing: every strategy of strategies.py against the real services.

Each run has a seed of its own; a failure names it, RONGTONG_STUDY_SEED repeats it.
"""

import pytest

from tests.learning.study.simulate import SEED, play, seed_of_this_run
from tests.learning.study.strategies import CHEATS, HONEST

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture(scope="module")
def seed():
    return seed_of_this_run()


@pytest.fixture(autouse=True)
def _told(seed):
    print(f"{SEED}={seed}")


@pytest.mark.parametrize("name", HONEST)
def test_honest_study_counts(name, seed):
    found = play(HONEST[name], seed)
    assert found.studied > 0
    assert found.share >= 0.995, f"{name}: {found.counted} of {found.studied} ms"
    assert found.gain == 0


@pytest.mark.parametrize("name", CHEATS)
def test_cheating_gains_nothing(name, seed):
    found = play(CHEATS[name], seed)
    assert found.gain == 0, f"{name}: {found.counted} ms, at most {found.limit}"
    # What was honestly studied beside the lies is still there.
    assert found.counted >= found.studied * 0.995
    if CHEATS[name].gains_nothing:
        assert found.limit == found.studied


def test_midnight_parts_the_days(seed):
    found = play(HONEST["across_midnight"], seed)
    days = found.learner.item.progress.get().days
    assert list(days) == ["2026-03-02", "2026-03-03"]
    # Ten minutes before midnight; a report belongs to the day of its end.
    assert abs(days["2026-03-02"] - 600_000) <= 60_000
