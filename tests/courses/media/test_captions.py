"""Captions with a broken cue are refused by its line and a reason; what browsers read is not."""

import pytest

from courses.media.captions import wrong_cue

GOOD = "WEBVTT\n\nNOTE --> is no cue\n\n1\n00:00.000 --> 00:01.500 align:start\n先验电\n\n1:02:03.400 --> 1:02:04.000\n再挂地线\n"
SRT = "1\r\n00:00:01,000 --> 00:00:02,500\r\n先验电\r\n\r\n2\r\n1:02:03,4 --> 1:02:04,0\r\n再挂地线\r\n"


@pytest.mark.parametrize("text", [GOOD, SRT])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_what_is_well(text, encoding):
    assert wrong_cue(text.encode(encoding)) == ""


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("00:02 --> 00:03.000", "写法"),
        ("00:02.000 --> ", "写法"),
        ("00:02.000 --> 00:99.000", "写法"),
        ("00:03.000 --> 00:02.000", "不晚于"),
        ("00:03.000 --> 00:03.000", "不晚于"),
    ],
)
def test_the_line_and_the_reason(line, why):
    said = wrong_cue(f"{GOOD}\n{line}\n坏的\n".encode())
    assert f"第 {len(GOOD.splitlines()) + 2} 行" in said
    assert why in said
