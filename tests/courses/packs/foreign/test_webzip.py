"""A zip of web pages: order and titles from its own links, one lesson a page, what runs is named."""

import pytest

from courses.packs.foreign.outline import Download, Film, Picture, Text
from tests.courses.packs.foreign.reading import read, zipped
from tests.courses.packs.making import PDF, mp4, png


def page(title, body, head=""):
    return f"<!DOCTYPE html><html lang='zh-Hans'><head><title>{title}</title>{head}</head><body>{body}</body></html>"


SITE = {
    "site/index.html": page(
        "配电检修",
        "<h1>配电检修</h1><nav><a href='b.html'>停电</a></nav><p>先看停电，再看验电。</p>"
        "<a href='b.html'>停电</a> | <a href='unit/a.html'>验电</a>",
        "<meta name='author' content='某学院'><link rel=stylesheet href='look.css'>",
    ),
    "site/b.html": page("停电", "<h1>停电</h1><p>拉开断路器。<img src='img/b.png' alt='断路器'></p>"),
    "site/z.html": page("附录", "<p>十项规定。<a href='card.pdf'>口袋卡</a></p>"),
    "site/unit/a.html": page(
        "验电", "<p>有、无、有。</p><a href='../f.mp4'>看片</a><a href='../b.html'>上一页</a>"
    ),
    "site/unit/index.html": page("第二章 验电", "<h2>第二章</h2><ul><li><a href='a.html'>验电</a></li></ul>"),
    "site/img/b.png": png(),
    "site/img/back.png": png(),
    "site/img/spare.png": png(),
    "site/look.css": "body { background: url('img/back.png') }",
    "site/app.js": "x()",
    "site/card.pdf": PDF,
    "site/f.mp4": mp4(),
}


def test_a_site_comes_in_the_order_of_its_links():
    made = read(zipped(SITE), "配电.zip", expect="webzip")
    outline = made.outline
    assert (outline.title, outline.language, outline.authors) == ("配电检修", "zh-Hans", ("某学院",))
    assert [(unit.title, [page.key for page in unit.pages]) for unit in outline.units] == [
        ("配电检修", ["index.html", "b.html", "z.html"]),
        ("第二章 验电", ["unit/a.html"]),
    ]
    assert made.lost() == {
        "第二章 验电": "lost_contents",
        "*.css, *.js": "lost_dress",
        "spare.png": "lost_unused",
        "back.png": "lost_behind",
    }
    b, z = outline.units[0].pages[1:]
    assert [type(piece) for piece in b.pieces] == [Text, Picture]
    assert z.pieces[-1] == Download("site/card.pdf", "card.pdf")
    assert Film("site/f.mp4", "看片") in outline.units[1].pages[0].pieces
    assert outline.units[0].pages[0].pieces[0].html.count("停电</a>") == 1  # the one in the bar is gone


def test_titles_that_all_pages_share_give_way_to_headings():
    made = read(
        zipped({f"{n}.html": page("某学院", f"<h1>第{n}节</h1><p>字</p>") for n in (10, 2, 1)}),
        "x.zip",
        expect="webzip",
    )
    assert [p.title for p in made.outline.units[0].pages] == ["第1节", "第2节", "第10节"]


def test_frames_and_pages_that_send_on():
    made = read(
        zipped(
            {
                "index.html": "<html><head><meta http-equiv='refresh' content='0; url=frames.htm'></head></html>",
                "frames.htm": "<frameset><frame src='toc.htm'><frame src='two.htm'></frameset>",
                "toc.htm": page("目录", "<a href='two.htm'>二</a><br><a href='one.htm'>一</a>"),
                "one.htm": page("一", "<p>一的字</p><iframe src='two.htm'></iframe>"),
                "two.htm": page("二", "<p>二的字</p><embed src='c.pdf'>"),
                "c.pdf": PDF,
            }
        ),
        "x.zip",
        expect="webzip",
    )
    assert [p.title for p in made.outline.units[0].pages] == ["二", "一"]
    assert made.lost() == {"目录": "lost_contents"}
    assert made.blocks()[1][0] == "file"


def test_a_program_is_named_and_a_script_beside_words_is_counted():
    made = read(
        zipped(
            {
                "index.html": page("有字", "<p>字</p><script>x()</script><form><p>问</p><input></form>"),
                "app.html": page(
                    "应用", "<div id=root></div><script src=a.js></script><noscript>请开脚本</noscript>"
                ),
                "empty.html": "",
            }
        ),
        "x.zip",
        expect="webzip",
    )
    assert made.lost() == {
        "应用": "lost_runs",
        "empty": "lost_empty",
        "有字": "lost_script",
        "JavaScript": "lost_scripted",
    }
    assert [kind for kind, _ in made.blocks()] == ["text"]
    assert "问" in made.blocks()[0][1]["html"]


def test_pages_of_chinese_windows_and_a_single_page():
    text = (
        "<html><head><meta charset=gb2312><title>停电</title></head><body><p>检修</p></body></html>".encode(
            "gbk"
        )
    )
    for data, name in ((zipped({"a.htm": text}), "x.zip"), (text, "停电.htm")):
        made = read(data, name, expect="webzip")
        assert [p.title for p in made.outline.units[0].pages] == ["停电"]
        assert made.blocks()[0][1]["html"] == "<p>检修</p>"


def test_a_package_for_another_player_says_so():
    made = read(
        zipped({"imsmanifest.xml": "<manifest/>", "a.html": page("甲", "<p>字</p>")}),
        "x.zip",
        expect="webzip",
    )
    assert made.lost()["SCORM"] == "lost_kind"


SCORM = """<manifest xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"><organizations default="o">
<organization identifier="x"><item identifierref="r1"/></organization><organization identifier="o">
<item><item identifierref="r3"/></item><item identifierref="r1"/><item identifierref="gone"/></organization></organizations>
<resources><resource identifier="r1" href="a.html?x=1"/><resource identifier="r3" xml:base="sub/" href="c.html"/></resources>
</manifest>"""


@pytest.mark.parametrize(
    ("manifest", "order"),
    [(SCORM, ["丙", "甲", "乙"]), (SCORM[:-20], ["甲", "乙", "丙"]), ("<manifest/>", ["甲", "乙", "丙"])],
)
def test_a_scorm_package_has_the_order_of_its_organisation(manifest, order):
    titles = {"a.html": "甲", "b.html": "乙", "sub/c.html": "丙"}
    pages = {name: page(title, "<p>字</p>") for name, title in titles.items()}
    made = read(zipped({"imsmanifest.xml": manifest, **pages}), "x.zip", expect="webzip")
    assert [p.title for unit in made.outline.units for p in unit.pages] == order


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 20_000 + "字",
        "<p>字" + "<b>" * 50_000,
        "<!DOCTYPE html [<!ENTITY a 'b'><!ENTITY c '&a;&a;'>]><p>字&c;</p>",
        "<?xml version='1.0' encoding='klingon'?><p>字</p>",
        "<p>字</p><svg onload=x()><script>x()</script></svg>",
        "<p onclick=x()>字</p><a href='javascript:x()'>点</a><img src='../../../etc/passwd'>",
        "\x00\x01<p>字</p>",
        "<p>字</p>" + "<svg>" * 20_000,
        "<p>字</p>" + "<svg></svg>" * 800,
        "<p>字</p>" + "<a href=x>" * 1_500,
    ],
)
def test_pages_that_attack_are_only_pages(body):
    made = read(zipped({"a.html": body}), "x.zip", expect="webzip")
    for kind, block in made.blocks():
        assert kind == "text"
        assert "script" not in block["html"]
        assert "onclick" not in block["html"]


def test_a_page_that_is_too_long_is_named():
    made = read(b"<p>" + b"long " * 1_000_000, "b.html", expect="webzip")
    assert made.lost() == {"b.html": "lost_file"}
    assert made.problems() == ["foreign_all_lost"]


def test_nothing_to_bring():
    made = read(zipped({"a.html": "<script>x()</script>"}), "x.zip", expect="webzip")
    assert made.problems() == ["foreign_all_lost"]
