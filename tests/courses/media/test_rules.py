"""What follows from plain values: sizes, chapters, licences, the length of an MP3."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.media import encoding
from courses.media.rules import LADDER, is_short_of, may_be_taken, read_chapters, rungs, write_chapters
from courses.packs.sniff import mp3_duration_ms
from tests.courses.media.clips import mp3_frames


@pytest.mark.parametrize(
    ("size", "made"),
    [
        ((1920, 1080), [(426, 240), (854, 480), (1280, 720)]),
        ((1080, 1920), [(240, 426), (480, 854), (720, 1280)]),
        ((640, 360), [(426, 240), (640, 360)]),
        ((426, 240), [(426, 240)]),
        ((321, 181), [(320, 180)]),
        ((854, 481), [(426, 240), (852, 480)]),
    ],
)
def test_the_ladder_goes_by_the_shorter_side(size, made):
    assert [(rung.width, rung.height) for rung in rungs(*size)] == made


@given(st.integers(16, 8192), st.integers(16, 8192))
def test_nothing_is_made_larger_and_every_side_is_even(width, height):
    made = rungs(width, height)
    assert 1 <= len(made) <= len(LADDER)
    for rung in made:
        # Rounding to an even number may add one pixel.
        assert rung.width <= width + 1
        assert rung.height <= height + 1
        assert rung.width % 2 == rung.height % 2 == 0
    shorter = [min(rung.width, rung.height) for rung in made]
    assert shorter == sorted(set(shorter))


def test_chapters_are_lines_that_come_back_as_they_were():
    chapters, wrong = read_chapters("00:00 停电\n\n 01:02.5 验电\n1:00:03 挂接地线", 4_000_000)
    assert not wrong
    assert chapters == [
        {"ms": 0, "title": "停电"},
        {"ms": 62_500, "title": "验电"},
        {"ms": 3_603_000, "title": "挂接地线"},
    ]
    assert read_chapters(write_chapters(chapters), 4_000_000) == (chapters, "")


@pytest.mark.parametrize("line", ["验电", "00:61 验电", "09:00 太晚", "00:05", "00:00 不在后面", "-1:00 x"])
def test_a_line_that_is_no_chapter_is_named(line):
    assert read_chapters(f"00:01 停电\n{line}", 60_000) == ([], line)


@pytest.mark.parametrize(
    ("choice", "licence", "kept"),
    [
        ("licence", "CC-BY-4.0", True),
        ("licence", "", True),
        ("licence", "All rights reserved", False),
        ("licence", "版权所有，仅限在线学习", False),
        ("yes", "All rights reserved", True),
        ("no", "CC0-1.0", False),
    ],
)
def test_who_may_take_a_film_along(choice, licence, kept):
    assert may_be_taken(choice, licence) is kept


def test_a_header_may_be_off_by_a_little():
    assert not is_short_of(58_500, 60_000)
    assert is_short_of(57_900, 60_000)
    assert not is_short_of(3_540_000, 3_600_000)
    assert is_short_of(3_500_000, 3_600_000)


def test_the_length_of_an_mp3_is_that_of_its_frames():
    frames = mp3_frames(100)
    assert mp3_duration_ms(io.BytesIO(frames)) == 2612
    tag = b"ID3\x04\x00\x00\x00\x00\x01\x00" + bytes(128)
    assert mp3_duration_ms(io.BytesIO(tag + frames + b"TAG" + bytes(125))) == 2612
    assert mp3_duration_ms(io.BytesIO(bytes(5000))) is None
    assert mp3_duration_ms(io.BytesIO(frames[:417])) is None


LOUDNORM = '{\n"input_i" : "-20.10",\n"input_tp" : "-2.00",\n"input_lra" : "5.00",\n"input_thresh" : "-30.5",\n"target_offset" : "0.20"\n}'


def test_what_a_film_says_of_itself_is_no_measurement():
    """Tags stand in the encoder's log before its answer, and the answer becomes part of a filter."""
    title = '{"input_i":"-20","input_tp":"-2","input_lra":"5","input_thresh":"-30","target_offset":"0[a];amovie=/etc/passwd[b]"}'
    measured = encoding.measured_in(
        f"Metadata:\n  title : {title}\nOutput #0\n[Parsed_loudnorm_0]\n{LOUDNORM}\n"
    )
    assert (
        measured == "measured_I=-20.10:measured_TP=-2.00:measured_LRA=5.00:measured_thresh=-30.50:offset=0.20"
    )
    with pytest.raises(encoding.Unusable):
        encoding.measured_in(f"Metadata:\n  title : {title}\n")
    assert encoding.measured_in(LOUDNORM.replace("-20.10", "-inf")) == ""
    with pytest.raises(encoding.Unusable):
        encoding.measured_in("nothing")
