"""What comes back from upgrade scripts is judged: the libraries, the files, the bounds; the old version stays as it was."""

import copy
import json
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from courses.h5p import api, queries
from courses.h5p.client import LibraryName
from courses.h5p.client.upgrade import check_upgraded, depth, embedded, newer
from courses.h5p.files import store
from courses.h5p.models import H5PContent, H5PFormerVersion
from courses.h5p.shelf_queries import shelf_rows
from courses.h5p.upgrades import targets, upgrade_content
from lms.accounts.api import require_role, staff_group
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories.accounts import OrganisationFactory, UserFactory, member

from .upgrading import NEW_PARAMS, OLD_PARAMS, old_package, put_newer

TO = LibraryName("H5P.Greet", 1, 2)
PART = LibraryName("H5P.Part", 1, 1)


# Plain values -----------------------------------------------------------------------------------------


def test_newer_versions_are_of_the_same_library_and_in_order():
    names = [
        LibraryName("H5P.A", 1, 10),
        LibraryName("H5P.A", 2, 0),
        LibraryName("H5P.A", 1, 9),
        LibraryName("H5P.B", 3, 0),
    ]
    assert newer(names, LibraryName("H5P.A", 1, 9)) == [
        LibraryName("H5P.A", 1, 10),
        LibraryName("H5P.A", 2, 0),
    ]


def test_sub_contents_are_found_by_the_semantics():
    library = {"type": "library", "name": "x", "options": []}
    single = {"type": "group", "name": "g", "fields": [library]}
    wrapped = {"type": "group", "name": "w", "fields": [library], "isSubContent": True}
    several = {
        "type": "list",
        "name": "l",
        "field": {"type": "group", "name": "i", "fields": [library, {"type": "text", "name": "t"}]},
    }
    sub = lambda name: {"library": name, "params": {}}  # noqa: E731
    params = {
        "g": sub("A 1.0"),
        "w": {"x": sub("B 1.0")},
        "l": [{"x": sub("C 1.0"), "t": "t"}, {}],
        "other": sub("D 1.0"),
    }
    found = {value["library"] for _field, value in embedded([single, wrapped, several], params)}
    assert found == {"A 1.0", "B 1.0", "C 1.0"}
    # At the top a single field is not unwrapped.
    assert [value["library"] for _field, value in embedded([library], {"x": sub("A 1.0")})] == ["A 1.0"]


def judged(params, **changes):
    known = {
        TO: [{"name": "parts", "type": "list", "field": {"type": "library", "options": ["H5P.Part 1.1"]}}]
    }
    given = {"before": [LibraryName("H5P.Part", 1, 0)], "files": {"images/earth.png"}, "semantics": known.get}
    return [error.code for error in check_upgraded(params, TO, **{**given, **changes})]


def nested(levels):
    value = {}
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("params", "codes"),
    [
        (NEW_PARAMS, []),
        ({}, []),
        ([], ["invalid-content-json"]),
        (None, ["invalid-content-json"]),
        (nested(99), []),
        (nested(100), ["invalid-parameters"]),
        ({"a": "\ud800"}, ["invalid-content-json"]),
        ({"a": float("nan")}, ["invalid-content-json"]),
        ({"a": "x" * (16 * 1024 * 1024)}, ["file-too-large"]),
        ({"a": {"path": "images/other.png", "mime": "image/png"}}, ["missing-content-file"]),
        ({"a": {"path": "https://example.org/x.png", "mime": "image/png"}}, []),
        # At the first level nothing may stay as it was; and nothing may be of another library.
        ({"parts": [{"library": "H5P.Part 1.0", "params": {}}]}, ["wrong-dependency-version"]),
        ({"parts": [{"library": "H5P.Other 1.1", "params": {}}]}, ["wrong-dependency-version"]),
        ({"parts": [{"library": "../evil", "params": {}}]}, ["wrong-dependency-version"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(params, codes):
    assert judged(params) == codes


def test_deeper_down_what_was_there_may_stay():
    field = {"name": "inner", "type": "library", "options": ["H5P.Part 1.2"]}
    known = {
        TO: [{"name": "part", "type": "library", "options": ["H5P.Part 1.1"]}],
        PART: [field],
    }
    params = {
        "part": {"library": "H5P.Part 1.1", "params": {"inner": {"library": "H5P.Part 1.0", "params": {}}}}
    }
    assert judged(params, semantics=known.get) == []
    assert judged(params, semantics=known.get, before=[]) == ["wrong-dependency-version"]


def test_depth_counts_without_recursion():
    assert depth(nested(5_000)) == 5_001
    assert depth([[1], "x"]) == 2
    assert depth("x") == 0


# In the store and the database ------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def own_store(settings, tmp_path):
    settings.H5P_ROOT = tmp_path / "h5p"


@pytest.fixture
def college(db):
    return OrganisationFactory()


@pytest.fixture
def editor(college):
    user = member("editor", college)
    user.groups.add(staff_group())
    return user


@pytest.fixture
def content(college, editor):
    actor = require_role(editor, "editor", organisation=college)
    made = api.install_package(old_package(), actor=actor, organisation=college)
    put_newer(college)
    return made


def upgraded(user, content, **changes):
    given = {"was": content.uuid, "to": TO, "params": copy.deepcopy(NEW_PARAMS), **changes}
    return upgrade_content(user, content, **given)


def test_an_upgrade_is_a_new_version_and_the_old_one_stays(editor, content):
    was = content.uuid
    before = api.export(was)
    made = upgraded(editor, content, metadata={"title": "another", "source": "https://example.org/"})
    assert (made.pk, made.main_library, made.title) == (content.pk, "H5P.Greet 1.2", "Greeting")
    assert store().params(str(made.uuid)) == NEW_PARAMS
    manifest = store().manifest(str(made.uuid))
    assert (manifest.main_library, manifest.title, manifest.raw["source"]) == (
        TO,
        "Greeting",
        "https://example.org/",
    )
    assert [str(item.name) for item in store().needed(str(made.uuid))] == ["H5P.Greet 1.2", "H5P.Part 1.1"]
    assert (
        store().content_file(str(made.uuid), "content/images/earth.png").read_bytes().startswith(b"\x89PNG")
    )
    # Releases hold the old one by its uuid.
    assert api.exists(was)
    assert api.export(was) == before
    assert store().params(str(was)) == OLD_PARAMS
    assert api.title(was) == "Greeting"
    audit = AuditRow.objects.get(action="h5p.upgrade")
    assert (audit.person, audit.target) == (editor.uuid, made.uuid)
    assert audit.data["was"] == str(was)
    assert (audit.data["from"], audit.data["to"]) == ("H5P.Greet 1.0", "H5P.Greet 1.2")


def test_taking_the_new_version_away_takes_the_old_one_too(
    editor, content, django_capture_on_commit_callbacks
):
    was = content.uuid
    made = upgraded(editor, content)
    with django_capture_on_commit_callbacks(execute=True):
        api.remove_content(was, actor=require_role(editor, "editor"), reason="版权到期")
    assert not api.exists(was)
    assert not api.exists(made.uuid)
    assert not H5PContent.objects.filter(pk=content.pk).exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"params": {"parts": [{"library": "H5P.Part 1.0", "params": {}}]}}, "h5p_wrong-dependency-version"),
        ({"params": {"elsewhere": {"library": "H5P.Gone 1.0", "params": {}}}}, "h5p_missing-dependency"),
        ({"params": {"a": {"path": "../../x.png", "mime": "image/png"}}}, ""),
        ({"params": {"a": {"path": "images/x.png", "mime": "image/png"}}}, "h5p_missing-content-file"),
        ({"params": []}, "h5p_invalid-content-json"),
        ({"metadata": {"source": "x" * 70_000}}, "h5p_invalid-package-field"),
        ({"to": LibraryName("H5P.Greet", 1, 0)}, "h5p_no_target"),
        ({"to": LibraryName("H5P.Greet", 1, 9)}, "h5p_no_target"),
        ({"to": LibraryName("H5P.Part", 1, 1)}, "h5p_no_target"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(editor, content, changes, code):
    if not code:
        # Not a file of the content's folder at all: nobody looks for it, and no player reaches it.
        assert upgraded(editor, content, **changes)
        return
    there = store().content_ids()
    with pytest.raises(Invalid) as caught:
        upgraded(editor, content, **changes)
    assert caught.value.code == code
    assert store().content_ids() == there
    assert not H5PFormerVersion.objects.exists()
    assert list((store().root / "tmp").iterdir()) == []


def test_whoever_was_second_hears_of_it(editor, content):
    was = content.uuid
    upgraded(editor, content)
    there = store().content_ids()
    with pytest.raises(Conflict):
        upgrade_content(editor, content, was=was, to=TO, params=copy.deepcopy(NEW_PARAMS))
    assert store().content_ids() == there
    assert H5PFormerVersion.objects.count() == 1


def test_only_the_organisations_own_people_upgrade(content, college):
    upgraded(member("teacher", college), content)
    content.refresh_from_db()
    for user in (member("editor"), member("learner", college), member("hr", college), UserFactory()):
        with pytest.raises(NotAllowed):
            upgraded(user, content)
    H5PContent.objects.update(organisation=None)
    content.refresh_from_db()
    with pytest.raises(NotAllowed):
        upgraded(member("editor", college), content)


def test_the_shelf_says_what_is_newer_and_how_many_use_the_old(college, editor, content):
    assert targets(content) == [TO]
    rows = {str(row.name): row for row in shelf_rows(college)}
    assert (rows["H5P.Greet 1.0"].contents, rows["H5P.Greet 1.0"].latest) == (1, TO)
    assert (rows["H5P.Greet 1.2"].contents, rows["H5P.Greet 1.2"].latest) == (1, None)
    assert rows["H5P.Part 1.0"].latest is None
    upgraded(editor, content)
    rows = {str(row.name): row for row in shelf_rows(college)}
    assert (rows["H5P.Greet 1.0"].contents, rows["H5P.Greet 1.0"].latest) == (0, None)
    assert rows["H5P.Greet 1.2"].contents == 2
    assert shelf_rows(None) == []


# The screens -----------------------------------------------------------------------------------------


def test_the_screens_show_ones_own_and_no_others(client, college, editor, content):
    client.force_login(editor)
    page = client.get("/admin/h5p/libraries/")
    assert page.status_code == 200
    assert client.get("/admin/h5p/libraries/?organisation=-").status_code == 403
    assert "升级到 H5P.Greet 1.2" in page.content.decode()
    page = client.get("/admin/h5p/libraries/H5P.Greet-1.0/upgrade/")
    assert [row.title for row, _addresses in page.context["contents"]] == ["Greeting"]
    assert client.get("/admin/h5p/libraries/H5P.Greet-1.2/upgrade/").status_code == 404
    export = f"/admin/h5p/contents/{content.pk}/export/"
    assert export in client.get("/admin/snippets/courses/h5pcontent/").content.decode()
    answer = client.get(export)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == api.export(content.uuid)
    assert answer["Content-Disposition"] == 'attachment; filename="greeting.h5p"'
    stranger = member("editor")
    stranger.groups.add(staff_group())
    client.force_login(stranger)
    assert client.get(f"/admin/h5p/libraries/?organisation={college.code}").status_code == 403
    assert client.get(f"/admin/h5p/contents/{content.pk}/export/").status_code == 403
    address = f"/admin/h5p/contents/{content.pk}/upgraded/{content.uuid}/{TO.folder}/"
    assert client.post(address, "{}", content_type="application/json").status_code == 403


def test_the_answer_to_what_was_made_is_json_with_the_reasons(client, editor, content):
    client.force_login(editor)
    address = f"/admin/h5p/contents/{content.pk}/upgraded/{content.uuid}/{TO.folder}/"

    def post(body):
        return client.post(
            address, body, content_type="application/json", headers={"accept": "application/json"}
        )

    refused = post(json.dumps({"params": {"parts": [{"library": "H5P.Part 1.0", "params": {}}]}}))
    assert refused.status_code == 422
    assert refused.json()["details"]["reasons"] == ["库 H5P.Part 1.0 的版本不对（「H5P.Greet 1.2」需要它）。"]
    assert post("not json").status_code == 422
    assert post("[" * 100_000).status_code == 422
    good = post(json.dumps({"params": NEW_PARAMS, "metadata": None}))
    assert good.json()["library"] == "H5P.Greet 1.2"
    assert post(json.dumps({"params": NEW_PARAMS})).status_code == 409


def test_the_frame_is_as_foreign_as_the_players(client, content):
    page = client.get(queries.upgrade_url(content.uuid, TO))
    policy = page["Content-Security-Policy"]
    assert "sandbox allow-scripts" in policy
    assert "default-src 'none'" in policy
    assert "allow-same-origin" not in policy
    assert "unsafe" not in policy
    assert "Set-Cookie" not in page
    known = page.context["job"]["known"]
    assert known["H5P.Greet 1.2"] == {"semantics": True, "upgrades": True}
    assert known["H5P.Greet 1.0"] == {"semantics": True, "upgrades": False}
    for folder in ("H5P.Greet-1.0", "H5P.Greet-1.9", "H5P.Part-1.1"):
        to = LibraryName.from_folder(folder)
        assert client.get(queries.upgrade_url(content.uuid, to)).status_code == 404
    assert client.get(f"/h5p/upgrade/{content.uuid}/x/").status_code == 404


def test_the_page_of_an_upgrade_is_not_for_everybody(content, client):
    """It lists an organisation's shelf; at its origin nobody is known."""
    address = urlsplit(queries.upgrade_url(content.uuid, TO))
    assert client.get(address.path, {"key": address.query.removeprefix("key=")}).status_code == 200
    other = parse_qs(urlsplit(queries.upgrade_url(uuid4(), TO)).query)["key"][0]
    for key in ("", "x", other, address.query.removeprefix("key=")[:-1]):
        assert client.get(address.path, {"key": key}).status_code == 404
