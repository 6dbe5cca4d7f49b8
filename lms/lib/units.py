"""Units that are summed: integers only, rounded down once, never up.

Study time in milliseconds, hours (学时) and credits (学分) in hundredths, money in fen.
"""

MS_PER_MINUTE = 60_000
# 1 学时 = 45 minutes of study (RULES.md, "Hours"); other divisors are dated rules that callers pass in.
MS_PER_HOUR_UNIT = 45 * MS_PER_MINUTE


def centihours_from_ms(counted_ms: int, ms_per_hour: int = MS_PER_HOUR_UNIT) -> int:
    """Hundredths of an hour (学时) in `counted_ms` milliseconds, rounded down."""
    if counted_ms < 0 or ms_per_hour <= 0:
        raise ValueError("study time is never negative")
    return counted_ms * 100 // ms_per_hour


def format_centi(value: int) -> str:
    """1250 → "12.5", 100 → "1", 5 → "0.05": exact, without a float on the way."""
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(value), 100)
    return f"{sign}{whole}" if not rest else f"{sign}{whole}.{rest:02d}".rstrip("0")
