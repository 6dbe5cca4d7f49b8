"""One H5P package by itself: a lesson with one exercise, under the title its own file gives."""

import json

import pytest

from courses.h5p.api import Judged
from courses.packs.foreign.drafts import draft_of
from courses.packs.foreign.h5p import ADAPTER
from courses.packs.foreign.outline import Exercise
from tests.courses.packs.foreign.reading import PACE, opened, read, zipped
from tests.courses.packs.making import h5p


def test_a_package_is_a_lesson():
    made = read(h5p(), "任意.h5p", expect="h5p")
    assert (made.outline.title, made.outline.language) == ("首都", "zh-CN")
    page = made.outline.units[0].pages[0]
    assert page.title == "首都"
    assert isinstance(page.pieces[0], Exercise)
    assert [(kind, block["title"]) for kind, block in made.blocks()] == [("h5p", "首都")]


def test_what_it_says_of_itself():
    says = {
        "title": " 首都 ",
        "language": "und",
        "defaultLanguage": "zh",
        "mainLibrary": "H5P.Blanks",
        "license": "CC BY-SA",
        "licenseVersion": "4.0",
        "authors": [{"name": "某老师", "role": "Author"}, {"name": 3}, "x"],
    }
    made = read(zipped({"h5p.json": json.dumps(says)}), "x.h5p", expect="h5p")
    assert (made.outline.title, made.outline.language) == ("首都", "zh")
    assert (made.outline.authors, made.outline.licence) == (("某老师",), "CC BY-SA 4.0")


@pytest.mark.parametrize("content", ["{", "[]", "[" * 100_000, b"\xff\xfe\x00", '{"title": 3, "authors": 4}'])
def test_files_that_are_broken(content):
    made = read(zipped({"h5p.json": content}), "x.h5p", expect="h5p")
    assert made.problems() == ([] if isinstance(content, str) and "title" in content else ["foreign_broken"])


def test_what_the_exercise_itself_is_worth_is_judged_elsewhere():
    with opened(zipped({"h5p.json": "{}"}), "x.h5p") as source:
        draft = draft_of(ADAPTER.inspect(source), source, PACE, h5p_check=lambda _: Judged(["缺少库。"]))
    assert [(item.title, item.reason.code) for item in draft.lost] == [("x", "h5p_invalid")]
    assert [problem.code for problem in draft.problems] == ["foreign_empty"]
