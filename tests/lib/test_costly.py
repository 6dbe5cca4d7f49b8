"""Work that is costly: so often a minute, one at a time for a person, so many of everybody's."""

from contextlib import ExitStack
from uuid import uuid4

import pytest
from django.core.cache import cache

from lms.lib.errors import TooMany
from lms.lib.limits import asked_too_often, at_once, costly, person_asked_too_often


@pytest.fixture(autouse=True)
def _nothing_counted():
    cache.clear()


def work(person, **changes):
    return costly(person, "sums", **{"most_a_minute": 3, "most_at_once": 2, "longest_s": 30} | changes)


def test_one_of_a_person_at_a_time_and_its_place_is_free_again_also_after_an_error():
    person = uuid4()
    with work(person), pytest.raises(TooMany), work(person):
        raise AssertionError
    with pytest.raises(ZeroDivisionError), work(person):
        raise ZeroDivisionError
    with work(person, most_a_minute=9):
        pass


def test_so_many_of_everybodys():
    with ExitStack() as held:
        for _place in range(2):
            held.enter_context(work(uuid4()))
        with pytest.raises(TooMany) as refusal, work(uuid4()):
            raise AssertionError
        assert (refusal.value.code, refusal.value.status) == ("busy", 429)
    with work(uuid4()):
        pass


def test_so_often_a_minute_and_each_for_themselves():
    person = uuid4()
    for _time in range(3):
        with work(person):
            pass
    with pytest.raises(TooMany), work(person):
        raise AssertionError
    with work(uuid4()):
        pass
    assert not person_asked_too_often(person, "other", most=1, window_s=60)
    assert person_asked_too_often(person, "other", most=1, window_s=60)


def test_a_place_that_ran_out_is_not_taken_from_who_has_it_now():
    with at_once("x", most=1, longest_s=30):
        cache.set("lib.at_once:x:0", "another's", 30)
    with pytest.raises(TooMany), at_once("x", most=1, longest_s=30):
        raise AssertionError


def test_a_request_counts_for_what_it_costs(rf):
    request = rf.get("/")
    assert not asked_too_often(request, "bytes", most=100, window_s=60, cost=90)
    assert asked_too_often(request, "bytes", most=100, window_s=60, cost=20)
