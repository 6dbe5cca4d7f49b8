"""Reading honours: whose achievements a rule covers, which rewards stand, and the rules of one's bodies.

Who is seen: by an organisation, the people who confirmed that they work there; by a union, besides, the winners of contests
it held itself; by an authority, every holder of a verified award. Every look stands under the person.
"""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from creditbank import looks
from creditbank.honours.models import Reward, RewardRule
from creditbank.outcomes.models import LearningOutcome, OutcomeKind
from lms.accounts.api import (
    Identity,
    Organisation,
    Role,
    User,
    actor,
    employments_in_force,
    organisations_for,
)
from lms.lib.audit.services import record_each
from lms.lib.errors import NotFound
from lms.lib.ids import uuid7

# Personnel officers of an organisation, officers of an authority.
ROLES = (Role.HR, Role.OFFICER)
Kind = Organisation.Kind


def role_of(body: Organisation) -> str:
    """Whose office it is there."""
    return Role.OFFICER if body.kind == Kind.AUTHORITY else Role.HR


def bodies_of(user: User) -> QuerySet[Organisation]:
    """The bodies for which the user decides, by name."""
    return organisations_for(user, *ROLES).order_by("name", "id")


def rules_of(user: User) -> QuerySet[RewardRule]:
    """Every row of the user's bodies, the latest first: also what was replaced explains a reward."""
    found = RewardRule.objects.filter(organisation__in=bodies_of(user)).select_related("organisation")
    return found.order_by("organisation__name", "-valid_from", "-id")


def rule_for(user: User, uuid: UUID) -> RewardRule:
    """Raises NotFound: there is none, or it is another body's."""
    found = rules_of(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def standing() -> QuerySet[Reward]:
    """Rewards that were not taken back."""
    return Reward.objects.filter(reversal__isnull=True)


def qualifying(rule: RewardRule) -> QuerySet[LearningOutcome]:
    """The verified outcomes for which this row, and no other of its body, is the rule, and whose reward is not recorded yet;
    the oldest first. Three queries at most before its own.
    """
    if rule.stops:
        return LearningOutcome.objects.none()
    found = _measured(rule) & _of_those_seen(rule.organisation)
    last = _replaced_on(rule)
    if last is not None:
        found = found.filter(issued_on__lt=last)
    for code, first in _special(rule):
        found = found.exclude(occupation_code__startswith=code, issued_on__gte=first)
    rewarded = standing().filter(outcome=OuterRef("pk"), organisation=rule.organisation)
    return found.exclude(Exists(rewarded)).select_related("holder").order_by("issued_on", "id")


def _measured(rule: RewardRule) -> QuerySet[LearningOutcome]:
    found = LearningOutcome.objects.filter(
        status=LearningOutcome.Status.VERIFIED,
        issued_on__gte=rule.valid_from,
        occupation_code__startswith=rule.occupation_code,
        holder__is_active=True,
    )
    if rule.award:
        return found.filter(kind=OutcomeKind.AWARD, award=rule.award)
    return found.filter(score__gte=rule.least)


def _of_those_seen(body: Organisation) -> QuerySet[LearningOutcome]:
    found = LearningOutcome.objects.all()
    if body.kind == Kind.AUTHORITY:
        return found.filter(kind=OutcomeKind.AWARD)
    employed = Q(holder__in=employments_in_force().filter(organisation=body).values("user"))
    if body.kind == Kind.UNION:
        return found.filter(employed | Q(issuer=body, kind=OutcomeKind.AWARD))
    return found.filter(employed)


def _same(rule: RewardRule) -> QuerySet[RewardRule]:
    """The rows of the body about the same sort of achievement."""
    found = RewardRule.objects.filter(organisation=rule.organisation)
    return found.filter(award=rule.award) if rule.award else found.filter(least__isnull=False)


def _replaced_on(rule: RewardRule) -> date | None:
    """From which day on a later row holds in its place; None: it holds."""
    later = Q(valid_from__gt=rule.valid_from) | Q(valid_from=rule.valid_from, pk__gt=rule.pk)
    rows = _same(rule).filter(later, occupation_code=rule.occupation_code)
    return rows.order_by("valid_from").values_list("valid_from", flat=True).first()


def _special(rule: RewardRule) -> list[tuple[str, date]]:
    """Occupations with rows of their own, which go before this one for all, and since when."""
    if rule.occupation_code:
        return []
    rows = _same(rule).exclude(occupation_code="").order_by("-valid_from")
    # The earliest of each comes last and stays.
    return list(dict(rows.values_list("occupation_code", "valid_from")).items())


def candidate(rule: RewardRule, uuid: UUID) -> LearningOutcome:
    """One that qualifies now. Raises NotFound."""
    found = qualifying(rule).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def full() -> QuerySet[Reward]:
    return Reward.objects.select_related("outcome__holder", "rule", "organisation", "reversal", "decided_by")


def recorded(rule: RewardRule) -> QuerySet[Reward]:
    """What was given under a row, taken back or not, the newest first."""
    return full().filter(rule=rule).order_by("-decided_at", "-id")


def reward_for(user: User, uuid: UUID) -> Reward:
    """A reward of one of the user's bodies. Raises NotFound."""
    found = full().filter(uuid=uuid, organisation__in=bodies_of(user)).first()
    if found is None:
        raise NotFound
    return found


def rewards_of(outcome: LearningOutcome) -> list[Reward]:
    """Every reward for one's outcome, the newest first, also those that were taken back. One query."""
    return list(full().filter(outcome=outcome).order_by("-decided_at", "-id"))


def names_of(people: Iterable[User]) -> dict[int, str]:
    """The legal names of people on a page, or what they call themselves. One query; the caller logs the look."""
    users = {user.pk: user for user in people}
    names = {row.user_id: row.legal_name for row in Identity.objects.filter(user__in=users)}
    return {pk: names.get(pk, "") or str(user) for pk, user in users.items()}


def log_looks(user: User, body: Organisation, people: Iterable[User], action: str = "reward.view") -> None:
    """One row under each person on a page that the user was shown."""
    seen = {person.uuid for person in people if person.pk != user.pk}
    reason = (looks.COHORT if action == "cohort.view" else looks.REWARD)(name=body.name)
    record_each(
        actor(user, role_of(body), body),
        sorted(seen),
        key=uuid7(),
        action=action,
        target_type="accounts.User",
        reason=reason,
    )
