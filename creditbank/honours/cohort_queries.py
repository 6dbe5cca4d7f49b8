"""Reading cohorts: the exact counter with its list for the body's officers, and what is said in public.

How it is counted: a person once, also with two accounts that were merged. Joined: said yes, whether or not they left.
Obtained: a verified course result of a day from joining on that the body noted as proof, or credits that a college redeemed
for its diploma after joining; both within the three years. Under way: members without. In public the rules of
`statistics.rules` hold: few people are hidden, figures rounded down, and one statement a month.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, ExtractYear, Least

from creditbank.applications.models import Redemption
from creditbank.holders.models import AccountMerge
from creditbank.holders.queries import person_ids
from creditbank.honours.models import Cohort, CohortMember, CohortRelease
from creditbank.honours.queries import ROLES, bodies_of
from creditbank.outcomes.models import LearningOutcome, OutcomeKind
from creditbank.statistics.rules import Figure, Group, guard, held, rounded, said
from lms.accounts.api import Organisation, User
from lms.accounts.api import held as memberships_held
from lms.lib.clock import SHANGHAI, today
from lms.lib.errors import NotFound

# Who may have cohorts.
KINDS = (Organisation.Kind.AUTHORITY, Organisation.Kind.UNION)
COUNTERS = (JOINED, UNDER_WAY, OBTAINED, LEFT) = ("joined", "under_way", "obtained", "left")
State = CohortMember.State
# On one's first page; the page of cohorts has all of them.
MOST_INVITATIONS = 5
Verified = LearningOutcome.Status.VERIFIED


@dataclass(frozen=True)
class Counts:
    """People of a cohort, exactly. joined = under_way + obtained + left."""

    joined: int = 0
    under_way: int = 0
    obtained: int = 0

    @property
    def left(self) -> int:
        return self.joined - self.under_way - self.obtained


def full() -> QuerySet[CohortMember]:
    return CohortMember.objects.select_related("cohort__organisation", "person", "degree")


def counted() -> QuerySet[CohortMember]:
    """Everybody who ever said yes, with `someone` (the account that goes on) and `done` (they obtained the degree, noted on
    this place or an earlier one of theirs).
    """
    goes_on = AccountMerge.objects.filter(other=OuterRef("person"), state=AccountMerge.State.MERGED)
    last = F("cohort__first_year") + 2
    redeemed = (
        Redemption.objects.annotate(year=ExtractYear("decided_at", tzinfo=SHANGHAI))
        .filter(
            holder=OuterRef("someone"),
            state=Redemption.State.REDEEMED,
            decided_at__gt=OuterRef("since"),
            year__lte=OuterRef("last"),
        )
        .values("pk")
    )
    theirs = CohortMember.objects.filter(cohort=OuterRef("cohort"), person=OuterRef("someone"))
    noted = theirs.filter(degree__status=Verified)
    yeses = theirs.filter(joined_on__isnull=False).order_by("answered_at").values("answered_at")
    return (
        CohortMember.objects.filter(joined_on__isnull=False)
        .annotate(
            someone=Coalesce(
                Subquery(goes_on.values("survivor")[:1]), F("person"), output_field=BigIntegerField()
            ),
            last=last,
        )
        # Who left and came back obtains it by what they redeemed in between, too.
        .annotate(since=Least("answered_at", Coalesce(Subquery(yeses[:1]), "answered_at")))
        .annotate(
            done=Case(
                When(degree__status=Verified, then=Value(True)),
                When(Exists(noted), then=Value(True)),
                When(Exists(redeemed), then=Value(True)),
                default=Value(False),
                output_field=BooleanField(),
            )
        )
    )


def counts_of(cohorts: Iterable[Cohort]) -> dict[int, Counts]:
    """Of several cohorts at once. One query."""
    wanted = {cohort.pk: Counts() for cohort in cohorts}
    rows = counted().filter(cohort__in=wanted).values("cohort")
    found = rows.annotate(
        joined=Count("someone", distinct=True),
        obtained=Count("someone", distinct=True, filter=Q(done=True)),
        # Whoever has obtained it is not under way, whatever another place of theirs says.
        there=Count("someone", distinct=True, filter=Q(done=True) | Q(state=State.JOINED)),
    )
    return wanted | {
        row["cohort"]: Counts(row["joined"], row["there"] - row["obtained"], row["obtained"]) for row in found
    }


# --- the body's officers -----------------------------------------------------------------------------------


def may_keep(user: User) -> bool:
    """Whether the user is an officer of a body that may have cohorts."""
    if user.is_superuser:
        return bodies_of(user).filter(kind__in=KINDS).exists()
    return any(row.role in ROLES and row.organisation.kind in KINDS for row in memberships_held(user))


def cohorts_for(user: User) -> QuerySet[Cohort]:
    """Of the bodies whose officer the user is, the latest first."""
    found = Cohort.objects.filter(organisation__in=bodies_of(user), organisation__kind__in=KINDS)
    return found.select_related("organisation").order_by("-first_year", "-id")


def cohort_for(user: User, uuid: UUID) -> Cohort:
    """Raises NotFound."""
    found = cohorts_for(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def members(cohort: Cohort, state: str) -> QuerySet[CohortMember]:
    """In a state: "invited", "joined" (under way), "obtained". Who left or said no is on no list."""
    if state == State.INVITED:
        return full().filter(cohort=cohort, state=State.INVITED).order_by("id")
    rows = counted().filter(Q(done=state == OBTAINED), cohort=cohort, state=State.JOINED)
    return rows.select_related("cohort__organisation", "person", "degree").order_by("id")


def member_for(user: User, cohort: Cohort, uuid: UUID) -> CohortMember:
    """A member of today. Raises NotFound: also of who has not answered yet, said no or left."""
    found = counted().filter(cohort=cohort, state=State.JOINED, uuid=uuid)
    row = found.select_related("cohort__organisation", "person", "degree").first()
    if row is None:
        raise NotFound
    return row


def proofs(member: CohortMember) -> QuerySet[LearningOutcome]:
    """The member's verified course results that may prove the degree, the newest first."""
    if member.joined_on is None:
        return LearningOutcome.objects.none()
    found = LearningOutcome.objects.filter(
        holder__in=person_ids(member.person),
        kind=OutcomeKind.COURSE,
        status=Verified,
        issued_on__gte=member.joined_on,
        issued_on__lte=date(member.cohort.last_year, 12, 31),
    )
    return found.order_by("-issued_on", "-id")


# --- the person ----------------------------------------------------------------------------------------------


def own(user: User) -> QuerySet[CohortMember]:
    """One's invitations and memberships, the newest first."""
    return full().filter(person__in=person_ids(user)).order_by("-id")


def invitations_of(user: User) -> list[CohortMember]:
    """What waits for the answer of this account, to which a merge brings the other's; the newest first. One query."""
    rows = CohortMember.objects.select_related("cohort__organisation")
    return list(rows.filter(person=user, state=State.INVITED).order_by("-id")[:MOST_INVITATIONS])


def own_one(user: User, uuid: UUID) -> CohortMember:
    """Raises NotFound."""
    found = own(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


# --- in public -------------------------------------------------------------------------------------------------


def public() -> QuerySet[Cohort]:
    """Every cohort of an active body, the latest first."""
    found = Cohort.objects.filter(organisation__status=Organisation.Status.ACTIVE)
    return found.select_related("organisation").order_by("-first_year", "-id")


def released(cohorts: Sequence[Cohort]) -> dict[int, tuple[date, dict[str, Figure]]]:
    """What is said of each now, and since which day; of those whose statement is due, anew. At most four queries."""
    last: dict[int, CohortRelease] = {}
    for row in CohortRelease.objects.filter(cohort__in=cohorts).order_by("day"):
        last[row.cohort_id] = row
    due = [cohort for cohort in cohorts if _due(last.get(cohort.pk))]
    if due:
        exact = counts_of(due)
        CohortRelease.objects.bulk_create(
            [
                CohortRelease(
                    cohort=cohort,
                    day=today(),
                    content={
                        key: asdict(figure)
                        for key, figure in _told(exact[cohort.pk], last.get(cohort.pk)).items()
                    },
                )
                for cohort in due
            ],
            # Two at the same moment: what the first said stands.
            ignore_conflicts=True,
        )
        for row in CohortRelease.objects.filter(cohort__in=due, day=today()):
            last[row.cohort_id] = row
    return {pk: (row.day, _plain(row)) for pk, row in last.items()}


def _due(row: CohortRelease | None) -> bool:
    """A statement stands until the next month begins; one that says nothing of anybody, until the next day does."""
    if row is None:
        return True
    empty = not any(figure.people for figure in _plain(row).values())
    return row.day < (today() if empty else today().replace(day=1))


def _plain(row: CohortRelease) -> dict[str, Figure]:
    return {key: Figure(**figure) for key, figure in row.content.items()}


def _told(exact: Counts, before: CohortRelease | None) -> dict[str, Figure]:
    whole = Group(JOINED, exact.joined)
    parts = [Group(UNDER_WAY, exact.under_way), Group(OBTAINED, exact.obtained), Group(LEFT, exact.left)]
    old = _plain(before) if before is not None else {}
    figures = [said(whole), *guard(whole, {"": parts})[""]]
    # Of people alone there is no amount to round.
    return {figure.key: held(rounded(figure, 1), old.get(figure.key)) for figure in figures}
