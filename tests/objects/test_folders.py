"""A disk that is lost: H5P contents, libraries and packages come back from what the object store keeps of them."""

import io
import shutil
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command

from courses.activities.api import install_package as install_foreign
from courses.activities.api import remove_package
from courses.activities.files import folder, root
from courses.folders.services import fetch, keep
from courses.h5p.api import install_package, remove_content
from courses.h5p.files import _store
from courses.h5p.files import store as h5p
from lms.lib import clock
from lms.lib.actor import Actor
from lms.lib.objects import ObjectStorage
from lms.lib.private import private_storage
from tests.courses.activities import making as foreign
from tests.courses.packs import making
from tests.factories.accounts import OrganisationFactory

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


@pytest.fixture(autouse=True)
def _home_of_its_own(_home, settings, tmp_path):
    settings.HOME, settings.H5P_ROOT = tmp_path / "home", tmp_path / "home" / "h5p"
    settings.HOME.mkdir()


@pytest.fixture
def _elsewhere(settings, where):
    there = {"BACKEND": "lms.lib.objects.ObjectStorage", "OPTIONS": where | {"prefix": "city/private/"}}
    settings.STORAGES = settings.STORAGES | {"private": there}


@pytest.fixture
def installed(_elsewhere):
    """An exercise with its libraries, one of another provider's own, and a package."""
    college = OrganisationFactory(code="shkd", name="申江开放大学")
    exercise = install_package(io.BytesIO(making.h5p()), actor=SYSTEM, organisation=college)
    other = install_package(io.BytesIO(with_own_library()), actor=SYSTEM, organisation=college)
    package = install_foreign(io.BytesIO(foreign.simple()), actor=SYSTEM, organisation=college)
    return exercise, other, package


def with_own_library():
    """The exercise by a library of the provider's: one of ours by another name."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(making.h5p("上海"))) as ours, zipfile.ZipFile(out, "w") as made:
        for name in ours.namelist():
            data = ours.read(name)
            if name.endswith(".json"):
                data = data.replace(b"H5P.RtFillBlanks", b"H5P.OurBlanks")
            made.writestr(name.replace("H5P.RtFillBlanks", "H5P.OurBlanks"), data)
    return out.getvalue()


def files(settings):
    """Every served file with its bytes, but for the notes of the store itself."""
    homes = (settings.H5P_ROOT, root())
    found = {path: path.read_bytes() for home in homes for path in home.rglob("*") if path.is_file()}
    return {
        str(path): data
        for path, data in found.items()
        if path.name not in ("lock", "generation", "shelf.lock")
    }


def lose(settings):
    for home in (settings.H5P_ROOT, root()):
        shutil.rmtree(home)
    # As in a process of the new machine.
    _store.cache_clear()


def test_what_was_installed_comes_back_on_a_new_disk(installed, settings, store):
    put, gone = keep()
    # Two contents, a package, the libraries of both.
    assert put >= 5
    assert gone == 0
    assert keep() == (0, 0)
    before, generations = files(settings), {h5p().generation, h5p().shelf("shkd").generation}
    assert any("/shelves/shkd/libraries/H5P.OurBlanks-" in name for name in before)

    lose(settings)
    assert len(fetch()) == put
    assert files(settings) == before
    # Browsers keep what a library's address once showed: no number comes again.
    assert not {h5p().generation, h5p().shelf("shkd").generation} & generations
    assert h5p().needed(str(installed[1].uuid))
    assert fetch() == []
    assert keep() == (0, 0)
    assert not any(path.name.startswith(".") for path in root().iterdir())


def test_what_is_being_installed_is_not_kept(installed):
    exercise, _other, package = installed
    type(exercise).objects.filter(pk=exercise.pk).delete()
    keep()
    names = private_storage().listdir("folders/h5p/contents")[1]
    assert f"{exercise.uuid}.zip" not in names
    assert private_storage().exists(f"folders/activities/{package.uuid}.zip")


def test_a_new_machine_takes_nothing_away(installed, settings):
    put, _gone = keep()
    lose(settings)
    with time_machine.travel(clock.now() + timedelta(days=9), tick=False):
        assert keep() == (0, 0)
    assert len(fetch()) == put


def test_what_was_removed_goes_from_the_store_after_a_while(
    installed, settings, django_capture_on_commit_callbacks
):
    exercise, other, package = installed
    keep()
    with django_capture_on_commit_callbacks(execute=True):
        remove_content(exercise.uuid, actor=SYSTEM, reason="测试")
        remove_package(package.uuid, actor=SYSTEM, reason="测试")
    # Its row alone is gone: who is under way plays it on.
    type(other).objects.filter(pk=other.pk).delete()
    assert keep() == (0, 0)
    with pytest.MonkeyPatch.context() as patch:
        later = clock.now() + timedelta(days=3)
        patch.setattr("courses.folders.services.now", lambda: later)
        assert keep() == (0, 2)
    assert not private_storage().exists(f"folders/activities/{package.uuid}.zip")
    assert private_storage().exists(f"folders/h5p/contents/{other.uuid}.zip")


@pytest.mark.parametrize("at", [0, 4], ids=["at once", "in the middle"])
def test_a_store_that_fails_half_way_leaves_no_half_folder(installed, settings, monkeypatch, at):
    keep()
    package = installed[2]
    lose(settings)
    stream, asked = ObjectStorage.stream, []

    def failing(self, name, *more):
        asked.append(name)
        if asked.count(f"folders/activities/{package.uuid}.zip") > at:
            raise OSError("the line is cut")
        return stream(self, name, *more)

    monkeypatch.setattr(ObjectStorage, "stream", failing)
    monkeypatch.setattr("lms.lib.objects.READ_BYTES", 512)
    with pytest.raises(CommandError, match="the line is cut" if at else "cannot be read in the store"):
        call_command("folders", "--fetch")
    assert not folder(package.uuid).exists()
    assert list(root().iterdir()) == []
    monkeypatch.setattr(ObjectStorage, "stream", stream)
    call_command("folders", "--fetch")
    assert (folder(package.uuid) / "imsmanifest.xml").is_file()


def test_where_files_lie_in_folders_there_is_nothing_to_do(settings):
    assert keep() == (0, 0)
    assert fetch() == []
    with pytest.raises(CommandError, match="no object store"):
        call_command("folders", "--keep")
    assert "courses.folders.keep" in {one["task"] for one in settings.CELERY_BEAT_SCHEDULE.values()}
