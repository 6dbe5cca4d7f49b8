"""Places in cohorts when two accounts of one person are merged: they go on with the account that goes on, and back.

One person has one place in a cohort: of two that are open or taken the one with the noted degree goes on, else the one that was
taken, else the one taken earlier, which is what proves a degree; the other is closed as merged. Refuses: a yes that nobody
said; a body sees of the person what it saw before.
"""

from datetime import date, datetime
from typing import Any

from django.db.models import Q

from creditbank.honours.models import CohortMember
from lms.accounts.api import User

State = CohortMember.State
ACTIVE = (State.INVITED, State.JOINED)


def lock(survivor: User, other: User) -> None:
    """Every place of both, held for the caller's transaction."""
    rows = CohortMember.objects.select_for_update(of=("self",))
    list(rows.filter(person__in=[survivor.pk, other.pk]).order_by("pk"))


def over(survivor: User, other: User) -> dict[str, Any]:
    """All places of the other's become the survivor's, but those given up beside one of the survivor's. Returns which:
    "cohorts": [uuid], "cohorts_given_up": [[given up, its state, the one that goes on]].
    """
    mine = {row.cohort_id: row for row in CohortMember.objects.filter(person=survivor, state__in=ACTIVE)}
    come: list[CohortMember] = []
    given_up: list[list[str]] = []
    for theirs in CohortMember.objects.filter(person=other).order_by("id"):
        own = mine.get(theirs.cohort_id) if theirs.state in ACTIVE else None
        if own is None:
            come.append(theirs)
            continue
        first, second = sorted((own, theirs), key=_goes_first)
        given_up.append([str(second.uuid), second.state, str(first.uuid)])
        second.state = State.MERGED
        # Before the other one comes: nobody has two places, not for a moment.
        second.save(update_fields=["state"])
        if first is theirs:
            come.append(theirs)
    CohortMember.objects.filter(pk__in=[row.pk for row in come]).update(person=survivor)
    return {"cohorts": [str(row.uuid) for row in come], "cohorts_given_up": given_up}


def _goes_first(row: CohortMember) -> tuple[bool, bool, date]:
    """Sorts the place that goes on before the one given up; of equals the survivor's, which is named first, stays."""
    return row.degree_id is None, row.state != State.JOINED, row.joined_on or date.max


def back(moved: dict[str, Any], other: User, *, since: datetime) -> None:
    """The other's places go back. One that was given up opens again unless the one that went on was left or declined since:
    then the person has said that they want none. since: the merge; an invitation that was answered after it waits for its
    own answer again: the two may be two people, and the other one has said nothing.
    """
    places = CohortMember.objects.filter(uuid__in=moved.get("cohorts", []))
    asked_again = list(places.filter(answered_at__gt=since).values_list("pk", flat=True))
    places.update(person=other)
    CohortMember.objects.filter(pk__in=asked_again).update(
        state=State.INVITED, answered_at=None, joined_on=None, left_on=None, degree=None
    )
    for uuid, state, went_on in moved.get("cohorts_given_up", []):
        if CohortMember.objects.filter(uuid=went_on, state__in=ACTIVE).exists():
            CohortMember.objects.filter(uuid=uuid, state=State.MERGED).update(state=state)


def lent(survivor: User, other: User) -> bool:
    """Whether a result of one of the two proves the degree of the other one."""
    crossed = Q(person=survivor, degree__holder=other) | Q(person=other, degree__holder=survivor)
    return CohortMember.objects.filter(crossed).exists()
