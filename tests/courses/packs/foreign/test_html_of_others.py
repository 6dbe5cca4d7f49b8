"""HTML as other tools write it: nothing that is read goes with something that only runs, and what goes is named."""

import pytest

from courses.packs.foreign.outline import Picture, Text
from tests.courses.packs.foreign.moodle import Backup
from tests.courses.packs.foreign.reading import read, tarred, zipped
from tests.courses.packs.making import png

WORDS = "先断电，再救人。" * 40
# What is in the place of a picture until it is scrolled to.
DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


def of_site(body, **files):
    page = f"<!DOCTYPE html><title>题</title><h1>题</h1><p>{WORDS}</p>{body}"
    return read(
        zipped({"index.html": page, **{name.replace("_", "."): data for name, data in files.items()}}),
        "a.zip",
    )


def of_moodle(body, **files):
    backup = Backup()
    backup.section("1", 1, "一", "1")
    backup.activity("1", "label", "题", intro=f"<p>{WORDS}</p>{body}")
    return read(tarred(backup.all()), "a.mbz", expect="moodle")


def said(made):
    pieces = [piece for unit in made.outline.units for page in unit.pages for piece in page.pieces]
    return "".join(piece.html for piece in pieces if isinstance(piece, Text)), pieces


@pytest.mark.parametrize("of", [of_site, of_moodle], ids=["site", "moodle"])
@pytest.mark.parametrize(
    ("body", "stays", "named"),
    [
        (
            "<object data='a.xml' type='application/x-quiz'><h2>第一题</h2><p>写着的题目</p></object>",
            ("第一题", "写着的题目"),
            {"<object>"},
        ),
        # The parser knows no end of it.
        ("<embed src='a.swf'><p>后面的话</p><p>再后面</p>", ("后面的话", "再后面"), {"<embed>"}),
        ("<p>前<embed src='a.swf'>后面的话</p>", ("前", "后面的话"), {"<embed>"}),
        (
            "<form action='x.aspx'><h2>第一节</h2><p>整页在里面</p></form>",
            ("第一节", "整页在里面"),
            {"<form>"},
        ),
        ("<form><input name='q'><select><option>甲</option></select></form>", (), {"<form>"}),
        (
            "<h2><button type='button'>可展开的标题</button></h2><div>里面的字</div>",
            ("可展开的标题", "里面的字"),
            set(),
        ),
        ("<p>选一个<select><option>甲</option></select></p>", ("选一个",), {"<select>"}),
        ("<p>字<input type='hidden' value='x'></p>", ("字",), set()),
    ],
    ids=["object-in-words", "embed", "embed-inside", "page-in-a-form", "form", "button", "select", "hidden"],
)
def test_words_stay_where_what_runs_goes(of, body, stays, named):
    made = of(body)
    html, _ = said(made)
    for words in stays:
        assert words in html
    found = {item.reason.params.get("found") for item in made.draft.lost if item.reason.code == "lost_script"}
    assert found == named


@pytest.mark.parametrize(
    "body",
    [
        "<img data-src='a.png' alt='断路器'>",
        f"<img src='{DOT}' data-original='a.png' alt='断路器'>",
        "<img srcset='a.png 2x, b.png 3x' alt='断路器'>",
        f"<img src='{DOT}' data-src='a.png' alt='断路器'><noscript><img src='a.png' alt='断路器'></noscript>",
        "<noscript>请启用 JavaScript<img src='a.png' alt='断路器'></noscript>",
    ],
    ids=["data-src", "placeholder", "srcset", "said-twice", "noscript"],
)
def test_a_picture_that_a_script_would_load_comes_in_once(body):
    made = of_site(f"<p>字</p>{body}<p>后</p>", a_png=png(60, 40))
    html, pieces = said(made)
    assert [piece for piece in pieces if isinstance(piece, Picture)] == [Picture("a.png", "断路器")]
    assert "启用" not in html
    assert made.lost() == {}


def test_places_of_a_picture_become_links_behind_it():
    made = of_site(
        "<img src='a.png' usemap='#m'><map name='m'><area href='https://example.org/rules' alt='规程'>"
        "<area href='other.html' alt='另一课'><area href='gone.doc' alt='表'></map>",
        a_png=png(60, 40),
        other_html=f"<title>另一课</title><p>{WORDS}</p>",
    )
    html, _ = said(made)
    assert '<a href="https://example.org/rules">规程</a>' in html
    assert "另一课</a>" not in html
    assert made.lost() == {"题": "lost_link"}


def test_pictures_behind_the_text_are_named_in_one_line():
    made = of_site(
        "<div style=\"background-image:url('a.png')\">字</div><style>body{background:url(b.png)}</style>",
        a_png=png(60, 40),
        b_png=png(61, 40),
    )
    assert made.lost() == {"a.png, b.png": "lost_behind"}


@pytest.mark.parametrize("of", [of_site, of_moodle], ids=["site", "moodle"])
def test_one_noscript_in_another_is_no_stumbling_block(of):
    made = of("<noscript><noscript>乙</noscript>甲</noscript><p>后面的话</p>")
    html, _ = said(made)
    assert "后面的话" in html
    assert "甲" not in html
    assert "乙" not in html
