"""The words inside lessons: what is shown, what only finds, and what nobody is to find."""

import io
import re
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from hypothesis import given
from hypothesis import strategies as st

from courses import lesson_words
from courses.activities import files as packages
from courses.h5p.files import store
from courses.lesson_words import without_scripts, words_of
from courses.media.models import CourseDocument
from search.api import texts_of
from search.models import FileText


def office(suffix, parts):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    data.seek(0)
    return lesson_words.office(data, suffix)


WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def test_word_powerpoint_and_excel_files_are_read_sentence_by_sentence():
    body = f"<w:document {WORD}><w:p><w:r><w:t>检查货叉</w:t></w:r><w:r><w:t>与门架</w:t></w:r></w:p><w:p><w:r><w:t>再起步</w:t></w:r></w:p></w:document>"
    assert office(".docx", {"word/document.xml": body, "word/styles.xml": "<a/>"}) == "检查货叉与门架 再起步"
    slides = {
        f"ppt/slides/slide{number}.xml": f'<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>第{number}页</a:t></a:r></a:p></p:sld>'
        for number in (10, 2, 1)
    }
    assert office(".pptx", slides) == "第1页 第2页 第10页"
    cells = '<sst xmlns="s"><si><t>能耗</t></si><si><r><t>定</t></r><r><t>额</t></r></si></sst>'
    assert office(".xlsx", {"xl/sharedStrings.xml": cells}) == "能耗 定额"


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"word/document.xml": "<broken"},
        {"word/document.xml": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'},
    ],
    ids=["empty", "broken", "entity"],
)
def test_what_is_no_word_file_gives_no_words(parts):
    assert office(".docx", parts) == ""


def test_what_is_no_archive_is_refused():
    with pytest.raises(ValueError):
        lesson_words.office(io.BytesIO(b"no zip"), ".docx")


def test_an_exercise_is_found_by_its_sentences_and_never_by_its_answers(monkeypatch):
    content = {
        "question": "<p>发现液压油渗漏怎么办？</p>",
        "answers": [{"text": "继续作业", "correct": False}, {"text": "停车上报", "correct": True}],
        "alternatives": [{"text": "上锁挂牌", "isCorrectOption": True}],
        "text": "起步前先*鸣笛*再松手刹",
        "behaviour": {"enableRetry": True, "label": "再试一次"},
        "media": {"path": "images/a.png", "copyright": {"license": "CC"}},
    }
    monkeypatch.setattr(type(store()), "params", lambda self, uuid: content)
    words = lesson_words.h5p("0192f0c0-0000-7000-8000-000000000001")
    assert "液压油渗漏" in words
    assert "起步前先" in words
    for hidden in ("停车上报", "继续作业", "上锁挂牌", "鸣笛", "再试一次", "images", "CC"):
        assert hidden not in words


def test_captions_are_read_without_their_times_and_once(settings):
    name = default_storage.save(
        "videos/words.vtt",
        ContentFile(
            "WEBVTT\n\n1\n00:01.000 --> 00:02.000\n<v 师傅>慢速倒车\n\n00:02.000 --> 00:03.000\n慢速倒车\n".encode()
        ),
    )
    assert lesson_words.captions(default_storage.url(name)) == "慢速倒车"


def test_a_package_is_found_by_what_its_pages_say(tmp_path, monkeypatch):
    folder = tmp_path / "package"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "index.html").write_text(
        "<html><head><style>.x{color:red}</style><script>var answer='甲'</script></head><body><p>高处作业系安全带</p></body></html>",
        encoding="utf-8",
    )
    (folder / "data.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(packages, "folder", lambda uuid: folder)
    assert lesson_words.package("0192f0c0-0000-7000-8000-000000000001") == "高处作业系安全带"


@pytest.mark.django_db
def test_a_pdf_is_read_by_the_program_with_bounds(tmp_path):
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = PdfWriter()
    page = writer.add_blank_page(width=300, height=300)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): writer._add_object(font)})}
    )
    stream = DecodedStreamObject()
    stream.set_data(b"BT /F1 24 Tf 40 200 Td (Lockout tagout) Tj ET")
    page[NameObject("/Contents")] = writer._add_object(stream)
    data = io.BytesIO()
    writer.write(data)
    row = CourseDocument.objects.create(title="规程", file=ContentFile(data.getvalue(), name="rules.pdf"))
    assert lesson_words.document(row.pk) == "Lockout tagout"
    assert lesson_words.document(row.pk + 1000) == ""


@pytest.mark.django_db
def test_a_file_is_read_once_and_a_failure_is_tried_again_another_day(django_assert_num_queries):
    calls = []

    def reads():
        calls.append(1)
        return "停电 验电"

    def fails():
        calls.append(1)
        raise OSError("gone")

    assert texts_of({"document:1:5": reads, "document:2:5": fails}) == {
        "document:1:5": "停电 验电",
        "document:2:5": "",
    }
    with django_assert_num_queries(1):
        texts_of({"document:1:5": reads, "document:2:5": fails})
    assert len(calls) == 2
    FileText.objects.update(read_at="2020-01-01T00:00:00Z")
    texts_of({"document:1:5": reads, "document:2:5": fails})
    assert len(calls) == 3


def test_what_only_learners_may_open_is_kept_apart_from_what_a_result_shows():
    readers = {}
    blocks = [
        {"type": "text", "value": {"html": "<p>图文内容</p>"}},
        {
            "type": "video",
            "value": {"title": "示范", "transcript": "文字稿", "captions": [{"src": "/media/a.vtt"}]},
        },
        {"type": "quiz", "value": {"title": "小测", "questions": [{"stem": "题干", "options": []}]}},
        {"type": "file", "value": {"src": "/documents/7/a.pdf", "name": "附件", "size": 9}},
        {"type": "h5p", "value": {"content": "c", "title": "练习"}},
        {"type": "package", "value": {"package": "p", "title": "课件"}},
    ]
    words = words_of(blocks, readers)
    assert words.seen == ["图文内容", "示范", "小测", "附件", "练习", "课件"]
    assert words.unseen == ["文字稿"]
    assert words.keys == list(readers) == ["captions:/media/a.vtt", "file:7:9", "exercise:c", "package:p"]


FORMERLY = re.compile(r"<(script|style|template)\b.*?</\1\s*>", re.I | re.S)


@given(
    st.lists(
        st.sampled_from(
            (
                *("<script>", "<SCRIPT src='a'>", "</script>", "</Script  >", "<style>", "</style>"),
                *("<template>", "</template>", "<p>", "叉车", "</script", "<scripted>", " "),
            )
        ),
        max_size=12,
    )
)
def test_a_page_is_read_without_what_is_no_text_of_it(pieces):
    page = "".join(pieces)
    assert without_scripts(page) == FORMERLY.sub(" ", page)


@pytest.mark.parametrize(
    "piece", ["<script", "<script>", "<style><script>", "</script ", "<template>x</templat"]
)
def test_a_page_made_to_be_slow_is_read_at_once(piece):
    page = piece * (1_000_000 // len(piece))
    assert without_scripts(page) == page


def test_words_in_the_cells_themselves_and_names_of_sheets_are_read():
    """As programs write tables that stream them: no shared words, each in its cell."""
    cells = '<row><c t="inlineStr"><is><t>液压油</t></is></c><c><v>42</v></c></row>'
    parts = {
        "xl/workbook.xml": '<workbook xmlns="s"><sheets><sheet name="点检表" sheetId="1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="s"><sheetData>{cells}</sheetData></worksheet>',
    }
    assert office(".xlsx", parts) == "点检表 液压油"


def test_a_tab_or_the_end_of_a_line_parts_words():
    run = "<w:r><w:t>ISO</w:t><w:tab/><w:t>9001</w:t><w:br/><w:t>al</w:t></w:r><w:r><w:t>pha</w:t></w:r>"
    body = f"<w:document {WORD}><w:body><w:p>{run}</w:p></w:body></w:document>"
    assert office(".docx", {"word/document.xml": body}) == "ISO 9001 alpha"


def test_why_an_answer_is_right_finds_nobody_the_exercise(monkeypatch):
    said = {
        "question": "一批零件的单件成本",
        "items": [{"text": "填数字", "explanation": "30000÷1500＝20。"}],
    }
    monkeypatch.setattr(type(store()), "params", lambda self, uuid: said)
    assert "30000" not in lesson_words.h5p("x")
    assert "填数字" in lesson_words.h5p("x")


OPEN = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
)


def opened(suffix, parts):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    data.seek(0)
    return lesson_words.opened(data, suffix)


def test_open_documents_are_read_without_what_was_struck_out_or_remarked():
    body = (
        f"<office:document-content {OPEN}><office:automatic-styles>样式</office:automatic-styles><office:body><office:text>"
        "<text:tracked-changes><text:p>删去的话</text:p></text:tracked-changes>"
        "<text:h>货叉<text:span>检查</text:span></text:h><text:p>ISO<text:s/>9001<text:tab/>门架"
        "<office:annotation><text:p>批注</text:p></office:annotation>润滑</text:p>"
        "<table:table-cell><text:p>能耗</text:p></table:table-cell><table:table-cell><text:p>定额</text:p></table:table-cell>"
        "</office:text></office:body></office:document-content>"
    )
    assert (
        opened(".odt", {"content.xml": body, "styles.xml": "<a>样式</a>"})
        == "货叉检查 ISO 9001 门架润滑 能耗 定额"
    )
    assert opened(".ods", {"content.xml": "<broken"}) == ""
    entity = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'
    assert opened(".odp", {"content.xml": entity}) == ""


def test_books_are_read_page_by_page():
    pages = {
        f"OEBPS/c{number}.xhtml": f"<html><body><p>第{number}章</p></body></html>" for number in (10, 2, 1)
    }
    pages["OEBPS/c3.xhtml"] = "<html><script>var secret</script><body>焊接</body></html>"
    assert opened(".epub", {**pages, "OEBPS/style.css": "p {}"}) == "第1章 第2章 焊接 第10章"


@pytest.mark.parametrize("suffix", [".odt", ".epub"])
def test_what_is_no_open_archive_is_refused(suffix):
    with pytest.raises(ValueError):
        lesson_words.opened(io.BytesIO(b"no zip"), suffix)


def test_a_file_that_nothing_was_read_of_so_far_is_read_under_another_key():
    def keys(name):
        block = {"type": "file", "value": {"name": name, "src": f"/documents/7/{name}", "size": 9}}
        return words_of([block], {}).keys

    assert keys("a.odt") == ["open:7:9"]
    assert keys("a.pdf") == ["file:7:9"]
