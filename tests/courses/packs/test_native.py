"""Reading a native pack: what is good is understood, what is bad is named, all of it, without a crash."""

import copy
import io
import json
import stat
import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from courses.h5p.api import judge_package
from courses.h5p.client.archive import Archive
from courses.h5p.client.errors import TooManyFiles
from courses.h5p.client.limits import Limits
from courses.packs import archive, sniff
from courses.packs.archive import open_archive
from courses.packs.html import is_rich_text, removed
from courses.packs.manifest import _validator, schema
from courses.packs.native import is_native, read_pack
from courses.packs.problems import SENTENCES, Problem
from courses.packs.sniff import kind_of, video_duration_ms, vtt_text
from courses.packs.svg import check as check_svg
from courses.releases.rules import Pace
from tests.courses.media.clips import mp3_frames
from tests.courses.packs import making


def codes(plan):
    return {(problem.code, problem.pointer) for problem in plan.problems}


def test_a_good_pack_is_understood():
    plan = read_pack(making.pack(), h5p_check=judge_package)
    assert plan.ok, [str(problem) for problem in plan.problems]
    assert plan.warnings == []
    assert [lesson.key for lesson in plan.lessons] == ["one", "two", "quiz"]
    assert plan.course.occupation_code == "6-31-01-03"
    assert plan.media["media/v.mp4"].duration_ms == 2000
    assert (plan.media["media/a.svg"].width, plan.media["media/a.svg"].height) == (40, 20)
    assert plan.media["media/card.pdf"].mime == "application/pdf"
    video = plan.blocks[2]
    assert video.transcript == "先断电，再救人。"
    judged = plan.questions["q3"]
    assert [option.text for option in judged.options] == ["正确", "错误"]
    # 240 + 2 characters of text and 5 in the table, a video of 2 s, a minute of H5P, four questions.
    assert plan.nominal_ms(Pace(200, 60_000)) == (242 + 3) * 200 + 2000 + 60_000 + 240_000


def test_the_same_content_packed_again_has_the_same_hash():
    first, second = making.pack(), making.pack(members=dict(reversed(making.files().items())))
    assert first.getvalue() != second.getvalue()
    assert read_pack(first).content_hash == read_pack(second).content_hash != ""
    other = making.pack(making.manifest(title="别的"))
    assert read_pack(other).content_hash != read_pack(first).content_hash


def test_is_native():
    assert is_native(making.pack())
    assert not is_native(io.BytesIO(b"hello"))
    assert not is_native(io.BytesIO(making.h5p()))


# -- the file ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x05", making.png()])
def test_what_is_no_zip_is_refused(data):
    assert codes(read_pack(io.BytesIO(data))) == {("not_zip", "")}


@pytest.mark.parametrize("tail", [b"TAG" + b"a" * 125, bytes(range(1, 200)), b"\0" * 40, b"\0\0\1\0"])
def test_what_others_put_behind_a_whole_film_does_not_make_it_cut(tail):
    """An ID3v1 tag, a camera's own notes: players pass over them."""
    film = making.mp4() + tail
    assert not sniff.cut_short(io.BytesIO(film), "mp4", len(film))
    assert read_pack(making.pack(members=making.files() | {"media/v.mp4": film})).problems == []
    # A fragment that did not come whole is a part of the film.
    more = making.mp4() + struct.pack(">I4s", 5000, b"moof") + tail
    assert sniff.cut_short(io.BytesIO(more), "mp4", len(more))


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_a_zip_whose_end_did_not_arrive_is_named_as_that(share, tmp_path):
    whole = making.pack().getvalue()
    part = whole[: int(len(whole) * share)]
    assert codes(read_pack(io.BytesIO(part))) == {("zip_cut", "")}
    (tmp_path / "x.zip").write_bytes(part)
    assert [problem.code for problem in open_archive(tmp_path / "x.zip")[1]] == ["zip_cut"]


def test_a_film_that_says_there_is_more_of_it_is_cut():
    """By the boxes' own lengths; a length of nought is "up to the end", and a stream says none."""
    whole = making.mp4()
    long = whole[:-8] + struct.pack(">I4s", 5000, b"mdat") + bytes(4992)
    huge = whole[:-8] + struct.pack(">I4sQ", 1, b"mdat", 5000) + bytes(4984)
    rest = whole[:-8] + struct.pack(">I4s", 0, b"mdat") + bytes(700)
    for film in (long, huge):
        assert not sniff.cut_short(io.BytesIO(film), "mp4", len(film))
        for end in (len(film) - 1, len(whole) + 9):
            assert sniff.cut_short(io.BytesIO(film[:end]), "mp4", end)
    assert not sniff.cut_short(io.BytesIO(rest), "mp4", len(rest))
    webm = b"\x1a\x45\xdf\xa3\x84webm" + b"\x18\x53\x80\x67"
    said, stream = webm + b"\x42\x58" + bytes(600), webm + b"\x01" + b"\xff" * 7 + bytes(600)
    assert not sniff.cut_short(io.BytesIO(said), "webm", len(said))
    assert sniff.cut_short(io.BytesIO(said[:-1]), "webm", len(said) - 1)
    assert not sniff.cut_short(io.BytesIO(stream), "webm", len(stream))
    made = making.pack(making.manifest(), making.files() | {"media/v.mp4": long[:-100]})
    assert codes(read_pack(made)) == {("file_cut", "/chapters/0/lessons/0/blocks/2/file")}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../evil.svg", "path_traversal"),
        ("media/../../evil.svg", "path_traversal"),
        ("media\\..\\evil.svg", "path_traversal"),
        ("/etc/passwd", "path_absolute"),
        ("C:/evil.svg", "path_absolute"),
        ("\\\\host\\evil.svg", "path_absolute"),
        ("media\\evil.svg", "path_odd"),
        ("media/a\u202egvs.exe", "path_odd"),
        ("media/" + "x" * 300, "path_odd"),
        ("notes.txt", "outside_folders"),
    ],
)
def test_names_that_lead_astray_are_refused(name, code):
    plan = read_pack(making.pack(members=making.files() | {name: b"x"}))
    assert {code for code, _ in codes(plan)} == {code}


def test_a_link_is_refused():
    pack = making.pack()
    with zipfile.ZipFile(pack, "a") as made:
        link = zipfile.ZipInfo("media/link.svg")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
    assert ("symlink", "") in codes(read_pack(pack))


def test_a_bomb_is_refused_without_unpacking_it():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("manifest.json", json.dumps(making.manifest()))
        made.writestr("media/bomb.svg", b"0" * (archive.RATIO_FREE_BYTES * 4))
    assert ("zip_ratio", "") in codes(read_pack(out))


def test_too_many_files_and_too_much_are_refused(monkeypatch):
    monkeypatch.setattr(archive, "MAX_ENTRIES", 3)
    assert codes(read_pack(making.pack())) == {("zip_entries", "")}
    monkeypatch.undo()
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 1000)
    assert codes(read_pack(making.pack())) == {("zip_total", "")}


def listing(path, count, padding=b""):
    """A zip of one member of nothing whose list names it `count` times, with so much behind each name."""
    name = b"a"
    head = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0) + name
    lengths = len(name), 0, len(padding)
    entry = (
        struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, *lengths, 0, 0, 0, 0)
        + name
        + padding
    )
    size, start = len(entry) * count, len(head)
    with open(path, "wb") as file:
        file.write(head + entry * count)
        file.write(struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start))
        file.write(struct.pack("<4sLQL", b"PK\6\7", 0, start + size, 1))
        file.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))
    return path


@pytest.mark.parametrize(
    ("count", "padding", "code"),
    [(200_000, b"", "zip_entries"), (600, b"x" * 60_000, "zip_list")],
)
def test_a_long_list_is_refused_before_it_is_read(tmp_path, count, padding, code):
    path = listing(tmp_path / "a.zip", count, padding)
    tracemalloc.start()
    try:
        assert codes(read_pack(path)) == {(code, "")}
        with pytest.raises(TooManyFiles):
            Archive(path, Limits())
        # An object of each entry would take some 350 bytes for every 47 of the list.
        assert tracemalloc.get_traced_memory()[1] < archive.MAX_ENTRIES * 1024
    finally:
        tracemalloc.stop()


def test_encrypted_damaged_and_doubled_members_are_named():
    data = bytearray(making.pack().getvalue())
    # The flag of encryption stands in the central directory, 8 bytes into each entry.
    last = data.rindex(b"PK\x01\x02")
    data[last + 8] |= 1
    assert any(code == "zip_encrypted" for code, _ in codes(read_pack(io.BytesIO(bytes(data)))))

    data = bytearray(making.pack().getvalue())
    at = data.index(making.SVG)
    data[at + 10] ^= 0xFF
    assert ("zip_damaged", "") in codes(read_pack(io.BytesIO(bytes(data))))

    pack = making.pack()
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(pack, "a") as made:
        made.writestr("media/a.svg", making.SVG)
    assert ("zip_duplicate", "") in codes(read_pack(pack))


def test_a_pack_in_a_folder_of_its_own_and_system_files():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("course/manifest.json", "{}")
    assert codes(read_pack(out)) == {("manifest_nested", "")}
    plan = read_pack(making.pack(members=making.files() | {"__MACOSX/._a": b"x", "media/.DS_Store": b"x"}))
    assert plan.ok
    assert {warning.code for warning in plan.warnings} == {"junk"}


# -- the manifest ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "manifest_json"),
        (b"[]", "manifest_object"),
        (b"\xff\xfe", "manifest_encoding"),
        (b"[" * 100_000, "manifest_deep"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "manifest_deep"),
        (b'{"year": ' + b"9" * 5000 + b"}", "json_number"),
        (b'{"title": "a", "title": "b"}', "json_duplicate"),
        (b'{"title": "\\ud800"}', "json_text"),
        (b'{"title": "a\\u0000b"}', "json_text"),
        (b'{"title": "a\\nb"}', "json_line"),
        (b'{"year": 2026.0}', "json_number"),
        (b'{"year": NaN}', "json_number"),
    ],
)
def test_what_is_no_manifest_is_refused(raw, code):
    assert code in {code for code, _ in codes(read_pack(making.pack(raw=raw)))}


def test_a_manifest_is_missing():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("media/a.svg", making.SVG)
    assert codes(read_pack(out)) == {("manifest_missing", "")}


LESSON = "/chapters/0/lessons/0"


def _drop(name):
    return lambda data: data.pop(name)


def _put(pointer, value):
    def change(data):
        *way, last = pointer.strip("/").split("/")
        for part in way:
            data = data[int(part)] if isinstance(data, list) else data[part]
        data[int(last) if isinstance(data, list) else last] = value

    return change


def _number(*accepted):
    return {"id": "q4", "kind": "numeric", "stem": "多少？", "answer": [list(accepted)]}


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        (_drop("title"), "required", ""),
        (_put("/format", "scorm"), "const", "/format"),
        (_put("/version", 2), "const", "/version"),
        (_put("/surprise", 1), "unknown", ""),
        (_put("/code", "Not A Code"), "pattern", "/code"),
        (_put("/year", "2026"), "type", "/year"),
        (_put("/kind", "fun"), "enum", "/kind"),
        (_put("/kind", "specialty"), "required", ""),
        (_put("/kind", "public"), "required", ""),
        (_put("/centihours", 0), "too_small", "/centihours"),
        (_put("/rule/min_coverage_percent", 101), "too_big", "/rule/min_coverage_percent"),
        (_put("/title", "   "), "too_short", "/title"),
        (_put("/summary", "长" * 301), "too_long", "/summary"),
        (_put("/authors", []), "too_few", "/authors"),
        (_put("/occupation/level", 6), "too_big", "/occupation/level"),
        (_put(f"{LESSON}/key", "two"), "key_twice", "/chapters/0/lessons/1/key"),
        (_put(f"{LESSON}/blocks", []), "too_few", f"{LESSON}/blocks"),
        (_put(f"{LESSON}/blocks/0/type", "poem"), "enum", f"{LESSON}/blocks/0/type"),
        (_put(f"{LESSON}/blocks/0/extra", 1), "unknown", f"{LESSON}/blocks/0"),
        (_put(f"{LESSON}/blocks/0/html", "<script>x</script>"), "text_empty", f"{LESSON}/blocks/0/html"),
        (_put(f"{LESSON}/blocks/1/alt", ""), "too_short", f"{LESSON}/blocks/1/alt"),
        (_put(f"{LESSON}/blocks/1/file", "media/none.svg"), "file_missing", f"{LESSON}/blocks/1/file"),
        (_put(f"{LESSON}/blocks/1/file", "../a.svg"), "pattern", f"{LESSON}/blocks/1/file"),
        (_put(f"{LESSON}/blocks/1/file", "media/v.mp4"), "file_type", f"{LESSON}/blocks/1/file"),
        (_put("/question_bank/1/id", "q1"), "question_twice", "/question_bank/1/id"),
        (_put("/question_bank/0/answer", ["z"]), "answer_unknown", "/question_bank/0/answer/0"),
        (_put("/question_bank/0/answer", ["a", "b"]), "too_many", "/question_bank/0/answer"),
        (_put("/question_bank/0/answer", [1]), "type", "/question_bank/0/answer/0"),
        (_put("/question_bank/0/options/1/id", "a"), "option_twice", "/question_bank/0/options/1/id"),
        (
            _put("/question_bank/0/options/1/text", "验电"),
            "answer_same_text",
            "/question_bank/0/options/1/text",
        ),
        (_put("/question_bank/2/answer", ["maybe"]), "enum", "/question_bank/2/answer/0"),
        (_put("/question_bank/3/answer", [["25"], ["x"]]), "blanks", "/question_bank/3"),
        (_put("/question_bank/3/answer", ["25"]), "type", "/question_bank/3/answer/0"),
        (_put("/question_bank/3", _number("25 V", "0")), "pattern", "/question_bank/3/answer/0/0"),
        (_put("/question_bank/3", _number("25", "-1")), "pattern", "/question_bank/3/answer/0/1"),
        (_put("/question_bank/3", _number("25")), "too_few", "/question_bank/3/answer/0"),
        (_put("/question_bank/3", _number("25", 1)), "type", "/question_bank/3/answer/0/1"),
        (
            _put("/chapters/1/lessons/0/blocks/0/questions", ["q1", "q9"]),
            "question_unknown",
            "/chapters/1/lessons/0/blocks/0/questions/1",
        ),
        (_put("/chapters/1/lessons/0/blocks/0", {"type": "text", "html": "x"}), "no_quiz", "/rule/quizzes"),
    ],
)
def test_each_breach_is_named_at_its_place(change, code, pointer):
    data = making.manifest()
    change(data)
    plan = read_pack(making.pack(data))
    assert (code, pointer) in codes(plan)
    assert all(str(problem) for problem in plan.problems)


def test_every_defect_is_collected_not_only_the_first():
    data = making.manifest(title="", year="x", oops=1)
    data["chapters"][0]["lessons"][0]["blocks"][1]["file"] = "media/none.svg"
    data["question_bank"][0]["answer"] = ["z"]
    plan = read_pack(making.pack(data, making.files() | {"media/a.svg": b"<svg><script/></svg>"}))
    assert {code for code, _ in codes(plan)} >= {
        "too_short",
        "type",
        "unknown",
        "file_missing",
        "answer_unknown",
    }
    assert plan.content_hash == ""


def test_sentences_are_kept_as_codes_and_read_back():
    problem = Problem("file_type", "/cover", {"name": "media/a.png", "found": "html", "expected": "image"})
    again = Problem.from_json(json.loads(json.dumps(problem.as_json())))
    assert again == problem
    assert str(again) == "/cover: 「media/a.png」的内容是网页，不是图片。"
    assert all(str(text).endswith(("。", "}")) for text in SENTENCES.values())


def test_questions_of_the_bank_that_no_quiz_asks_are_one_remark():
    data = making.manifest()
    data["chapters"][1]["lessons"][0]["blocks"][0]["questions"] = ["q1", "q4"]
    plan = read_pack(making.pack(data))
    assert plan.ok
    assert [str(warning) for warning in plan.warnings] == [
        "/question_bank: 题库里有 2 道题没有用在任何测验里：q2、q3。"
    ]


def test_the_tool_s_own_notes_are_left_alone():
    data = making.manifest()
    data["x-tool"] = {"name": "编辑器", "version": 1.5}
    assert read_pack(making.pack(data)).ok


def test_the_published_schema_is_a_schema():
    Draft202012Validator.check_schema(schema())
    Draft202012Validator(schema()).validate(making.manifest())


# -- files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("media/cover.png", b"", "file_empty"),
        ("media/cover.png", making.png()[:40], "image_broken"),
        ("media/cover.png", b"<html><body>x</body></html>", "file_type"),
        ("media/cover.png", b"MZ\x90\x00", "file_type"),
        ("media/cover.png", b"\xff\xd8\xff\xe0" + b"0" * 20, "file_extension"),
        ("media/a.svg", making.png(), "file_extension"),
        ("media/v.mp4", making.png(), "file_type"),
        ("media/v.mp4", making.mp4()[:20] + b"\0" * 40, "file_cut"),
        ("media/v.mp4", making.mp4()[:16] + b"\0" * 40, "video_duration"),
        ("media/v.vtt", b"just text", "file_type"),
        ("media/v.vtt", b"WEBVTT\n\nno times at all\n", "caption_broken"),
        ("media/card.pdf", b"#!/bin/sh\n", "file_type"),
        ("media/card.pdf", b"plain text", "file_extension"),
        ("h5p/x.h5p", b"PK no zip", "file_type"),
        ("h5p/x.h5p", b"PK\x03\x04" + b"0" * 40, "h5p_invalid"),
    ],
)
def test_files_are_judged_by_their_content(name, body, code):
    plan = read_pack(making.pack(members=making.files() | {name: body}), h5p_check=judge_package)
    assert code in {code for code, _ in codes(plan)}
    assert all(str(problem) for problem in plan.problems)


@pytest.mark.parametrize("offered_first", [False, True])
def test_a_recording_that_is_offered_for_download_too_keeps_its_length(offered_first):
    data = making.manifest()
    played = {"type": "audio", "file": "media/talk.mp3", "title": "录音"}
    offered = {"type": "file", "file": "media/talk.mp3", "name": "录音文件"}
    both = [offered, played] if offered_first else [played, offered]
    data["chapters"][0]["lessons"][0]["blocks"] += both
    plan = read_pack(making.pack(data, making.files() | {"media/talk.mp3": mp3_frames(200)}))
    assert plan.problems == []
    assert [plan.block_ms(block, Pace(200, 60_000)) for block in plan.blocks if block.type == "audio"] == [
        5224
    ]


def test_files_nobody_names_are_remarked_on():
    plan = read_pack(making.pack(members=making.files() | {"media/left.png": making.png()}))
    assert plan.ok
    assert [warning.code for warning in plan.warnings] == ["unused"]


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("<script>alert(1)</script>", "svg_active"),
        ('<path d="M0 0" onclick="x()"/>', "svg_active"),
        ("<foreignObject/>", "svg_active"),
        ('<x:script xmlns:x="http://www.w3.org/1999/xhtml"/>', "svg_active"),
        ('<animate attributeName="href" to="javascript:x()"/>', "svg_active"),
        ('<image href="https://example.com/x.png"/>', "svg_external"),
        ('<image href="data:image/svg+xml;base64,AAAA"/>', "svg_external"),
        ('<a href="javascript:x()"/>', "svg_active"),
        ('<use href="other.svg#a"/>', "svg_external"),
        ('<rect style="fill:url(https://example.com/)"/>', "svg_external"),
        ("<style>@import 'x.css';</style>", "svg_external"),
        ("<style>a{background:u\\72l(x)}</style>", "svg_external"),
        ('<rect style="fill:u\\72l(https://example.com/)"/>', "svg_external"),
        ('<rect fill="\\75 rl(https://example.com/)"/>', "svg_external"),
        ('<style>a{background:image-set("https://example.com/" 1x)}</style>', "svg_external"),
        ("<text>C:\\课件（一）</text>", ""),
        ("<broken", "svg_broken"),
        ('<use href="#a"/><linearGradient id="a"/><rect fill="url(#a)"/>', ""),
        ('<image href="data:image/png;base64,AAAA"/>', ""),
        ('<x:namedview xmlns:x="http://www.inkscape.org/namespaces/inkscape"/>', ""),
    ],
)
def test_an_svg_is_only_a_picture(inside, code):
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{inside}</svg>'
    assert check_svg(svg.encode()).code == code


def test_svg_with_entities_or_without_a_size():
    bomb = b'<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>'
    assert check_svg(bomb).code == "svg_active"
    styled = b'<?xml-stylesheet href="http://example.com/x.css"?><svg xmlns="http://www.w3.org/2000/svg"/>'
    assert check_svg(styled).code == "svg_active"
    assert check_svg('<?xml version="1.0" encoding="utf-16"?><svg/>'.encode("utf-16")).code == "svg_broken"
    bare = making.files() | {"media/a.svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>'}
    assert ("svg_size", f"{LESSON}/blocks/1/file") in codes(read_pack(making.pack(members=bare)))


def test_cleaning_says_what_it_took_away():
    source = '<div class="x"><p onclick="x()">好<script>x</script><a href="javascript:x">y</a><img src="z"></p></div>'
    assert removed(source) == ["p[onclick]", "<script>", "a[href]", "<img>"]
    data = making.manifest()
    data["chapters"][0]["lessons"][0]["blocks"][0]["html"] = source
    plan = read_pack(making.pack(data))
    assert plan.ok
    assert plan.blocks[0].html == '<div><p>好<a rel="noopener nofollow">y</a></p></div>'
    assert [warning.code for warning in plan.warnings] == ["html_cleaned"]


def test_what_the_rich_text_field_can_hold():
    assert is_rich_text("<h2>a</h2><p>b <strong>c</strong></p>")
    assert not is_rich_text("<table><tr><td>a</td></tr></table>")


def test_lengths_of_videos_are_read_from_their_headers():
    data = making.mp4(31_250)
    assert video_duration_ms(io.BytesIO(data), "mp4", len(data)) == 31_250
    info = b"\x2a\xd7\xb1\x83" + (1_000_000).to_bytes(3, "big") + b"\x44\x89\x84" + struct.pack(">f", 2500.0)
    head = b"\x1a\x45\xdf\xa3\x88\x42\x82\x84webm\x00"
    webm = head + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"
    webm += b"\x15\x49\xa9\x66" + bytes([0x80 | len(info)]) + info
    assert kind_of(webm) == "webm"
    assert video_duration_ms(io.BytesIO(webm), "webm", len(webm)) == 2500


def test_the_text_of_captions():
    vtt = "\ufeffWEBVTT title\r\n\r\nNOTE hello\r\n\r\n1\r\n00:00.000 --> 00:01.000\r\n第一句\r\n第二行\r\n"
    assert vtt_text(vtt.encode()) == "第一句 第二行"
    assert vtt_text(b"\xff") is None


# -- whatever comes ----------------------------------------------------------------------------------

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_arbitrary_bytes_never_crash(data):
    assert not read_pack(io.BytesIO(data)).ok
    kind_of(data)
    check_svg(data)
    vtt_text(data)
    for kind in ("mp4", "webm"):
        video_duration_ms(io.BytesIO(data), kind, len(data))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(making.manifest())), _json)
def test_arbitrary_values_anywhere_never_crash(name, value):
    raw = json.dumps(making.manifest(**{name: value})).encode()
    plan = read_pack(making.pack(raw=raw))
    assert all(str(problem) for problem in [*plan.problems, *plan.warnings])


def _places(value, at=()):
    """Where a value stands in a manifest, as the keys that lead there."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, one in inner for place in _places(one, (*at, key)))]


_odd = st.text(max_size=2) | st.sampled_from(["x" * 300, "text", "quiz", 0, -1, 10**9, 1.0, True, "a\nb", []])


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(_places(making.with_pairs())[1:]), _json | _odd)
def test_the_quick_look_sees_what_the_schema_says(place, value):
    """manifest.check goes past what is plainly right: it must name the same places as the schema read to the letter."""
    data = copy.deepcopy(making.with_pairs())
    inner = data
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    told = {tuple(error.absolute_path) for error in Draft202012Validator(schema()).iter_errors(data)}
    quick = {tuple(error.absolute_path) for error in _validator().iter_errors(data)}
    assert quick == told


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5000), st.integers(1, 255))
def test_a_flipped_byte_never_crashes(at, mask):
    data = bytearray(PACK)
    data[at % len(data)] ^= mask
    plan = read_pack(io.BytesIO(bytes(data)))
    assert all(str(problem) for problem in [*plan.problems, *plan.warnings])


PACK = making.pack(members={"media/a.svg": making.SVG, "media/cover.png": making.png()}).getvalue()


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        (lambda q: q["answer"][1].update(option="z"), "/answer/1/option", "answer_unknown"),
        (lambda q: q["answer"][1].update(id="1"), "/answer/1/id", "option_twice"),
        (lambda q: q["answer"][1].update(text="验电笔"), "/answer/1/text", "answer_same_text"),
        (lambda q: q["answer"].pop(), "/answer", "too_few"),
        (lambda q: q["answer"][0].pop("text"), "/answer/0", "required"),
        (lambda q: q.update(answer=["a", "b"]), "/answer/0", "type"),
        (lambda q: q.pop("options"), "", "required"),
        (lambda q: q["options"].pop(), None, None),
    ],
)
def test_what_a_matching_question_has_to_be(change, place, code):
    data = making.with_pairs()
    question = data["question_bank"][-1]
    change(question)
    found = {(problem.pointer, problem.code) for problem in read_pack(making.pack(data)).problems}
    where = f"/question_bank/{len(data['question_bank']) - 1}"
    assert found == set() if code is None else (f"{where}{place}", code) in found


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        (lambda q: None, "", None),
        (lambda q: q["options"].reverse(), "", None),
        (lambda q: q["answer"].pop(), "/answer", "order_short"),
        (lambda q: q["answer"].append("z"), "/answer/3", "answer_unknown"),
        (lambda q: q["answer"].append("a"), "/answer", "not_unique"),
        (lambda q: q["answer"].append(["a"]), "/answer/3", "answer_unknown"),
        (lambda q: q.update(answer=["a"]), "/answer", "too_few"),
        (lambda q: q.pop("options"), "", "required"),
        (lambda q: q["options"][0].update(text="断电"), "/options/1/text", "answer_same_text"),
        (
            lambda q: q.update(options=[{"id": f"o{n}", "text": str(n)} for n in range(21)]),
            "/options",
            "too_many",
        ),
    ],
)
def test_what_an_order_has_to_be(change, place, code):
    data = making.with_order()
    question = data["question_bank"][-1]
    change(question)
    found = {(problem.pointer, problem.code) for problem in read_pack(making.pack(data)).problems}
    where = f"/question_bank/{len(data['question_bank']) - 1}"
    assert found == set() if code is None else (f"{where}{place}", code) in found
