"""What every act on a claim shares: the row locked, the step to the next state, its note, the refusals.

Owns: the only places that change a claim's state and that add to its steps. Called within the caller's transaction, who
has checked permission; refuses an act that does not fit the state.
"""

from datetime import date
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, User
from lms.learning.deadlines import last_day
from lms.learning.declarations import queries, rules
from lms.learning.declarations.models import Act, DeclarationStep, HoursDeclaration, State
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid

LONGEST_REASON = 1000
# What a program is told when a field cannot be right.
WRONG = "invalid_declaration"


def wrong(name: str, sentence: str) -> Invalid:
    """The refusal of a field that cannot be right; to be raised."""
    return Invalid(sentence, code=WRONG, details={"field": name})


def moved_on() -> Conflict:
    """The refusal of an act that somebody else's has overtaken; to be raised."""
    return Conflict(_("这份申报的状态已经变了，请刷新查看。"), code="moved_on")


def reason_of(text: str, sentence: str, *, needed: bool = True) -> str:
    """What somebody wrote, as it is kept. Raises Invalid with `sentence`: missing though needed, or too long."""
    said = text.strip()
    if (needed and not said) or len(said) > LONGEST_REASON or "\0" in said:
        raise Invalid(sentence, code="reason_missing", details={"field": "reason"})
    return said


def locked(declaration: HoursDeclaration, *, with_others: bool = False) -> HoursDeclaration:
    """The claim's row, locked; with all others of the person, in the order of their ids, where hours are counted."""
    if with_others:
        theirs = HoursDeclaration.objects.filter(person=declaration.person_id).order_by("pk")
        list(theirs.select_for_update(of=("self",)).values_list("pk", flat=True))
    rows = HoursDeclaration.objects.select_for_update(of=("self",))
    return rows.select_related("person", "employer", "department", "rule").get(pk=declaration.pk)


def due(state: str) -> date | None:
    """The last day of whoever acts in a state, by the terms of today; None: no terms, nothing to do, or a day of a year
    whose calendar is not there yet (terms.py sets it when it is).
    """
    terms = queries.terms_on(today())
    days = terms.days_of(state) if terms else None
    return last_day(today(), days, working=terms.working_days) if terms and days is not None else None


def move(row: HoursDeclaration, act: str, **changes: Any) -> None:
    """To the next state, or Conflict when the act does not fit the present one."""
    found = rules.moved(row.state, act, level=row.level, appealed=row.appealed)
    if found is None:
        raise moved_on()
    final = found[0] == State.REFUSED and row.appealed
    values = {
        "state": found[0],
        "level": found[1],
        "due_on": None if final else due(found[0]),
    } | changes
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))


def taken_back(row: HoursDeclaration) -> None:
    """An accepted claim that its own process takes back: nothing of it counts any more, nothing is asked of anybody. The caller holds the
    person's claims locked."""
    if row.state != State.ACCEPTED:
        raise moved_on()
    row.state, row.due_on = State.WITHDRAWN, None
    row.accepted_centihours = row.counted_centihours = None
    row.save(update_fields=["state", "due_on", "accepted_centihours", "counted_centihours"])


def note(
    row: HoursDeclaration,
    who: Actor,
    act: str,
    *,
    person: User | None = None,
    body: Organisation | None = None,
    reason: str = "",
    level: str = "",
) -> DeclarationStep:
    """The step, for the learner, and the audit row, for auditors. level: the one that acted, where it has changed."""
    last = row.steps.aggregate(last=Max("number"))["last"] or 0
    step = DeclarationStep.objects.create(
        declaration=row,
        number=last + 1,
        act=act,
        level=level or row.level,
        person=person,
        role=who.role,
        body=body,
        at=now(),
        reason=reason,
        state=row.state,
        due_on=row.due_on,
        centihours=row.accepted_centihours if act == Act.ACCEPT else None,
    )
    record(
        who,
        action=f"declaration.{act}",
        target_type=queries.TARGET,
        target=row.uuid,
        reason=reason,
        data={"state": row.state} | ({"centihours": row.counted_centihours} if act == Act.ACCEPT else {}),
    )
    return step
