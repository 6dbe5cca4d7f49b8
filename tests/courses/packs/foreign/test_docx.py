"""Word documents: cut by headings, read by mammoth, the rest named; what attacks is refused or kept from learners."""

import re
import struct
import zlib

import pytest

from tests.courses.packs.foreign.office import (
    CHART,
    DIAGRAM,
    WORD,
    docx,
    graphic,
    p,
    part,
    picture,
    relations,
)
from tests.courses.packs.foreign.reading import read, zipped
from tests.courses.packs.making import png

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>alert(1)</script></svg>'


def opened(body, **more):
    return read(docx(body, **more), "规程.docx", expect="docx")


def html(read_):
    return "".join(block.get("html", "") for block in read_.draft.blocks)


def pages(read_):
    return [(unit.title, [page.title for page in unit.pages]) for unit in read_.outline.units]


class TestStructure:
    def test_two_levels_are_units_and_pages(self):
        body = (
            p("配电检修", "a5")
            + p("前言里的话。")
            + p("停电", "1")
            + p("先验电。")
            + p("步骤", "2")
            + p("第一步。")
            + p("细节", "3")
            + p("很细。")
            + p("送电", "ours")
            + p("步骤", "2")
            + p("最后一步。")
        )
        got = opened(body)
        assert got.outline.title == "配电检修"
        assert got.outline.authors == ("电力学院", "王老师")
        assert got.outline.language == "zh-Hans"
        assert pages(got) == [
            ("配电检修", ["配电检修"]),
            ("停电", ["停电", "步骤"]),
            ("送电", ["送电", "步骤"]),
        ]
        assert "<h2>细节</h2><p>很细。</p>" in html(got)
        assert got.draft.lost == []

    def test_one_level_is_pages_and_a_lone_heading_the_title(self):
        got = opened(p("检修", "1") + p("甲", "2") + p("字。") + p("乙", "2") + p("字。"))
        assert got.outline.title == "检修"
        assert pages(got) == [("检修", ["甲", "乙"])]

    def test_the_original_is_on_the_first_page_once(self):
        got = opened(p("甲", "1") + p("字。") + p("乙", "1") + p("字。"))
        assert [type(piece).__name__ for piece in got.outline.units[0].pages[0].pieces] == [
            "Text",
            "Download",
        ]
        assert [block["name"] for kind, block in got.blocks() if kind == "file"] == ["规程.docx"]

    def test_keys_stay_when_a_page_comes_between(self):
        first = opened(p("甲", "1") + p("字。") + p("乙", "1") + p("字。"))
        again = opened(p("甲", "1") + p("字。") + p("新", "1") + p("字。") + p("乙", "1") + p("改了。"))
        assert {page.key for page in first.outline.units[0].pages} < {
            p.key for p in again.outline.units[0].pages
        }

    def test_chapters_numbered_by_hand(self):
        body = (
            p("第一章 停电 1")
            + p("第一章 停电")
            + p("字。")
            + p("第一节 准备")
            + p("字。")
            + p("第二章 送电")
            + p("字。")
        )
        got = opened(body)
        assert [title for title, _ in pages(got)] == ["规程", "第一章 停电", "第二章 送电"]

    def test_a_long_document_without_headings_is_cut(self):
        got = opened(p("安全" * 500) * 12)
        assert [page.title for page in got.outline.units[0].pages] == ["规程（1）", "规程（2）"]

    def test_its_own_contents_are_ours_already(self):
        got = opened(p("停电 1", "TOC1") + p("送电 2", "TOC1") + p("停电", "1") + p("字。"))
        assert got.lost() == {"规程.docx": "lost_contents"}
        assert "停电 1" not in html(got)

    def test_a_heading_with_nothing_below_is_not_lost(self):
        got = opened(p("甲", "1") + p("乙", "1") + p("字。"))
        assert [page.title for page in got.outline.units[0].pages] == ["甲", "乙"]


class TestContent:
    @pytest.mark.parametrize(
        ("below", "shown"),
        [("见表 1。", ["各线路的限额", "上限一栏单位是安。"]), ("表 1 各线路的限额", ["上限一栏单位是安。"])],
    )
    def test_what_a_table_says_of_itself_stands_above_it_unless_it_stands_there_already(self, below, shown):
        body = (
            p("正文。")
            + '<w:tbl><w:tblPr><w:tblCaption w:val="各线路的限额"/><w:tblDescription w:val="上限一栏单位是安。"/></w:tblPr>'
            "<w:tr><w:tc><w:p><w:r><w:t>600</w:t></w:r></w:p></w:tc></w:tr></w:tbl>" + p(below)
        )
        words = html(opened(body))
        assert words.index("上限一栏") < words.index("600")
        assert [one for one in ("各线路的限额", "上限一栏单位是安。") if f"<p>{one}</p>" in words] == shown

    def test_tables_links_notes_and_pictures(self):
        body = (
            "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>额定电压</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
            + p("看", inner='<w:hyperlink r:id="l"><w:r><w:t>规程</w:t></w:r></w:hyperlink>')
            + p("见注", inner='<w:r><w:footnoteReference w:id="2"/></w:r>')
            + p(inner=picture("i", "接线图"))
            + p("完。")
        )
        got = opened(
            body,
            related=[
                ("l", "hyperlink", "https://example.org/a", "External"),
                ("i", "image", "media/image1.png"),
                ("f", "footnotes", "footnotes.xml"),
            ],
            members={
                "word/media/image1.png": png(),
                "word/footnotes.xml": part(
                    "footnotes", f'<w:footnote w:id="2">{p("脚注里的话。")}</w:footnote>'
                ),
            },
        )
        assert "<td><p>额定电压</p></td>" in html(got)
        assert '<a href="https://example.org/a"' in html(got)
        assert "<sup>[1]</sup>" in html(got)
        assert "脚注里的话。" in html(got)
        assert "↑" not in html(got)
        assert [block["alt"] for kind, block in got.blocks() if kind == "image"] == ["接线图"]
        assert got.draft.lost == []

    def test_lists(self):
        numbering = (
            '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/>'
            '<w:lvlText w:val="%1、"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        )
        item = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
        got = opened(
            p("停电", properties=item) + p("验电", properties=item),
            related=[("n", "numbering", "numbering.xml")],
            members={"word/numbering.xml": part("numbering", numbering)},
        )
        assert "<ol><li>停电</li><li>验电</li></ol>" in html(got)

    def test_formulas_charts_diagrams_and_boxes(self):
        formula = (
            "<m:oMath><m:r><m:t>I=</m:t></m:r><m:f><m:num><m:r><m:t>U</m:t></m:r></m:num>"
            "<m:den><m:r><m:t>R+r</m:t></m:r></m:den></m:f></m:oMath>"
        )
        box = (
            "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wp:anchor><a:graphic><a:graphicData>"
            f"<wps:wsp><wps:txbx><w:txbxContent>{p('框里的字')}</w:txbxContent></wps:txbx></wps:wsp></a:graphicData>"
            "</a:graphic></wp:anchor></w:drawing></mc:Choice><mc:Fallback><w:pict/></mc:Fallback>"
            "</mc:AlternateContent></w:r>"
        )
        body = (
            p("欧姆定律：", inner=formula)
            + p(inner=graphic('<c:chart r:id="c"/>'))
            + p(inner=graphic('<dgm:relIds r:dm="d"/>'))
            + p("旁边", inner=box)
            + p(inner=graphic("<wps:wsp/>"))
        )
        got = opened(
            body,
            related=[("c", "chart", "charts/chart1.xml"), ("d", "diagramData", "diagrams/data1.xml")],
            members={"word/charts/chart1.xml": CHART, "word/diagrams/data1.xml": DIAGRAM},
        )
        text = html(got)
        assert "欧姆定律：I=U/(R+r)" in text
        assert "<caption>用电量</caption>" in text
        assert "<th>二月</th><td>12</td>" in text
        assert "<ul><li>停电</li><li>验电</li></ul>" in text
        assert "框里的字" in text
        assert {lost.reason.code for lost in got.draft.lost} == {
            "lost_formula",
            "lost_chart",
            "lost_diagram",
            "lost_drawing",
        }

    def test_what_is_beside_the_text_is_named_with_its_number(self):
        body = (
            p(
                "留下",
                inner="<w:ins w:id='1'><w:r><w:t>加上</w:t></w:r></w:ins><w:del w:id='2'><w:r><w:delText>删去"
                "</w:delText></w:r></w:del>",
            )
            + p(inner="<w:r><w:rPr><w:vanish/></w:rPr><w:t>答案</w:t></w:r>")
            + p(
                "对象",
                inner='<w:r><w:object><o:OLEObject ProgID="Excel.Sheet.12" r:id="o"/></w:object></w:r>',
            )
        )
        got = opened(
            body,
            related=[("c", "comments", "comments.xml"), ("h", "header", "header1.xml")],
            members={
                "word/comments.xml": part("comments", f"<w:comment w:id='1'>{p('改一下')}</w:comment>"),
                "word/header1.xml": part("hdr", p("内部资料")),
            },
        )
        assert "留下加上" in html(got)
        assert not {"删去", "答案", "改一下", "内部资料"} & set(
            html(got).replace("<", " ").replace(">", " ").split()
        )
        assert {lost.reason.code: lost.reason.params["count"] for lost in got.draft.lost} == {
            "lost_revisions": 2,
            "lost_hidden_text": 1,
            "lost_object": 1,
            "lost_comments": 1,
            "lost_header": 1,
        }


class TestHostile:
    @pytest.mark.parametrize(
        "more",
        [
            {"members": {"word/vbaProject.bin": b"x"}},
            {"kind": "application/vnd.ms-word.document.macroEnabled.main+xml"},
        ],
    )
    def test_macros(self, more):
        assert opened(p("字。"), **more).problems() == ["office_macros"]

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("word/document.xml", "<w:document"),
            ("word/document.xml", '<!DOCTYPE a [<!ENTITY b "c">]><w:document/>'),
            ("word/document.xml", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
            ("word/document.xml", "<a>" * 5000 + "</a>" * 5000),
            (
                "word/document.xml",
                part(
                    "document",
                    "<w:body>" + "<w:tbl><w:tr><w:tc>" * 80 + "</w:tc></w:tr></w:tbl>" * 80 + "</w:body>",
                ),
            ),
            ("word/_rels/document.xml.rels", "<!DOCTYPE a><a/>"),
            ("docProps/core.xml", "<a"),
        ],
    )
    def test_xml_that_is_broken_or_attacks_is_refused_by_its_part(self, name, content):
        # The core properties are found by their usual name.
        got = opened(p("字。"), members={name: content})
        if "w:tbl" in content:
            assert got.problems() in (["foreign_broken"], ["foreign_empty"])
        else:
            assert got.problems() == ["foreign_broken"]
            assert name in got.draft.problems[0].message
            # In the reader's own words, not in those of a parser.
            assert not re.search("[a-z]", got.draft.problems[0].params["reason"])

    def test_a_part_that_unpacks_beyond_bounds(self):
        assert "zip_ratio" in opened(p("字。"), members={"word/media/a.bmp": bytes(30 * 1024**2)}).problems()

    def test_outside_pictures_are_never_fetched_and_named(self):
        got = opened(
            p("字", inner=picture("i")), related=[("i", "image", "http://127.0.0.1:1/a.png", "External")]
        )
        assert got.lost() == {"规程.docx": "lost_outside"}

    def test_an_original_that_fetches_its_template_is_not_given_to_learners(self):
        settings = {
            "word/settings.xml": part("settings", ""),
            "word/_rels/settings.xml.rels": relations(
                [("t", "attachedTemplate", "https://evil.example/t.dotm", "External")]
            ),
        }
        got = opened(p("字。"), members=settings)
        assert got.lost() == {"规程.docx": "lost_original"}
        assert [kind for kind, _ in got.blocks()] == ["text"]

    def test_a_template_on_the_authors_disk_is_nothing_special(self):
        local = {
            "word/_rels/settings.xml.rels": relations(
                [("t", "attachedTemplate", "file:///C:/a.dotm", "External")]
            )
        }
        assert [kind for kind, _ in opened(p("字。"), members=local).blocks()] == ["text", "file"]

    def test_a_picture_that_attacks(self):
        got = opened(
            p(inner=picture("i")), related=[("i", "image", "media/a.svg")], members={"word/media/a.svg": SVG}
        )
        assert got.problems() == ["svg_active"]

    def test_a_picture_that_unpacks_to_gigabytes(self):
        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

        header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
        bomb = (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(b""))
            + chunk(b"IEND", b"")
        )
        got = opened(
            p("字", inner=picture("i")),
            related=[("i", "image", "media/a.png")],
            members={"word/media/a.png": bomb},
        )
        assert [lost.reason.code for lost in got.draft.lost] == ["image_pixels"]

    def test_relations_that_lead_nowhere(self):
        body = (
            p("字", inner=picture("none") + picture("gone"))
            + p("链", inner='<w:hyperlink r:id="x"><w:r><w:t>接</w:t></w:r></w:hyperlink>')
            + p("注", inner='<w:r><w:footnoteReference w:id="77"/></w:r>')
        )
        got = opened(body, related=[("gone", "image", "media/gone.png")])
        assert "链接" in html(got)
        assert [lost.reason.code for lost in got.draft.lost] == ["lost_missing"]

    def test_nothing_in_it(self):
        assert opened("").problems() == ["foreign_empty"]
        types = f'<Types><Override ContentType="{WORD}"/></Types>'
        assert read(zipped({"[Content_Types].xml": types}), "a.docx").problems() == ["foreign_broken"]


class TestHeadingsThatAreOdd:
    def test_a_heading_with_nothing_but_empty_lines_below_it_stays(self):
        got = opened(p("停电", "1") + p() + p("验电", "1") + p("再验一次。"))
        assert pages(got) == [("规程", ["停电", "验电"])]
        assert "<p>停电</p>" in html(got)

    def test_a_whole_paragraph_that_calls_itself_a_heading_is_not_cut(self):
        long = "先断开断路器，再拉开隔离开关。" * 20
        got = opened(p(long, "1") + p("然后挂牌。") + p("验电", "1") + p("再验一次。"))
        assert f"<p>{long}</p>" in html(got)

    def test_a_footer_of_a_text_box_alone_is_named(self):
        box = (
            "<w:r><w:pict><v:shape><v:textbox><w:txbxContent>"
            + p("第 2 页")
            + "</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
        )
        got = opened(
            p("正文。"),
            related=[("f", "footer", "footer1.xml")],
            members={"word/footer1.xml": part("ftr", p(inner=box))},
        )
        assert got.lost() == {"规程.docx": "lost_header"}


def test_all_that_a_chart_says_stands_in_its_table():
    levels = (
        "<c:cat><c:multiLvlStrRef><c:multiLvlStrCache>"
        '<c:lvl><c:pt idx="0"><c:v>一月</c:v></c:pt><c:pt idx="1"><c:v>二月</c:v></c:pt></c:lvl>'
        '<c:lvl><c:pt idx="0"><c:v>城北</c:v></c:pt></c:lvl></c:multiLvlStrCache></c:multiLvlStrRef></c:cat>'
    )
    said = "<c:tx><c:rich><a:p><a:r><a:t>{}</a:t></a:r></a:p></c:rich></c:tx>"
    axis = f"<c:valAx><c:title>{said.format('千瓦时')}</c:title></c:valAx>"
    mark = f'<c:dLbls><c:dLbl><c:idx val="1"/>{said.format("停电两天")}</c:dLbl></c:dLbls>'
    sizes = '<c:bubbleSize><c:numLit><c:pt idx="0"><c:v>7.5</c:v></c:pt></c:numLit></c:bubbleSize>'
    chart = re.sub(r"<c:cat>.*?</c:cat>", levels, CHART).replace("</c:val>", f"</c:val>{sizes}")
    chart = chart.replace("<c:ser>", f"<c:ser>{mark}").replace("</c:plotArea>", f"{axis}</c:plotArea>")
    got = opened(
        p("见图。", inner=graphic('<c:chart r:id="c"/>')),
        related=[("c", "chart", "charts/chart1.xml")],
        members={"word/charts/chart1.xml": chart},
    )
    for words in ("用电量 · 千瓦时", "城北 / 一月", "城北 / 二月", "12 (停电两天)", "7.5"):
        assert words in html(got)


def test_what_else_might_have_been_chosen_in_a_field_is_named():
    chosen = "<w:sdt><w:sdtPr><w:dropDownList><w:listItem w:value='乙'/></w:dropDownList></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>"
    old = "<w:r><w:fldChar w:fldCharType='begin'><w:ffData><w:ddList><w:listEntry w:val='丙'/></w:ddList></w:ffData></w:fldChar></w:r>"
    end = "<w:r><w:instrText>FORMDROPDOWN</w:instrText></w:r><w:r><w:fldChar w:fldCharType='end'/></w:r>"
    got = opened(p(inner=chosen.format("<w:r><w:t>甲</w:t></w:r>") + old + end))
    assert "<p>甲</p>" in html(got)
    assert [(lost.reason.code, lost.reason.params["count"]) for lost in got.draft.lost] == [("lost_form", 2)]
