"""The defects that H5P's other hosts test for, one package each, made here: each is refused with the sentence its author needs.

The names are those of the packages in Lumi's test data; what those say to us stands in docs/h5p.md.
"""

import io

import pytest

from courses.h5p import api
from courses.h5p.client import errors, inspect_package

from .packages import files, good, h5p_json, library, library_json, pack

LIBRARY = "H5P.Greet-1.0/library.json"
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def put(path, value):
    return pack({**files(), path: value})


def without(*paths):
    return pack({path: value for path, value in files().items() if path not in paths})


CASES = {
    "corrupt_archive": (lambda: io.BytesIO(b"\0\1\2\3"), ["这不是可以打开的 H5P 包（zip 文件）。"]),
    "empty file": (lambda: io.BytesIO(b""), ["这不是可以打开的 H5P 包（zip 文件）。"]),
    "broken-h5p-json": (lambda: put("h5p.json", '{"title": '), ["h5p.json 不是有效的 JSON。"]),
    "broken-content-json": (lambda: put("content/content.json", "{ XXX"), ["content.json 不是有效的 JSON。"]),
    "invalid-h5p-json-schema": (
        lambda: put("h5p.json", h5p_json(mainLibrary=None)),
        ["h5p.json 缺少必要内容或写法不对：“mainLibrary” must be a text of 1 to 255 characters"],
    ),
    "invalid-library-json": (
        lambda: put(LIBRARY, library_json(majorVersion="x")),
        [
            f"「{LIBRARY}」缺少必要内容或写法不对："
            "“majorVersion”, “minorVersion” and “patchVersion” must be whole numbers"
        ],
    ),
    "invalid-library-directory-name": (
        lambda: put(LIBRARY, library_json("H5P.AnotherLibrary")),
        ["文件夹「H5P.Greet-1.0」的名称与里面的库不一致。"],
    ),
    "malformed-library-directory": (
        lambda: put("library!/library.json", library_json()),
        ["文件夹「library!」的名称不是 H5P 库的名称。"],
    ),
    "missing-preloaded-js": (
        lambda: without("H5P.Greet-1.0/greet.js"),
        ["库里登记的文件「H5P.Greet-1.0/greet.js」不在包里。"],
    ),
    "invalid-language-file-json": (
        lambda: put("H5P.Greet-1.0/language/fr.json", "{ XXX"),
        ["语言文件「H5P.Greet-1.0/language/fr.json」的名称或内容不对。"],
    ),
    "2-invalid-libraries": (
        lambda: pack(
            {
                **files(),
                "H5P.Greet-1.0/language/XXX!.json": {},
                **library("H5P.Other"),
                "H5P.Other-1.0/library.json": {**library_json("H5P.Other"), "title": ""},
            }
        ),
        [
            "语言文件「H5P.Greet-1.0/language/XXX!.json」的名称或内容不对。",
            "「H5P.Other-1.0/library.json」缺少必要内容或写法不对：“title” must be a text of 1 to 255 characters",
        ],
    ),
    "h5p-with-virus": (
        lambda: put("content/eicar.jpg", EICAR),
        ["包里的「content/eicar.jpg」与它的扩展名不符。"],
    ),
    "core-version above ours": (
        lambda: put(LIBRARY, library_json(coreApi={"majorVersion": 1, "minorVersion": 29})),
        ["库「H5P.Greet-1.0」需要更新版本的 H5P 播放器。"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_is_refused_with_its_sentence(name, settings, tmp_path):
    settings.H5P_ROOT = tmp_path / "h5p"
    make, sentences = CASES[name]
    assert api.check_package(make()) == sentences


def test_a_core_version_is_too_new_only_for_an_older_core(settings, tmp_path):
    """Lumi's invalid-core-version asks for 1.19, and is refused by a host set to 1.1; the core shipped here is 1.28."""
    asks = library_json(coreApi={"majorVersion": 1, "minorVersion": 19})
    settings.H5P_ROOT = tmp_path / "h5p"
    assert api.check_package(put(LIBRARY, asks)) == []
    package, (problem,) = inspect_package(put(LIBRARY, asks), core_api=(1, 18))
    assert package is None
    assert isinstance(problem, errors.CoreTooOld)


def test_valid_packages_are_good(settings, tmp_path):
    settings.H5P_ROOT = tmp_path / "h5p"
    assert api.check_package(good()) == []
