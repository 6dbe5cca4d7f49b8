"""From what an adapter found to a native pack: files judged, texts cleaned, ids that stay, what is lost by name."""

import io

import pytest

from courses.packs.foreign.captions import as_webvtt
from courses.packs.foreign.drafts import draft_of, write_pack
from courses.packs.foreign.markup import Markup, beside, decoded
from courses.packs.foreign.outline import Download, Film, Outline, Page, Picture, Quiz, Subtitle, Text, Unit
from courses.packs.native import read_pack
from courses.packs.plan import Option, Question
from tests.courses.packs.foreign.reading import DETAILS, PACE, opened, tarred, zipped
from tests.courses.packs.making import PDF, SVG, mp4, png

EVIL = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><script>alert(1)</script></svg>'
SRT = "1\r\n00:00:00,000 --> 00:00:02,5\r\n先断电，再救人。\r\n".encode("gb18030")


def question(id_="q", stem="先做什么？", texts=("验电", "回家")):
    options = tuple(Option(str(n), text) for n, text in enumerate(texts))
    return Question(id_, "single", stem, options, ("0",), "", 1)


def drafted(pieces, members, name="course.zip", *, data=None):
    with opened(data or zipped(members), name) as source:
        outline = Outline("test", title="课程", units=[Unit("第一章", [Page("p1", "第一节", pieces)])])
        draft = draft_of(outline, source, PACE)
        native = None
        if not draft.problems:
            out = io.BytesIO()
            write_pack(draft, source, DETAILS, out)
            native = read_pack(out)
            assert native.problems == []
        return draft, native


def test_every_kind_of_piece_comes_in():
    members = {"a/b.png": png(), "film": mp4(), "c.srt": SRT, "x.pdf": PDF, "s.svg": SVG}
    quiz = Quiz("小测", (question("1"), question("2", "再做什么？")))
    draft, native = drafted(
        [
            Text("<h1>停电</h1><p onclick='x()'>先验电。</p>"),
            Picture("a/b.png", "图"),
            Picture("s.svg"),
            Film("film", "检修", (Subtitle("c.srt", "zh-Hans", "中文"),)),
            Download("x.pdf", "规程.pdf"),
            quiz,
        ],
        members,
    )
    assert [block["type"] for block in draft.blocks] == ["text", "image", "image", "video", "file", "quiz"]
    assert draft.blocks[0]["html"] == "<h2>停电</h2><p>先验电。</p>"
    assert draft.blocks[3]["captions"][0]["lang"] == "zh-Hans"
    assert native.blocks[3].transcript == "先断电，再救人。"
    assert len(native.questions) == 2
    assert native.nominal_ms(PACE) == draft.nominal_ms > 0
    assert [item.reason.code for item in draft.lost] == ["lost_script"]


def test_what_cannot_be_used_is_lost_by_name_and_the_rest_comes():
    draft, native = drafted(
        [
            Text("<p>字</p>"),
            Picture("broken.png"),
            Picture("none.png"),
            Download("run.exe", "run.exe"),
            Film("film", "片"),
        ],
        {"broken.png": png()[:20], "run.exe": b"MZ" + bytes(100), "film": b"no film"},
    )
    assert {item.path or item.title: item.reason.code for item in draft.lost} == {
        "broken.png": "image_broken",
        "p1": "lost_missing",
        "run.exe": "file_type",
        "film": "file_type",
    }
    assert [block.type for block in native.blocks] == ["text"]


def test_a_picture_that_attacks_refuses_the_whole():
    draft, _ = drafted([Text("<p>字</p>"), Picture("evil.svg")], {"evil.svg": EVIL})
    assert [problem.code for problem in draft.problems] == ["svg_active"]
    assert draft.problems[0].params["name"] == "evil.svg"


def test_ids_follow_from_the_foreign_ones():
    pieces = [Quiz("小测", (question("1"), question("1", "另一题？"), question("1")))]
    first, _ = drafted(pieces, {"a": "x"})
    assert len(first.bank) == 2
    again, _ = drafted([Text("<p>新的</p>"), *pieces], {"a": "y"})
    assert list(first.bank) == list(again.bank)
    assert first.chapters[0]["lessons"][0]["key"] == again.chapters[0]["lessons"][0]["key"]


def test_a_text_too_long_for_a_block_is_cut_between_paragraphs():
    html = "".join(f"<p>{n} {'安全' * 400}</p>" for n in range(200)) + f"<p>{'长' * 130_000}</p>"
    draft, native = drafted([Text(html)], {"a": "x"})
    assert sum(block.characters for block in native.blocks) == 200 * 801 + 130_000
    assert all(block["html"].count("<p>") == block["html"].count("</p>") for block in draft.blocks)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (question(stem=" "), "required"),
        (question(texts=("一",)), "too_few"),
        (question(texts=("一", "一")), "not_unique"),
        (question(texts=("一", "长" * 501)), "too_long"),
    ],
)
def test_questions_that_are_none_are_named(bad, reason):
    draft, _ = drafted([Text("<p>字</p>"), Quiz("小测", (bad,))], {"a": "x"})
    assert draft.bank == {}
    assert [item.reason.code for item in draft.lost] == ["lost_question_broken"]


class TestMarkup:
    def pieces(self, html, members, page="pages/a.html"):
        lost = []
        with opened(zipped(members), "x.zip") as source:
            markup = Markup(source, beside(page, source), lost, path=page, title="甲")
            return markup.pieces(html), lost

    def test_what_stood_in_a_page_comes_after_its_block(self):
        html = (
            "<body><div><h1>题</h1><p>前<img src='../img/A.PNG' alt='图'>后</p></div>"
            "<p>看<a href='../f/%E8%A7%84%E7%A8%8B.pdf'>规程</a></p><p>1 &lt; 2</p>裸 &lt; 字"
            "<script>x()</script><iframe src='https://video.example/1'></iframe></body>"
        )
        made, lost = self.pieces(html, {"img/a.png": png(), "f/规程.pdf": PDF})
        assert [type(piece).__name__ for piece in made] == ["Text", "Picture", "Text", "Download", "Text"]
        assert made[1] == Picture("img/a.png", "图")
        assert made[3] == Download("f/规程.pdf", "规程.pdf")
        assert "1 &lt; 2" in made[4].html
        assert "裸 &lt; 字" in made[4].html
        assert [item.reason.code for item in lost] == ["lost_script", "lost_outside"]

    def test_pictures_written_into_the_page(self):
        import base64

        made, _ = self.pieces(
            f"<img src='data:image/png;base64,{base64.b64encode(png()).decode()}'>", {"a": "x"}
        )
        assert [type(piece).__name__ for piece in made] == ["Picture"]

    @pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-8-sig"])
    def test_encodings(self, encoding):
        assert decoded("<p>停电检修</p>".encode(encoding)).endswith("<p>停电检修</p>")


class TestCaptions:
    def test_subrip_of_chinese_windows(self):
        assert as_webvtt(SRT) == "WEBVTT\n\n00:00:00.000 --> 00:00:02.500\n先断电，再救人。\n".encode()

    @pytest.mark.parametrize("data", [b"", b"hello", b"\x00\x01\x02", b"\x89PNG\r\n\x1a\n"])
    def test_what_is_none(self, data):
        assert as_webvtt(data) is None


class TestSources:
    def test_a_tar_is_read_as_a_zip_is(self):
        draft, _ = drafted(
            [Picture("./a.png".removeprefix("./"))], {}, "x.tar.gz", data=tarred({"./a.png": png()})
        )
        assert [block["type"] for block in draft.blocks] == ["image"]

    @pytest.mark.parametrize("name", ["../evil.png", "/etc/passwd", "C:\\evil.png", "a/../../b"])
    def test_names_that_leave_the_archive(self, name):
        for data in (zipped({name: "x"}), tarred({name: "x"})):
            draft, _ = drafted([Text("<p>字</p>")], {}, data=data)
            assert draft.problems

    def test_a_tar_that_unpacks_beyond_bounds_or_is_cut(self):
        with opened(tarred({"a": bytes(50 * 1024**2)}), "x.tar.gz") as source:
            assert [problem.code for problem in source.refused] == ["zip_ratio"]
        with opened(tarred({"a": png()})[:60], "x.tar.gz") as source:
            assert [problem.code for problem in source.refused] == ["tar_damaged"]

    def test_names_of_chinese_windows(self):
        import zipfile

        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("AAAA.png", png())
        data = out.getvalue().replace(b"AAAA.png", "规程".encode("gbk") + b".png")
        with opened(data, "x.zip") as source:
            assert source.names == ["规程.png"]

    def test_two_names_that_some_disks_take_for_one(self):
        with opened(zipped({"A.png": png(), "a.png": png()}), "x.zip") as source:
            assert [problem.code for problem in source.archive.problems] == ["zip_case"]
