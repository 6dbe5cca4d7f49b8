"""What changes hands in a merge besides the books: certificates, applications, redemptions, 双证融通, cohorts. And back.

The rows stay what they are and belong to the surviving account from then on, so that every check asks one person about
everything. What the ledger and the audit say of who acted is not touched. The merge keeps the uuids, for the way back.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from creditbank.applications.models import Application, ApplicationStep, OutcomeUse, Redemption, UseDraw
from creditbank.applications.papers import keys_for
from creditbank.dual.models import (
    Exemption,
    ExemptionRequest,
    FusedAward,
    FusedCredit,
    FusedEnrolment,
    FusedResult,
)
from creditbank.holders.models import AccountMerge
from creditbank.honours import merging as cohorts
from creditbank.outcomes.models import LearningOutcome
from creditbank.promotion.closing import MERGED, close_waiting
from lms.accounts.api import User
from lms.lib.errors import Conflict

# In these somebody has a place in a plan.
FUSED_OPEN = ["applied", "admitted", "awarded"]


def lock(survivor: User, other: User) -> None:
    """Applications, redemptions and what goes on in 双证融通 of both, held before any account is, as their own rooms do."""
    both = [survivor.pk, other.pk]
    list(Application.objects.select_for_update(of=("self",)).filter(applicant__in=both).order_by("pk"))
    list(Redemption.objects.select_for_update(of=("self",)).filter(holder__in=both).order_by("pk"))
    for model in (FusedEnrolment, ExemptionRequest):
        list(model.objects.select_for_update(of=("self",)).filter(person__in=both).order_by("pk"))
    cohorts.lock(survivor, other)


def over(survivor: User, other: User) -> dict[str, Any]:
    """All of the other's become the survivor's; returns which. Where both had registered the same paper, the one that
    was found genuine goes on and the other one stays behind."""
    pairs = {theirs.pk: mine for mine, theirs in same_papers(survivor, other)}
    spent = used_outcomes([*pairs, *(mine.pk for mine in pairs.values())])
    outcomes: list[str] = []
    swapped: list[list[str]] = []
    for row in _standing(other):
        mine = pairs.get(row.pk)
        if mine is None:
            _belongs(row, survivor)
            outcomes.append(str(row.uuid))
        elif _goes_on(row, mine, spent):
            _swap(mine, row)
            swapped.append([str(mine.uuid), str(row.uuid)])
    applications = Application.objects.filter(applicant=other)
    redemptions = Redemption.objects.filter(holder=other)
    requests = ExemptionRequest.objects.filter(person=other)
    ways = _ways(survivor, other)
    moved: dict[str, Any] = {
        "enrolments": [str(row.uuid) for row in ways.come],
        "exemptions": [str(uuid) for uuid in requests.order_by("id").values_list("uuid", flat=True)],
        "given_up": [[str(row.uuid), row.state] for row in ways.given_up],
        "awarded_twice": [[str(mine.uuid), str(theirs.uuid)] for mine, theirs in ways.awarded_twice],
        "outcomes": outcomes,
        "swapped": swapped,
        "applications": [str(uuid) for uuid in applications.order_by("id").values_list("uuid", flat=True)],
        "redemptions": [str(uuid) for uuid in redemptions.order_by("id").values_list("uuid", flat=True)],
    }
    applications.update(applicant=survivor)
    redemptions.update(holder=survivor)
    # What is given up first: nobody may be twice in one plan, not for a moment.
    given_up = FusedEnrolment.objects.filter(pk__in=[row.pk for row in ways.given_up])
    given_up.update(state=FusedEnrolment.State.LEFT)
    FusedEnrolment.objects.filter(uuid__in=moved["enrolments"]).update(person=survivor)
    ExemptionRequest.objects.filter(uuid__in=moved["exemptions"]).update(person=survivor)
    # An award that stays behind promotes nobody: its certificate would come to the closed account.
    close_waiting(other, MERGED)
    return moved | cohorts.over(survivor, other)


@dataclass
class Ways:
    """Enrolments of the other that become the survivor's; those that are given up, since one person goes one way through
    a plan; and pairs that both ended with a certificate: the other's stays behind, to be read."""

    come: list[FusedEnrolment] = field(default_factory=list)
    given_up: list[FusedEnrolment] = field(default_factory=list)
    awarded_twice: list[tuple[FusedEnrolment, FusedEnrolment]] = field(default_factory=list)


def _ways(survivor: User, other: User) -> Ways:
    """What becomes of the other's ways through plans. Where both are in the same plan, the survivor's goes on, unless only
    the other's has come to its certificate: that one ends it for both, and no second is given."""
    awarded = FusedEnrolment.State.AWARDED
    mine = {row.plan_id: row for row in FusedEnrolment.objects.filter(person=survivor, state__in=FUSED_OPEN)}
    ways = Ways()
    for theirs in FusedEnrolment.objects.filter(person=other).order_by("id"):
        own = mine.get(theirs.plan_id) if theirs.state in FUSED_OPEN else None
        if own is None or (theirs.state == awarded and own.state != awarded):
            ways.come.append(theirs)
            ways.given_up += [own] if own is not None else []
        elif theirs.state == awarded:
            ways.awarded_twice.append((own, theirs))
        else:
            ways.given_up.append(theirs)
    return ways


def back(merge: AccountMerge) -> None:
    """Everything goes back. Raises Conflict where something of it was used, decided or drawn from since."""
    assert merge.other is not None
    assert merge.decided_at is not None
    came = [*merge.moved["outcomes"], *(pair[1] for pair in merge.moved["swapped"])]
    applications = Application.objects.filter(uuid__in=merge.moved["applications"])
    since = merge.decided_at
    used = Application.objects.filter(outcome__uuid__in=came).exclude(pk__in=applications)
    steps = ApplicationStep.objects.filter(application__in=applications, at__gt=since)
    draws = UseDraw.objects.filter(use__application__in=applications, drawn_at__gt=since)
    transfers = Application.objects.filter(course__use__application__in=applications, submitted_at__gt=since)
    # Merges of before there were any have neither.
    enrolments = FusedEnrolment.objects.filter(uuid__in=merge.moved.get("enrolments", []))
    requests = ExemptionRequest.objects.filter(uuid__in=merge.moved.get("exemptions", []))
    results = FusedResult.objects.filter(enrolment__in=enrolments, recorded_at__gt=since)
    credited = FusedCredit.objects.filter(
        result__enrolment__in=enrolments, application__submitted_at__gt=since
    )
    awards = FusedAward.objects.filter(enrolment__in=enrolments, awarded_at__gt=since)
    exemptions = Exemption.objects.filter(request__in=requests, granted_at__gt=since)
    since_then = (used, steps, draws, transfers, results, credited, awards, exemptions)
    if any(rows.exists() for rows in since_then):
        raise _used_since()
    rows = {str(row.uuid): row for row in LearningOutcome.objects.filter(uuid__in=came)}
    for uuid in merge.moved["outcomes"]:
        # Removed by the person meanwhile: there is nothing to give back.
        if uuid in rows:
            _belongs(rows[uuid], merge.other)
    for mine, theirs in merge.moved["swapped"]:
        left = LearningOutcome.objects.filter(uuid=mine).first()
        if left is not None and theirs in rows:
            _swap(rows[theirs], left)
    applications.update(applicant=merge.other)
    Redemption.objects.filter(uuid__in=merge.moved["redemptions"]).update(holder=merge.other)
    enrolments.update(person=merge.other)
    requests.update(person=merge.other)
    for uuid, state in merge.moved.get("given_up", []):
        given_up = FusedEnrolment.objects.filter(uuid=uuid, state=FusedEnrolment.State.LEFT)
        given_up.filter(person__in=[merge.survivor, merge.other]).update(state=state)
    cohorts.back(merge.moved, merge.other, since=since)
    if cohorts.lent(merge.survivor, merge.other):
        raise _used_since()


def _used_since() -> Conflict:
    return Conflict(
        _("并入的证书、学分或双证融通学习在合并以后又办理过，不能撤销合并。请先由学校撤回那一次办理。"),
        code="used_since",
    )


def open_redemption(survivor: User, other: User) -> bool:
    """Whether one of the two waits for a college to carry out a redemption."""
    both = Q(holder=survivor) | Q(holder=other)
    return Redemption.objects.filter(both, state=Redemption.State.REQUESTED).exists()


def redeemed_twice(survivor: User, other: User) -> list[str]:
    """Programmes whose diploma both have redeemed credits for: that cannot be one person's."""
    done = Redemption.objects.filter(state=Redemption.State.REDEEMED)
    mine = done.filter(holder=survivor).values("programme")
    return list(done.filter(holder=other, programme__in=mine).values_list("programme__name", flat=True))


def same_papers(survivor: User, other: User) -> list[tuple[LearningOutcome, LearningOutcome]]:
    """Papers that both registered, the survivor's row first. One without a number is the same where all that its kind is
    known by is: its key holds the person, so the other's is compared as if the survivor had registered it."""
    # One that was found genuine stands before one that was not.
    mine = sorted(_standing(survivor), key=lambda row: row.status == LearningOutcome.Status.VERIFIED)
    held = {key: row for row in mine for key in keys_for(row, survivor.uuid)}
    found = []
    for row in _standing(other):
        partner = next((held[key] for key in keys_for(row, survivor.uuid) if key in held), None)
        if partner is not None:
            found.append((partner, row))
    return found


def used_outcomes(outcomes: list[int]) -> dict[int, set[int]]:
    """Outcome → the programmes in which it is spent (keys of rows)."""
    living = OutcomeUse.objects.filter(outcome__in=outcomes, release__isnull=True)
    found: dict[int, set[int]] = {}
    for outcome, programme in living.values_list("outcome_id", "programme_id"):
        found.setdefault(outcome, set()).add(programme)
    return found


def _goes_on(theirs: LearningOutcome, mine: LearningOutcome, spent: dict[int, set[int]]) -> bool:
    """Whether the other's registration is the one to keep: found genuine, where the survivor's was not or is unused."""
    verified = LearningOutcome.Status.VERIFIED
    if theirs.status != verified:
        return False
    return mine.status != verified or (theirs.pk in spent and mine.pk not in spent)


def _standing(user: User) -> list[LearningOutcome]:
    return list(LearningOutcome.objects.filter(holder=user).exclude(status="refused").order_by("id"))


def _belongs(row: LearningOutcome, user: User) -> None:
    row.holder = user
    row.save(update_fields=["holder"])


def _swap(first: LearningOutcome, second: LearningOutcome) -> None:
    """Two registrations of one paper change hands; between the two steps the first goes under no known paper, since
    nobody may hold the same one twice."""
    achievement, one, two = first.achievement, first.holder, second.holder
    first.achievement = f"swap:{first.uuid}"
    first.save(update_fields=["achievement"])
    _belongs(second, one)
    first.achievement, first.holder = achievement, two
    first.save(update_fields=["achievement", "holder"])
