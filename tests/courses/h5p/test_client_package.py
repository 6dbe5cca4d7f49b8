"""Packages broken in one way each are refused by the error of that name, and by no other."""

import io
import json
import stat
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.h5p.client import H5PError, LibraryName, Limits, errors, inspect_package, open_package

from .packages import PNG, dependency, files, good, h5p_json, library, library_json, pack


def problems(entries, **options):
    package, found = inspect_package(pack(entries) if isinstance(entries, dict) else entries, **options)
    if package is not None:
        package.close()
        assert found == []
    return [type(problem) for problem in found]


def test_a_good_package_says_what_it_holds():
    with open_package(good(defaultLanguage="zh-CN")) as package:
        assert package.manifest.title == "Greeting"
        assert package.manifest.default_language == "zh-CN"
        assert package.manifest.main_library == LibraryName("H5P.Greet", 1, 0)
        assert package.needed == (LibraryName("H5P.Greet", 1, 0),)
        assert package.content["greeting"] == "Hello"
        assert package.content_files == ("content.json", "images/earth.png")
        assert package.libraries[LibraryName("H5P.Greet", 1, 0)].manifest.version.patch == 2


@pytest.mark.parametrize(
    "entries",
    [
        {**files(), "README.txt": "lies beside h5p.json"},
        {**files(), "__MACOSX/._h5p.json": b"\0", ".DS_Store": b"\0", "content/.git/x.exe": b"\0"},
        {**files(), "H5P.Greet-1.0/LICENSE": "MIT", "H5P.Greet-1.0/images/a.svg": "<svg/>"},
        {**files(), "h5p.json": b"\xef\xbb\xbf" + json.dumps(h5p_json()).encode()},
        files(preloadedDependencies=[{"machineName": "H5P.Greet", "majorVersion": "1", "minorVersion": "0"}]),
        {**files(), "content/images/renamed.jpg": PNG},
    ],
    ids=[
        "loose file",
        "hidden files",
        "licence and svg",
        "byte order mark",
        "numbers as text",
        "png named jpg",
    ],
)
def test_what_real_packages_do_is_forgiven(entries):
    assert problems(entries) == []


@pytest.mark.parametrize("folder", ["H5P.Greet", "H5P.Greet-1.0", "H5P.Greet-1.0.2"])
def test_the_three_ways_to_name_a_folder(folder):
    entries = {k: v for k, v in files().items() if not k.startswith("H5P.")}
    assert problems({**entries, **library(folder=folder)}) == []


def without(name):
    return {key: value for key, value in files().items() if key != name}


LIBRARY = "H5P.Greet-1.0/library.json"
BROKEN = {
    "no h5p.json": (without("h5p.json"), errors.MissingPackageFile),
    "h5p.json cut off": ({**files(), "h5p.json": '{"title": '}, errors.InvalidPackageJson),
    "h5p.json with NaN": ({**files(), "h5p.json": '{"title": NaN}'}, errors.InvalidPackageJson),
    "h5p.json in another encoding": (
        {**files(), "h5p.json": json.dumps(h5p_json(title="融通"), ensure_ascii=False).encode("gb18030")},
        errors.InvalidPackageJson,
    ),
    "h5p.json nested without end": ({**files(), "h5p.json": "[" * 200_000}, errors.InvalidPackageJson),
    "h5p.json a list": ({**files(), "h5p.json": []}, errors.InvalidPackageField),
    "no title": (files(title=None), errors.InvalidPackageField),
    "blank title": (files(title=" "), errors.InvalidPackageField),
    "no main library": (files(mainLibrary=None), errors.InvalidPackageField),
    "main library not among the dependencies": (files(mainLibrary="H5P.Other"), errors.InvalidPackageField),
    "language of the wrong form": (files(language="中文"), errors.InvalidPackageField),
    "unknown embed type": (files(embedTypes=["flash"]), errors.InvalidPackageField),
    "dependencies no list": (files(preloadedDependencies={}), errors.InvalidPackageField),
    "dependency without version": (
        files(preloadedDependencies=[{"machineName": "H5P.Greet"}]),
        errors.InvalidPackageField,
    ),
    "no content": (without("content/content.json"), errors.MissingContent),
    "content.json broken": ({**files(), "content/content.json": "{,}"}, errors.InvalidContentJson),
    "content.json a list": ({**files(), "content/content.json": []}, errors.InvalidContentJson),
    "content names a file that is not there": (
        without("content/images/earth.png"),
        errors.MissingContentFile,
    ),
    "script in content": ({**files(), "content/a.js": "1"}, errors.FileTypeNotAllowed),
    "page in content": ({**files(), "content/a.html": "<p>"}, errors.FileTypeNotAllowed),
    "svg in content": ({**files(), "content/a.svg": "<svg/>"}, errors.FileTypeNotAllowed),
    "php in a library": ({**files(), "H5P.Greet-1.0/a.php": "<?php"}, errors.FileTypeNotAllowed),
    "html in a library": ({**files(), "H5P.Greet-1.0/a.html": "<p>"}, errors.FileTypeNotAllowed),
    "picture that is none": ({**files(), "content/images/earth.png": b"X5O!P%"}, errors.FileTypeMismatch),
    "film that is none": ({**files(), "content/a.mp4": b"<html>"}, errors.FileTypeMismatch),
    "folder with a bad name": (
        {**files(), "library!/library.json": library_json()},
        errors.MalformedLibraryFolder,
    ),
    "folder without library.json": ({**files(), "H5P.Empty-1.0/a.js": "1"}, errors.MissingLibraryJson),
    "library.json broken": ({**files(), LIBRARY: "XXX"}, errors.InvalidLibraryJson),
    "library.json a text": ({**files(), LIBRARY: '"x"'}, errors.InvalidLibraryField),
    "library without title": ({**files(), LIBRARY: library_json(title=None)}, errors.InvalidLibraryField),
    "library without version": (
        {**files(), LIBRARY: library_json(majorVersion=None)},
        errors.InvalidLibraryField,
    ),
    "library with a version of true": (
        {**files(), LIBRARY: library_json(patchVersion=True)},
        errors.InvalidLibraryField,
    ),
    "library neither runnable nor not": (
        {**files(), LIBRARY: library_json(runnable=2)},
        errors.InvalidLibraryField,
    ),
    "library with half a core version": (
        {**files(), LIBRARY: library_json(coreApi={"majorVersion": 1})},
        errors.InvalidLibraryField,
    ),
    "scripts no list": (
        {**files(), LIBRARY: library_json(preloadedJs="greet.js")},
        errors.InvalidLibraryField,
    ),
    "folder named after another library": (
        {**files(), LIBRARY: library_json("H5P.Other")},
        errors.LibraryFolderMismatch,
    ),
    "same library twice": ({**files(), **library(folder="H5P.Greet")}, errors.DuplicateLibrary),
    "semantics broken": ({**files(), "H5P.Greet-1.0/semantics.json": "["}, errors.InvalidSemantics),
    "semantics no list": ({**files(), "H5P.Greet-1.0/semantics.json": {}}, errors.InvalidSemantics),
    "field without a name": (
        {**files(), "H5P.Greet-1.0/semantics.json": [{"type": "text"}]},
        errors.InvalidSemantics,
    ),
    "language file broken": (
        {**files(), "H5P.Greet-1.0/language/de.json": "{ XXX"},
        errors.InvalidLanguageFile,
    ),
    "language file with a bad name": (
        {**files(), "H5P.Greet-1.0/language/XXX!.json": {}},
        errors.InvalidLanguageFile,
    ),
    "script missing": (without("H5P.Greet-1.0/greet.js"), errors.MissingLibraryFile),
    "stylesheet missing": (without("H5P.Greet-1.0/greet.css"), errors.MissingLibraryFile),
    "core too old": (
        {**files(), LIBRARY: library_json(coreApi={"majorVersion": 1, "minorVersion": 99})},
        errors.CoreTooOld,
    ),
    "core of another age": (
        {**files(), LIBRARY: library_json(coreApi={"majorVersion": 2, "minorVersion": 0})},
        errors.CoreTooOld,
    ),
    "dependency missing": (
        {**files(), LIBRARY: library_json(preloadedDependencies=[dependency("H5P.Question", 1, 5)])},
        errors.MissingDependency,
    ),
    "dependency in another version": (
        {
            **files(),
            LIBRARY: library_json(preloadedDependencies=[dependency("H5P.Question", 1, 5)]),
            **library("H5P.Question", minorVersion=4),
        },
        errors.WrongDependencyVersion,
    ),
    "content embeds a library that is not there": (
        {**files(), "content/content.json": {"sub": [{"library": "H5P.Text 1.1", "params": {}}]}},
        errors.MissingDependency,
    ),
    "libraries need each other": (
        {
            **files(),
            LIBRARY: library_json(preloadedDependencies=[dependency("H5P.B")]),
            **library("H5P.B", preloadedDependencies=[dependency("H5P.Greet")]),
        },
        errors.DependencyCycle,
    ),
    "main library not runnable": (
        {**files(), LIBRARY: library_json(runnable=0)},
        errors.MainLibraryNotRunnable,
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_defect_has_its_error(name):
    entries, error = BROKEN[name]
    assert problems(entries) == [error]


def test_all_defects_are_told_at_once_and_the_first_is_raised():
    entries = {**files(title=None), "content/a.exe": "1", "H5P.Greet-1.0/language/XXX!.json": {}}
    with pytest.raises(errors.InvalidPackageField) as caught:
        open_package(pack(entries))
    assert [type(other) for other in caught.value.others] == [
        errors.FileTypeNotAllowed,
        errors.InvalidLanguageFile,
    ]


def test_editor_libraries_need_not_be_there():
    entries = {**files(), LIBRARY: library_json(editorDependencies=[dependency("H5PEditor.Wizard")])}
    assert problems(entries) == []


def test_a_scanner_is_asked_about_every_file():
    seen = []

    def scan(name, chunks):
        seen.append(name)
        if b"Hello" in b"".join(chunks):
            raise errors.MalwareFound("no greetings", where=name)

    assert problems(files(), scanner=scan) == [errors.MalwareFound]
    assert sorted(seen) == sorted(files())


# The archive itself ------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"abc\n", b"PK\x03\x04" + b"\0" * 40, b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_archive(data):
    assert problems(io.BytesIO(data)) == [errors.NotAnArchive]


@pytest.mark.parametrize(
    "name",
    [
        "../evil.js",
        "content/../../evil.js",
        "/etc/passwd",
        "content\\..\\evil.js",
        "C:/evil.js",
        "content/a\x00.png",
        "content/a\n.png",
        "content//a.png",
        "content/./a.png",
        "content/nul.txt",
        "content/trailing.",
        "content/" + "a" * 300 + ".png",
        "a/" * 20 + "b.js",
    ],
)
def test_names_that_would_leave_their_folder(name):
    # zipfile itself cuts a name at NUL, so that sign is put in afterwards.
    data = pack({**files(), name.replace("\0", "@"): "x"}).getvalue()
    if "\0" in name:
        data = data.replace(b"a@.png", b"a\0.png")
    assert problems(io.BytesIO(data)) == [errors.UnsafePath]


def test_names_in_an_old_encoding():
    entry = zipfile.ZipInfo("content/\u00e9.txt")
    archive = pack({**files(), entry: "x"}).getvalue()
    # Without the UTF-8 flag and not UTF-8 either, as an old Windows zip in GBK writes it.
    archive = archive.replace("content/\u00e9.txt".encode(), b"content/\xd6\xd0.txt")
    archive = archive.replace(b"\x00\x08\x08\x00\x00\x00\x21\x00", b"\x00\x00\x08\x00\x00\x00\x21\x00")
    assert problems(io.BytesIO(archive)) == [errors.UnsafePath]


@pytest.mark.parametrize("mode", [stat.S_IFLNK | 0o777, stat.S_IFCHR | 0o600, stat.S_IFIFO | 0o600])
def test_links_and_special_files(mode):
    entry = zipfile.ZipInfo("content/link.txt")
    entry.external_attr = mode << 16
    assert problems({**files(), entry: "/etc/passwd"}) == [errors.SpecialFile]


def test_password(monkeypatch):
    data = bytearray(good().getvalue())
    # Bit 0 of the flags of the first central directory entry.
    at = data.index(b"PK\x01\x02") + 8
    data[at] |= 1
    assert problems(io.BytesIO(bytes(data))) == [errors.EncryptedFile]


def test_unknown_compression():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("h5p.json", "{}")
    assert problems(out) == [errors.UnsupportedCompression]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["H5P.JSON", "h5p.json"])
def test_two_entries_of_one_name(name):
    out = good()
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, "{}")
    assert problems(out) == [errors.DuplicatePath]


def test_a_name_that_is_file_and_folder():
    assert problems({**files(), "content/x.txt": "1", "content/x.txt/y.txt": "1"}) == [errors.DuplicatePath]


def test_sizes_and_counts():
    assert problems(good(), limits=Limits(archive_bytes=100)) == [errors.ArchiveTooLarge]
    assert problems(good(), limits=Limits(unpacked_bytes=100)) == [errors.ArchiveTooLarge]
    assert problems(good(), limits=Limits(file_bytes=50)) == [errors.FileTooLarge]
    assert problems(good(), limits=Limits(files=3)) == [errors.TooManyFiles]
    assert errors.FileTooLarge in problems(good(), limits=Limits(json_bytes=20))


def test_a_file_packed_too_well():
    assert problems({**files(), "content/a.txt": b"\0" * 8_000_000}) == [errors.SuspiciousCompression]


def test_entries_that_share_bytes():
    """A bomb without nesting: many directory entries that point at the same packed bytes."""
    kernel = b"a" * 3_000_000
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content/0.txt", kernel)
    data = out.getvalue()
    central = data[data.index(b"PK\x01\x02") : data.index(b"PK\x05\x06")]
    body = data[: data.index(b"PK\x01\x02")]
    entries = b"".join(central.replace(b"content/0.txt", b"content/%c.txt" % sign) for sign in b"0123456789")
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 10, 10, len(entries), len(body), 0)
    assert problems(io.BytesIO(body + entries + end)) == [errors.SuspiciousCompression]


def test_a_damaged_file():
    data = bytearray(good().getvalue())
    at = data.index(b"h5p.json") + len("h5p.json") + 20
    data[at] ^= 0xFF
    assert problems(io.BytesIO(bytes(data))) == [errors.CorruptFile]


@given(st.binary(max_size=400), st.integers(0, 400))
def test_no_damage_ends_in_anything_but_a_named_error(noise, at):
    data = good().getvalue()
    at = at * len(data) // 400
    broken = data[:at] + noise + data[at + len(noise) :]
    package, found = inspect_package(io.BytesIO(broken))
    if package is not None:
        package.close()
    assert {type(problem) for problem in found} <= set(H5PError.__subclasses__())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KEYS = ["title", "mainLibrary", "language", "embedTypes", "preloadedDependencies", "dynamicDependencies"]
LIBRARY_KEYS = ["title", "machineName", "majorVersion", "patchVersion", "runnable", "coreApi", "preloadedJs"]


@given(st.sampled_from(KEYS), JSON, st.sampled_from(LIBRARY_KEYS), JSON, JSON)
def test_no_json_ends_in_anything_but_a_named_error(key, value, library_key, library_value, content):
    entries = {**files(**{key: value}), LIBRARY: library_json(**{library_key: library_value})}
    entries["content/content.json"] = content
    for problem in inspect_package(pack(entries))[1]:
        assert isinstance(problem, H5PError)
