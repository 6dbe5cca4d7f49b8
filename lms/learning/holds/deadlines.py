"""Deadlines of holds: the last day of whoever acts in a state, and those whose day could not be said yet.

Owns: that day, by the hold's own rule, and setting it once the year's calendar is there. Refuses: moving a day that stands.
"""

from datetime import date

from django.db import transaction
from django.db.models import Max, Q

from lms.learning.deadlines import last_day
from lms.learning.holds.models import TIMED, Act, HoldRule, State, StudyHold
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day
from lms.lib.workdays import Calendar, calendar


def days_of(state: str, rule: HoldRule) -> int | None:
    """How many days whoever acts in a state has, working days or not; None: nobody has to."""
    return {
        State.OPEN: rule.answer_days,
        State.APPEALED: rule.answer_days,
        State.CONFIRMED: rule.appeal_days,
    }.get(State(state))


def due(state: str, rule: HoldRule, start: date, known: Calendar | None = None) -> date | None:
    """The last day of whoever acts in a state that began on `start`; None: nobody has to, or it cannot be said yet."""
    days = days_of(state, rule)
    return None if days is None else last_day(start, days, working=rule.working_days, known=known)


def set_missing(limit: int = 500) -> int:
    """Give those holds their day whose calendar came after the act; how many. Called by the beat."""
    began = Max("steps__at", filter=~Q(steps__act=Act.EXPLAIN))
    rows = StudyHold.objects.filter(state__in=TIMED, due_on=None).select_related("rule").annotate(began=began)
    waiting = list(rows.order_by("pk")[:limit])
    if not waiting:
        return 0
    known = calendar()
    found = [(row, due(row.state, row.rule, local_day(row.began), known)) for row in waiting]
    return sum(_set(row, day) for row, day in found if day is not None)


def _set(row: StudyHold, day: date) -> bool:
    with transaction.atomic():
        # Not where somebody has acted since: the next state has a day of its own.
        if not StudyHold.objects.filter(pk=row.pk, state=row.state, due_on=None).update(due_on=day):
            return False
        record(
            Actor.system("holds"),
            action="hold.due",
            target_type="learning.StudyHold",
            target=row.uuid,
            data={"state": row.state, "due_on": day.isoformat()},
        )
    return True
