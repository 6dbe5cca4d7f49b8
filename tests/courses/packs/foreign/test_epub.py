"""Books: order from the spine, titles and units from the contents, the original at the end, locked ones refused."""

import pytest

from courses.packs.foreign.outline import Download, Picture, Text
from tests.courses.packs.foreign.reading import read, zipped
from tests.courses.packs.making import SVG, png

CONTAINER = (
    "<container xmlns='urn:oasis:names:tc:opendocument:xmlns:container'><rootfiles>"
    "<rootfile full-path='OEBPS/book.opf' media-type='application/oebps-package+xml'/></rootfiles></container>"
)
DC = "xmlns:dc='http://purl.org/dc/elements/1.1/'"


def page(title, body):
    return (
        f"<?xml version='1.0' encoding='utf-8'?><html xmlns='http://www.w3.org/1999/xhtml'><head><title>{title}</title>"
        f"</head><body>{body}</body></html>"
    )


def opf(items, spine, version="3.0", toc=""):
    rows = "".join(
        f"<item id='{i}' href='{href}' media-type='{kind}' {more}/>" for i, href, kind, more in items
    )
    refs = "".join(f"<itemref idref='{i}'/>" for i in spine)
    return (
        f"<package xmlns='http://www.idpf.org/2007/opf' version='{version}'><metadata {DC}>"
        "<dc:title>配电检修</dc:title><dc:language>zh-CN</dc:language><dc:creator>某学院</dc:creator>"
        "<dc:rights>CC BY 4.0</dc:rights><dc:description>停电和验电。</dc:description></metadata>"
        f"<manifest>{rows}</manifest><spine {toc}>{refs}</spine></package>"
    )


XHTML = "application/xhtml+xml"
NAV = page(
    "目录",
    "<nav xmlns:epub='http://www.idpf.org/2007/ops' epub:type='toc'><ol>"
    "<li><a href='cover.xhtml'>封面</a></li>"
    "<li><a href='a.xhtml'>第一章 停电</a><ol><li><a href='a1.xhtml#x'>第一节</a></li></ol></li>"
    "<li><span>第二章 验电</span><ol><li><a href='b.xhtml'>有、无、有</a></li></ol></li></ol></nav>",
)
PAGES = {
    "cover": page(
        "x",
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' viewBox='0 0 4 4'>"
        "<title>封面图</title><image width='4' height='4' xlink:href='img/c.png'/></svg>",
    ),
    "a": page("x", "<h1>停电</h1><p id='p1'/><p>拉开<a id='q'/>断路器。</p>"),
    "a1": page("x", "<p>挂牌。</p>"),
    "a2": page("x", "<p>接着上一页。</p><svg viewBox='0 0 40 20'><path d='M0 0 H40'/></svg>"),
    "b": page("x", "<p>验电。</p><p><math alttext='U=IR'><mi>U</mi></math></p><script>x()</script>"),
}


def book(**changes):
    """A small book of version 3; `changes` are further members or others in their place."""
    items = [(i, f"{i}.xhtml", XHTML, "") for i in PAGES]
    items += [("nav", "nav.xhtml", XHTML, "properties='nav'"), ("c", "img/c.png", "image/png", "")]
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": opf(items, ["cover", "nav", "a", "a1", "a2", "b"]),
        "OEBPS/nav.xhtml": NAV,
        "OEBPS/img/c.png": png(),
        "OEBPS/style.css": "p {}",
    }
    members |= {f"OEBPS/{i}.xhtml": text for i, text in PAGES.items()}
    return zipped(members | changes)


def test_a_book_of_version_three():
    data = book()
    made = read(data, "检修.epub", expect="epub")
    outline = made.outline
    assert (outline.version, outline.title, outline.language) == ("3.0", "配电检修", "zh-CN")
    assert (outline.authors, outline.licence, outline.summary) == (("某学院",), "CC BY 4.0", "停电和验电。")
    assert [(unit.title, [(page.key, page.title) for page in unit.pages]) for unit in outline.units] == [
        ("配电检修", [("cover.xhtml", "封面")]),
        ("第一章 停电", [("a.xhtml", "第一章 停电"), ("a1.xhtml", "第一节")]),
        ("第二章 验电", [("b.xhtml", "有、无、有"), ("original", "检修.epub")]),
    ]
    cover, (first, second), (third, last) = (
        outline.units[0].pages[0],
        outline.units[1].pages,
        outline.units[2].pages,
    )
    assert cover.pieces == [Picture("OEBPS/img/c.png", "封面图")]
    assert "断路器" in first.pieces[0].html
    assert [type(piece) for piece in second.pieces] == [Text, Text, Picture]
    assert "<code>U=IR</code>" in third.pieces[0].html
    assert last.pieces == [Download("检修.epub", "检修.epub")]
    assert {(item.title, item.reason.code) for item in made.draft.lost} == {
        ("有、无、有", "lost_script"),
        ("有、无、有", "lost_kind"),
        ("*.css", "lost_dress"),
    }
    block = made.blocks()[-1][1]
    assert block["file"].endswith(".epub")
    assert made.draft.files[block["file"]] == "检修.epub"


def test_a_book_of_version_two_has_its_titles_in_the_ncx():
    point = "<navPoint><navLabel><text>{0}</text></navLabel><content src='{1}'/>{2}</navPoint>"
    inner = point.format("第一节", "a1.xhtml", "")
    ncx = f"<ncx xmlns='http://www.daisy.org/z3986/2005/ncx/'><navMap>{point.format('第一章', 'a.xhtml', inner)}</navMap></ncx>"
    items = [(i, f"{i}.xhtml", XHTML, "") for i in ("a", "a1")] + [
        ("n", "toc.ncx", "application/x-dtbncx+xml", "")
    ]
    made = read(
        book(**{"OEBPS/book.opf": opf(items, ["a", "a1"], "2.0", "toc='n'"), "OEBPS/toc.ncx": ncx}),
        "x.epub",
        expect="epub",
    )
    assert [(u.title, [p.title for p in u.pages]) for u in made.outline.units] == [
        ("配电检修", ["第一章", "第一节", "x.epub"])
    ]
    # What the package does not name is no part of the book.
    assert made.lost()["b.xhtml"] == "lost_unused"


@pytest.mark.parametrize("way", ["http://www.w3.org/2001/04/xmlenc#aes128-cbc", ""])
def test_locked_books_are_refused(way):
    method = f"<EncryptionMethod Algorithm='{way}'/>" if way else ""
    made = read(
        book(**{"META-INF/encryption.xml": f"<e><EncryptedData>{method}</EncryptedData></e>"}), "x.epub"
    )
    assert made.problems() == ["epub_locked"]


def test_fonts_that_are_hidden_are_no_lock():
    method = "<EncryptionMethod Algorithm='http://www.idpf.org/2008/embedding'/>"
    made = read(
        book(**{"META-INF/encryption.xml": f"<e><EncryptedData>{method}</EncryptedData></e>"}), "x.epub"
    )
    assert made.problems() == []


def test_drawings_and_pictures_in_the_spine():
    held = (
        "<?xml version='1.0'?><?xml-stylesheet href='a.css'?><svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 4' "
        "xmlns:xlink='http://www.w3.org/1999/xlink'><image xlink:href='img/c.png' width='4' height='4'/></svg>"
    )
    items = [
        ("s", "s.svg", "image/svg+xml", ""),
        ("h", "h.svg", "image/svg+xml", ""),
        ("c", "img/c.png", "image/png", ""),
    ]
    made = read(
        book(**{"OEBPS/book.opf": opf(items, ["s", "h", "c"]), "OEBPS/s.svg": SVG, "OEBPS/h.svg": held}),
        "x.epub",
    )
    assert [page.pieces[0].file for page in made.outline.units[0].pages[:3]] == [
        "OEBPS/s.svg",
        "OEBPS/img/c.png",
        "OEBPS/img/c.png",
    ]
    assert made.problems() == []


BOMB = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><x>&b;</x>"
XXE = "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>"


@pytest.mark.parametrize("member", ["META-INF/container.xml", "OEBPS/book.opf", "META-INF/encryption.xml"])
@pytest.mark.parametrize("content", ["<x", BOMB, XXE])
def test_broken_and_hostile_xml_refuses_the_whole(member, content):
    made = read(book(**{member: content}), "x.epub", expect="epub")
    assert made.problems() == ["foreign_broken"]
    assert made.draft.problems[0].params["name"] == member


def test_what_is_missing_is_named():
    assert read(zipped({"META-INF/container.xml": CONTAINER}), "x.epub").problems() == ["file_missing"]
    items = [("a", "a.xhtml", XHTML, ""), ("gone", "gone.xhtml", XHTML, "")]
    made = read(book(**{"OEBPS/book.opf": opf(items, ["gone", "a", "nowhere"])}), "x.epub")
    assert made.lost()["gone.xhtml"] == "lost_missing"
    assert [kind for kind, _ in made.blocks()] == ["text", "file"]


def test_contents_that_cannot_be_read_cost_only_the_titles():
    made = read(book(**{"OEBPS/nav.xhtml": ""}), "x.epub")
    assert [page.title for page in made.outline.units[0].pages][:2] == ["x", "停电"]


def test_a_drawing_that_attacks_is_left_out_of_the_page_and_refused_as_a_file():
    evil = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 4'><script>x()</script></svg>"
    made = read(book(**{"OEBPS/a.xhtml": page("x", f"<h1>停电</h1><p>字</p>{evil}")}), "x.epub")
    assert made.problems() == []
    assert "lost_kind" in {item.reason.code for item in made.draft.lost if item.path == "a.xhtml"}
    made = read(
        book(**{"OEBPS/a.xhtml": page("x", "<p>字</p><img src='e.svg'/>"), "OEBPS/e.svg": evil}), "x.epub"
    )
    assert made.problems() == ["svg_active"]


def test_a_spine_of_what_readers_need_not_know_falls_back():
    items = [("d", "d.json", "application/json", "fallback='e'"), ("e", "e.xml", "text/xml", "fallback='a'")]
    items += [("a", "a.xhtml", XHTML, ""), ("round", "r.json", "application/json", "fallback='round'")]
    members = {"OEBPS/book.opf": opf(items, ["d", "round"]), "OEBPS/d.json": "{}", "OEBPS/e.xml": "<x/>"}
    found = read(book(**members, **{"OEBPS/r.json": "{}"}), "书.epub")
    assert "断路器" in found.blocks()[0][1]["html"]


def test_what_is_written_over_the_pictures_of_a_page_stays():
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 4 4">'
        '<image xlink:href="img/c.png"/><text>先断电<tspan>再验电</tspan></text></svg>'
    )
    items = [("s", "s.svg", "image/svg+xml", ""), ("c", "img/c.png", "image/png", "")]
    found = read(book(**{"OEBPS/book.opf": opf(items, ["s"]), "OEBPS/s.svg": drawn}), "书.epub")
    assert [kind for kind, _ in found.blocks()] == ["image", "text", "file"]
    assert found.blocks()[1][1]["html"] == "<p>先断电再验电</p>"
    assert ("lost_kind", "SVG") in {(i.reason.code, i.reason.params.get("what")) for i in found.draft.lost}
