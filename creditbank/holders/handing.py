"""What changes hands in a merge besides the books: certificates, applications, redemptions, 双证融通. And back.

The rows stay what they are and belong to the surviving account from then on, so that every check asks one person about
everything. What the ledger and the audit say of who acted is not touched. The merge keeps the uuids, for the way back.
"""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from creditbank.applications.models import Application, ApplicationStep, Redemption, UseDraw
from creditbank.dual.models import ExemptionRequest, FusedEnrolment
from creditbank.holders.models import AccountMerge
from creditbank.outcomes.models import LearningOutcome
from lms.accounts.api import User
from lms.lib.errors import Conflict

# In these somebody has a place in a plan.
FUSED_OPEN = ["applied", "admitted", "awarded"]


def lock(survivor: User, other: User) -> None:
    """Applications and redemptions of both, held before any account is, as their own rooms do."""
    both = [survivor.pk, other.pk]
    list(Application.objects.select_for_update(of=("self",)).filter(applicant__in=both).order_by("pk"))
    list(Redemption.objects.select_for_update(of=("self",)).filter(holder__in=both).order_by("pk"))


def over(survivor: User, other: User) -> dict[str, Any]:
    """All of the other's become the survivor's; returns which. Where both had registered the same paper, the one that
    was found genuine goes on and the other one stays behind."""
    held = {row.achievement: row for row in _standing(survivor)}
    outcomes: list[str] = []
    swapped: list[list[str]] = []
    for row in _standing(other):
        mine = held.get(row.achievement)
        if mine is None:
            _belongs(row, survivor)
            outcomes.append(str(row.uuid))
        elif row.status == LearningOutcome.Status.VERIFIED:
            _swap(mine, row)
            swapped.append([str(mine.uuid), str(row.uuid)])
    applications = Application.objects.filter(applicant=other)
    redemptions = Redemption.objects.filter(holder=other)
    enrolments, requests = _dual(survivor, other)
    moved: dict[str, Any] = {
        "enrolments": [str(uuid) for uuid in enrolments.order_by("id").values_list("uuid", flat=True)],
        "exemptions": [str(uuid) for uuid in requests.order_by("id").values_list("uuid", flat=True)],
        "outcomes": outcomes,
        "swapped": swapped,
        "applications": [str(uuid) for uuid in applications.order_by("id").values_list("uuid", flat=True)],
        "redemptions": [str(uuid) for uuid in redemptions.order_by("id").values_list("uuid", flat=True)],
    }
    applications.update(applicant=survivor)
    redemptions.update(holder=survivor)
    FusedEnrolment.objects.filter(uuid__in=moved["enrolments"]).update(person=survivor)
    ExemptionRequest.objects.filter(uuid__in=moved["exemptions"]).update(person=survivor)
    return moved


def _dual(survivor: User, other: User) -> tuple[QuerySet[FusedEnrolment], QuerySet[ExemptionRequest]]:
    """What the other has to do with 双证融通. Where both are in the same plan, the survivor's way goes on and the other's
    stays behind, to be read."""
    mine = FusedEnrolment.objects.filter(person=survivor, state__in=FUSED_OPEN).values("plan")
    clashing = FusedEnrolment.objects.filter(person=other, state__in=FUSED_OPEN, plan__in=mine).values("pk")
    return (
        FusedEnrolment.objects.filter(person=other).exclude(pk__in=clashing),
        ExemptionRequest.objects.filter(person=other),
    )


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
    if any(rows.exists() for rows in (used, steps, draws, transfers)):
        raise Conflict(
            _("并入的证书或学分在合并以后又办理过，不能撤销合并。请先由学校撤回那一次办理。"),
            code="used_since",
        )
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
    # Merges of before there were any have neither.
    FusedEnrolment.objects.filter(uuid__in=merge.moved.get("enrolments", [])).update(person=merge.other)
    ExemptionRequest.objects.filter(uuid__in=merge.moved.get("exemptions", [])).update(person=merge.other)


def open_redemption(survivor: User, other: User) -> bool:
    """Whether one of the two waits for a college to carry out a redemption."""
    both = Q(holder=survivor) | Q(holder=other)
    return Redemption.objects.filter(both, state=Redemption.State.REQUESTED).exists()


def redeemed_twice(survivor: User, other: User) -> list[str]:
    """Programmes whose diploma both have redeemed credits for: that cannot be one person's."""
    done = Redemption.objects.filter(state=Redemption.State.REDEEMED)
    mine = done.filter(holder=survivor).values("programme")
    return list(done.filter(holder=other, programme__in=mine).values_list("programme__name", flat=True))


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
