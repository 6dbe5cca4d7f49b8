"""Numbers on pages: exact, rounded down."""

import pytest
from django.utils import translation

from themes import numbers


@pytest.mark.parametrize(
    ("value", "text"), [(1250, "12.5"), (100, "1"), (5, "0.05"), (0, "0"), (None, "0"), ("", "0")]
)
def test_centi(value, text):
    assert numbers.centi(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(150000, "1500.00"), (5, "0.05"), (-120, "-1.20"), (None, "0.00")]
)
def test_fen(value, text):
    assert numbers.fen(value) == text


@pytest.mark.parametrize(("value", "whole"), [(59_999, 0), (60_000, 1), (119_999, 1), (-5, 0), (None, 0)])
def test_minutes_are_rounded_down(value, whole):
    assert numbers.minutes(value) == whole


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0:00"), (123_999, "2:03"), (3_723_000, "1:02:03"), (-1, "0:00"), (None, "0:00")]
)
def test_duration(value, text):
    assert numbers.duration(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 秒"),
        (3_000, "3 秒"),
        (63_000, "1 分钟 3 秒"),
        (120_000, "2 分钟"),
        (3_600_000, "1 小时"),
        (3_725_000, "1 小时 2 分钟"),
    ],
)
def test_spoken_duration(value, text):
    with translation.override("zh-hans"):
        assert numbers.spoken_duration(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "1 分钟"), (89_999, "1 分钟"), (170_000, "3 分钟"), (3_590_000, "1 小时")]
)
def test_content_takes_the_nearest_minutes_and_at_least_one(value, text):
    with translation.override("zh-hans"):
        assert numbers.spoken_duration_short(value) == text


@pytest.mark.parametrize(
    ("value", "total", "share"),
    [(1, 3, 33), (2, 3, 66), (299, 300, 99), (400, 300, 100), (-1, 3, 0), (5, 0, 0)],
)
def test_percent_is_never_rounded_up(value, total, share):
    assert numbers.percent(value, total) == share
