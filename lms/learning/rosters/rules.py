"""What employers may ask, in plain values. The figures are the platform's own: no policy names any."""

from datetime import date, timedelta

# At most one reminder a person and course in so many days; more would be nagging, and read by nobody.
REMIND_EVERY_DAYS = 7
LONGEST_AHEAD_DAYS = 730
# One assignment is one transaction; larger firms assign by department.
MOST_PEOPLE = 5000
EARLIEST_YEAR = 2020


def due_fault(due_on: date, today: date) -> str | None:
    """None for a day that can be asked for; else "past" or "far"."""
    if due_on < today:
        return "past"
    return "far" if due_on > today + timedelta(days=LONGEST_AHEAD_DAYS) else None
