"""The one clock: times are UTC, days and years of rules are Shanghai's.

Nothing here can be moved by a setting, header or variable; tests move the clock of their own process.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def local_day(moment: datetime) -> date:
    """The Shanghai day on which an aware moment lies."""
    return moment.astimezone(SHANGHAI).date()


def today() -> date:
    return local_day(now())


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Start (in) and end (out) of a Shanghai day, in UTC."""
    start = datetime.combine(day, time.min, SHANGHAI)
    end = datetime.combine(day + timedelta(days=1), time.min, SHANGHAI)
    return start.astimezone(UTC), end.astimezone(UTC)


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970 as an exact integer (no float on the way)."""
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


def from_epoch_ms(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
