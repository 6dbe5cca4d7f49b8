"""A zip under a password says so, whatever it is: nobody is told that a manifest is missing that he cannot see either."""

import zipfile

import pytest

from courses.packs.opening import opened_pack
from tests.courses.packs import making
from tests.courses.packs.foreign.moodle import Backup
from tests.courses.packs.foreign.reading import PACE, zipped

PAGE = "<html><title>停电</title><body><p>先断电，再救人。</p></body></html>"
PACKS = {
    "native.zip": lambda: making.pack().getvalue(),
    "pages.zip": lambda: zipped({"index.html": PAGE}),
    "cartridge.imscc": lambda: zipped({"imsmanifest.xml": "<manifest/>", "a.html": PAGE}),
    "moodle.mbz": lambda: zipped(Backup().all()),
    "olx.zip": lambda: zipped({"course.xml": "<course/>"}),
    "exe.elpx": lambda: zipped({"content.xml": "<ode/>", "index.html": PAGE}),
    "exercise.h5p": making.h5p,
    "book.epub": lambda: zipped({"mimetype": "application/epub+zip", "META-INF/container.xml": "<c/>"}),
    "words.docx": lambda: zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": "<d/>"}),
}


def locked(data, *, only=None):
    """The zip with the flag of encryption at all its members, or at one: 8 bytes into each entry of its directory."""
    made = bytearray(data)
    at = made.find(b"PK\x01\x02")
    while at >= 0:
        size = int.from_bytes(made[at + 28 : at + 30], "little")
        if only is None or made[at + 46 : at + 46 + size].decode() == only:
            made[at + 8] |= 1
        at = made.find(b"PK\x01\x02", at + 4)
    return bytes(made)


def problems(tmp_path, name, data):
    path = tmp_path / "upload"
    path.write_bytes(data)
    with opened_pack(path, name, PACE) as opened:
        assert opened.archive is None
        return [(problem.code, problem.params["name"]) for problem in opened.plan.problems]


@pytest.mark.parametrize("name", PACKS)
def test_a_locked_zip_is_called_locked(tmp_path, name):
    assert problems(tmp_path, name, locked(PACKS[name]())) == [("zip_encrypted", name)]


def test_a_single_locked_file_is_named(tmp_path):
    data = locked(making.pack().getvalue(), only="media/a.svg")
    assert problems(tmp_path, "native.zip", data) == [("zip_encrypted", "media/a.svg")]


def test_what_else_is_wrong_is_still_said(tmp_path):
    path = tmp_path / "made.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("../evil.html", PAGE)
        made.writestr("index.html", PAGE)
    found = problems(tmp_path, "x.zip", locked(path.read_bytes()))
    assert found == [("zip_encrypted", "x.zip"), ("path_traversal", "../evil.html")]
