"""The panel of a tender: who is named, what they declare about each bidder, their scores, and the result that follows.

Owns: PanelExpert, InterestDeclaration, BidScore, TenderResult. Experts are named from the authority's register (lms.training.experts) and may refuse
before they have scored. Refuses: naming anybody else, somebody of the authority or of the body that drew up the package; naming or releasing once
all scores are there; a score without a declaration, by somebody with an interest in any bidder of the part, declared or found, of a void bid, twice, or with a
criterion left out; and a result while anything is missing. Nobody sees another's scores before all are handed in, the officers neither.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, actor
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.training.ce_bases.queries import standings
from lms.training.experts import api as register
from lms.training.lifecycle import reading
from lms.training.tenders import letters, queries, rules, words
from lms.training.tenders.bidding import Past, locked
from lms.training.tenders.models import (
    BidScore,
    InterestDeclaration,
    PanelExpert,
    Tender,
    TenderBid,
    TenderPart,
    TenderResult,
)
from lms.training.tenders.process import TENDER
from lms.training.tenders.queries import EXPERT, barred, belongs, interests_of, own_bidder

TARGET = "training.Tender"
MOST_EXPERTS = 15
NAMED_IN = ("published", "opening", "review")
# An interest may come to light until the award, and afterwards.
LATE_IN = ("review", "notice", "awarded")
LONGEST = 300


def officer_of(user: User, tender: Tender, refusal: str = "") -> Actor:
    """An officer of the authority in charge who belongs to nobody that is judged, nor may be; refusal: whose it is to do, for all others.
    Raises NotAllowed."""
    who = reading.party(user, tender.case)
    if Role.OFFICER not in who.at_authority:
        said = refusal or _("评审专家由主管部门的经办人员确定。")
        raise NotAllowed(words.cite(said, TENDER), code="role_missing")
    if who.own:
        raise NotAllowed(
            words.cite(_("需求包是你所在单位报送的，要由与它没有关系的人办理。"), TENDER), code="own_case"
        )
    if tender.case.state in ("published", "opening") and standings(queries.bodies_of(user), today()):
        # Who has bid is nobody's to know yet: whoever belongs to a body that may have, names nobody.
        raise NotAllowed(
            words.cite(
                _("你所在的单位是继续教育基地，可能参加投标：评审专家要由不属于任何基地的人员确定。"), TENDER
            ),
            code="own_case",
        )
    unbiased(user, tender)
    return actor(user, Role.OFFICER, tender.case.authority)


def unbiased(user: User, tender: Tender) -> None:
    """Nobody decides for the authority on a tender in which a body of their own has bid. Asked once bids are open; before that nobody may learn
    who has. Raises NotAllowed."""
    if tender.case.state in ("submitted", "published", "opening"):
        return
    bidders = TenderBid.objects.filter(part__tender=tender, opened_at__isnull=False)
    for body in bidders.order_by().values_list("bidder", flat=True).distinct():
        if belongs(user, body):
            raise NotAllowed(
                words.cite(_("你所在的单位参加了投标，要由与投标单位没有关系的人办理。"), TENDER),
                code="own_case",
            )


# --- who scores -----------------------------------------------------------------------------------------------


@transaction.atomic
def name_expert(user: User, tender: Tender, person: User | None, past: Past | None = None) -> PanelExpert:
    """Raises NotAllowed, Conflict (not now; named already), Invalid (nobody of the register; of the authority or of the package's body)."""
    found = locked(tender)
    who = officer_of(user, found)
    if found.case.state not in NAMED_IN or (found.case.state == "review" and not gaps(found)):
        raise Conflict(
            words.cite(_("评审专家在全部打分完成以前确定，现在不能增加。"), TENDER), code="moved_on"
        )
    if person is None or not person.is_active:
        raise _wrong("expert", _("请从专家库里选。"))
    for body in (found.case.authority, found.case.body):
        if belongs(person, body.pk):
            raise _wrong(
                "expert",
                _("%(who)s是%(body)s的人，不能当这个需求包的评审专家。") % {"who": person, "body": body.name},
            )
    day = local_day(past.at) if past else today()
    if not register.on_register(found.case.authority_id, person, day):
        raise _wrong(
            "expert",
            _("%(who)s不在%(name)s的专家库里，先请本人入库。")
            % {"who": person, "name": found.case.authority.name},
        )
    number = (found.experts.aggregate(last=Max("number"))["last"] or 0) + 1
    if number > MOST_EXPERTS:
        raise _wrong("expert", _("一个需求包最多确定 %(most)s 位专家。") % {"most": MOST_EXPERTS})
    try:
        with transaction.atomic():
            row = PanelExpert.objects.create(
                tender=found, person=person, number=number, named_by=user, named_at=past.at if past else now()
            )
    except IntegrityError as error:
        raise Conflict(_("%(who)s已经在专家名单里。") % {"who": person}, code="named_already") from error
    record(
        who, action="tender.expert", target_type=TARGET, target=found.uuid, data={"expert": str(person.uuid)}
    )
    if past is None:
        letters.named(row)
    return row


def candidates(tender: Tender) -> QuerySet[User]:
    """Who may be named: of the authority's register, not on the panel, of neither body that decides or asks. One query."""
    found = register.pool(tender.case.authority_id, today())
    for body in (tender.case.authority_id, tender.case.body_id):
        found = found.exclude(pk__in=reading.people_of(body).values("user"))
        found = found.exclude(pk__in=reading.employed_by(body).values("user"))
    return found.exclude(pk__in=tender.experts.values("person"))


@transaction.atomic
def release(user: User, expert: PanelExpert, reason: str) -> PanelExpert:
    """Somebody who cannot score after all; what they had handed in does not count, which nobody has seen. Raises NotAllowed, Conflict (all scores
    are there; released already), Invalid (no reason)."""
    tender = locked(expert.tender)
    who = officer_of(user, tender)
    row = PanelExpert.objects.select_related("person").get(pk=expert.pk)
    if row.released_at is not None or tender.case.state not in NAMED_IN:
        raise Conflict(_("这位专家现在不能退出。"), code="moved_on")
    if tender.case.state == "review" and not waits_for(tender, row):
        raise Conflict(
            words.cite(_("这位专家的打分已经全部交齐，不能再退出。"), TENDER), code="all_handed_in"
        )
    said = reason.strip()
    if not 2 <= len(said) <= LONGEST or "\0" in said:
        raise _wrong("reason", _("请写明退出的原因，不超过 %(most)s 个字。") % {"most": LONGEST})
    row.released_at, row.released_by, row.reason = now(), user, said
    row.save(update_fields=["released_at", "released_by", "reason"])
    record(
        who,
        action="tender.release_expert",
        target_type=TARGET,
        target=tender.uuid,
        reason=said,
        data={"expert": str(row.person.uuid)},
    )
    letters.released(row)
    return row


@transaction.atomic
def refuse(user: User, tender: Tender, reason: str) -> PanelExpert:
    """An expert's own no, before they have scored anything of this round; the register keeps it. Raises NotFound, Conflict (scored, or not now), Invalid."""
    found = locked(tender)
    row = seat(user, found)
    if found.case.state not in NAMED_IN or row.scores.filter(round=found.round).exists():
        raise Conflict(_("已经打过分，或评审已经结束，现在不能谢绝。"), code="moved_on")
    said = reason.strip()
    if not 2 <= len(said) <= LONGEST or "\0" in said:
        raise _wrong("reason", _("请写明谢绝的原因，不超过 %(most)s 个字。") % {"most": LONGEST})
    row.released_at, row.released_by, row.reason = now(), user, said
    row.save(update_fields=["released_at", "released_by", "reason"])
    register.refused(user, found.case.authority, found.case.number or "", said)
    record(actor(user, EXPERT), action="tender.refuse", target_type=TARGET, target=found.uuid, reason=said)
    return row


def seat(user: User, tender: Tender) -> PanelExpert:
    """The user's place on the panel. Raises NotFound."""
    row = PanelExpert.objects.filter(tender=tender, person=user, released_at__isnull=True).first()
    if row is None or not user.is_active:
        raise NotFound
    return row


@transaction.atomic
def declare(
    user: User,
    tender: Tender,
    bidder: Organisation,
    *,
    conflict: bool,
    text: str = "",
    past: Past | None = None,
) -> InterestDeclaration:
    """What the expert declares about a bidder: that there is no interest before scoring it, an interest also later, whenever it came to light; then
    their scores of the part count no more. Raises NotFound, NotAllowed (of the bidder's people: only an interest can be declared), Conflict (scored
    already; not in review; an interest taken back), Invalid."""
    found = locked(tender)
    expert = seat(user, found)
    if not (conflict and found.case.state in LATE_IN):
        _reviewing(found)
    if not TenderBid.objects.filter(part__tender=found, bidder=bidder, judged=True, void="").exists():
        raise NotFound
    scored_it = BidScore.objects.filter(expert=expert, bid__bidder=bidder, round=found.round)
    if not conflict and scored_it.exists():
        raise Conflict(_("已经给这家打过分，不能再改声明。"), code="scored")
    said = text.strip()
    if len(said) > LONGEST or "\0" in said or (conflict and len(said) < 2):
        raise _wrong("text", _("请写明是什么利害关系，不超过 %(most)s 个字。") % {"most": LONGEST})
    if not conflict and (belongs(user, bidder.pk) or register.tied_to(user, {bidder.pk})):
        raise _own(bidder)
    if not conflict and interests_of(found).get((expert.pk, bidder.pk)):
        # Else it could be taken back once it is known how the others scored, and the panel be opened again by that.
        raise Conflict(
            words.cite(_("你已经声明与%(name)s有利害关系，不能再改成没有。") % {"name": bidder.name}, TENDER),
            code="interest_stands",
        )
    row = InterestDeclaration.objects.create(
        expert=expert, bidder=bidder, conflict=conflict, text=said, at=past.at if past else now()
    )
    record(
        actor(user, EXPERT),
        action="tender.interest",
        target_type=TARGET,
        target=found.uuid,
        reason=said,
        data={"bidder": bidder.code, "conflict": conflict},
    )
    return row


@transaction.atomic
def find_interest(user: User, expert: PanelExpert, bidder: Organisation, text: str) -> InterestDeclaration:
    """An officer's finding that an expert has an interest in a bidder, which came to light after they said they had none: from now on they read and
    score nothing of the part, and a result that counts their scores cannot be awarded. Raises NotAllowed, NotFound, Conflict (not now; known
    already), Invalid (no ground)."""
    found = locked(expert.tender)
    who = officer_of(user, found)
    row = found.experts.select_related("person").get(pk=expert.pk)
    if row.person_id == user.pk:
        raise NotAllowed(words.cite(_("自己的利害关系由自己声明。"), TENDER), code="own_case")
    if found.case.state not in LATE_IN:
        raise Conflict(_("现在不在评审和公示期间。"), code="moved_on")
    if not TenderBid.objects.filter(part__tender=found, bidder=bidder, judged=True, void="").exists():
        raise NotFound
    if interests_of(found).get((row.pk, bidder.pk)):
        raise Conflict(_("这项利害关系已经登记。"), code="interest_stands")
    said = text.strip()
    if not 2 <= len(said) <= LONGEST or "\0" in said:
        raise _wrong(
            "text", _("请写明查实的是什么关系、依据什么，不超过 %(most)s 个字。") % {"most": LONGEST}
        )
    made = InterestDeclaration.objects.create(
        expert=row, bidder=bidder, conflict=True, text=said, found_by=user, at=now()
    )
    record(
        who,
        action="tender.find_interest",
        target_type=TARGET,
        target=found.uuid,
        reason=said,
        data={"expert": str(row.person.uuid), "bidder": bidder.code},
    )
    return made


def _own(bidder: Organisation) -> NotAllowed:
    return NotAllowed(
        words.cite(
            _(
                "你是%(name)s的人，与它有利害关系，不能给它打分；请声明利害关系。任何人不得评审自己单位的投标。"
            )
            % {"name": bidder.name},
            TENDER,
        ),
        code="own_case",
    )


@transaction.atomic
def score(
    user: User,
    bid: TenderBid,
    marks: Mapping[str, int | None],
    reasons: Mapping[str, str],
    past: Past | None = None,
) -> BidScore:
    """An expert's scores of a bid, handed in for good. marks, reasons: by criterion, each that the panel gives. Raises NotFound, NotAllowed (an
    interest; none declared yet), Conflict (not in review; scored), Invalid."""
    tender = locked(bid.part.tender)
    expert = seat(user, tender)
    _reviewing(tender)
    row = TenderBid.objects.select_related("part", "bidder").get(pk=bid.pk)
    if not row.valid:
        raise NotFound
    declared = interests_of(tender).get((expert.pk, row.bidder_id))
    if declared is None:
        raise NotAllowed(
            words.cite(_("请先声明与%(name)s有没有利害关系，再打分。") % {"name": row.bidder.name}, TENDER),
            code="undeclared",
        )
    if declared:
        raise NotAllowed(
            words.cite(_("你声明了与%(name)s有利害关系，不给它打分。") % {"name": row.bidder.name}, TENDER),
            code="interest",
        )
    own = own_bidder(user, row.part_id)
    if own is not None:
        raise _own(own)
    if (expert.pk, row.part_id) in barred(tender):
        raise NotAllowed(
            words.cite(_("你声明了与这一部分的另一家投标单位有利害关系，这一部分的投标你都不打分。"), TENDER),
            code="interest",
        )
    given, said = _read(row.part, marks, reasons)
    try:
        with transaction.atomic():
            found = BidScore.objects.create(
                expert=expert,
                bid=row,
                round=tender.round,
                marks=given,
                reasons=said,
                at=past.at if past else now(),
            )
    except IntegrityError as error:
        raise Conflict(_("你已经给这份投标打过分，交了就不能改。"), code="scored") from error
    # The scores themselves stand where only the result shows them.
    record(
        actor(user, EXPERT),
        action="tender.score",
        target_type=TARGET,
        target=tender.uuid,
        data={"bid": str(row.uuid), "round": tender.round},
    )
    return found


def panel_criteria(part: TenderPart) -> list[rules.Criterion]:
    return [row for row in rules.criteria_of(part.criteria) if row.by == rules.By.PANEL]


def _read(
    part: TenderPart, marks: Mapping[str, int | None], reasons: Mapping[str, str]
) -> tuple[dict[str, int], dict[str, str]]:
    given, said = {}, {}
    for place, row in enumerate(panel_criteria(part)):
        mark, reason = marks.get(row.name), reasons.get(row.name, "").strip()
        if mark is None or not 0 <= mark <= 100:
            raise _wrong(f"mark_{place}", _("“%(name)s”请打 0 到 100 分。") % {"name": row.name})
        if not 1 <= len(reason) <= LONGEST or "\0" in reason:
            raise _wrong(
                f"reason_{place}",
                _("“%(name)s”请写打分理由，不超过 %(most)s 个字。") % {"name": row.name, "most": LONGEST},
            )
        given[row.name], said[row.name] = mark, reason
    return given, said


def _reviewing(tender: Tender) -> None:
    if tender.case.state != "review":
        raise Conflict(
            words.cite(
                _("需求包现在是“%(state)s”，不在专家评审阶段。") % {"state": tender.case.stands.label}, TENDER
            ),
            code="moved_on",
        )


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid(words.cite(sentence, TENDER), code="invalid_panel", details={"field": field})


# --- what is missing, and the result ------------------------------------------------------------------------------


def valid_bids(tender: Tender) -> list[TenderBid]:
    rows = TenderBid.objects.filter(part__tender=tender, judged=True, void="")
    return list(rows.select_related("bidder", "part").order_by("part", "pk"))


def scored(tender: Tender) -> set[tuple[int, int]]:
    """(expert, bid) of this round."""
    rows = BidScore.objects.filter(expert__tender=tender, round=tender.round)
    return set(rows.values_list("expert", "bid"))


def waits_for(tender: Tender, expert: PanelExpert) -> list[TenderBid]:
    """The bids that an expert has not scored, of the parts in none of whose bidders they have declared an interest."""
    done, out = scored(tender), barred(tender)
    return [
        bid
        for bid in valid_bids(tender)
        if (expert.pk, bid.pk) not in done and (expert.pk, bid.part_id) not in out
    ]


def gaps(tender: Tender) -> list[str]:
    """What is missing before the result, in words that tell no score. Five queries."""
    experts = list(tender.experts.filter(released_at__isnull=True).select_related("person"))
    if not experts:
        return [_("还没有评审专家")]
    done, out, bids = scored(tender), barred(tender), valid_bids(tender)
    rule = tender.case.rule
    least = (rule.values.get("least_experts") if rule else None) or 1
    found = []
    for expert in experts:
        waiting = sum((expert.pk, bid.pk) not in done and (expert.pk, bid.part_id) not in out for bid in bids)
        if waiting:
            found.append(
                _("%(who)s还有 %(n)s 份没有打分") % {"who": words.letter(expert.number), "n": waiting}
            )
    for bid in bids:
        able = sum((expert.pk, bid.part_id) not in out for expert in experts)
        if able < least:
            found.append(
                _("%(bidder)s的投标至少要 %(least)s 位专家打分，现在能打的只有 %(able)s 位，请增加专家")
                % {"bidder": bid.bidder.name, "least": least, "able": able}
            )
    return found


def counting(tender: Tender) -> dict[int, list[BidScore]]:
    """Bid → the scores of this round that count, by the experts' numbers: of nobody who was released, or has an interest in a bidder of the
    part, be it known only since they scored."""
    rows = BidScore.objects.filter(
        expert__tender=tender, expert__released_at__isnull=True, round=tender.round
    )
    out, found = barred(tender), dict[int, list[BidScore]]()
    for row in rows.select_related("bid", "expert").order_by("expert__number"):
        if (row.expert_id, row.bid.part_id) not in out:
            found.setdefault(row.bid_id, []).append(row)
    return found


def reckoned(tender: Tender) -> list[tuple[TenderPart, list[rules.Placed]]]:
    """The result of each part as the scores give it; whoever calls it has seen that there are no gaps."""
    counted = counting(tender)
    order = dict(
        TenderBid.objects.filter(part__tender=tender)
        .annotate(last=Max("seals__number"))
        .values_list("pk", "last")
    )
    bids = valid_bids(tender)
    found = []
    for part in tender.parts.all():
        of_part = [
            rules.Bid(
                str(bid.uuid),
                bid.amount_fen or 0,
                order[bid.pk],
                bid.base,
                bid.checks,
                tuple(row.marks for row in counted.get(bid.pk, ())),
            )
            for bid in bids
            if bid.part_id == part.pk
        ]
        found.append((part, rules.placed(rules.criteria_of(part.criteria), of_part, tender.tie)))
    return found


def kept_lines(tender: Tender, ranked: list[rules.Placed]) -> list[dict[str, Any]]:
    """A result as it is kept: every number with what it comes from."""
    bids = valid_bids(tender)
    bodies = {str(bid.uuid): bid.bidder for bid in bids}
    counted = counting(tender)
    experts = {str(bid.uuid): [row.expert.number for row in counted.get(bid.pk, ())] for bid in bids}
    return [
        {
            "experts": experts[row.bid.key],
            "rank": row.rank,
            "bid": row.bid.key,
            "bidder": bodies[row.bid.key].name,
            "code": bodies[row.bid.key].code,
            "amount_fen": row.bid.amount_fen,
            "total": row.total,
            "tied": row.tied,
            "rows": [
                {
                    "name": line.name,
                    "weight": line.weight,
                    "by": line.by,
                    "given": list(line.given),
                    "known": line.by == rules.By.PANEL
                    or (row.bid.base if line.by == rules.By.BASE else row.bid.checks) is not None,
                    "mean": [line.centimarks.numerator, line.centimarks.denominator],
                    "points": [line.points.numerator, line.points.denominator],
                }
                for line in row.lines
            ],
        }
        for row in ranked
    ]


def keep_results(tender: Tender, at: datetime) -> list[TenderResult]:
    """The result of each part in this round, once. Raises Conflict while something is missing."""
    if missing := gaps(tender):
        raise Conflict(
            words.cite(_("还不能公示：%(missing)s。") % {"missing": words.joined(missing)}, TENDER),
            code="incomplete",
        )
    bids = {str(bid.uuid): bid for bid in valid_bids(tender)}
    return [
        TenderResult.objects.create(
            part=part,
            round=tender.round,
            first=bids[ranked[0].bid.key] if ranked else None,
            lines=kept_lines(tender, ranked),
            at=at,
        )
        for part, ranked in reckoned(tender)
    ]
