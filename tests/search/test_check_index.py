"""The index is compared with its sources, and put right: on every engine that is kept."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from search import api, checking, engines, indexing
from search.models import Shelf


def damaged(courses, engine):
    """One is missing, one is otherwise, one is too many, each behind the back of everybody."""
    shelf = Shelf.objects.get(engine=engine.name, type="course")
    with indexing.turn("course", engine.name) as mine:
        engine.hide("course", shelf.active, ["crane"], mine.version)
        extra = indexing.cut(
            indexing.named(
                "course", [api.Document(type="course", id="ghost", title="旧物", audience=["public"])]
            )[0]
        )
        engine.write("course", shelf.active, [extra], mine.version)
    courses.put("lean", "精益管理")
    engine.settle()


def check():
    return {finding.engine: finding for finding in checking.check("course")}


def test_a_right_index_is_clean(courses):
    for finding in check().values():
        assert (finding.clean, finding.differences, finding.looked_at) == (True, 0, 12)


def test_it_finds_what_differs_and_repairs_it(courses, find, settle):
    engine = engines.kept()[-1]
    damaged(courses, engine)
    finding = check()[engine.name]
    assert dict(finding.differing) == {"missing": ["crane"], "stale": ["lean"], "surplus": ["ghost"]}
    assert not finding.clean
    repaired = {one.engine: one for one in checking.check("course", repair=True)}
    assert repaired[engine.name].repaired == 3
    assert all(one.clean for one in repaired.values())
    settle()
    assert all(not one.differences for one in check().values())
    assert {hit.id for hit in find().hits} == set(courses.shelf)


def test_a_change_on_its_way_is_no_difference(courses, monkeypatch):
    """Between the first look and the second, under the lock, the event has come."""
    original = courses.documents
    late = []

    def changing(ids=None):
        yield from original(ids)
        if ids is None and not late:
            late.append(1)
            # Another worker puts right what this look has found otherwise.
            api.index("course", ["lean"])

    courses.put("lean", "精益管理")
    monkeypatch.setattr(courses, "documents", changing)
    assert all(not finding.differences for finding in check().values())


def told(**options):
    out = StringIO()
    try:
        call_command("check_index", stdout=out, **options)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def test_the_exit_code_tells(courses):
    assert told()[0] == 0
    damaged(courses, engines.kept()[-1])
    code, text = told(type="course")
    assert code == 1
    assert "1 missing (crane), 1 stale (lean), 1 surplus (ghost)" in text
    assert told(repair=True)[0] == 0
    assert told()[0] == 0
    with pytest.raises(CommandError):
        call_command("check_index", type="nothing")


def test_what_nobody_uses_is_named_and_dropped(courses):
    engine = engines.kept()[-1]
    engine.prepare("course", 99)
    entry = indexing.cut(indexing.named("course", [api.Document(type="course", id="x", title="x")])[0])
    engine.write("course", 99, [entry], 1)
    assert told() == (1, told()[1])
    assert "generation 99 is used by nobody" in told()[1]
    assert told(repair=True)[0] == 0
    assert ("course", 99) not in engine.generations()


def test_an_index_cut_in_a_former_way_is_said_so(courses, monkeypatch):
    monkeypatch.setattr(checking, "recipe", lambda: "another")
    code, text = told()
    assert code == 0
    assert "cut in a former way" in text
