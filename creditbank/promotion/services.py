"""Awards propose a promotion, assessors confirm it (A72). One function per mutation.

Who: officers of an authority set the rules; the holder of a verified award proposes; an assessor of the body that was named
confirms, with the number of the certificate it issues, or refuses with a reason. Refuses: what no rule in force says, an
award that nobody has verified, a level that its holder has, a body that may not issue the level, one's own case.
"""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditbank.applications.steps import hold, reason_of
from creditbank.holders.queries import person_ids
from creditbank.outcomes import rules as outcome_rules
from creditbank.outcomes.catalogue import bare_code, editor, wrong
from creditbank.outcomes.models import LearningOutcome, Level, OutcomeKind
from creditbank.outcomes.rights import right_faults
from creditbank.outcomes.rules import Deposit
from creditbank.outcomes.services import achievement_of
from creditbank.outcomes.vouching import vouch
from creditbank.outcomes.words import fault_sentence
from creditbank.promotion import queries
from creditbank.promotion.models import Promotion, PromotionRule
from creditbank.rules.facts import rank
from lms.accounts.api import Role, User, actor, real_name_status, require_role
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.services import emit

TARGET = "creditbank.Promotion"
State = Promotion.State


def set_rule(
    by: User | Actor,
    *,
    award_level: str,
    award_rank: str,
    level: int | None,
    valid_from: date,
    source: str,
    occupation_code: str = "",
) -> PromotionRule:
    """From a day on an award proposes a level; None takes it back. Raises NotAllowed (officers only), Invalid."""
    who = editor(by)
    if award_level not in outcome_rules.AWARD_LEVELS:
        raise wrong("award_level", _("请选择竞赛级别。"))
    if award_rank not in outcome_rules.AWARD_RANKS:
        raise wrong("award_rank", _("请选择获奖等次。"))
    if level is not None and level not in Level.values:
        raise wrong("level", _("请选择等级。"))
    if occupation_code.strip() and not bare_code(occupation_code):
        raise wrong("occupation_code", _("职业编码的格式应为 X-XX-XX-XX，例如 6-31-01-03。"))
    if not source.strip():
        raise wrong("source", _("请写明依据的文件。"))
    with transaction.atomic():
        row = PromotionRule.objects.create(
            award=f"{award_level}-{award_rank}",
            occupation_code=bare_code(occupation_code),
            level=level,
            valid_from=valid_from,
            source=source.strip(),
            made_at=now(),
        )
        record(
            who,
            action="promotion_rule.set",
            target_type="creditbank.PromotionRule",
            target=row.uuid,
            data={
                "award": row.award,
                "occupation": row.occupation_code,
                "level": level,
                "valid_from": valid_from.isoformat(),
            },
        )
    return row


def propose(user: User, outcome: LearningOutcome, assessor: str) -> Promotion:
    """Put oneself forward by one's award. assessor: the code of a body that may issue the level.

    Raises NotFound (not one's own), NotAllowed (no real name), Conflict (why not, in words: `queries.offer`), Invalid (no
    such assessor).
    """
    if outcome.holder_id != user.pk:
        raise NotFound
    if real_name_status(user) == "unverified":
        raise NotAllowed(_("晋级要记在实名之下：请先在“我的”里填写实名信息。"), code="real_name_missing")
    offer = queries.offer(outcome, today())
    if offer.level is None or offer.rule is None:
        raise Conflict(offer.why, code=offer.code)
    body = next((item for item in offer.assessors if item.code == assessor), None)
    if body is None:
        raise Invalid(
            _("请从列出的评价机构里选择一家。"), code="unknown_assessor", details={"field": "assessor"}
        )
    try:
        with transaction.atomic():
            row = Promotion.objects.create(
                outcome=outcome,
                rule=offer.rule,
                occupation_code=offer.occupation_code,
                occupation_name=offer.occupation_name,
                level=offer.level,
                assessor=body,
                proposed_at=now(),
            )
            data = {"rule": str(offer.rule.uuid), "level": offer.level, "assessor": body.code}
            record(actor(user), action="promotion.propose", target_type=TARGET, target=row.uuid, data=data)
    except IntegrityError as error:
        raise Conflict(_("这个奖项已经申请过晋级，一个奖项只晋级一次。"), code="already_proposed") from error
    return row


def withdraw(user: User, promotion: Promotion) -> Promotion:
    """Take one's own proposal back before it is decided."""
    if promotion.outcome.holder_id != user.pk:
        raise NotFound
    with transaction.atomic():
        waiting = Promotion.objects.filter(pk=promotion.pk, state=State.PROPOSED)
        if not waiting.update(state=State.WITHDRAWN, decided_at=now()):
            raise _decided()
        record(actor(user), action="promotion.withdraw", target_type=TARGET, target=promotion.uuid)
    promotion.refresh_from_db()
    return promotion


def confirm(user: User, promotion: Promotion, *, number: str, issued_on: date, reason: str = "") -> Promotion:
    """The assessor confirms and issues the certificate, which stands verified in the holder's account with it.

    Raises NotAllowed (role, own case, no right to the level), Invalid (number, day), Conflict (decided already; the award is
    not verified any more, the level is held by now; the number is another's; the account was merged or erased).
    """
    who = _assessor(user, promotion)
    said = reason_of(reason, _("说明不超过 1000 个字。"), needed=False)
    with transaction.atomic():
        # The person before the proposal, as a merge of their account does. Another award of theirs may be confirmed at this
        # moment, too: one after the other, so that each sees the other's level.
        holders = User.objects.select_for_update(no_key=True).filter(pk=promotion.outcome.holder_id)
        there = list(holders.filter(is_active=True).values_list("pk", flat=True))
        row = _locked(promotion)
        award = row.outcome
        if award.holder_id not in there:
            raise Conflict(_("本人的账号刚刚合并或注销，请刷新查看。"), code="holder_moved_on")
        if award.status != LearningOutcome.Status.VERIFIED:
            raise Conflict(_("这个奖项现在没有核实，不能据此晋级。"), code="not_verified")
        if not award.issued_on <= issued_on <= today():
            raise Invalid(
                _("发证日期应在获奖日期（%(day)s）当天或之后，不晚于今天。") % {"day": award.issued_on},
                code="invalid_award",
                details={"field": "issued_on"},
            )
        this = achievement_of(OutcomeKind.SKILL, outcome_rules.tidy_number(number))
        held = queries.highest(award, row.occupation_code, but=this)
        if held is not None and rank(held) >= rank(row.level):
            raise Conflict(_("本人已有这个职业同等或更高的等级，不能再晋级一次。"), code="level_held")
        certificate = _certificate(row, number, issued_on, user)
        if Promotion.objects.filter(certificate=certificate).exists():
            raise Conflict(_("这个编号的证书已用于另一次晋级，请核对编号。"), code="certificate_awarded")
        row.certificate = certificate
        _decide(row, user, who, State.CONFIRMED, said)
    return row


def refuse(user: User, promotion: Promotion, *, reason: str) -> Promotion:
    """The assessor refuses, with a reason that the holder reads; they may propose again. Raises as confirm."""
    who = _assessor(user, promotion)
    said = reason_of(reason, _("请写明理由，本人会看到，不超过 1000 个字。"))
    with transaction.atomic():
        row = _locked(promotion)
        _decide(row, user, who, State.REFUSED, said)
    return row


def _certificate(row: Promotion, number: str, issued_on: date, by: User) -> LearningOutcome:
    said = Deposit(
        kind=OutcomeKind.SKILL,
        title=f"{row.occupation_name} {row.get_level_display()}",
        occupation_code=row.occupation_code,
        level=row.level,
        issuer_name=row.assessor.name,
        issuer=row.assessor,
        number=number,
        issued_on=issued_on,
    )
    fault = right_faults([said], row.assessor, today()).get(0)
    if fault is not None:
        raise NotAllowed(fault_sentence(said.kind, fault), code="no_issuing_right")
    return vouch(
        row.outcome.holder,
        row.assessor,
        said,
        by,
        room="creditbank.promotion",
        about={"promotion": str(row.uuid)},
    )


def _decide(row: Promotion, user: User, who: Actor, state: Promotion.State, reason: str) -> None:
    row.state, row.decided_at, row.decided_by, row.reason = state, now(), user, reason
    row.save(update_fields=["state", "decided_at", "decided_by", "reason", "certificate"])
    action = "promotion.confirm" if state == State.CONFIRMED else "promotion.refuse"
    data = {"certificate": str(row.certificate.uuid)} if row.certificate else {}
    record(who, action=action, target_type=TARGET, target=row.uuid, reason=reason, data=data)
    payload = {
        "person": str(row.outcome.holder.uuid),
        "promotion": str(row.uuid),
        "award": str(row.outcome.uuid),
        "level": row.level,
        "assessor": row.assessor.code,
        **data,
    }
    emit(f"promotion.{state.value}", payload, key=f"promotion.{state.value}:{row.uuid}")


def _assessor(user: User, promotion: Promotion) -> Actor:
    who = require_role(user, Role.ASSESSOR, organisation=promotion.assessor)
    if promotion.outcome.holder_id in person_ids(user):
        raise NotAllowed(_("不能办理自己的事项，请交给其他人员。"), code="own_case")
    return who


def _locked(promotion: Promotion) -> Promotion:
    """Held for the rest of the transaction. Raises Conflict: decided already."""
    hold(Promotion, promotion.pk)
    row = queries.full().get(pk=promotion.pk)
    if row.state != State.PROPOSED:
        raise _decided()
    return row


def _decided() -> Conflict:
    return Conflict(_("这份晋级申请已有结果，请刷新查看。"), code="already_decided")
