"""Installing: rows and files together or not at all, permission, audit, a sentence for each defect."""

import io
import os
from signal import SIGKILL

import pytest
from django.utils.translation import override

from courses.h5p import api, services
from courses.h5p.client import H5PError, Store, errors
from courses.h5p.files import store
from courses.h5p.messages import SENTENCES, sentence
from courses.h5p.models import H5PContent, H5PLibrary
from lms.accounts.api import require_role
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Invalid, NotAllowed, NotFound
from tests.factories.accounts import MembershipFactory, OrganisationFactory, member
from tests.races import killed_at

from .packages import files, good, library, library_json, pack

pytestmark = pytest.mark.django_db
EDITOR = Actor(person=None, role="editor", body="shkd")


@pytest.fixture(autouse=True)
def own_store(settings, tmp_path):
    settings.H5P_ROOT = tmp_path / "h5p"
    settings.TESTING = True


def test_installing_makes_rows_files_and_an_audit_row():
    content = api.install_package(good(), actor=EDITOR)
    assert (content.title, content.main_library) == ("Greeting", "H5P.Greet 1.0")
    assert api.exists(content.uuid)
    assert api.title(content.uuid) == "Greeting"
    row = H5PLibrary.objects.get()
    assert (str(row), row.licence, row.runnable) == ("H5P.Greet 1.0.2", "MIT", True)
    audit = AuditRow.objects.get()
    assert (audit.action, audit.target, audit.body) == ("h5p.install", content.uuid, "shkd")
    assert audit.data["libraries"] == ["H5P.Greet 1.0.2"]


def test_the_same_again_is_the_one_that_is_there():
    first = api.install_package(good(), actor=EDITOR)
    assert api.install_package(good(), actor=EDITOR) == first
    assert api.install_package(good(), actor=EDITOR, title="另一个标题") != first
    changed = pack({**files(), "content/content.json": {"greeting": "Good day"}})
    assert api.install_package(changed, actor=EDITOR) != first
    assert H5PContent.objects.count() == len(store().content_ids()) == 3


def test_a_row_whose_files_are_gone_is_installed_anew():
    first = api.install_package(good(), actor=EDITOR)
    store().remove_content(str(first.uuid))
    second = api.install_package(good(), actor=EDITOR)
    assert second != first
    assert api.exists(second.uuid)


def test_what_a_killed_worker_installed_is_found_and_removed():
    """Killed before its row was written; what staff took away stays with those under way, and what has a row with all."""
    assert killed_at(H5PContent, lambda: api.install_package(good(), actor=EDITOR, title="半截")) == -SIGKILL
    assert len(store().content_ids()) == 1
    assert not H5PContent.objects.exists()
    kept = [api.install_package(good(), actor=EDITOR, title=title) for title in ("留", "下")]
    # It might be one whose row is just being written.
    assert api.sweep_contents() == 0
    kept[0].delete()
    for content_id in store().content_ids():
        os.utime(store().content_folder(content_id), (0, 0))
    assert api.sweep_contents() == 1
    assert set(store().content_ids()) == {str(one.uuid) for one in kept}


def newer_patch(title="Second"):
    newer = {**files(title=title), "H5P.Greet-1.0/library.json": library_json(patchVersion=7)}
    return pack({**newer, "H5P.Greet-1.0/greet.js": "// 7"})


def script():
    return store().shelf("shkd").library_file("H5P.Greet-1.0", "greet.js").read_text()


def test_an_editors_newer_patch_is_left_aside():
    """It would run in lessons that this editor never saw; the content comes in and plays with what is there."""
    api.install_package(good(), actor=EDITOR)
    content = api.install_package(newer_patch(), actor=EDITOR)
    assert H5PLibrary.objects.get().patch == 2
    assert script() == "H5P.Greet = function () {};"
    assert AuditRow.objects.last().data["left_aside"] == ["H5P.Greet 1.0.7"]
    assert api.exists(content.uuid)


def test_nobody_patches_by_the_name_of_a_role_alone():
    api.install_package(good(), actor=EDITOR)
    api.install_package(newer_patch(), actor=Actor(person=None, role="admin", body="shkd"))
    assert H5PLibrary.objects.get().patch == 2


def test_the_providers_administrator_patches_its_own_shelf():
    college = OrganisationFactory(code="shkd")
    user = member("admin", college)
    editor = MembershipFactory(role="editor", organisation=college, user=user)
    actor = require_role(editor.user, "editor", organisation=college)
    api.install_package(good(), actor=EDITOR, organisation=college)
    api.install_package(newer_patch(), actor=actor, organisation=college)
    assert script() == "// 7"
    # An administrator elsewhere is an editor here.
    other = member("admin")
    MembershipFactory(role="editor", organisation=college, user=other)
    package = {**files(title="Third"), "H5P.Greet-1.0/library.json": library_json(patchVersion=8)}
    api.install_package(
        pack(package), actor=require_role(other, "editor", organisation=college), organisation=college
    )
    assert H5PLibrary.objects.get().patch == 7


def test_a_platform_may_take_no_libraries_from_providers(settings):
    settings.H5P_PROVIDER_LIBRARIES = False
    college = OrganisationFactory(code="shkd")
    sentence = "“H5P.Greet 1.0”还没有安装。这个平台的 H5P 库由管理员安装，请先请管理员装上，再上传。"
    assert api.check_package(good(), organisation=college) == [sentence]
    with pytest.raises(Invalid) as caught:
        api.install_package(good(), actor=EDITOR, organisation=college)
    assert caught.value.details["reasons"] == [sentence]
    api.install_package(good(), actor=Actor.system("install_h5p"))
    assert api.check_package(good(), organisation=college) == []
    assert api.install_package(good(), actor=EDITOR, organisation=college)


def test_a_newer_patch_moves_the_row():
    api.install_package(good(), actor=EDITOR)
    newer = {**files(title="Second"), "H5P.Greet-1.0/library.json": library_json(patchVersion=7)}
    api.install_package(
        pack(newer), actor=Actor.system("install_h5p"), organisation=OrganisationFactory(code="shkd")
    )
    assert H5PLibrary.objects.get().patch == 7
    assert AuditRow.objects.last().data["replaced"] == ["H5P.Greet 1.0.2"]


def test_when_the_rows_fail_the_files_go(monkeypatch):
    monkeypatch.setattr(services, "record", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        api.install_package(good(), actor=EDITOR)
    assert store().content_ids() == []
    assert store().versions() == store().shelf("shkd").versions() == []
    assert not H5PContent.objects.exists()
    assert not H5PLibrary.objects.exists()


def test_a_broken_package_is_refused_with_every_defect():
    broken = pack({**files(), "content/a.exe": "1", "library!/library.json": {}})
    with pytest.raises(Invalid) as caught:
        api.install_package(broken, actor=EDITOR)
    assert caught.value.code == "h5p_file-type-not-allowed"
    assert caught.value.details["reasons"] == [
        "包里的「content/a.exe」是不允许的文件类型。",
        "文件夹「library!」的名称不是 H5P 库的名称。",
    ]
    assert store().content_ids() == []
    assert not AuditRow.objects.exists()


def test_checking_writes_nothing():
    assert api.check_package(good()) == []
    assert api.check_package(io.BytesIO(b"no zip")) == ["这不是可以打开的 H5P 包（zip 文件）。"]
    assert store().content_ids() == []


@pytest.mark.parametrize("role", ["learner", "reviewer", "hr", "auditor", ""])
def test_who_may_not_install(role):
    with pytest.raises(NotAllowed):
        api.install_package(good(), actor=Actor(person=None, role=role))


def test_the_platform_itself_may():
    assert api.install_package(good(), actor=Actor.system("demo"))


def test_removing(django_capture_on_commit_callbacks):
    content = api.install_package(good(), actor=EDITOR)
    with pytest.raises(Invalid):
        api.remove_content(content.uuid, actor=EDITOR, reason=" ")
    with pytest.raises(NotAllowed):
        api.remove_content(content.uuid, actor=Actor(person=None, role="learner"), reason="x")
    with django_capture_on_commit_callbacks(execute=True):
        api.remove_content(content.uuid, actor=EDITOR, reason="版权到期")
    assert not api.exists(content.uuid)
    assert AuditRow.objects.last().reason == "版权到期"
    with pytest.raises(NotFound):
        api.remove_content(content.uuid, actor=EDITOR, reason="again")


def test_deleting_the_row_leaves_the_files_for_those_under_way():
    content = api.install_package(good(), actor=EDITOR)
    H5PContent.objects.all().delete()
    assert api.exists(content.uuid)
    with pytest.raises(NotFound):
        api.content(content.uuid)


def test_export_can_be_installed_elsewhere(tmp_path):
    content = api.install_package(good(), actor=EDITOR)
    data = api.export(content.uuid)
    other = Store(tmp_path / "other")
    from courses.h5p.client import open_package

    with open_package(io.BytesIO(data), installed=other) as package:
        assert other.install(package, "x").libraries


def test_every_error_has_a_sentence_that_can_be_filled():
    codes = {kind.code for kind in H5PError.__subclasses__()}
    assert set(SENTENCES) == codes
    for kind in H5PError.__subclasses__():
        with override("zh-hans"):
            text = sentence(kind("why", where="a.png", library="H5P.X 1.0"))
        assert "{" not in text
        assert not text.isascii()
    assert issubclass(errors.NotAnArchive, H5PError)


def test_long_names_fit_their_columns():
    name = "H5P." + "A" * 90
    entries = {k: v for k, v in files().items() if not k.startswith("H5P.")}
    entries["h5p.json"]["mainLibrary"] = name
    entries["h5p.json"]["preloadedDependencies"] = [
        {"machineName": name, "majorVersion": 1, "minorVersion": 0}
    ]
    content = api.install_package(
        pack({**entries, **library(name, title="T" * 250)}), actor=EDITOR, title="标" * 300
    )
    assert len(content.title) == 200


# States --------------------------------------------------------------------------------------------


def test_states_are_judged_before_they_are_kept():
    assert api.check_state({"0": {"state": "{}"}}) == {"0": {"state": "{}"}}
    for broken in (None, [], "x", {"0": "x"}, {"0": {"state": 1}}, {"../x": {"s": "1"}}, {"0": {"a b": "1"}}):
        with pytest.raises(Invalid):
            api.check_state(broken)
    with pytest.raises(Invalid) as caught:
        api.check_state({"0": {"state": "啊" * 100_000}})
    assert caught.value.status == 413
    with pytest.raises(Invalid):
        api.check_state({str(number): {"state": ""} for number in range(300)})


def test_states_go_to_whoever_registered(monkeypatch):
    from courses.h5p import state
    from lms.lib.ids import uuid7

    class Kept(dict):
        def load(self, person, content):
            return self.get((person, content), {})

        def save(self, person, content, value):
            self[person, content] = value

    monkeypatch.setattr(state, "_store", None)
    person, content = uuid7(), api.install_package(good(), actor=EDITOR).uuid
    assert api.load_state(person, content) == {}
    api.register_state_store(Kept())
    api.save_state(person, content, {"0": {"state": "1"}})
    assert api.load_state(person, content) == {"0": {"state": "1"}}
    assert api.load_state(None, content) == {}
    frame = api.frame(content, person)
    assert frame["title"] == "Greeting"
    assert frame["state"] == {"0": {"state": "1"}}
    assert str(frame["src"]).endswith(f"/h5p/play/{content}/")
