"""Which of the two Chinese encodings a text is in that does not say so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.packs.foreign.captions import as_webvtt, guessed
from courses.packs.foreign.encodings import chinese
from courses.packs.foreign.markup import decoded
from tests.courses.packs.foreign.reading import read, zipped
from tests.courses.packs.making import mp4

PLAIN = "检修以前先停电，再验电，然后装设接地线。两个人一起做，一个人看着。"
FULL = "檢修以前先停電，再驗電，然後裝設接地線。兩個人一起做，一個人看著。"


def srt(words):
    return f"1\n00:00:00,000 --> 00:00:02,000\n{words}\n"


@pytest.mark.parametrize(
    ("words", "written", "name"),
    [
        (PLAIN, "gbk", "gb18030"),
        (PLAIN, "gb18030", "gb18030"),
        (FULL, "cp950", "big5hkscs"),
        (FULL, "big5hkscs", "big5hkscs"),
        # Traditional signs as a computer of the mainland writes them.
        (FULL, "gbk", "gb18030"),
    ],
)
def test_texts_are_read_as_they_were_written(words, written, name):
    chosen = chinese(words.encode(written))
    assert chosen.name == name
    assert chosen.sure or name == "gb18030"
    assert decoded(words.encode(written)) == words


@given(st.text(alphabet=sorted(set(PLAIN)), min_size=30, max_size=200))
def test_whatever_is_said_in_common_signs_comes_back(words):
    assert decoded(words.encode("gbk")) == words


@given(st.text(alphabet=sorted(set(FULL)), min_size=30, max_size=200))
def test_the_same_of_the_other(words):
    assert decoded(words.encode("big5")) == words


@given(st.binary(max_size=400))
def test_any_bytes_end_in_a_choice_that_can_be_read(data):
    chosen = chinese(data)
    if chosen is not None:
        data.decode(chosen.name)
    assert isinstance(decoded(data), str)


def test_a_long_text_is_told_by_its_beginning():
    data = (FULL + "\n").encode("big5") * 3000
    assert chinese(data).name == "big5hkscs"


def test_captions_of_either_are_read_and_their_language_follows():
    for words, written, lang in ((PLAIN, "gbk", "zh-Hans"), (FULL, "big5", "zh-Hant")):
        found = read(zipped({"a.mp4": mp4(), "a.srt": srt(words).encode(written)}), "m.zip", expect="media")
        assert [caption["lang"] for caption in found.blocks()[0][1]["captions"]] == [lang]
        assert words in as_webvtt(srt(words).encode(written)).decode()
        assert found.draft.warnings == []


def test_a_guess_is_said_to_be_one():
    data = srt("停电").encode("gbk")
    assert guessed(data) == "GBK"
    found = read(zipped({"a.mp4": mp4(), "a.srt": data}), "m.zip")
    assert [(one.code, one.pointer) for one in found.draft.warnings] == [("encoding_guessed", "a.srt")]
    assert "GBK" in found.draft.warnings[0].message
    assert guessed(srt("停电").encode()) == guessed(srt("停电").encode("utf-16")) == ""
