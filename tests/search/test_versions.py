"""The order of writes, at the interface of an engine: a higher version stays, in whatever order they arrive."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import api, engines
from search.cutting import cut, named
from search.models import Shelf


def entry(title):
    document = api.Document(type="course", id="a", title=title, audience=["public"])
    return replace(cut(named("course", [document])[0]), digest=title)


@pytest.fixture
def place(catalogue):
    """The engine that is tried, with a shelf that it searches."""
    engine = engines.kept()[-1]
    for one in engines.kept():
        Shelf.objects.create(engine=one.name, type="course")
    engine.prepare("course", 1)
    return engine


def held(engine):
    return engine.digests("course", 1, ["a"]).get("a")


def test_an_older_write_changes_nothing(place):
    assert place.write("course", 1, [entry("新")], 7) == 1
    assert place.write("course", 1, [entry("旧")], 6) == 0
    assert held(place) == "新"


def test_an_older_write_brings_nothing_back(place, find, settle):
    place.write("course", 1, [entry("叉车")], 6)
    place.hide("course", 1, ["a"], 8)
    place.write("course", 1, [entry("叉车")], 7)
    settle()
    assert held(place) is None
    assert find("叉车").total == 0
    assert place.ids("course", 1) == []
    assert place.standing("course", 1, ["a"]) == {"a"}


def test_an_older_removal_takes_nothing_away(place):
    place.write("course", 1, [entry("叉车")], 8)
    place.hide("course", 1, ["a"], 7)
    assert held(place) == "叉车"


def test_the_same_write_twice(place):
    for _ in range(2):
        place.write("course", 1, [entry("叉车")], 8)
    assert held(place) == "叉车"


def test_sweeping_takes_what_is_hidden_and_old(place, settle):
    place.write("course", 1, [entry("叉车")], 3)
    settle()
    assert place.sweep("course", 1, 100) == 0
    place.hide("course", 1, ["a"], 4)
    settle()
    assert place.sweep("course", 1, 4) == 0
    assert place.sweep("course", 1, 5) == 1
    assert place.standing("course", 1, ["a"]) == set()


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.permutations([("write", 1), ("hide", 2), ("write", 3), ("hide", 4), ("write", 5), ("write", 6)])
)
def test_any_order_ends_the_same(place, steps):
    place.drop("course", 1)
    place.prepare("course", 1)
    for step, version in steps:
        if step == "write":
            place.write("course", 1, [entry(str(version))], version)
        else:
            place.hide("course", 1, ["a"], version)
    assert held(place) == "6"


def test_a_slow_worker_does_not_undo_a_newer_change(catalogue, find, settle):
    """It has read the document, and before it writes another one reads and writes: turns keep them apart, and for
    what a turn cannot hold back (a request on its way to the cluster) there are versions."""
    from search.indexing import turn

    catalogue.put("a", "叉车")
    api.index("course", ["a"])
    with turn("course") as earlier:
        pass
    catalogue.put("a", "铲车")
    api.index("course", ["a"])
    for place in earlier.places:
        place.engine.write("course", place.shelf.active, [entry("叉车")], earlier.version)
    settle()
    assert find("叉车").total == 0
    assert find("铲车").total == 1


def test_versions_only_grow(catalogue, monkeypatch):
    """Also when the clock is put back."""
    from datetime import timedelta

    from lms.lib.clock import now
    from search import indexing

    def given_out():
        with indexing.turn("course") as mine:
            return mine.version

    first = given_out()
    monkeypatch.setattr(indexing, "now", lambda: now() - timedelta(days=1))
    assert first < given_out() < given_out()
