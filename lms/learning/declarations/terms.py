"""The terms of claims: how many days each side has. Publishing the next version, and the days that could not be said.

Owns: what may stand in a version, and giving a claim its last day once the year's calendar is there. Refuses: moving a day
that stands; a claim goes by the terms of the day on which it became somebody's turn.
"""

from dataclasses import asdict, dataclass
from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.learning.deadlines import last_day
from lms.learning.declarations import queries, steps
from lms.learning.declarations.models import OPEN, DeclarationTerms, HoursDeclaration, State
from lms.learning.rule_versions import publish, publisher
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, today
from lms.lib.errors import Invalid
from lms.lib.workdays import Calendar, calendar

MOST_DAYS = 365
DAYS = ("review_days", "supplement_days", "appeal_days")


@dataclass(frozen=True)
class NewTerms:
    """As an officer sets them."""

    valid_from: date
    review_days: int
    supplement_days: int
    appeal_days: int
    source: str
    working_days: bool = False


def publish_terms(by: User | Actor, new: NewTerms) -> DeclarationTerms:
    """The next version. Raises NotAllowed, Invalid (a field), Conflict (published at the same moment)."""
    who = publisher(by)
    for name in DAYS:
        if type(getattr(new, name)) is not int or not 1 <= getattr(new, name) <= MOST_DAYS:
            raise _wrong(name, _("应是 %(least)s 到 %(most)s 之间的整数。") % {"least": 1, "most": MOST_DAYS})
    if new.valid_from < today():
        raise _wrong("valid_from", _("生效日期不能早于今天：已经在办的按当时的期限。"))
    if not 4 <= len(new.source.strip()) <= steps.LONGEST_REASON or "\0" in new.source:
        raise _wrong("source", _("请写明依据。"))
    return publish(who, DeclarationTerms, {}, asdict(new), action="declaration_terms.publish")


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_rule", details={"field": name})


# --- days that could not be said -------------------------------------------------------------------------


def set_missing(limit: int = 500) -> int:
    """Give those claims their last day whose calendar came after the act; how many. Called by the beat."""
    terms = list(DeclarationTerms.objects.filter(working_days=True)[:1])
    if not terms:
        return 0
    rows = HoursDeclaration.objects.filter(due_on=None, state__in=(*OPEN, State.REFUSED))
    rows = rows.exclude(state=State.REFUSED, appealed=True).annotate(began=Max("steps__at"))
    known = calendar()
    found = [(row, _day(row, local_day(row.began), known)) for row in rows.order_by("pk")[:limit]]
    return sum(_set(row, day) for row, day in found if day is not None)


def _day(row: HoursDeclaration, start: date, known: Calendar) -> date | None:
    terms = queries.terms_on(start)
    days = terms.days_of(row.state) if terms else None
    if terms is None or days is None:
        return None
    return last_day(start, days, working=terms.working_days, known=known)


def _set(row: HoursDeclaration, day: date) -> bool:
    with transaction.atomic():
        # Not where somebody has acted since: the next state has a day of its own.
        if not HoursDeclaration.objects.filter(pk=row.pk, state=row.state, due_on=None).update(due_on=day):
            return False
        record(
            Actor.system("declarations"),
            action="declaration.due",
            target_type=queries.TARGET,
            target=row.uuid,
            data={"state": row.state, "due_on": day.isoformat()},
        )
    return True
