"""What nobody may find is not found, from any engine: by words, by browsing, by suggestion, in counts."""

from datetime import UTC, datetime, timedelta

import pytest

from lms.lib.clock import now
from search import api, engines
from search.models import Shelf

LATER, EARLIER = timedelta(days=1), timedelta(seconds=-1)


def seen(find, word="叉车"):
    """Every way in: results, counts, browsing, suggestions in characters and in letters."""
    results, browsed = find(word), find()
    counted = {value.value: value.count for facet in results.facets for value in facet.values if value.count}
    typed = {one.url for prefix in ("叉", "chac") for one in api.suggest(prefix)}
    return (
        {hit.id for hit in results.hits}
        | {hit.id for hit in browsed.hits}
        | {url.split("/")[2] for url in typed},
        (results.total, browsed.total),
        counted,
    )


def test_the_expired_is_not_found_though_no_event_has_come(catalogue, find, settle):
    catalogue.put("open", "叉车", expires_at=now() + LATER, year="2026")
    catalogue.put("over", "叉车旧课", expires_at=now() + EARLIER, year="2025")
    api.rebuild()
    settle()
    assert seen(find) == ({"open"}, (1, 1), {"2026": 1, "public": 1})


def test_it_expires_while_it_stands_in_the_index(catalogue, find, settle, monkeypatch):
    catalogue.put("a", "叉车", expires_at=datetime(2030, 1, 1, tzinfo=UTC))
    api.index("course", ["a"])
    settle()
    assert seen(find)[0] == {"a"}
    for module in ("sql", "elasticsearch"):
        monkeypatch.setattr(f"search.engines.{module}.now", lambda: datetime(2030, 1, 1, tzinfo=UTC))
    assert seen(find) == (set(), (0, 0), {})


@pytest.mark.parametrize("rebuilt", [False, True])
def test_a_withdrawn_one_is_not_found(courses, find, settle, rebuilt):
    courses.shelf.pop("forklift")
    if rebuilt:
        api.rebuild()
    else:
        api.index("course", ["forklift"])
    settle()
    assert "forklift" not in seen(find)[0]
    # Nor is its text kept for the engine to find by other means.
    for engine in engines.kept():
        shelf = Shelf.objects.get(engine=engine.name, type="course")
        assert "forklift" not in engine.ids("course", shelf.active)


def test_a_restricted_one_is_found_by_those_alone(catalogue, find, settle):
    catalogue.put("open", "叉车")
    api.rebuild()
    catalogue.put("open", "叉车", audience=["college:A1"])
    api.index("course", ["open"])
    settle()
    assert seen(find) == (set(), (0, 0), {})
    request = api.SearchRequest(query="叉车", audience=["public", "college:A1"])
    assert [hit.id for hit in api.search(request).hits] == ["open"]


def test_what_is_being_built_is_not_found(courses, find, settle):
    original = courses.documents

    def watched(ids=None):
        yield from original(ids)
        if ids is None:
            courses.put("new", "叉车新课")
            yield courses.shelf["new"]
            found.append(seen(find)[0])

    found = []
    courses.documents = watched
    api.rebuild()
    assert "new" not in found[0]
    assert "new" in seen(find)[0]
