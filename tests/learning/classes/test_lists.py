"""What meeting tools export, as they write it: columns, encodings, clocks, lengths; and what many rows say together."""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.learning.classes import clocks, lists, rules
from lms.lib import sheets
from lms.lib.clock import SHANGHAI
from lms.lib.errors import Invalid

NEAR = date(2026, 3, 10)
START = datetime(2026, 3, 10, 9, tzinfo=SHANGHAI)
END = START + timedelta(hours=3)


def at(hour, minute=0, second=0, day=10):
    return datetime(2026, 3, day, hour, minute, second, tzinfo=SHANGHAI)


def read(text, encoding="utf-8", zone=SHANGHAI):
    return lists.entries(text.encode(encoding), near=NEAR, zone=zone)


# --- clocks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-03-10 09:01", at(9, 1)),
        ("2026/3/10 9:01:22", at(9, 1, 22)),
        ("2026年3月10日 09:01", at(9, 1)),
        ("2026年3月10日 下午2:05", at(14, 5)),
        ("2026-03-10 12:05 AM", at(0, 5)),
        ("2026-03-10 12:05 p.m.", at(12, 5)),
        ("Mar 10, 2026 09:01:22 PM", at(21, 1, 22)),
        ("10 Mar 2026 09:01", at(9, 1)),
        ("2026-03-10T01:01:00Z", at(9, 1)),
        ("2026-03-10 02:01:00 +01:00", at(9, 1)),
        ("2026-03-10 09:01 (GMT+8)", at(9, 1)),
        ("2026-03-10 周二 09:01", at(9, 1)),
        ("2026－03－10　09：01", at(9, 1)),
        ("中午12:30", at(12, 30)),
        ("09:01:22", at(9, 1, 22)),
    ],
)
def test_one_moment_however_it_is_written(text, wanted):
    assert clocks.moments(text, NEAR, SHANGHAI) == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "十点",
        "2026-03-10",
        "25:00",
        "2026-13-41 09:00",
        "上午14:05",
        "2026-03-10 09:00 abc",
        "1 2 3 09:00",
    ],
)
def test_what_is_no_moment(text):
    assert clocks.moments(text, NEAR, SHANGHAI) == []


def test_a_day_that_can_be_two_is_both_and_the_meeting_decides():
    assert {item.date() for item in clocks.moments("03/10/2026 09:00", NEAR, SHANGHAI)} == {
        date(2026, 3, 10),
        date(2026, 10, 3),
    }
    (entry,) = read("Name,Join Time,Leave Time\n张三,03/10/2026 09:00:00 AM,03/10/2026 10:00:00 AM")
    assert (entry.since, entry.until) == (at(9), at(10))
    (entry,) = read("Name,Join Time,Leave Time\n张三,01/02/2026 09:00,01/02/2026 10:00")
    assert entry.problem


@pytest.mark.parametrize(
    ("value", "minutes"),
    [
        ("1小时23分", 83),
        ("1小时23分0秒", 83),
        ("83", 83),
        (83.0, 83),
        (83, 83),
        ("83分钟", 83),
        ("83.9", 83),
        ("1:23:00", 83),
        ("1h 23m", 83),
        ("1 hr 23 min", 83),
        ("4980秒", 83),
        ("", None),
        (None, None),
        ("很久", None),
        ("1:23", None),
        ("小时", None),
    ],
)
def test_how_long_somebody_stayed(value, minutes):
    found = clocks.lasted(value)
    assert found == (None if minutes is None else timedelta(minutes=minutes))


def test_offsets():
    assert clocks.offset("GMT+8") == timezone(timedelta(hours=8))
    assert clocks.offset("UTC-05:30") == timezone(-timedelta(hours=5, minutes=30))
    assert clocks.offset("z") == UTC
    assert clocks.offset("北京") is None


# --- lists -----------------------------------------------------------------------------------------------

TENCENT = """会议主题,春季第一班第一次课
会议号,123 456 789
会议时间,2026-03-10 09:00 - 12:00

用户昵称,手机号,首次入会时间,最后离会时间,参会时长
张三,13800138000,2026-03-10 08:58:10,2026-03-10 12:01:00,3小时2分
李四(手机),,2026-03-10 09:10:00,2026-03-10 11:00:00,50分钟
"""
DINGTALK = "姓名\t工号\t进入会议时间\t离开会议时间\n张三\t007\t上午9:00\t上午10:30\n"
ZOOM = """Meeting ID,Topic,Start Time
123,Class,03/10/2026 01:00:00 AM

Name (Original Name),User Email,Join Time (UTC),Leave Time (UTC),Duration (Minutes),Guest
"Zhang San",zhang@example.com,03/10/2026 01:00:12 AM,03/10/2026 03:00:12 AM,120,No
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_a_tencent_list_in_any_encoding(encoding):
    first, second = read(TENCENT, encoding)
    assert (first.name, first.accounts) == ("张三", ("13800138000",))
    assert (first.since, first.until, first.note) == (at(8, 58, 10), at(12, 1), "")
    # Several visits on one line: no more than the length it gives, from the first joining on.
    assert (second.accounts, second.since, second.until) == ((), at(9, 10), at(10))
    assert "按时长计" in second.note


def test_tabs_and_times_without_a_day():
    (entry,) = read(DINGTALK)
    assert (entry.name, entry.since, entry.until) == ("张三", at(9), at(10, 30))


def test_a_zoom_list_with_its_zone_in_the_heading():
    (entry,) = read(ZOOM)
    assert (entry.name, entry.accounts) == ("Zhang San", ("zhang@example.com",))
    assert (entry.since, entry.until) == (at(9, 0, 12), at(11, 0, 12))


def test_the_zone_that_was_chosen_holds_where_none_is_named():
    (entry,) = read("姓名,进入时间,离开时间\n张三,2026-03-10 01:00,2026-03-10 02:00", zone=ZoneInfo("UTC"))
    assert (entry.since, entry.until) == (at(9), at(10))


def test_a_length_takes_the_place_of_the_leaving():
    one, other, bad = read("姓名,入会时间,时长(秒)\n张三,09:00,90\n李四,09:00,1分30秒\n王五,09:00,很久")
    assert one.until == other.until == at(9, 1, 30)
    assert bad.problem


def test_a_workbook_with_lines_above_its_heading():
    rows = [
        ("会议主题", "第一次课"),
        ("姓名", "手机号", "进入时间", "离开时间"),
        ("张三", 13800138000, datetime(2026, 3, 10, 9), "2026-03-10 10:00"),
    ]
    (entry,) = lists.entries(sheets.write([sheets.Sheet("名单", rows)]), near=NEAR, zone=SHANGHAI)
    assert (entry.accounts, entry.since, entry.until) == (("13800138000",), at(9), at(10))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00\x00",
        b"PK\x03\x04nonsense",
        b"a,b,c",
        b"x" * (lists.MAX_BYTES + 1),
        "姓名,进入时间".encode(),
    ],
)
def test_what_is_no_list(content):
    with pytest.raises(Invalid):
        lists.entries(content, near=NEAR, zone=SHANGHAI)


def test_too_many_rows():
    with pytest.raises(Invalid):
        read("姓名,进入时间,离开时间\n" + "张三,09:00,10:00\n" * (lists.MAX_ROWS + 1))


# --- many rows together ----------------------------------------------------------------------------------

spans = st.lists(st.tuples(st.integers(-90, 300), st.integers(-90, 300)), max_size=12)


def moments(found):
    return [(START + timedelta(minutes=low), START + timedelta(minutes=high)) for low, high in found]


def minutes(found):
    return sum(int((item.until - item.since).total_seconds()) for item in found) // 60


@given(spans, st.randoms(use_true_random=False))
def test_rows_together_are_the_minutes_somebody_was_there(found, random):
    """Against a model that looks at every minute; order and repetition say nothing, and never more than the meeting."""
    merged = rules.merged(moments(found), START, END)
    there = {minute for low, high in found for minute in range(low, high)} & set(range(180))
    assert minutes(merged) == len(there) <= 180
    again = [*found, *random.sample(found, k=len(found))]
    random.shuffle(again)
    assert rules.merged(moments(again), START, END) == merged
    assert all(one.until < other.since for one, other in pairwise(merged))
    assert rules.merged([(item.since, item.until) for item in merged], START, END) == merged
