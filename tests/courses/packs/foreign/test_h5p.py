"""One H5P package by itself: a lesson with one exercise, under the title its own file gives."""

import io
import json
import re
import zipfile

import pytest

from courses.h5p.api import Judged, judge_package
from courses.packs.foreign.drafts import draft_of
from courses.packs.foreign.h5p import ADAPTER
from courses.packs.foreign.outline import Exercise
from courses.packs.native import read_pack
from tests.courses.packs.foreign.reading import DETAILS, PACE, opened, read, zipped
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


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('{\n"title"', "第 2 行"),
        ("[]", "对象"),
        ("[" * 100_000, "嵌套得太深"),
        (b"\xff\xfe\x00", "UTF-8"),
        ('{"title": 3, "authors": 4}', ""),
    ],
    ids=["cut", "list", "deep", "encoding", "odd"],
)
def test_files_that_are_broken(content, why):
    made = read(zipped({"h5p.json": content}), "x.h5p", expect="h5p")
    assert made.problems() == (["foreign_broken"] if why else [])
    for problem in made.draft.problems:
        assert why in problem.message
        assert not re.search("[a-z]{4}", problem.message.replace("h5p.json", "")), problem.message


def test_what_the_exercise_itself_is_worth_is_judged_elsewhere():
    with opened(zipped({"h5p.json": "{}"}), "x.h5p") as source:
        draft = draft_of(ADAPTER.inspect(source), source, PACE, h5p_check=lambda _: Judged(["缺少库。"]))
    assert [(item.title, item.reason.code) for item in draft.lost] == [("x", "h5p_invalid")]
    assert [problem.code for problem in draft.problems] == ["foreign_all_lost"]


def pointing(*paths):
    """A package whose content names files under these paths."""
    params = {
        "items": [{"text": "首都是*北京*。"}],
        "media": [{"path": path, "mime": "video/mp4"} for path in paths],
    }
    return changed(h5p(), {"content/content.json": json.dumps(params)})


def changed(data, members):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, members.get(name, old.read(name)))
    return out.getvalue()


def test_what_it_shows_of_other_sites_is_named(settings, tmp_path):
    """An exercise whose film lies elsewhere comes in, and its plan says that nobody will see that film."""
    settings.H5P_ROOT = tmp_path
    settings.H5P_MEDIA_ORIGINS = ("https://media.example",)
    paths = ["https://film.example/a.mp4", "//film.example/b.mp4", "https://media.example/c.mp4"]
    pack = zipped(
        {
            "manifest.json": json.dumps(
                DETAILS
                | {
                    "format": "rongtong-pack",
                    "version": 1,
                    "chapters": [
                        {
                            "title": "一",
                            "lessons": [
                                {
                                    "key": "a",
                                    "title": "甲",
                                    "blocks": [
                                        {"type": "h5p", "file": "h5p/x.h5p", "title": "填空", "minutes": 1}
                                    ],
                                }
                            ],
                        }
                    ],
                    "question_bank": [],
                }
            ),
            "h5p/x.h5p": pointing(*paths),
        }
    )
    plan = read_pack(io.BytesIO(pack), h5p_check=judge_package)
    assert plan.problems == []
    told = [(problem.code, problem.params["value"]) for problem in plan.warnings]
    assert told == [("h5p_elsewhere", path) for path in paths[:2]]
    assert "film.example" in plan.warnings[0].message
