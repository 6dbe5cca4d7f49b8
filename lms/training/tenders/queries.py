"""Reading tenders: what is public, one's own bids, the panel's, the authority's, and what a body was awarded.

Who has bid, and what, is shown to nobody before the review begins: until then there are hashes with their times alone.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _

from lms.accounts.api import (
    Employment,
    Membership,
    Organisation,
    Role,
    User,
    actor,
    holds,
    memberships,
    organisations_for,
)
from lms.lib.audit.services import record
from lms.lib.clock import today
from lms.lib.errors import NotFound
from lms.training.experts import api as register
from lms.training.lifecycle import reading
from lms.training.lifecycle.models import Act, Case
from lms.training.papers.models import Paper
from lms.training.tenders import words
from lms.training.tenders.models import (
    PARTS,
    AwardMovement,
    BidScore,
    InterestDeclaration,
    PanelExpert,
    SealedBid,
    Tender,
    TenderAward,
    TenderBid,
    TenderPart,
    TenderResult,
)
from lms.training.tenders.process import BIDDERS, BIDS, CODE

# The states in which it is known who has bid.
REVEALED = ("review", "notice", "awarded", "failed")
# Those in which a result was made public.
SCORED = ("notice", "awarded")
TABS = {
    "open": ("published",),
    "review": ("opening", "review", "notice"),
    "done": ("awarded", "failed", "cancelled"),
}
READERS = (Role.OFFICER, Role.ADMIN, Role.AUDITOR)
EXPERT = "expert"


@dataclass(frozen=True)
class Award:
    """What a body was awarded. number, title: of the needs package; part: of the six, in words; amount: of the contract, in fen."""

    number: str
    title: str
    part: str
    day: date
    amount: int


def awards_of(organisation_id: int) -> tuple[Award, ...]:
    """Everything a body was awarded, the newest first. One query."""
    rows = TenderAward.objects.filter(bid__bidder=organisation_id).select_related("part__tender__case")
    labels = dict(PARTS)
    return tuple(
        Award(
            row.part.tender.case.number or "",
            row.part.tender.title,
            str(labels[row.part.code]),
            row.awarded_on,
            row.amount_fen,
        )
        for row in rows.order_by("-awarded_on", "-pk")
    )


def _full() -> QuerySet[Tender]:
    return Tender.objects.select_related("case__rule", "case__authority", "case__body")


# --- public ---------------------------------------------------------------------------------------------------


def listed(state: str) -> QuerySet[Tender]:
    """Published packages: open, review, done; the latest first."""
    # Of a page's rows alone: a sum over a join would group all there are.
    parts = TenderPart.objects.filter(tender=OuterRef("pk")).order_by().values("tender")
    rows = _full().annotate(ceiling_fen=Subquery(parts.annotate(sum=Sum("ceiling_fen")).values("sum")))
    if state in TABS:
        rows = rows.filter(case__in=Case.objects.filter(process=CODE, state__in=TABS[state]).values("pk"))
    return rows.order_by("-pk")


def public(uuid: UUID) -> Tender:
    """Raises NotFound."""
    found = _full().filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def part_of(tender: Tender, code: str) -> TenderPart:
    """Raises NotFound."""
    found = tender.parts.filter(code=code).select_related("tender__case__authority").first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class SealLine:
    """A sealed file on the public list. bidder, outcome: "" until the review begins."""

    number: int
    sha256: str
    at: Any
    part: str
    bidder: str
    outcome: str


def seal_list(tender: Tender) -> QuerySet[SealedBid]:
    rows = SealedBid.objects.filter(tender=tender).select_related("bid__part", "bid__bidder", "bid__case")
    return rows.order_by("number")


def seal_lines(tender: Tender, rows: list[SealedBid]) -> list[SealLine]:
    """Hash and time of each; with the review, whose it was and what became of it. Which part it is for, too, is told only then. One query."""
    shown = tender.case.state in REVEALED
    last = dict(
        TenderBid.objects.filter(part__tender=tender)
        .annotate(last=Max("seals__number"))
        .values_list("pk", "last")
        if shown
        else ()
    )
    return [
        SealLine(
            row.number,
            row.sha256,
            row.at,
            words.part_label(row.bid.part.code) if shown else "",
            row.bid.bidder.name if shown else "",
            _outcome(row, last[row.bid_id]) if shown else "",
        )
        for row in rows
    ]


def _outcome(row: SealedBid, last: int) -> str:
    if row.number != last:
        return _("已被替换")
    if row.bid.opened_at is None:
        return _("投标人撤回") if row.bid.case.state == "withdrawn" else _("没有提交密钥，视为撤回")
    if row.bid.void:
        return _("无效：%(why)s") % {"why": words.void_text(row.bid.void)}
    return _("有效")


def results(tender: Tender) -> list[TenderResult]:
    """What was made public last, part by part; nothing before."""
    if tender.case.state not in SCORED:
        return []
    rows = TenderResult.objects.filter(part__tender=tender, round=tender.round)
    return list(rows.select_related("part", "first__bidder").order_by("part"))


def published_reasons(tender: Tender) -> dict[str, list[dict[str, Any]]]:
    """Bid → each expert's marks and reasons, by letter, once the result is public. Three queries; of an old result (`counted_in`) three more."""
    if tender.case.state not in SCORED:
        return {}
    found: dict[str, list[dict[str, Any]]] = {}
    rows = BidScore.objects.filter(expert__tender=tender, round=tender.round).select_related("expert", "bid")
    counted = counted_in(tender, results(tender))
    for row in rows.order_by("expert__number"):
        bid = str(row.bid.uuid)
        # As it was made public: whose interest came to light afterwards stands there, and the notice says what follows.
        if row.expert.number in counted.get(bid, ()):
            found.setdefault(bid, []).append(sheet_of(row))
    return found


def counted_in(tender: Tender, found: Iterable[TenderResult]) -> dict[str, list[int]]:
    """Bid → the numbers of the experts whose scores the results of the present round count. Of a result from before these were kept with
    it: whoever had scored the bid, was not released, and had declared no interest in a bidder of the part by then."""
    rows = list(found)
    kept = {line["bid"]: line["experts"] for row in rows for line in row.lines if "experts" in line}
    old = {row.part_id: row.at for row in rows if any("experts" not in line for line in row.lines)}
    return kept | (_counted_before(tender, old) if old else {})


def _counted_before(tender: Tender, parts: dict[int, datetime]) -> dict[str, list[int]]:
    """Part → when its result was made public; as `counted_in`. Three queries."""
    bids = TenderBid.objects.filter(part__in=parts, judged=True, void="").values_list("bidder", "part")
    bidders = list(bids)
    out = {
        (row.expert_id, part)
        for row in InterestDeclaration.objects.filter(expert__tender=tender, conflict=True)
        for bidder, part in bidders
        if bidder == row.bidder_id and row.at <= parts[part]
    }
    scores = BidScore.objects.filter(
        bid__part__in=parts, round=tender.round, expert__released_at__isnull=True
    ).select_related("expert", "bid")
    found: dict[str, list[int]] = {}
    for row in scores.order_by("expert__number"):
        if (row.expert_id, row.bid.part_id) not in out:
            found.setdefault(str(row.bid.uuid), []).append(row.expert.number)
    return found


def tainted(tender: Tender) -> list[int]:
    """The numbers of experts whose scores the present round's result counts and who have an interest in a bidder of the part, as it has
    come to light since. Ten queries."""
    rows = list(TenderResult.objects.filter(part__tender=tender, round=tender.round))
    out, counted = barred(tender), counted_in(tender, rows)
    numbers = dict(PanelExpert.objects.filter(tender=tender).values_list("number", "pk"))
    return sorted(
        {
            number
            for row in rows
            for line in row.lines
            for number in counted.get(line["bid"], ())
            if (numbers[number], row.part_id) in out
        }
    )


def sheet_of(row: BidScore) -> dict[str, Any]:
    """An expert's scores of one bid, as they are shown."""
    return {
        "expert": words.letter(row.expert.number),
        "rows": [(name, mark, row.reasons.get(name, "")) for name, mark in row.marks.items()],
    }


def awards(tender: Tender) -> list[TenderAward]:
    rows = TenderAward.objects.filter(part__tender=tender)
    return list(rows.select_related("part", "bid__bidder").order_by("part"))


def movements(awards: Collection[TenderAward]) -> dict[int, list[AwardMovement]]:
    """Award → what moved of its money, the latest first. One query."""
    found: dict[int, list[AwardMovement]] = {}
    for row in AwardMovement.objects.filter(award__in=awards).select_related("fund").order_by("-pk"):
        found.setdefault(row.award_id, []).append(row)
    return found


# --- bidders ----------------------------------------------------------------------------------------------------


def bodies_for(user: User) -> QuerySet[Organisation]:
    """The bodies for which the user may hand in a bid."""
    held = memberships(user).filter(role__in=BIDS).values("organisation")
    return Organisation.objects.filter(pk__in=held, kind__in=BIDDERS).order_by("name")


def bids_for(user: User, body: Organisation) -> bool:
    """Whether they hold a role of the body's that bids: the platform's administrators hold none by that, and see no bid before its time."""
    return user.is_active and memberships(user).filter(organisation=body, role__in=BIDS).exists()


def bid_for(user: User, part: TenderPart, body: Organisation) -> TenderBid | None:
    """The body's own bid; whoever asks may bid for it."""
    if not bids_for(user, body):
        return None
    rows = TenderBid.objects.select_related("case__body", "part__tender__case", "bidder")
    return rows.filter(part=part, bidder=body).first()


def bid_of(case: Case) -> TenderBid | None:
    rows = TenderBid.objects.select_related("part__tender__case", "bidder")
    return rows.filter(case=case).first()


def papers_of(bid: TenderBid) -> list[Paper]:
    """The bidder's papers: receipts, and the award."""
    return list(Paper.objects.filter(case=bid.case_id).order_by("pk"))


def own_bids(user: User) -> QuerySet[TenderBid]:
    rows = TenderBid.objects.filter(bidder__in=bodies_for(user))
    return rows.select_related("case", "part__tender", "bidder").order_by("-pk")


def opened_for(user: User, uuid: UUID) -> TenderBid:
    """An opened bid with its file: for the bidder's people; from the review on for the authority's, and the panel's who declared that they have no
    interest; then the look is logged. Raises NotFound."""
    found = (
        TenderBid.objects.select_related(
            "part__tender__case__authority", "part__tender__case__body", "bidder", "case"
        )
        .filter(uuid=uuid, opened_at__isnull=False)
        .first()
    )
    if found is None:
        raise NotFound
    if bids_for(user, found.bidder):
        return found
    tender = found.part.tender
    role = _reader(user, tender, found)
    if tender.case.state not in REVEALED or not role:
        raise NotFound
    body = None if role == EXPERT else tender.case.authority
    record(
        actor(user, role, body),
        action="tender.view_bid",
        target_type="training.Case",
        target=found.case.uuid,
        data={"tender": tender.case.number},
    )
    return found


def _reader(user: User, tender: Tender, bid: TenderBid) -> str:
    # Nor do a rival's people read it.
    if own_bidder(user, bid.part_id) is not None:
        return ""
    expert = PanelExpert.objects.filter(tender=tender, person=user, released_at__isnull=True).first()
    if expert is not None and user.is_active:
        clear = interests_of(tender).get((expert.pk, bid.bidder_id)) is False
        return EXPERT if clear and (expert.pk, bid.part_id) not in barred(tender) else ""
    if reading.party(user, tender.case).own:
        return ""
    return next((role for role in READERS if holds(user, role, organisation=tender.case.authority)), "")


# --- the panel ----------------------------------------------------------------------------------------------------


def belongs(user: User, body: int) -> bool:
    """Whether they belong to a body in any role, or work there; also while it is suspended."""
    return (
        reading.people_of(body).filter(user=user).exists()
        or reading.employed_by(body).filter(user=user).exists()
    )


def bodies_of(user: User) -> set[int]:
    """The bodies to which somebody belongs in any role, or where they work; also while they are suspended. Two queries."""
    held = Membership.objects.filter(user=user, since__lte=today())
    held = held.filter(Q(until__isnull=True) | Q(until__gte=today()))
    works = Employment.objects.filter(user=user, ended_at__isnull=True)
    return {*held.values_list("organisation", flat=True), *works.values_list("organisation", flat=True)}


def interests_of(tender: Tender) -> dict[tuple[int, int], bool]:
    """(expert, bidder) → whether the last declaration says there is an interest. One query."""
    rows = InterestDeclaration.objects.filter(expert__tender=tender).order_by("pk")
    return {(row.expert_id, row.bidder_id): row.conflict for row in rows}


def barred(tender: Tender) -> set[tuple[int, int]]:
    """(expert, part) where the expert has an interest in one of the part's valid bidders, declared here or in the register, or found: a
    role, employment or an officer's finding, whenever it came to light. They score none of its bids and read none, for a mark of a rival
    decides as much as one of their own. Seven queries."""
    rows = TenderBid.objects.filter(part__tender=tender, judged=True, void="").values_list("bidder", "part")
    bids = list(rows)
    tied = {pair for pair, conflict in interests_of(tender).items() if conflict}
    tied |= _found_ties(tender, {bidder for bidder, _part in bids})
    return {(expert, part) for expert, bidder in tied for body, part in bids if body == bidder}


def _found_ties(tender: Tender, bidders: set[int]) -> set[tuple[int, int]]:
    """(expert, bidder) that the platform knows of by itself today. Five queries."""
    experts = dict(PanelExpert.objects.filter(tender=tender).values_list("person", "pk"))
    if not experts or not bidders:
        return set()
    day = today()
    held = Membership.objects.filter(user__in=experts, organisation__in=bidders, since__lte=day)
    held = held.exclude(until__lt=day)
    works = Employment.objects.filter(user__in=experts, organisation__in=bidders, ended_at__isnull=True)
    said = register.ties(experts, bidders)
    pairs = {
        *held.values_list("user", "organisation"),
        *works.values_list("user", "organisation"),
        *said,
    }
    return {(experts[person], body) for person, body in pairs}


def own_bidder(user: User, part: int) -> Organisation | None:
    """A body of theirs, or one they have declared an interest in, whose bid for the part was opened. Four queries."""
    opened = TenderBid.objects.filter(part=part, opened_at__isnull=False).order_by("pk")
    rows = list(opened.select_related("bidder"))
    theirs = bodies_of(user) | register.tied_to(user, {bid.bidder_id for bid in rows})
    return next((bid.bidder for bid in rows if bid.bidder_id in theirs), None)


def interest_rows(tender: Tender) -> QuerySet[InterestDeclaration]:
    rows = InterestDeclaration.objects.filter(expert__tender=tender)
    return rows.select_related("expert", "bidder").order_by("expert__number", "pk")


def seats_of(user: User) -> QuerySet[PanelExpert]:
    """The tenders whose panel the user is on, those in review first."""
    rows = PanelExpert.objects.filter(person=user, released_at__isnull=True)
    return rows.select_related("tender__case__authority").order_by("-tender")


def own_scores(expert: PanelExpert, tender: Tender) -> dict[int, BidScore]:
    rows = BidScore.objects.filter(expert=expert, round=tender.round).select_related("expert")
    return {row.bid_id: row for row in rows}


# --- the authority ------------------------------------------------------------------------------------------------


def authority_tenders(user: User) -> QuerySet[Tender]:
    rows = organisations_for(user, *READERS).filter(kind=Organisation.Kind.AUTHORITY)
    cases = Case.objects.filter(process=CODE, authority__in=list(rows.values_list("pk", flat=True)))
    return _full().filter(case__in=cases.values("pk")).order_by("-pk")


def tender_for(user: User, uuid: UUID) -> Tender:
    """A tender of an authority whose cases the user reads. Raises NotFound."""
    found = authority_tenders(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def ended_by(tender: Tender) -> Act | None:
    """The act that ended a package without an award: its reason is public."""
    if tender.case.state not in ("failed", "cancelled"):
        return None
    return tender.case.acts.filter(to=tender.case.state).order_by("-number").first()


def bids_shown(tender: Tender) -> list[TenderBid]:
    """Every bid, from the review on; before, none. Those never opened are there by name alone."""
    if tender.case.state not in REVEALED:
        return []
    rows = TenderBid.objects.filter(part__tender=tender).select_related("part", "bidder", "case")
    return list(rows.order_by("part", F("opened_at").asc(nulls_last=True), "pk"))


def base_line(bid: TenderBid) -> str:
    """The base's evaluation as it stood when bids closed."""
    said = _("基地评估得分：%(score)s") % {
        "score": words.marks(bid.base) if bid.base is not None else _("还没有评估过")
    }
    if bid.base_in_exit:
        said += _("，评估不合格，退出程序还没有结束")
    return said


def finding_lines(bid: TenderBid) -> list[str]:
    """What checks had found when bids closed, the newest first (检查评估结果将作为今后项目承接的重要依据)."""
    return [
        _("%(day)s %(title)s（%(number)s）：%(verdict)s，%(mark)s%(open)s")
        % {
            "day": row["day"],
            "title": row["title"],
            "number": row["number"],
            "verdict": _("合格") if row["verdict"] == "pass" else _("不合格"),
            "mark": words.marks(row["mark"]),
            "open": _("，还有没整改完的") if row["open"] else "",
        }
        for row in bid.findings
    ]


def bidder_notes(tender: Tender) -> list[str]:
    """Beside each bidder: base score and checks, for whoever decides. One query."""
    return [
        f"{bid.bidder.name}：" + words.joined([base_line(bid), *finding_lines(bid)])
        for bid in bids_shown(tender)
        if bid.opened_at is not None
    ]


def days_left(tender: Tender) -> int:
    return (tender.closes_on - today()).days
