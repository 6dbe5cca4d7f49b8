"""Films and recordings by themselves: a lesson each, captions by their stem, folders as units."""

import pytest

from courses.packs.foreign.media import language_of
from courses.packs.foreign.outline import Film
from tests.courses.media.clips import mp3_frames
from tests.courses.packs.foreign.reading import read, zipped
from tests.courses.packs.making import PDF, VTT, mp4, png

SRT = "1\r\n00:00:00,000 --> 00:00:02,500\r\n先断电，再救人。\r\n".encode("gb18030")
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + mp3_frames(100)


def test_a_zip_of_films():
    made = read(
        zipped(
            {
                "2 验电/02.mp4": mp4(),
                "1 停电/断路器.mp4": mp4(3000),
                "1 停电/断路器.zh.srt": SRT,
                "1 停电/断路器.EN.vtt": VTT,
                "1 停电/断路器.eng.vtt": VTT,
                "1 停电/断路器.png": png(),
                "1 停电/断路器.txt": "先断电。",
                "1 停电/断路器2.mp4": mp4(),
                "1 停电/断路器2.srt": SRT,
                "2 验电/录音.mp3": MP3,
                "2 验电/老片.avi": b"RIFF",
                "2 验电/无主.vtt": VTT,
            }
        ),
        "检修.zip",
        expect="media",
    )
    assert [(unit.title, [page.title for page in unit.pages]) for unit in made.outline.units] == [
        ("1 停电", ["断路器", "断路器2"]),
        ("2 验电", ["02", "录音"]),
    ]
    first = made.outline.units[0].pages[0].pieces[0]
    assert isinstance(first, Film)
    assert {(s.file.rpartition("/")[2], s.lang) for s in first.subtitles} == {
        ("断路器.zh.srt", "zh-Hans"),
        ("断路器.EN.vtt", "en"),
    }
    assert (first.poster, first.transcript) == ("1 停电/断路器.png", "先断电。")
    assert made.outline.units[0].pages[1].pieces[0].subtitles[0].lang == "zh-Hans"
    assert made.outline.units[1].pages[1].pieces == [Film("2 验电/录音.mp3", "录音")]
    assert made.lost() == {"断路器.eng.vtt": "lost_file", "老片.avi": "lost_kind", "无主.vtt": "lost_unused"}
    assert made.native.blocks[0].transcript == "先断电。"
    assert [kind for kind, _ in made.blocks()] == ["video", "video", "video", "audio"]
    assert made.draft.nominal_ms == 7000 + 2612


@pytest.mark.parametrize(("data", "name", "kind"), [(mp4(), "停电.mp4", "video"), (MP3, "停电.mp3", "audio")])
def test_a_single_file(data, name, kind):
    made = read(data, name, expect="media")
    assert made.outline.title == "停电"
    assert [block["type"] for block in made.draft.blocks] == [kind]


def test_a_film_that_is_none_is_named():
    members = {"a.mp4": b"no film", "b.mp4": mp4(), "b.srt": b"\x00\x01", "c.mp3": b"ID3" + bytes(400)}
    made = read(zipped(members), "x.zip", expect="media")
    assert made.lost() == {"a": "file_type", "b.srt": "lost_file", "c": "video_duration"}
    assert [kind for kind, _ in made.blocks()] == ["video"]
    assert read(mp4()[:20], "x.mp4", expect="media").problems() == ["foreign_all_lost"]


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        ("zh", "zh-Hans"),
        ("CHS", "zh-Hans"),
        ("zh_CN", "zh-Hans"),
        ("zh-Hant", "zh-Hant"),
        ("eng", "en"),
        ("forced.en", "en"),
        ("pt-BR", "pt-br"),
        ("导演评论", "und"),
        ("", "und"),
    ],
)
def test_languages_from_names(said, tag):
    assert language_of(said)[0] == tag


def test_handouts_beside_films_are_downloads_and_captions_of_other_kinds_are_named():
    files = {"a.mp4": mp4(), "a.ass": "[Script Info]", "a.sub": "{1}{9}先断电", "讲义/安规.pdf": PDF}
    made = read(zipped(files), "检修.zip", expect="media")
    assert [(kind, block.get("name")) for kind, block in made.blocks()] == [
        ("video", None),
        ("file", "安规.pdf"),
    ]
    assert made.lost() == {"a.ass": "lost_kind", "a.sub": "lost_kind"}
