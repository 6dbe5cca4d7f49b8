"""What passed days bring: cases closed that nobody completed, notices that have ended, what is late reported to the superior.

Owns: `due_on` and `escalated_on` once they have passed. Refuses nothing: a case that cannot be closed is left for the next time, and
keeps none of those behind it waiting, however many there are.
"""

from collections.abc import Iterator
from datetime import date

from django.db import DatabaseError, transaction
from django.db.models import Q

from lms.lib.actor import Actor
from lms.lib.clock import now, today
from lms.lib.errors import Refusal
from lms.lib.workdays import NoCalendar, add_working_days
from lms.training.lifecycle import letters
from lms.training.lifecycle.acting import Said, act_of
from lms.training.lifecycle.declaration import Side, Waits
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.rules import is_overdue, last_day
from lms.training.lifecycle.shared import locked, note_act, record_act

BATCH = 200


def tend(day: date | None = None) -> dict[str, int]:
    """What passed days bring, each case by itself: cases closed that nobody completed, notices that have ended put before the
    authority, what the authority is late with reported to its superior. All that are due, the longest due first. Twice changes nothing.
    Raises what a case raised that is no refusal, once all the others have had their turn; what the database raises, at once.
    """
    on = day or today()
    counts = {"closed": 0, "ended": 0, "escalated": 0}
    broken: list[Exception] = []
    for pk in _due(on):
        try:
            with transaction.atomic():
                case = locked(Case(pk=pk))
                # Looked at late, what follows may be overdue by now, too.
                while is_overdue(case.due_on, on) and case.escalated_on is None and (did := _tend(case, on)):
                    counts[did] += 1
                    case = locked(case)
        except Refusal:
            continue
        except DatabaseError:
            raise
        except Exception as error:
            broken.append(error)
    with transaction.atomic():
        letters.remind(on)
    if broken:
        raise broken[0]
    return counts


def _due(day: date) -> Iterator[int]:
    """The cases whose day has passed, the longest due first, BATCH of them to a query. Each comes once: the next batch begins behind the
    last one, not at those that could not be closed."""
    due = Case.objects.filter(due_on__lt=day, escalated_on__isnull=True).order_by("due_on", "pk")
    rows = list(due.values_list("due_on", "pk")[:BATCH])
    while rows:
        yield from (pk for _due_on, pk in rows)
        last, behind = rows[-1]
        later = due.filter(Q(due_on__gt=last) | Q(due_on=last, pk__gt=behind))
        rows = list(later.values_list("due_on", "pk")[:BATCH])


def _tend(case: Case, day: date) -> str:
    process, state = case.declared, case.stands
    closing = process.closing(state.code)
    if closing is not None:
        act_of(None, case, closing.name, Said(), now())
        return "closed"
    # Looked at once: what is late stays marked until somebody acts.
    case.escalated_on = day
    if not case.counts_late:
        side, _rows = process.onward(case.state, Waits.DAY)
        case.waits = Waits.APPLICANT if side == Side.APPLICANT else Waits.AUTHORITY
        case.due_on, case.escalated_on = _day_after(case), None
        case.save(update_fields=["waits", "due_on", "escalated_on"])
        if case.waits == Waits.AUTHORITY and not is_overdue(case.due_on, day):
            letters.day_over(case)
        return "ended"
    if case.waits == Waits.APPLICANT:
        case.save(update_fields=["escalated_on"])
        return ""
    case.waits = Waits.AUTHORITY
    clock = Actor.system("clock")
    note_act(case, "escalate", case.state, None, clock, None, "", now())
    record_act(clock, case, "escalate", data={"due_on": case.due_on and case.due_on.isoformat()})
    return "escalated"


def _day_after(case: Case) -> date | None:
    """By when whoever is next acts after the day that was waited for, reckoned from that day; None where nothing limits it."""
    assert case.due_on is not None
    values = case.rule.values if case.rule else {}
    try:
        return last_day(case.stands.after, values, case.due_on, add_working_days)
    except NoCalendar:
        # That it waits for them is not kept from them for want of a calendar.
        return None
