"""The last day of whoever has to act: so many days, or so many working days, after the day on which it became their turn.

Owns: that one sum. Which of the two a rule means stands in its row, as in the document that it names. Refuses: guessing a
day of a year whose holidays nobody has announced yet: such a deadline has no day until the calendar is loaded.
"""

from datetime import date, timedelta

from lms.lib.workdays import Calendar, NoCalendar, calendar


def last_day(start: date, days: int, *, working: bool, known: Calendar | None = None) -> date | None:
    """The `days`-th day after `start`; None: in working days of a year that is not there yet. known: the calendar, where
    many are asked for; otherwise one query for working days, none for others.
    """
    if not working:
        return start + timedelta(days=days)
    try:
        return (known or calendar()).add_working_days(start, days)
    except NoCalendar:
        return None
