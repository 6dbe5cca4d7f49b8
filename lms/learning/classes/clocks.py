"""Times and lengths as meeting tools write them: 2026/3/10 9:01, 10 Mar 2026, 下午2:05, 09:01:22 AM, GMT+8, 1小时23分.

Plain functions. Owns: what a text can mean. Refuses: choosing between two meanings (03/10/2026 is both).
"""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any

_NOON = re.compile(r"上午|下午|凌晨|早上|中午|晚上|[ap]\.?m\.?(?![a-z])", re.IGNORECASE)
_AFTER_NOON = ("下午", "晚上", "pm")
_TIME = re.compile(r"(?<!\d)(\d{1,2})[:时](\d{2})(?:[:分](\d{2})(?:\.\d+)?秒?)?分?(?![\d:])")
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
_BIG_FIRST = re.compile(r"(?<!\d)(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WORDS = "|".join(f"{month}[a-z]*" for month in _MONTHS)
_DAY_FIRST = re.compile(rf"(?<!\d)(\d{{1,2}})[ -]({_WORDS})[ ,-]+(\d{{4}})", re.IGNORECASE)
_MONTH_FIRST = re.compile(rf"({_WORDS})\.? (\d{{1,2}}),? (\d{{4}})", re.IGNORECASE)
_WEEKDAY = re.compile(
    r"星期[一二三四五六日天]|周[一二三四五六日]|\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?", re.IGNORECASE
)
_LENGTH = re.compile(
    r"(?:(\d+)\s*(?:小时|时|h(?:ours?|rs?)?)\.?)?\s*(?:(\d+)\s*(?:分钟|分|m(?:in(?:ute)?s?)?)\.?)?"
    r"\s*(?:(\d+)\s*(?:秒钟?|s(?:ec(?:ond)?s?)?)\.?)?",
    re.IGNORECASE,
)


def moments(text: str, near: date, zone: tzinfo) -> list[datetime]:
    """Every moment a text can mean; [] for none. near: the day of a time that stands alone; zone: where none is named."""
    rest = _WEEKDAY.sub(" ", unicodedata.normalize("NFKC", text))
    rest, days = _days(rest)
    noon = _NOON.search(rest)
    rest = _NOON.sub(" ", rest)
    clock = _TIME.search(rest)
    if clock is None:
        return []
    before, after = rest[: clock.start()], rest[clock.end() :].strip()
    at = _clock(clock, noon.group().lower().replace(".", "") if noon else "")
    named = offset(after) if after else None
    if at is None or before.strip(" T,") or (after and named is None) or days == []:
        return []
    return [datetime.combine(day, at, named or zone) for day in dict.fromkeys(days or [near])]


def offset(text: str) -> timezone | None:
    """+08:00, UTC+8, GMT+8, Z: how far from UTC; None where the text says nothing of that sort."""
    said = text.strip().strip("()").lower()
    if said in ("z", "utc", "gmt"):
        return UTC
    found = _OFFSET.fullmatch(said)
    if found is None or int(found[2]) > 14:
        return None
    away = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(away if found[1] == "+" else -away)


def _days(text: str) -> tuple[str, list[date] | None]:
    """The text without its date, and the days it can be: None where there is none in it, [] where it is no day."""
    for pattern, order in (
        (_BIG_FIRST, ("ymd",)),
        (_YEAR_LAST, ("mdy", "dmy")),
        (_DAY_FIRST, ("dmy",)),
        (_MONTH_FIRST, ("mdy",)),
    ):
        found = pattern.search(text)
        if found is None:
            continue
        numbers = [_number(word) for word in found.groups()]
        days = [day for way in order if (day := _day(dict(zip(way, numbers, strict=True)))) is not None]
        return text[: found.start()] + " " + text[found.end() :], days
    return text, None


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _MONTHS.index(word[:3].lower()) + 1


def _day(parts: dict[str, int]) -> date | None:
    try:
        return date(parts["y"], parts["m"], parts["d"])
    except ValueError:
        return None


def _clock(found: re.Match[str], noon: str) -> time | None:
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if noon:
        if hour > 12:
            # 下午14:05 is what some write; 上午14:05 is nothing.
            hour = hour if noon in _AFTER_NOON else 99
        elif noon in _AFTER_NOON:
            hour = hour % 12 + 12
        elif noon == "中午":
            hour = hour + 12 if hour < 3 else hour
        else:
            hour %= 12
    try:
        return time(hour, minute, second)
    except ValueError:
        return None


def lasted(value: Any, unit: int = 60) -> timedelta | None:
    """How long somebody stayed: 83, "83 分钟", "1小时23分", "1:23:05"; None for nothing readable.

    unit: seconds of a plain number.
    """
    if isinstance(value, time):
        return timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    if isinstance(value, timedelta):
        return value
    text = unicodedata.normalize("NFKC", str(value if value is not None else "")).strip()
    if re.fullmatch(r"\d{1,6}(?:\.\d+)?", text):
        # Parts of a minute are left off: rather a little less than was.
        return timedelta(seconds=int(text.partition(".")[0]) * unit)
    colons = re.fullmatch(r"(\d{1,3}):([0-5]\d):([0-5]\d)", text)
    words = colons or _LENGTH.fullmatch(text)
    if not text or words is None or not any(words.groups()):
        return None
    hours, minutes, seconds = (int(part or 0) for part in words.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
