"""Our libraries are shared by all providers: nobody's package may bring another one under the name of ours."""

import io
import zipfile

import pytest

from courses.h5p import api
from courses.h5p.files import store
from courses.h5p.own.build import build_package
from lms.lib.actor import Actor
from lms.lib.errors import Invalid

pytestmark = pytest.mark.django_db
EDITOR = Actor(person=None, role="editor", body="shkd")
CONTENT = {"statements": [{"statement": "先验电再接地。", "correct": True}]}


@pytest.fixture(autouse=True)
def own_store(settings, tmp_path):
    settings.H5P_ROOT = tmp_path / "h5p"


def changed(old: bytes, new: bytes, ending: str) -> io.BytesIO:
    """Our package with `old` written as `new` in files of RtCommon that end so."""
    out = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(build_package("H5P.RtTrueFalse", CONTENT, title="判断")))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name.startswith("H5P.RtCommon") and name.endswith(ending):
                assert old in data
                data = data.replace(old, new, 1)
            target.writestr(name, data)
    out.seek(0)
    return out


def newer() -> io.BytesIO:
    return changed(b'"patchVersion": ', b'"patchVersion": 9', "library.json")


def with_other_script() -> io.BytesIO:
    return changed(b"", b"/* something else */", "rt-common.js")


@pytest.mark.parametrize("package", [newer, with_other_script])
def test_a_library_that_only_bears_our_name_is_refused(package):
    (reason,) = api.check_package(package())
    assert "H5P.RtCommon" in reason
    with pytest.raises(Invalid) as refusal:
        api.install_package(package(), actor=EDITOR)
    assert refusal.value.code == "h5p_own_library"
    assert store().library_names() == store().shelf("shkd").library_names() == []


def test_ours_come_in_and_stay_as_they_are():
    api.install_package(io.BytesIO(build_package("H5P.RtTrueFalse", CONTENT, title="判断")), actor=EDITOR)
    before = store().versions()
    with pytest.raises(Invalid):
        api.install_package(newer(), actor=EDITOR)
    # The same version: the store leaves the package's copy aside and plays ours.
    api.install_package(with_other_script(), actor=EDITOR, title="另一份")
    assert store().versions() == before
    (script,) = store().root.glob("libraries/H5P.RtCommon*/scripts/rt-common.js")
    assert b"something else" not in script.read_bytes()
