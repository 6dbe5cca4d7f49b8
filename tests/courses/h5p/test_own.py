"""Our own content types as libraries: whole, translated, built into packages that any client takes."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.h5p.client import check_semantics, open_package
from courses.h5p.own.build import BuildError, build_package, main, own_libraries
from courses.h5p.own.gaps import Gap, parse_gaps

TYPES = ["H5P.RtDragWords", "H5P.RtFillBlanks", "H5P.RtSingleChoiceSet", "H5P.RtTrueFalse"]
CONTENT = {
    "H5P.RtSingleChoiceSet": {
        "questions": [
            {
                "question": "1 + 1 = ?",
                "options": [{"text": "2", "correct": True}, {"text": "3", "correct": False}],
            }
        ]
    },
    "H5P.RtTrueFalse": {"statements": [{"statement": "水往低处流。", "correct": True}]},
    "H5P.RtFillBlanks": {"items": [{"text": "首都是*北京/北京市:两个字*。"}]},
    "H5P.RtDragWords": {"items": [{"text": "*甲*先于*乙*。"}], "distractors": ["丙"]},
}


def built(machine_name, **options):
    data = build_package(machine_name, CONTENT[machine_name], title="例", **options)
    return open_package(io.BytesIO(data))


def test_there_are_four_types_and_what_they_share():
    libraries = own_libraries()
    assert sorted(libraries) == sorted([*TYPES, "H5P.RtCommon"])
    assert [name for name, (manifest, _) in sorted(libraries.items()) if manifest.runnable] == TYPES
    assert {manifest.licence for manifest, _ in libraries.values()} == {"Apache-2.0"}


@pytest.mark.parametrize("name", TYPES)
def test_packages_are_whole_and_the_same_each_time(name):
    with built(name) as package:
        assert [needed.machine_name for needed in package.needed] == ["H5P.RtCommon", name]
        assert package.manifest.default_language == "zh-CN"
        assert all(text.strip() for text in package.content["l10n"].values())
        assert package.content["behaviour"]["passPercentage"] == 60
    assert build_package(name, CONTENT[name], title="例") == build_package(name, CONTENT[name], title="例")


@pytest.mark.parametrize("name", TYPES)
def test_buttons_speak_the_language_that_was_asked_for(name):
    with built(name) as chinese, built(name, language="en") as english:
        assert not any("a" <= sign <= "z" for sign in chinese.content["l10n"]["retry"])
        assert english.content["l10n"]["retry"] == "Try again"


def shape(fields):
    return [
        (
            shape(field["fields"]) if "fields" in field else None,
            shape([field["field"]]) if "field" in field else None,
        )
        for field in fields
    ]


@pytest.mark.parametrize("name", TYPES)
def test_every_language_covers_every_field(name):
    folder = own_libraries()[name][1]
    semantics = check_semantics(json.loads((folder / "semantics.json").read_text("utf-8")), name)
    texts = {}
    for path in (folder / "language").glob("*.json"):
        texts[path.stem] = json.loads(path.read_text("utf-8"))["semantics"]
        assert shape(texts[path.stem]) == shape(semantics)
    assert set(texts) == {"en", "zh-cn", "zh-hans"}
    assert texts["zh-cn"] == texts["zh-hans"]
    placeholders(semantics, texts["zh-cn"])


def placeholders(semantics, texts):
    """A translation keeps :num and its like."""
    for field, text in zip(semantics, texts, strict=True):
        if isinstance(field.get("default"), str):
            named = {
                word
                for word in field["default"].replace("%", " ").replace("”", " ").split()
                if word.startswith(":")
            }
            assert all(name.strip(".“”") in text["default"] for name in named)
        if "fields" in field:
            placeholders(field["fields"], text["fields"])


def test_markup_in_texts_stays_text():
    content = {"statements": [{"statement": "1 < 2 & <b>3</b>", "correct": True}]}
    with open_package(io.BytesIO(build_package("H5P.RtTrueFalse", content, title="<b>"))) as package:
        assert package.content["statements"][0]["statement"] == "1 &lt; 2 &amp; &lt;b&gt;3&lt;/b&gt;"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("H5P.Blanks", {}, "none of our content types"),
        ("H5P.RtCommon", {}, "none of our content types"),
        ("H5P.RtTrueFalse", {}, "statements is missing"),
        ("H5P.RtTrueFalse", {"statements": []}, "at least 1"),
        (
            "H5P.RtTrueFalse",
            {"statements": [{"statement": "x", "correct": "yes"}]},
            r"statements\[0\].correct",
        ),
        (
            "H5P.RtTrueFalse",
            {"statements": [{"statement": "x", "right": True}]},
            r"statements\[0\].right is not a field",
        ),
        (
            "H5P.RtSingleChoiceSet",
            {"questions": [{"question": "?", "options": [{"text": "a", "correct": True}]}]},
            "at least 2",
        ),
        (
            "H5P.RtSingleChoiceSet",
            {"questions": [{"question": "?", "options": [{"text": t, "correct": True} for t in "ab"]}]},
            "exactly one correct option, not 2",
        ),
        (
            "H5P.RtSingleChoiceSet",
            {
                "questions": [
                    {"question": "?", "options": [{"text": "a", "correct": c} for c in (True, False)]}
                ]
            },
            "same text twice",
        ),
        ("H5P.RtFillBlanks", {"items": [{"text": "no gap"}]}, r"items\[0\].text has no gap"),
        ("H5P.RtFillBlanks", {"items": [{"text": r"\*no gap\*"}]}, "has no gap"),
        ("H5P.RtDragWords", {"items": [{"text": "*甲*"}], "distractors": ["甲"]}, "also an answer"),
        (
            "H5P.RtDragWords",
            {"items": [{"text": "*甲*"}], "behaviour": {"passPercentage": 101}},
            "at most 100",
        ),
    ],
)
def test_content_that_does_not_fit_is_refused_by_field(name, content, words):
    with pytest.raises(BuildError, match=words):
        build_package(name, content, title="x")


def test_title_and_language_must_be_there():
    with pytest.raises(BuildError, match="title"):
        build_package("H5P.RtTrueFalse", CONTENT["H5P.RtTrueFalse"], title=" ")
    with pytest.raises(BuildError, match="language"):
        build_package("H5P.RtTrueFalse", CONTENT["H5P.RtTrueFalse"], title="x", language="../library")


def test_the_command(tmp_path, capsys):
    source, target = tmp_path / "c.json", tmp_path / "c.h5p"
    source.write_text(json.dumps({"library": TYPES[3], "title": "例", "content": CONTENT[TYPES[3]]}))
    assert main([str(source), str(target)]) == 0
    open_package(target).close()
    source.write_text(json.dumps({"library": TYPES[3], "title": "例", "content": {}}))
    assert main([str(source), str(target)]) == 1
    assert "statements is missing" in capsys.readouterr().err
    assert main([]) == 2


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("plain", ["plain"]),
        ("", []),
        ("a*b*c", ["a", Gap(("b",)), "c"]),
        ("*b*", [Gap(("b",))]),
        ("*b/c:tip/p*", [Gap(("b", "c"), "tip/p")]),
        ("* b / c : tip *", [Gap(("b", "c"), "tip")]),
        (r"10\*10 = *100\:0\/1\*\\*", ["10*10 = ", Gap(("100:0/1*\\",))]),
        ("5 * 3 = *15", ["5 ", Gap(("3 =",)), "15"]),
        ("an asterisk * alone", ["an asterisk * alone"]),
        ("**", ["**"]),
        ("中文：*甲／乙*", ["中文：", Gap(("甲／乙",))]),
        ("back\\slash", ["back\\slash"]),
    ],
)
def test_gaps(text, pieces):
    assert parse_gaps(text) == pieces


@given(st.text(alphabet="ab*/:\\甲", max_size=30))
def test_no_text_breaks_the_reading_of_gaps(text):
    pieces = parse_gaps(text)
    assert all(piece for piece in pieces)
    assert all(piece.answers for piece in pieces if isinstance(piece, Gap))
