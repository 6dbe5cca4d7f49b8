"""Reading promotions: what an award proposes today and why not, one's own, an assessor's queue, the rules."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from creditbank import looks
from creditbank.outcomes.catalogue import bare_code, in_force
from creditbank.outcomes.models import CatalogueEntry, LearningOutcome, OutcomeKind
from creditbank.outcomes.queries import registered_issuer
from creditbank.outcomes.rights import right_faults
from creditbank.outcomes.rules import Deposit
from creditbank.promotion.models import Promotion, PromotionRule
from creditbank.rules.facts import bare_occupation, rank
from lms.accounts.api import Organisation, Role, User, actor, organisations_for
from lms.lib.audit.services import record
from lms.lib.errors import NotFound

# A catalogue entry names more bodies than one chooses from.
MOST_ASSESSORS = 50


@dataclass(frozen=True)
class Offer:
    """What an award proposes: rule, level, occupation and the bodies that may confirm; level None: nothing, and `why` (a
    sentence) and `code` (a word) say what speaks against it.
    """

    rule: PromotionRule | None = None
    level: int | None = None
    occupation_code: str = ""
    occupation_name: str = ""
    assessors: tuple[Organisation, ...] = ()
    why: str = ""
    code: str = ""


def offer(outcome: LearningOutcome, day: date) -> Offer:
    """What a competition award proposes on a day. A handful of queries."""
    if outcome.kind != OutcomeKind.AWARD:
        return Offer(why=_("只有竞赛获奖可以申请晋级。"), code="no_award")
    code = bare_code(outcome.occupation_code)
    rule = rule_on(outcome.award, code, day)
    if rule is None or rule.level is None:
        return Offer(why=_("目前没有规定这个等次的奖项可以晋级。"), code="no_promotion_rule")
    code = code or rule.occupation_code
    if not code:
        return Offer(rule, why=_("奖项没有写明职业编码，不知道晋级哪一个职业的等级。"), code="no_occupation")
    if outcome.status != LearningOutcome.Status.VERIFIED:
        return Offer(rule, why=_("奖项核实以后才能申请晋级。"), code="not_verified")
    held = highest(outcome, code)
    if held is not None and rank(held) >= rank(rule.level):
        return Offer(rule, why=_("你已有这个职业同等或更高的等级，不用晋级。"), code="level_held")
    entries = _entries(code, rule.level, day)
    bodies = _assessors(entries, code, rule.level, day)
    if not bodies:
        why = _("证书目录里没有可以颁发这个职业这个等级的评价机构。")
        return Offer(rule, why=why, code="no_assessor")
    return Offer(rule, rule.level, code, entries[0].name, tuple(bodies))


def rule_on(award: str, occupation_code: str, day: date) -> PromotionRule | None:
    """The row that decides for an award on a day: of its occupation, else for all; None: nobody has said anything."""
    rows = PromotionRule.objects.filter(award=award, valid_from__lte=day)
    if occupation_code:
        rows = rows.filter(occupation_code__in=["", occupation_code])
    found = sorted(rows, key=lambda row: (bool(row.occupation_code), row.valid_from, row.pk))
    if not found:
        return None
    named = {row.occupation_code for row in found if row.occupation_code}
    if not occupation_code and len(named) > 1:
        # An award without an occupation, and rules for several: only one for all could decide.
        found = [row for row in found if not row.occupation_code]
    return found[-1] if found else None


def highest(outcome: LearningOutcome, code: str, *, but: str = "") -> int | None:
    """The highest level in an occupation that the holder of an award has verified; but: the achievement left aside."""
    rows = LearningOutcome.objects.filter(
        holder=outcome.holder_id, kind=OutcomeKind.SKILL, status=LearningOutcome.Status.VERIFIED
    ).exclude(achievement=but)
    found = rows.values_list("occupation_code", "level")
    levels = [level for own, level in found if level is not None and bare_occupation(own) == code]
    return max(levels, key=rank, default=None)


def _entries(code: str, level: int, day: date) -> list[CatalogueEntry]:
    found = in_force(day).filter(kind=OutcomeKind.SKILL, occupation_code=code).order_by("id")
    return [entry for entry in found if not entry.levels or level in entry.levels]


def _assessors(entries: list[CatalogueEntry], code: str, level: int, day: date) -> list[Organisation]:
    names = dict.fromkeys(name for entry in entries for name in entry.issuers)
    bodies = [body for name in list(names)[:MOST_ASSESSORS] if (body := registered_issuer(name)) is not None]
    return [body for body in bodies if not _fault(body, entries[0].name, code, level, day)]


def _fault(body: Organisation, name: str, code: str, level: int, day: date) -> bool:
    said = Deposit(OutcomeKind.SKILL, name, code, level, body.name, "", day, issuer=body)
    return bool(right_faults([said], body, day))


# --- proposals -------------------------------------------------------------------------------------------


def full() -> QuerySet[Promotion]:
    return Promotion.objects.select_related(
        "outcome__holder", "rule", "assessor", "decided_by", "certificate"
    )


def promotion_of(outcome: LearningOutcome) -> Promotion | None:
    """The newest proposal by one's award; None: there was none."""
    return full().filter(outcome=outcome).order_by("-id").first()


def own(user: User, uuid: UUID) -> Promotion:
    """One's own. Raises NotFound."""
    found = full().filter(uuid=uuid, outcome__holder=user).first()
    if found is None:
        raise NotFound
    return found


def queue_for(user: User, state: str = Promotion.State.PROPOSED) -> QuerySet[Promotion]:
    """What waits for the bodies whose assessor the user is (or was decided there), never their own."""
    found = full().filter(assessor__in=organisations_for(user, Role.ASSESSOR), state=state)
    found = found.exclude(outcome__holder=user)
    return (
        found.order_by("proposed_at", "id") if state == "proposed" else found.order_by("-decided_at", "-id")
    )


def promotion_for(user: User, uuid: UUID) -> Promotion:
    """One that the user may decide; the look is logged under the person. Raises NotFound."""
    found = full().filter(uuid=uuid, assessor__in=organisations_for(user, Role.ASSESSOR)).first()
    if found is None:
        raise NotFound
    record(
        actor(user, Role.ASSESSOR, found.assessor),
        action="promotion.view",
        target_type="accounts.User",
        target=found.outcome.holder.uuid,
        reason=looks.PROMOTION(title=found.outcome.title),
        data={"promotion": str(found.uuid)},
    )
    return found


def rules_on(day: date) -> list[PromotionRule]:
    """The rows that hold on a day, and those still to come, awards from the highest down. One query."""
    last: dict[tuple[str, str], PromotionRule] = {}
    later = []
    for row in PromotionRule.objects.order_by("valid_from", "id"):
        if row.valid_from > day:
            later.append(row)
        else:
            last[row.award, row.occupation_code] = row
    return sorted([*last.values(), *later], key=lambda row: (row.award, row.occupation_code, row.valid_from))
