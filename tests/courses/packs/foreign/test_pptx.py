"""Presentations: slides to read on a phone, notes below, films as films; what does not come is named."""

import io

import pytest
from lxml import etree
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from courses.packs.foreign.office.pptx import SLIDES_A_PAGE
from tests.courses.packs.foreign.office import DIAGRAM
from tests.courses.packs.foreign.reading import read
from tests.courses.packs.making import mp4, png

P = "http://schemas.openxmlformats.org/presentationml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
BOX = (Inches(1), Inches(1), Inches(4), Inches(2))


@pytest.fixture
def deck():
    return Presentation()


def add(deck, title="停电", *lines):
    """A slide with a title and lines of (level, words)."""
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = title
    frame = slide.placeholders[1].text_frame
    for number, (level, words) in enumerate(lines):
        paragraph = frame.paragraphs[0] if not number else frame.add_paragraph()
        paragraph.text, paragraph.level = words, level
    return slide


def opened(deck, change=None):
    out = io.BytesIO()
    deck.save(out)
    data = out.getvalue()
    return read(change(data) if change else data, "课件.pptx", expect="pptx")


def html(got):
    return "".join(block.get("html", "") for block in got.draft.blocks)


def reasons(got):
    return {lost.reason.code: lost.reason.params.get("count") for lost in got.draft.lost}


def xml(slide, text):
    """Put raw XML among the shapes of a slide."""
    names = f'xmlns:p="{P}" xmlns:a="{A}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    slide.shapes._spTree.append(etree.fromstring(text.replace("<", "<", 1).replace(" NS", f" {names}", 1)))


def test_a_slide_is_a_heading_a_list_a_table_and_notes(deck):
    slide = add(deck, "停电的步骤", (0, "断开开关"), (1, "看得见的断开点"), (0, "验电"))
    slide.notes_slide.notes_text_frame.text = "这里讲十分钟。"
    frame = slide.shapes.add_table(2, 2, *BOX)
    frame._element.nvGraphicFramePr.cNvPr.set("descr", "两种电压的距离")
    table = frame.table
    table.cell(0, 0).text, table.cell(0, 1).text = "电压", "距离"
    table.cell(1, 0).merge(table.cell(1, 1))
    table.cell(1, 0).text = "10 kV"
    slide.shapes.add_picture(io.BytesIO(png()), *BOX[:2])._element.nvPicPr.cNvPr.set("descr", "开关")
    got = opened(deck)
    text = html(got)
    assert text.startswith(
        "<h2>停电的步骤</h2><ul><li>断开开关<ul><li>看得见的断开点</li></ul></li><li>验电</li></ul>"
    )
    assert '<tr><td colspan="2">10 kV</td></tr>' in text
    assert "<th>电压</th>" in text
    # What the table says of itself to those who cannot see it.
    assert text.index("<p>两种电压的距离</p>") < text.index("<th>电压</th>")
    assert "<p>这里讲十分钟。</p></blockquote>" in text
    assert [block["alt"] for kind, block in got.blocks() if kind == "image"] == ["开关"]
    assert got.outline.language == "zh-Hans"
    assert [block["name"] for kind, block in got.blocks() if kind == "file"] == ["课件.pptx"]
    assert got.draft.lost == []


def test_runs_of_about_ten_slides_are_pages_and_know_themselves_again(deck):
    for number in range(23):
        add(deck, f"第 {number} 题", (0, "字"))
    got = opened(deck)
    pages = got.outline.units[0].pages
    assert [page.title for page in pages] == ["1–7 第 0 题", "8–15 第 7 题", "16–23 第 15 题"]
    assert pages[0].key == "256"
    assert SLIDES_A_PAGE == 10


def test_sections_are_pages(deck):
    for title in ("甲", "乙", "丙"):
        add(deck, title, (0, "字"))
    ids = [item.get("id") for item in deck.slides._sldIdLst]
    section = "http://schemas.microsoft.com/office/powerpoint/2010/main"
    rows = "".join(
        f'<p14:section name="{name}" id="{{{name}}}"><p14:sldIdLst>{"".join(f"<p14:sldId id={chr(34)}{i}{chr(34)}/>" for i in part)}'
        "</p14:sldIdLst></p14:section>"
        for name, part in (("准备", ids[:2]), ("操作", ids[2:]))
    )
    deck.part._element.append(
        etree.fromstring(
            f'<p:extLst xmlns:p="{P}"><p:ext uri="x"><p14:sectionLst xmlns:p14="{section}">{rows}</p14:sectionLst>'
            "</p:ext></p:extLst>"
        )
    )
    assert [page.title for page in opened(deck).outline.units[0].pages] == ["准备", "操作"]


def test_hidden_slides_animations_drawings_and_connectors_are_named(deck):
    add(deck, "看得见", (0, "字"))
    hidden = add(deck, "备用", (0, "不给看"))
    hidden._element.set("show", "0")
    shown = add(deck, "动画", (0, "字"))
    shown._element.append(etree.fromstring(f'<p:timing xmlns:p="{P}"/>'))
    shown.shapes.add_shape(1, *BOX)
    got = opened(deck)
    assert "不给看" not in html(got)
    assert got.lost()["2 备用"] == "lost_hidden"
    assert reasons(got) == {"lost_hidden": None, "lost_animation": 1, "lost_drawing": 1}


def test_a_chart_is_its_data_and_a_diagram_its_words(deck):
    slide = add(deck)
    data = CategoryChartData()
    data.categories = ["一月", "二月"]
    data.add_series("用电量", (10, 12))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *BOX, data)
    got = opened(deck)
    assert "<th>用电量</th>" in html(got)
    assert "<th>二月</th><td>12" in html(got)
    assert reasons(got) == {"lost_chart": 1}


def test_groups_formulas_and_links(deck):
    slide = add(deck)
    group = slide.shapes.add_group_shape()
    box = group.shapes.add_textbox(*BOX)
    run = box.text_frame.paragraphs[0].add_run()
    run.text, run.font.bold = "规程", True
    run.hyperlink.address = "https://example.org/"
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    box.text_frame.paragraphs[0]._p.append(
        etree.fromstring(
            '<a14:m xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main">'
            f'<m:oMath xmlns:m="{math}"><m:r><m:t>P=UI</m:t></m:r></m:oMath></a14:m>'
        )
    )
    got = opened(deck)
    assert '<a href="https://example.org/"' in html(got)
    assert "P=UI" in html(got)
    assert reasons(got) == {"lost_formula": 1}


def test_a_film_is_a_film(deck):
    slide = add(deck)
    slide.shapes.add_movie(
        io.BytesIO(mp4()), *BOX, poster_frame_image=io.BytesIO(png()), mime_type="video/mp4"
    )
    got = opened(deck)
    assert [kind for kind, _ in got.blocks()] == ["text", "video", "file"]
    assert "poster" in got.blocks()[1][1]


def test_a_logo_on_every_slide_comes_once(deck):
    for _ in range(6):
        add(deck, "页", (0, "字")).shapes.add_picture(io.BytesIO(png()), *BOX[:2])
    got = opened(deck)
    assert sum(kind == "image" for kind, _ in got.blocks()) == 1
    assert "lost_repeated" in reasons(got)


def edited(changes):
    """A change of members of the zip; None takes one out."""
    import zipfile

    from tests.courses.packs.foreign.reading import zipped

    def change(data):
        with zipfile.ZipFile(io.BytesIO(data)) as old:
            members = {name: old.read(name) for name in old.namelist()}
        for name, content in changes.items():
            if content is None:
                members.pop(name, None)
            elif callable(content):
                members[name] = content(members[name])
            else:
                members[name] = content
        return zipped(members)

    return change


class TestHostile:
    def test_macros(self, deck):
        add(deck)
        assert opened(deck, edited({"ppt/vbaProject.bin": b"x"})).problems() == ["office_macros"]

    def test_a_slide_that_is_broken_is_named_and_the_rest_comes(self, deck):
        add(deck, "好的", (0, "字"))
        add(deck, "坏的", (0, "字"))
        for content in (b"<p:sld", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', None):
            got = opened(deck, edited({"ppt/slides/slide2.xml": content}))
            assert "好的" in html(got)
            assert set(reasons(got)) == {"lost_file"}

    def test_a_presentation_that_is_broken_is_refused(self, deck):
        add(deck)
        for content in (b"<p", b"<!DOCTYPE a><a/>", b"<a>" * 4000):
            assert opened(deck, edited({"ppt/presentation.xml": content})).problems() == ["foreign_broken"]

    def test_pictures_elsewhere_are_named(self, deck):
        slide = add(deck)
        slide.shapes.add_picture(io.BytesIO(png()), *BOX[:2])
        got = opened(
            deck,
            edited(
                {
                    "ppt/slides/_rels/slide1.xml.rels": lambda rels: rels.replace(
                        b'Target="../media/image1.png"',
                        b'Target="http://127.0.0.1:1/a.png" TargetMode="External"',
                    )
                }
            ),
        )
        assert reasons(got) == {"lost_outside": None}

    def test_groups_in_groups_without_end(self, deck):
        slide = add(deck, "深", (0, "字"))
        text = f'<p:grpSp xmlns:p="{P}">' + "<p:grpSp>" * 150 + "</p:grpSp>" * 150 + "</p:grpSp>"
        slide.shapes._spTree.append(etree.fromstring(text))
        assert "字" in html(opened(deck))

    def test_a_diagram_without_a_frame_or_with_a_ring(self):
        from courses.packs.foreign.office.ooxml import diagram_html

        ring = DIAGRAM.replace('destId="2"', 'destId="0"').replace(
            'srcId="0" destId="1"', 'srcId="1" destId="1"'
        )
        made = diagram_html(etree.fromstring(ring))
        assert made.count("<li>") <= 4
        assert "停电" in made


class TestTheRest:
    """Documents that are known and refused, each with what to save it as."""

    COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)

    @pytest.mark.parametrize(
        ("inside", "name", "better"),
        [
            ("WordDocument", "a.doc", "docx"),
            ("PowerPoint Document", "a.ppt", "pptx"),
            ("Workbook", "a.xls", "pdf"),
            ("WordDocument", "a.wps", "docx"),
        ],
    )
    def test_old_binary_files(self, inside, name, better):
        got = read(self.COMPOUND + f"{inside}\0".encode("utf-16-le"), name, expect="office_old")
        assert got.problems() == ["office_other"]
        assert better in got.draft.problems[0].message

    def test_a_password(self):
        data = self.COMPOUND + "EncryptedPackage\0".encode("utf-16-le")
        assert read(data, "a.docx").problems() == ["office_locked"]

    def test_open_documents_sheets_and_rtf(self):
        from tests.courses.packs.foreign.reading import zipped

        odt = zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a/>"})
        xlsx = zipped(
            {"[Content_Types].xml": '<Types><Override ContentType="x.spreadsheetml.sheet.main"/></Types>'}
        )
        for data, name in ((odt, "a.odt"), (xlsx, "a.xlsx"), (b"{\\rtf1 a}", "a.rtf")):
            assert read(data, name, expect="office_old").problems() == ["office_other"]


def test_words_behind_the_slides_and_around_the_notes_are_named(deck):
    box = deck.slide_master.shapes
    box._spTree.append(
        etree.fromstring(
            f'<p:sp xmlns:p="{P}" xmlns:a="{A}"><p:nvSpPr><p:cNvPr id="99" name="x"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/>'
            "<p:txBody><a:bodyPr/><a:p><a:r><a:t>内部资料</a:t></a:r></a:p></p:txBody></p:sp>"
        )
    )
    slide = add(deck, "停电", (0, "断开开关"))
    slide.notes_slide.notes_text_frame.text = "慢慢讲。"
    slide.notes_slide.shapes._spTree.append(
        etree.fromstring(
            f'<p:sp xmlns:p="{P}" xmlns:a="{A}"><p:nvSpPr><p:cNvPr id="98" name="y"/><p:cNvSpPr/><p:nvPr><p:ph type="hdr"/></p:nvPr>'
            "</p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:t>讲义的页眉</a:t></a:r></a:p></p:txBody></p:sp>"
        )
    )
    assert opened(deck).lost() == {"内部资料": "lost_header", "课件.pptx": "lost_header"}
