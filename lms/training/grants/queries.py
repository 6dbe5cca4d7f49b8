"""Reading grants: of a case, an authority's funds with what became of their money, the vouchers of a grant."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet, Sum

from creditbank.api import money_of
from lms.accounts.api import Organisation, User, holds
from lms.lib.errors import NotFound
from lms.training.grants.models import Fund, Grant, Movement, Spend, SpendStep
from lms.training.grants.rules import Use
from lms.training.lifecycle import reading
from lms.training.lifecycle.models import Case, Evidence
from lms.training.lifecycle.queries import READERS, case_for, own_case

# More vouchers than these nobody picks from a list of choices.
MOST_CHOICES = 50


def grant_of(case: Case) -> Grant | None:
    return Grant.objects.select_related("fund", "base").filter(case=case).first()


def funds_of(authority: Organisation) -> QuerySet[Fund]:
    return Fund.objects.filter(authority=authority)


@dataclass(frozen=True)
class FundSum:
    """promised: all that was decided out of it and not let go; out: paid; back: returned. In fen."""

    fund: Fund
    promised: int
    out: int
    back: int
    grants: int


def fund_sums(funds: list[Fund]) -> list[FundSum]:
    """What became of each fund's money; promised is its account in the books. Four queries for any number."""
    there = money_of([fund.uuid for fund in funds])
    moved: dict[tuple[int, str], int] = {}
    rows = Movement.objects.filter(grant__fund__in=funds).order_by().values("grant__fund", "kind")
    for row in rows.annotate(sum=Sum("fen")):
        moved[row["grant__fund"], row["kind"]] = row["sum"]
    grants: dict[int, int] = {}
    for fund in Grant.objects.filter(fund__in=funds, cancelled_on__isnull=True).values_list(
        "fund", flat=True
    ):
        grants[fund] = grants.get(fund, 0) + 1
    kind = Movement.Kind
    return [
        FundSum(
            fund,
            -there.get(fund.uuid, 0),
            moved.get((fund.pk, kind.PAY), 0),
            moved.get((fund.pk, kind.RETURN), 0),
            grants.get(fund.pk, 0),
        )
        for fund in funds
    ]


def spends(grant: Grant) -> QuerySet[Spend]:
    """Every voucher, the latest first, with what became of it."""
    rows = grant.spends.select_related("act", "reported_by").prefetch_related("steps")
    return rows.order_by("-pk")


def waiting_spend(grant: Grant) -> Spend | None:
    return grant.spends.filter(use=Use.OTHER, steps__isnull=True).first()


def booked_spends(case: Case) -> QuerySet[Spend]:
    """Those that count: booked and not struck. The latest first."""
    booked = SpendStep.objects.filter(spend=OuterRef("pk"), kind=SpendStep.Kind.BOOKED)
    struck = SpendStep.objects.filter(spend=OuterRef("pk"), kind=SpendStep.Kind.STRUCK)
    rows = Spend.objects.filter(Exists(booked), ~Exists(struck), grant__case=case)
    return rows.order_by("-pk")


@dataclass(frozen=True)
class SpendRow:
    """A voucher as a page shows it: what became of it, and its files."""

    spend: Spend
    state: str
    label: str
    files: list[Evidence]

    @property
    def booked(self) -> bool:
        """Whether it counts, or did until it was struck: then there is a paper of it."""
        return self.state in (SpendStep.Kind.BOOKED, SpendStep.Kind.STRUCK)


def spend_rows(found: list[Spend]) -> list[SpendRow]:
    """The vouchers of one page. One query for all their files."""
    wanted = {uuid for spend in found for uuid in spend.act.papers}
    files = {str(row.uuid): row for row in Evidence.objects.filter(uuid__in=wanted)}
    rows = []
    for spend in found:
        step = next(reversed(list(spend.steps.all())), None)
        rows.append(
            SpendRow(
                spend,
                step.kind if step else "waiting",
                step.get_kind_display() if step else "",
                [files[uuid] for uuid in spend.act.papers if uuid in files],
            )
        )
    return rows


def is_own(user: User, case: Case) -> bool:
    """Whether the user applies for the body whose case it is."""
    return bool(reading.party(user, case).at_body & set(case.declared.roles))


def case_of_either(user: User, case: Case) -> Case:
    """The case for its body's people, else for whoever reads the authority's cases; then the look is logged. Raises NotFound,
    NotAllowed."""
    if is_own(user, case):
        return own_case(user, case.uuid)
    if not holds(user, *READERS, organisation=case.authority):
        raise NotFound
    return case_for(user, case.uuid)
