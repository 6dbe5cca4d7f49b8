"""Rules of honours, and rewards given under them and taken back (A49). One function per mutation.

Who: personnel officers of an organisation, officers of an authority, each for the own body. Refuses: what no rule of the day
covers, an outcome that nobody has verified, people of whom the body sees nothing (`queries`), one's own, a second reward of
the body for the same outcome.
"""

from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditbank.applications.steps import hold, reason_of
from creditbank.holders.queries import person_ids
from creditbank.honours import queries
from creditbank.honours.models import Reward, RewardReversal, RewardRule
from creditbank.outcomes import rules as outcome_rules
from creditbank.outcomes.catalogue import bare_code, wrong
from creditbank.outcomes.models import LearningOutcome
from lms.accounts.api import Organisation, User, require_role, require_role_or_platform
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, NotAllowed
from lms.lib.outbox.services import emit

TARGET = "creditbank.Reward"
FULL_SCORE = 10_000
# Of one reward; a typing error is caught, no source bounds it.
MOST_FEN = 9_999_999
LONGEST_HONOUR = 60


def set_rule(
    by: User | Actor,
    organisation: Organisation,
    *,
    honour: str,
    fen: int,
    valid_from: date,
    source: str,
    award: str = "",
    least: int | None = None,
    occupation_code: str = "",
    stops: bool = False,
) -> RewardRule:
    """From a day on the body gives an honour and fen for an award ("city-1") or for a score of at least `least` hundredths.

    Raises NotAllowed (the body's officers only), Invalid.
    """
    who = require_role_or_platform(by, queries.role_of(organisation), organisation=organisation)
    _check_measure(organisation, award, least, occupation_code)
    if not 0 < len(honour.strip()) <= LONGEST_HONOUR:
        raise wrong("honour", _("请写明荣誉称号，不超过 60 个字。"))
    if not 0 <= fen <= MOST_FEN:
        raise wrong("fen", _("物质奖励应在 0 到 99999.99 元之间。"))
    if not source.strip():
        raise wrong("source", _("请写明依据的文件。"))
    with transaction.atomic():
        row = RewardRule.objects.create(
            organisation=organisation,
            award=award,
            least=least,
            occupation_code=bare_code(occupation_code),
            honour=honour.strip(),
            fen=fen,
            stops=stops,
            valid_from=valid_from,
            source=source.strip(),
            made_at=now(),
        )
        data = {"award": award, "least": least, "occupation": row.occupation_code, "honour": row.honour}
        data |= {"fen": fen, "stops": stops, "valid_from": valid_from.isoformat()}
        record(
            who,
            action="reward_rule.set",
            target_type="creditbank.RewardRule",
            target=row.uuid,
            data=data,
        )
    return row


def _check_measure(organisation: Organisation, award: str, least: int | None, code: str) -> None:
    level, _dash, rank = award.partition("-")
    if award and (level not in outcome_rules.AWARD_LEVELS or rank not in outcome_rules.AWARD_RANKS):
        raise wrong("award", _("请选择竞赛级别和获奖等次。"))
    if bool(award) == (least is not None):
        raise wrong("least", _("奖项和成绩两样里填一样，不能都填，也不能都不填。"))
    if least is not None and not 0 < least <= FULL_SCORE:
        raise wrong("least", _("成绩应在 0 到 100 之间，大于 0。"))
    if least is not None and organisation.kind == Organisation.Kind.AUTHORITY:
        raise wrong("least", _("主管部门看不到个人的成绩，只能按竞赛奖项奖励。"))
    if code.strip() and not bare_code(code):
        raise wrong("occupation_code", _("职业编码的格式应为 X-XX-XX-XX，例如 6-31-01-03。"))
    if code.strip() and least is not None:
        raise wrong("occupation_code", _("课程成绩没有职业编码，按成绩奖励时不填。"))


def give(by: User | Actor, rule: RewardRule, outcome: UUID, *, reason: str) -> Reward:
    """Record the reward that the rule gives for an outcome. reason: the holder reads it.

    Raises NotAllowed (the body's officers only; one's own), Invalid (reason), NotFound (no outcome that the rule covers and
    the body sees), Conflict (given at the same moment by somebody else).
    """
    body = rule.organisation
    who = require_role_or_platform(by, queries.role_of(body), organisation=body)
    said = reason_of(reason, _("请写明理由，本人会看到，不超过 1000 个字。"))
    found = queries.candidate(rule, outcome)
    decided_by = None if isinstance(by, Actor) else by
    if decided_by is not None and found.holder_id in person_ids(decided_by):
        raise NotAllowed(_("不能办理自己的事项，请交给其他人员。"), code="own_case")
    try:
        with transaction.atomic():
            hold(LearningOutcome, found.pk)
            # What came meanwhile: another reward, or another state of the outcome.
            found = queries.candidate(rule, outcome)
            row = Reward.objects.create(
                outcome=found,
                rule=rule,
                organisation=body,
                number=Reward.objects.filter(outcome=found, organisation=body).count() + 1,
                award=found.award if rule.award else "",
                score=None if rule.award else found.score,
                honour=rule.honour,
                fen=rule.fen,
                reason=said,
                decided_at=now(),
                decided_by=decided_by,
            )
            _note(who, row, "given", said)
    except IntegrityError as error:
        raise Conflict(_("这项成果已由本单位奖励过，请刷新查看。"), code="rewarded_already") from error
    return row


def take_back(user: User, reward: Reward, *, reason: str) -> RewardReversal:
    """The reward stays in the books with a row that takes it back. Raises NotAllowed, Invalid (reason), Conflict (taken back
    already).
    """
    body = reward.organisation
    who = require_role(user, queries.role_of(body), organisation=body)
    said = reason_of(reason, _("请写明理由，本人会看到，不超过 1000 个字。"))
    if reward.outcome.holder_id in person_ids(user):
        raise NotAllowed(_("不能办理自己的事项，请交给其他人员。"), code="own_case")
    try:
        with transaction.atomic():
            row = RewardReversal.objects.create(reward=reward, reason=said, decided_at=now(), decided_by=user)
            _note(who, reward, "taken_back", said)
    except IntegrityError as error:
        raise Conflict(_("这项奖励已经撤销，请刷新查看。"), code="taken_back_already") from error
    return row


def _note(who: Actor, row: Reward, what: str, reason: str) -> None:
    """The audit row and the event."""
    data = {"rule": str(row.rule.uuid), "outcome": str(row.outcome.uuid), "fen": row.fen}
    record(who, action=f"reward.{what}", target_type=TARGET, target=row.uuid, reason=reason, data=data)
    payload = {"person": str(row.outcome.holder.uuid), "reward": str(row.uuid), **data}
    payload["body"] = row.organisation.code
    emit(f"reward.{what}", payload, key=f"reward.{what}:{row.uuid}")
