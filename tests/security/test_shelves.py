"""What one provider's package brings runs in that provider's exercises and nobody else's."""

import io

import pytest
from django.core.management import CommandError, call_command

from courses.h5p import api, queries
from courses.h5p.files import store
from courses.h5p.models import H5PLibrary
from courses.h5p.own.build import build_package
from lms.accounts.models import Organisation
from lms.lib.actor import Actor
from lms.lib.errors import NotAllowed
from tests.courses.h5p.packages import files, good, library_json, pack
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
EDITOR = Actor(person=None, role="editor")
# Newer patches of what is there are not an editor's (courses/h5p/services.py).
TRUSTED = Actor.system("test")
SCRIPT = "H5P.Greet-1.0/greet.js"


@pytest.fixture(autouse=True)
def own_store(settings, tmp_path):
    settings.H5P_ROOT = tmp_path / "h5p"


@pytest.fixture
def a():
    return Organisation.objects.create(code="shkd", name="甲学院", kind="college")


@pytest.fixture
def b():
    return Organisation.objects.create(code="qtzx", name="乙中心", kind="provider")


def greeting(patch: int, script: str) -> io.BytesIO:
    return pack({**files(), "H5P.Greet-1.0/library.json": library_json(patchVersion=patch), SCRIPT: script})


def played(client, content) -> str:
    """The script that a learner's browser is told to fetch and gets."""
    page = client.get(f"/h5p/play/{content.uuid}/")
    assert page.status_code == 200
    address = page.context["config"]["libraries"].removeprefix("http://testserver")
    return b"".join(client.get(f"{address}/{SCRIPT}")).decode()


def test_a_patch_of_one_provider_changes_nothing_for_another(client, a, b):
    of_a = api.install_package(greeting(2, "// a 2"), actor=EDITOR, organisation=a)
    of_b = api.install_package(greeting(9, "// b 9"), actor=EDITOR, organisation=b)
    assert (played(client, of_a), played(client, of_b)) == ("// a 2", "// b 9")
    # The same version with other bytes: whoever came first does not decide for the others, either.
    again = api.install_package(greeting(9, "// a 9"), actor=TRUSTED, organisation=a, title="另一个")
    assert (played(client, again), played(client, of_b)) == ("// a 9", "// b 9")
    assert {(row.shelf, row.patch) for row in H5PLibrary.objects.all()} == {("shkd", 9), ("qtzx", 9)}
    assert b'"// a 9"' not in api.export(of_b.uuid)


def test_the_platforms_newer_patch_reaches_everyone(client, a, tmp_path):
    of_a = api.install_package(greeting(2, "// a 2"), actor=EDITOR, organisation=a)
    before = client.get(f"/h5p/play/{of_a.uuid}/").context["config"]["libraries"]
    package = tmp_path / "greet.h5p"
    package.write_bytes(greeting(3, "// platform 3").read())
    call_command("install_h5p", str(package))
    assert played(client, of_a) == "// platform 3"
    # Its address changed, too: what browsers keep for ever is the old one.
    assert client.get(f"/h5p/play/{of_a.uuid}/").context["config"]["libraries"] != before
    # A provider's patch of before is left aside, a newer one runs for that provider.
    api.install_package(greeting(3, "// a 3"), actor=TRUSTED, organisation=a, title="三")
    assert played(client, of_a) == "// platform 3"


def test_nobody_without_an_organisation_installs_for_all(a):
    with pytest.raises(NotAllowed):
        api.install_package(good(), actor=EDITOR)
    assert store().versions() == []
    assert not H5PLibrary.objects.exists()


def test_a_superuser_installs_for_all_and_for_one(a):
    superuser = UserFactory(is_superuser=True)
    actor = Actor(person=superuser.uuid, role="editor", user_id=superuser.pk)
    api.install_package(good(), actor=actor, organisation=a)
    assert store().versions() == []
    api.install_package(good(), actor=actor)
    assert [str(version) for version in store().versions()] == ["H5P.Greet 1.0.2"]


def test_our_own_libraries_stand_once_for_all(a, b):
    content = {"statements": [{"statement": "先验电再接地。", "correct": True}]}
    for body in (a, b):
        package = io.BytesIO(build_package("H5P.RtTrueFalse", content, title="判断"))
        made = api.install_package(package, actor=EDITOR, organisation=body)
        assert queries.files(made.uuid).main_library.machine_name == "H5P.RtTrueFalse"
    assert store().library_names()
    assert store().shelf("shkd").versions() == store().shelf("qtzx").versions() == []
    assert set(H5PLibrary.objects.values_list("shelf", flat=True)) == {""}


@pytest.mark.parametrize("shelf", ["..", "nobody", "%2e%2e", "-"])
def test_no_shelf_is_made_by_asking_for_one(client, shelf):
    assert client.get(f"/h5p/libraries/{shelf}/0/H5P.Greet-1.0/greet.js").status_code == 404
    assert not (store().root / "shelves").exists()


def test_a_broken_package_is_named_on_the_command_line(tmp_path):
    broken = tmp_path / "broken.h5p"
    broken.write_bytes(b"no zip")
    with pytest.raises(CommandError, match="H5P"):
        call_command("install_h5p", str(broken))
    with pytest.raises(CommandError):
        call_command("install_h5p", str(tmp_path / "none.h5p"))
