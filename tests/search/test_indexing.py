import pytest
from django.core.management import CommandError, call_command
from hypothesis import example, given
from hypothesis import strategies as st

from lms.lib.errors import Conflict
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from search import api, documents, engines, indexing
from search.analysis import BYTES_BESIDE, FIELDS, MAX_TOKEN_BYTES, analyse
from search.models import Shelf
from tests.factories.search import Catalogue


def everything():
    """All that can be found, as a search sees it."""
    results = api.search(api.SearchRequest(per_page=50))
    hits = {hit.id: (hit.title, hit.summary, dict(hit.facets), hit.extra, hit.url) for hit in results.hits}
    facets = {facet.name: {value.value: value.count for value in facet.values} for facet in results.facets}
    return hits, facets


def test_a_document_appears_changes_and_goes(catalogue, find, settle):
    catalogue.put("a", "叉车")
    assert api.index("course", ["a"]) == 1
    settle()
    assert find("叉车").total == 1
    catalogue.put("a", "铲车", kind="vocational")
    api.index("course", ["a"])
    settle()
    assert find("叉车").total == 0
    assert [hit.title for hit in find("铲车", kind="vocational").hits] == ["铲车"]
    catalogue.shelf.clear()
    assert api.index("course", ["a"]) == 0
    settle()
    assert find().total == 0


def test_the_same_event_twice_changes_nothing(catalogue, find, settle):
    catalogue.put("a", "叉车")
    for _ in range(2):
        api.index("course", ["a", "a", "missing"])
    settle()
    assert find("叉车").total == 1
    for _ in range(2):
        api.remove("course", ["a"])
    settle()
    assert find().total == 0


def test_a_rebuild_equals_what_events_made(courses, settle):
    courses.put("new", "氩弧焊", kind="vocational", provider="C3")
    courses.put("lean", "精益管理", kind="specialty")
    courses.shelf.pop("crane")
    api.index("course", ["new", "lean", "crane"])
    settle()
    by_events = everything()
    assert api.rebuild() == {"course": len(courses.shelf)}
    assert everything() == by_events
    assert set(by_events[0]) == set(courses.shelf)


def test_the_index_can_be_lost(courses):
    before = everything()
    for engine in engines.kept():
        engine.drop("course", Shelf.objects.get(engine=engine.name, type="course").active)
    Shelf.objects.all().delete()
    api.rebuild()
    assert everything() == before


def test_searches_see_the_old_until_the_new_is_whole(courses, find):
    seen = []
    original = courses.documents

    def watched(ids=None):
        for document in original(ids):
            seen.append(find().total)
            yield document

    courses.documents = watched
    api.rebuild()
    assert set(seen) == {12}
    for engine in engines.kept():
        assert engine.ids("course", Shelf.objects.get(engine=engine.name).active) == sorted(courses.shelf)


def test_changes_during_a_rebuild_are_kept(courses, find, settle, monkeypatch):
    """What an event wrote meanwhile wins over the older state that the rebuild's stream still carries."""
    original = courses.documents
    stale = list(original())
    # So that some of the stale documents are written before the changes and some after.
    monkeypatch.setattr(indexing, "BATCH", 2)

    def slow(ids=None):
        if ids is not None:
            yield from original(ids)
            return
        yield from stale[:3]
        courses.put("crane", "塔式起重机司机", kind="vocational")
        courses.put("late", "锅炉工", kind="vocational")
        courses.shelf.pop("cpp")
        api.index("course", ["crane", "late", "cpp"])
        yield from stale[3:]

    courses.documents = slow
    api.rebuild()
    settle()
    assert find("塔式起重机").total == 1
    assert find("锅炉").total == 1
    assert find("c++").total == 0
    assert set(everything()[0]) == set(courses.shelf)


def test_of_two_rebuilds_the_later_one_goes_on(courses, find, monkeypatch):
    original = courses.documents

    def overtaken(ids=None):
        courses.documents = original
        api.rebuild()
        yield from original(ids)

    courses.documents = overtaken
    with pytest.raises(Conflict):
        api.rebuild()
    assert find().total == 12


def interrupted(courses, after):
    """A rebuild that is killed after so many documents."""
    original = courses.documents

    def broken(ids=None):
        if ids is None:
            yield from list(original())[:after]
            raise RuntimeError("killed")
        yield from original(ids)

    courses.documents = broken
    with pytest.raises(RuntimeError):
        api.rebuild()
    courses.documents = original


def test_an_interrupted_rebuild_leaves_the_old_in_use(courses, find, settle):
    interrupted(courses, 5)
    assert find().total == 12
    courses.put("late", "锅炉工")
    api.index("course", ["late"])
    settle()
    assert find().total == 13
    assert api.rebuild() == {"course": 13}
    assert find().total == 13


@pytest.fixture
def was_cut(monkeypatch):
    """The ids that were cut into tokens, in order."""
    seen = []

    def watched(one, _original=indexing.cut):
        seen.append(one.document.id)
        return _original(one)

    monkeypatch.setattr(indexing, "cut", watched)
    return seen


def test_a_rebuild_goes_on_where_it_was_killed(courses, find, settle, monkeypatch, was_cut):
    monkeypatch.setattr(indexing, "BATCH", 2)
    interrupted(courses, 6)
    building = Shelf.objects.get(engine=engines.embedded().name).building
    # Meanwhile one that is done changes, one that is done goes, one that is not done goes.
    courses.put("forklift", "铲车司机")
    courses.shelf.pop("crane")
    courses.shelf.pop("standard")
    api.index("course", ["forklift", "crane", "standard"])
    was_cut.clear()
    api.rebuild()
    assert Shelf.objects.get(engine=engines.embedded().name).active == building
    assert was_cut == [
        one for one in courses.shelf if one not in {"forklift", "cnc", "lathe", "netsec", "netsec25"}
    ]
    assert set(everything()[0]) == set(courses.shelf)
    assert find("铲车司机").hits[0].title == "铲车司机"


def test_a_rebuild_of_another_recipe_begins_anew(courses, monkeypatch, was_cut):
    interrupted(courses, 6)
    monkeypatch.setattr(indexing, "recipe", lambda: "another")
    was_cut.clear()
    api.rebuild()
    assert was_cut == list(courses.shelf)
    assert {shelf.recipe for shelf in Shelf.objects.all()} == {"another"}


def test_a_rebuild_can_be_told_to_begin_anew(courses, was_cut):
    interrupted(courses, 6)
    was_cut.clear()
    indexing.rebuild("course", anew=True)
    assert was_cut == list(courses.shelf)
    assert {shelf.building for shelf in Shelf.objects.all()} == {None}


def test_one_engine_alone_can_be_rebuilt(courses, engine):
    before = {shelf.engine: shelf.active for shelf in Shelf.objects.all()}
    name = engines.kept()[-1].name
    indexing.rebuild("course", engine=name)
    after = {shelf.engine: shelf.active for shelf in Shelf.objects.all()}
    assert after == before | {name: before[name] + 1}


def test_what_is_gone_leaves_nothing_in_the_end(courses, settle, settings):
    courses.shelf.pop("crane")
    api.index("course", ["crane"])
    settle()
    assert indexing.sweep() == 0
    settings.SEARCH_HIDDEN_HOURS = 0
    assert indexing.sweep() == len(engines.kept())
    for engine in engines.kept():
        shelf = Shelf.objects.get(engine=engine.name)
        assert engine.standing("course", shelf.active, ["crane", "cnc"]) == {"cnc"}


def test_types_nobody_registers_any_more_go(courses, find):
    former = Catalogue()
    former.type = "former"
    former.shelf["x"] = api.Document("former", "x", "旧物", audience=["public"])
    api.register(former)
    api.index("former", ["x"])
    documents.discard("former")
    api.rebuild()
    assert not Shelf.objects.filter(type="former").exists()
    for engine in engines.kept():
        assert engine.ids("former", 1) == []


def test_documents_are_read_once_however_many(courses, django_assert_num_queries):
    before = courses.reads
    api.index("course", list(courses.shelf))
    assert courses.reads == before + 1


def test_a_wrong_document_stops_the_rebuild(catalogue):
    catalogue.shelf["x"] = api.Document(type="other", id="x", title="…")
    with pytest.raises(ValueError):
        api.rebuild()


def test_names_that_engines_cannot_carry_are_refused():
    class Odd:
        type = "Odd Type"
        label = "…"
        facets = ()

        def documents(self, ids=None):
            yield from ()

    with pytest.raises(ValueError):
        api.register(Odd())


def test_health(courses):
    report = api.health()
    assert report["ok"]
    assert report["types"]["course"]["documents"] == 12
    assert report["types"]["course"]["building"] is None


def test_the_command(catalogue, find, capsys):
    catalogue.put("a", "叉车")
    call_command("reindex")
    assert "course: 1" in capsys.readouterr().out
    assert find("叉车").total == 1
    for wrong in ({"type": "nothing"}, {"engine": "nothing"}):
        with pytest.raises(CommandError, match="There is no nothing"):
            call_command("reindex", **wrong)


def test_the_job(catalogue, find):
    catalogue.put("a", "叉车")
    call_command("reindex", background=True)
    row = Job.objects.get(kind="search.rebuild")
    jobs.run(row.id)
    row.refresh_from_db()
    assert (row.state, row.result) == ("done", {"written": {"course": 1}})
    assert find("叉车").total == 1


def test_the_job_says_how_far_it_is(courses):
    call_command("reindex", background=True)
    row = Job.objects.get(kind="search.rebuild")
    jobs.run(row.id)
    row.refresh_from_db()
    assert (row.progress_done, row.progress_total) == (12, 12)


def test_a_document_of_very_many_codes_is_kept_and_found_by_its_first_ones(catalogue, settle):
    """PostgreSQL keeps no more than a megabyte of different words of one document."""
    codes = [f"part{number:05}xk-q{number * 7919 % 100_003:06}w" for number in range(9_000)]
    catalogue.put("parts", "备件目录", summary="全部备件", body=" ".join(codes))
    api.rebuild()
    api.index("course", ["parts"])
    settle()
    for words in ("备件目录", codes[0], codes[100]):
        assert [hit.id for hit in api.search(api.SearchRequest(query=words)).hits] == ["parts"]


@given(st.lists(st.text(alphabet="ab1-电工", min_size=1, max_size=12), max_size=40))
@example([f"c{number}x{number * 31}" for number in range(60_000)])
def test_what_is_kept_of_a_document_fits_every_engine(words):
    text = " ".join(words)
    tokens = analyse("标题", ["关键词"], "简介", text)
    distinct = {token for name in FIELDS for token in getattr(tokens, name)}
    assert sum(len(token.encode()) + BYTES_BESIDE for token in distinct) <= MAX_TOKEN_BYTES
    assert set(analyse("标题", ["关键词"], "简介", "").title) <= distinct
