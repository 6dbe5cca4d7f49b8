"""Names, semantics and parameters: pure functions over plain values."""

import ast
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.h5p import client
from courses.h5p.client import (
    LibraryName,
    LibraryVersion,
    check_params,
    check_semantics,
    errors,
    files_in,
    libraries_in,
    translated,
    with_defaults,
)


def test_the_client_stands_alone():
    """Only the standard library and itself: it could be published as it is."""
    folder = Path(client.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                assert node.module.partition(".")[0] in sys.stdlib_module_names, path.name
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 1, path.name
            elif isinstance(node, ast.Import):
                assert {alias.name.partition(".")[0] for alias in node.names} <= sys.stdlib_module_names, (
                    path.name
                )


NAMES = st.builds(
    LibraryName,
    st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,20}", fullmatch=True),
    st.integers(0, 999),
    st.integers(0, 999),
)


@given(NAMES, st.integers(0, 999))
def test_every_spelling_reads_back(name, patch):
    version = LibraryVersion(name, patch)
    assert LibraryName.from_ubername(name.ubername) == name
    assert LibraryName.from_folder(name.folder) == name
    assert LibraryVersion.from_folder(version.folder) == version
    assert LibraryName.from_folder(version.folder) is None


@pytest.mark.parametrize(
    "text", ["", "H5P.Blanks", "H5P.Blanks-1", "H5P Blanks 1.2", "H5P.Blanks-1.2.3.4", "-1.2"]
)
def test_other_texts_are_no_names(text):
    assert LibraryName.from_ubername(text) is None
    assert LibraryVersion.from_folder(text) is None or text == "H5P.Blanks-1.2.3.4"


def test_a_number_at_the_end_of_a_name_stays_there():
    assert LibraryName.from_folder("jQuery.ui-1.10") == LibraryName("jQuery.ui", 1, 10)
    assert LibraryName.from_folder("My-Lib-2-1.10") == LibraryName("My-Lib-2", 1, 10)


def test_what_content_embeds_and_names():
    params = {
        "a": [{"library": "H5P.Text 1.1", "params": {"b": {"library": "H5P.Image 1.0", "params": {}}}}],
        "library": "no library 1.1",
        "files": [
            {"path": "images/a.png", "mime": "image/png"},
            {"path": "images/b.png#tmp", "mime": "image/png"},
            {"path": "https://example.org/c.png", "mime": "image/png"},
            {"path": "data:image/png;base64,AA", "mime": "image/png"},
            {"path": "without mime"},
        ],
    }
    assert set(libraries_in(params)) == {LibraryName("H5P.Text", 1, 1), LibraryName("H5P.Image", 1, 0)}
    assert sorted(files_in(params)) == ["images/a.png", "images/b.png"]


SEMANTICS = [
    {"name": "title", "type": "text", "maxLength": 5},
    {"name": "note", "type": "text", "optional": True},
    {"name": "count", "type": "number", "min": 1, "max": 3, "default": 2},
    {"name": "kind", "type": "select", "options": [{"value": "a"}, {"value": "b"}], "default": "a"},
    {
        "name": "items",
        "type": "list",
        "min": 1,
        "max": 2,
        "field": {
            "name": "item",
            "type": "group",
            "fields": [
                {"name": "text", "type": "text"},
                {"name": "right", "type": "boolean", "default": False},
            ],
        },
    },
    {"name": "lone", "type": "group", "fields": [{"name": "inner", "type": "text", "default": "x"}]},
    {
        "name": "l10n",
        "type": "group",
        "fields": [
            {"name": "yes", "type": "text", "default": "Yes"},
            {"name": "no", "type": "text", "default": "No"},
        ],
    },
]
GOOD = {"title": "abc", "items": [{"text": "t"}]}


def test_defaults_fill_what_is_not_given():
    assert with_defaults(SEMANTICS, GOOD) == {
        "title": "abc",
        "count": 2,
        "kind": "a",
        "items": [{"text": "t", "right": False}],
        # A group of a single field is not wrapped in an object.
        "lone": "x",
        "l10n": {"yes": "Yes", "no": "No"},
    }
    assert with_defaults(SEMANTICS, {**GOOD, "l10n": {"yes": "Ja"}})["l10n"] == {"yes": "Ja", "no": "No"}


def test_a_language_file_lies_over_the_defaults():
    texts = {"semantics": [{}, {}, {}, {}, {}, {}, {"fields": [{"default": "是"}, {"default": "否"}]}]}
    assert with_defaults(translated(SEMANTICS, texts), GOOD)["l10n"] == {"yes": "是", "no": "否"}
    assert translated(SEMANTICS, {"semantics": "broken"})[6]["fields"][0]["default"] == "Yes"


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({}, []),
        ({"title": "too long"}, ["title"]),
        ({"title": " "}, ["title"]),
        ({"title": 1}, ["title"]),
        ({"count": 4}, ["count"]),
        ({"count": True}, ["count"]),
        ({"kind": "c"}, ["kind"]),
        ({"items": []}, ["items"]),
        ({"items": [{"text": "a"}, {"right": 1}]}, ["items[1].text", "items[1].right"]),
        ({"lone": "fine"}, []),
        ({"l10n": []}, ["l10n"]),
        ({"typo": 1}, ["typo"]),
    ],
)
def test_parameters_are_held_against_their_semantics(changes, paths):
    assert [problem.path for problem in check_params(SEMANTICS, {**GOOD, **changes})] == paths


def test_missing_parameters_and_no_object():
    assert [problem.path for problem in check_params(SEMANTICS, {})] == ["title", "items"]
    assert [problem.path for problem in check_params(SEMANTICS, [])] == ["content"]


def test_semantics_of_other_hosts_are_let_be():
    odd = [{"name": "a", "type": "list", "field": {"type": "customWidget"}}]
    assert check_semantics(odd, "x") == odd
    with pytest.raises(errors.InvalidSemantics):
        check_semantics([{"name": "a", "type": "group", "fields": "none"}], "x")
