"""Where a commission stands: plain functions over plain values."""

from datetime import date


def state(due_on: date, delivered_on: date | None, ended_on: date | None, today: date) -> str:
    """ "ended" (taken back), "late" (handed in after its day), "delivered", "overdue" (its day has passed) or "open". Its day itself is in time."""
    if ended_on is not None:
        return "ended"
    if delivered_on is not None:
        return "late" if delivered_on > due_on else "delivered"
    return "overdue" if today > due_on else "open"
