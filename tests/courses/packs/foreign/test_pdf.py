"""PDF files: lines to paragraphs, bookmarks to pages, scans as pictures; a hostile file ends with its own process."""

import io
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.annotations import Text as Note
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from courses.packs.foreign.pdf import adapter as adapter
from courses.packs.foreign.pdf import process
from courses.packs.foreign.pdf import program as pdf_read
from courses.packs.foreign.pdf import text as pdf_text
from tests.courses.packs.foreign.reading import read


def name(text):
    return NameObject(f"/{text}")


def sheet(writer, lines):
    """A page with these lines, in a font that is not embedded, as old Chinese programs do."""
    page = writer.add_blank_page(595, 842)
    descendant = DictionaryObject(
        {
            name("Type"): name("Font"),
            name("Subtype"): name("CIDFontType0"),
            name("BaseFont"): name("STSong-Light"),
            name("CIDSystemInfo"): DictionaryObject(
                {
                    name("Registry"): TextStringObject("Adobe"),
                    name("Ordering"): TextStringObject("GB1"),
                    name("Supplement"): NumberObject(4),
                }
            ),
        }
    )
    font = DictionaryObject(
        {
            name("Type"): name("Font"),
            name("Subtype"): name("Type0"),
            name("BaseFont"): name("STSong-Light"),
            name("Encoding"): name("UniGB-UTF16-H"),
            name("DescendantFonts"): ArrayObject([writer._add_object(descendant)]),
        }
    )
    page[name("Resources")] = DictionaryObject(
        {name("Font"): DictionaryObject({name("F"): writer._add_object(font)})}
    )
    shown = "".join(
        f"BT /F 12 Tf 50 {800 - 20 * n} Td <{line.encode('utf-16-be').hex()}> Tj ET\n"
        for n, line in enumerate(lines)
    )
    content = StreamObject()
    content.set_data(shown.encode())
    page[name("Contents")] = writer._add_object(content)
    return page


def image(writer, page, width, height, data=None, key="I"):
    """Put a grey picture on a page; `data` instead of its bytes."""
    out = io.BytesIO()
    Image.new("L", (64, 64), "grey").resize((min(width, 900), min(height, 1300))).save(out, "JPEG")
    thing = StreamObject()
    thing.set_data(data if data is not None else out.getvalue())
    thing.update(
        {
            name("Type"): name("XObject"),
            name("Subtype"): name("Image"),
            name("Width"): NumberObject(width),
            name("Height"): NumberObject(height),
            name("ColorSpace"): name("DeviceGray"),
            name("BitsPerComponent"): NumberObject(8),
            name("Filter"): name("DCTDecode"),
        }
    )
    resources = page.get("/Resources") or DictionaryObject()
    objects = resources.setdefault(name("XObject"), DictionaryObject())
    objects[name(key)] = writer._add_object(thing)
    page[name("Resources")] = resources
    return page


def saved(writer):
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def opened(writer):
    return read(writer if isinstance(writer, bytes) else saved(writer), "教材.pdf", expect="pdf")


def html(got):
    return "".join(block.get("html", "") for block in got.draft.blocks)


def reasons(got):
    return {lost.reason.code: lost.reason.params.get("count") for lost in got.draft.lost}


LONG = "停电检修时必须先断开电源，再用合格的验电器验明确无电压，"


def test_bookmarks_are_pages_and_furniture_goes():
    writer = PdfWriter()
    for number in range(4):
        sheet(
            writer, ["配电检修教材", LONG, "然后装设接地线。", f"第{number}段在这里。", f"— {number + 1} —"]
        )
    for number, title in ((0, "目录"), (1, "停电"), (3, "送电")):
        writer.add_outline_item(title=title, page_number=number)
    writer.add_metadata({"/Title": "配电检修", "/Author": "王老师"})
    got = opened(writer)
    assert [page.title for page in got.outline.units[0].pages] == ["停电", "送电"]
    assert f"<p>{LONG}然后装设接地线。</p>" in html(got)
    assert "教材" not in html(got)
    assert "— 1 —" not in html(got)
    assert (got.outline.title, got.outline.authors, got.outline.language) == (
        "配电检修",
        ("王老师",),
        "zh-Hans",
    )
    assert reasons(got) == {"lost_repeating": 8, "lost_contents": None}
    assert [block["name"] for kind, block in got.blocks() if kind == "file"] == ["教材.pdf"]


def test_a_scan_is_its_pictures_and_says_so():
    writer = PdfWriter()
    for _ in range(2):
        image(writer, writer.add_blank_page(595, 842), 800, 1131)
    got = opened(writer)
    assert [kind for kind, _ in got.blocks()] == ["image", "image", "file"]
    assert [block["alt"] for kind, block in got.blocks() if kind == "image"] == [
        "第 1 页的图片",
        "第 2 页的图片",
    ]
    assert reasons(got) == {"lost_scan": 2}


def test_marks_forms_scripts_and_attachments_are_named():
    writer = PdfWriter()
    page = sheet(writer, [LONG])
    writer.add_annotation(0, Note(rect=(1, 1, 9, 9), text="改"))
    script = {name("S"): name("JavaScript"), name("JS"): TextStringObject("app.alert(1)")}
    writer._root_object[name("OpenAction")] = DictionaryObject(script)
    writer.add_attachment("答案.txt", b"x")
    writer._root_object[name("AcroForm")] = DictionaryObject(
        {name("Fields"): ArrayObject([DictionaryObject({name("T"): TextStringObject("a")})])}
    )
    image(writer, page, 9000, 9000)
    got = opened(writer)
    assert reasons(got) == {
        "lost_annotation": 1,
        "lost_script": None,
        "lost_attachment": None,
        "lost_form": 1,
        "lost_small": 1,
    }


@pytest.mark.long
def test_without_bookmarks_some_ten_pages_are_a_lesson():
    writer = PdfWriter()
    for number in range(21):
        sheet(writer, [f"{chr(0x4E00 + number)}：{LONG}", f"{chr(0x5E00 + number)}。"])
    got = opened(writer)
    assert [page.title for page in got.outline.units[0].pages] == [
        "教材（1–7）",
        "教材（8–14）",
        "教材（15–21）",
    ]


def test_a_password():
    writer = PdfWriter()
    sheet(writer, [LONG])
    writer.encrypt("geheim", algorithm="RC4-128")
    assert opened(writer).problems() == ["office_locked"]


def test_a_file_that_is_none():
    assert opened(b"%PDF-1.7\n" + b"x" * 500).problems() == ["foreign_broken"]


@pytest.mark.long
@pytest.mark.parametrize("cut", [0.5, 0.9, 0.98])
def test_a_file_that_is_cut_or_spoilt_never_raises(cut):
    writer = PdfWriter()
    for _ in range(3):
        sheet(writer, [LONG] * 10)
    data = saved(writer)
    opened(data[: int(len(data) * cut)])
    opened(data[: int(len(data) * cut)] + b"\x00" * 50 + data[int(len(data) * cut) + 50 :])


class TestBounds:
    def ended(self, monkeypatch, tmp_path, body):
        """What comes of a reader that does as `body` after one page."""
        reader = tmp_path / "reader.py"
        reader.write_text(
            "import json\n"
            'print(json.dumps({"kind": "file", "pages": 9, "title": "", "author": "", "language": ""}))\n'
            'print(json.dumps({"kind": "page", "number": 0, "lines": ["停电以后先验电。" * 5], "pictures": []}), flush=True)\n'
            + body
        )
        monkeypatch.setattr(process, "PROGRAM", reader)
        return opened(b"%PDF-1.7")

    def test_what_was_read_before_the_end_is_kept_and_the_rest_named(self, monkeypatch, tmp_path):
        got = self.ended(monkeypatch, tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGXCPU)")
        assert "停电以后先验电。" in html(got)
        assert [(lost.reason.code, lost.reason.params["first"]) for lost in got.draft.lost] == [
            ("lost_pages", 1)
        ]

    @pytest.mark.long
    def test_the_processor_is_bounded_from_inside(self, tmp_path):
        code = (
            f"import sys; sys.argv = ['x']; source = open({pdf_read.__file__!r}).read(); "
            "space = {'__name__': 'reader'}; exec(source, space); space['CPU_SECONDS'] = 1; space['bounded']()\n"
            "while True: pass"
        )
        assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode < 0

    @pytest.mark.long
    def test_a_page_drawn_without_end_is_named(self):
        writer = PdfWriter()
        page = sheet(writer, ["字"])
        content = StreamObject()
        content.set_data(b"q Q " * 3_000_000)
        page[name("Contents")] = writer._add_object(content.flate_encode())
        sheet(writer, [LONG, "好的一页。"])
        got = opened(writer)
        assert "好的一页。" in html(got)
        assert reasons(got) == {"lost_unreadable": 1}

    @pytest.mark.long
    def test_a_page_that_takes_its_time_ends_alone(self, monkeypatch):
        writer = PdfWriter()
        page = sheet(writer, ["字"])
        content = StreamObject()
        content.set_data(b"BT /F 12 Tf (abc) Tj ET " * 60_000)
        page[name("Contents")] = writer._add_object(content.flate_encode())
        sheet(writer, [LONG, "好的一页。"])
        reader = Path(pdf_read.__file__).read_text().replace("PAGE_SECONDS = 10 ", "PAGE_SECONDS = 0.3 ")
        with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
            file.write(reader)
            file.flush()
            monkeypatch.setattr(process, "PROGRAM", file.name)
            got = opened(writer)
        assert "abc" not in html(got)
        assert "好的一页。" in html(got)
        assert reasons(got) == {"lost_unreadable": 1}


class TestText:
    def test_lines_are_joined_as_their_script_wants(self):
        assert pdf_text.paragraphs(["The insulation must be in-", "spected before each use."]) == [
            "The insulation must be inspected before each use."
        ]
        assert pdf_text.paragraphs([LONG, "再挂牌。", "二、送电", LONG]) == [
            f"{LONG}再挂牌。",
            "二、送电",
            LONG,
        ]

    def test_a_word_a_line_is_still_a_sentence(self):
        words = [
            "Geography",
            "is",
            "the",
            "study",
            "of",
            "places",
            "and",
            "the",
            "relationships",
            "between",
            "people",
            "and",
            "their",
            "surroundings",
        ]
        assert pdf_text.paragraphs([*words, *words, "• next"]) == [" ".join([*words, *words]), "• next"]

    def test_gbk_in_fonts_that_say_latin(self):
        spoilt = "停电以后先验电".encode("gb18030").decode("latin-1")
        assert pdf_text.as_chinese([" ".join(spoilt)]) == ["停电以后先验电"]
        assert pdf_text.as_chinese(["Résumé déjà vu"]) == ["Résumé déjà vu"]

    def test_names_of_glyphs_are_no_text(self):
        assert not pdf_text.is_readable(["/g3/g143/g145 and /g22/g17"])
        assert not pdf_text.is_readable(["/BT /D5/D9/CP/D2 /CP/D4/D4"])
        assert pdf_text.is_readable(["Ohm's law: I = U/R"])

    def test_radicals_some_fonts_write_are_letters(self):
        assert pdf_text.cleaned("⼀⼆⽉ ﬁne\x00") == "一二月 fine"

    @pytest.mark.parametrize(
        ("line", "title"), [("1.2 停 电", "停电"), ("第一章　停电", "第一章 停电"), ("停电", "停电")]
    )
    def test_a_bookmark_is_found_in_its_line(self, line, title):
        assert pdf_text.same(line, title)
        assert not pdf_text.same("送电", title)


def test_a_bookmark_with_nothing_behind_it_keeps_its_words():
    writer = PdfWriter()
    sheet(writer, ["准备", "送电", LONG])
    for title in ("准备", "送电"):
        writer.add_outline_item(title=title, page_number=0)
    got = opened(writer)
    assert [page.title for page in got.outline.units[0].pages] == ["准备", "送电"]
    assert "<p>准备</p>" in html(got)
