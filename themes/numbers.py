"""Numbers as people read them: exact, rounded down, without a float on the way."""

from typing import Any

from django.utils.translation import ngettext

from lms.lib.units import MS_PER_MINUTE, format_centi


def whole(value: Any) -> int:
    """The integer in a template value; nothing is 0."""
    return int(value) if value not in (None, "") else 0


def centi(value: Any) -> str:
    """Hundredths (of an hour, of a credit) as an exact decimal: 1250 → "12.5"."""
    return format_centi(whole(value))


def fen(value: Any) -> str:
    """Fen as yuan, always with two decimals: 150000 → "1500.00"."""
    amount = whole(value)
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def minutes(value: Any) -> int:
    """Whole minutes in milliseconds, rounded down."""
    return max(0, whole(value)) // MS_PER_MINUTE


def seconds(value: Any) -> int:
    """Whole seconds in milliseconds, rounded down."""
    return max(0, whole(value)) // 1000


def duration(value: Any) -> str:
    """Milliseconds as a clock: "2:03", "1:02:03"."""
    seconds = max(0, whole(value)) // 1000
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def spoken_duration(value: Any) -> str:
    """Milliseconds in words, in the two largest units that are not zero: "1 小时 2 分钟", "2 分钟 3 秒"."""
    seconds = max(0, whole(value)) // 1000
    hours, rest = divmod(seconds, 3600)
    mins, secs = divmod(rest, 60)
    hour_text = ngettext("%(n)d 小时", "%(n)d 小时", hours) % {"n": hours}
    minute_text = ngettext("%(n)d 分钟", "%(n)d 分钟", mins) % {"n": mins}
    second_text = ngettext("%(n)d 秒", "%(n)d 秒", secs) % {"n": secs}
    if hours:
        return f"{hour_text} {minute_text}" if mins else hour_text
    if mins:
        return f"{minute_text} {second_text}" if secs else minute_text
    return second_text


def spoken_duration_short(value: Any) -> str:
    """Milliseconds of content for someone deciding: the nearest whole minutes, at least one; "1 小时 5 分钟". About how long
    it takes, never what was counted.
    """
    return spoken_duration(max(1, minutes(whole(value) + MS_PER_MINUTE // 2)) * MS_PER_MINUTE)


def percent(value: Any, total: Any) -> int:
    """How much of `total` that is, in whole percent, rounded down and kept within 0 to 100."""
    of = whole(total)
    return max(0, min(100, whole(value) * 100 // of)) if of > 0 else 0
