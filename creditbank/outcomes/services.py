"""Depositing an outcome and verifying it. Every step is its own audit row: deposit, verify or refuse.

Refuses: numbers of an impossible form, one's own paper a second time, anybody verifying their own, a second person's
paper as genuine. What others registered is never told to a learner: a deposit gets the same answer whether the number
is free, registered by another, verified or used. Whoever verifies learns of it, from `claimed_by_others`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditbank.outcomes import rules
from creditbank.outcomes.models import LearningOutcome, Level, OutcomeEvidence
from creditbank.outcomes.queries import verifying_organisation
from creditbank.rules.rules import OCCUPATION_CODE
from lms.accounts.api import Organisation, Role, User, actor, require_role
from lms.lib import evidence
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.crypto import lookup_hash
from lms.lib.errors import Conflict, Invalid, NotAllowed, TooMany

TARGET = "creditbank.LearningOutcome"
# What a program is told when a field cannot be right.
WRONG = "invalid_outcome"
# Nobody comes with more papers on one day; more is somebody trying numbers.
MOST_A_DAY = 20
LEVELLED = frozenset({LearningOutcome.Kind.SKILL, LearningOutcome.Kind.QUALIFICATION})


@dataclass(frozen=True)
class Deposit:
    """What a person says about a certificate. number: as typed; level: 5 (low) to 1 (high)."""

    kind: str
    title: str
    occupation_code: str
    level: int | None
    issuer_name: str
    number: str
    issued_on: date
    expires_on: date | None = None
    issuer: Organisation | None = None


def achievement_of(kind: str, number: str) -> str:
    """The keyed hash that makes a paper the same one, whoever registers it and however it was typed. number: tidied."""
    return lookup_hash(f"{kind}:{rules.bare_number(number)}", "creditbank.achievement")


def check_deposit(said: Deposit) -> tuple[str, rules.NumberCheck]:
    """The tidied number and its form. Raises Invalid with the field's name in `details`, before anything is written."""
    if said.kind not in LearningOutcome.Kind.values:
        raise _wrong("kind", _("请选择证书类型。"))
    for name, value, most in (("title", said.title, 120), ("issuer_name", said.issuer_name, 120)):
        if not value.strip() or len(value) > most:
            raise _wrong(name, _("请填写这一项，不超过 %(most)s 个字。") % {"most": most})
    if said.level is not None and said.level not in Level.values:
        raise _wrong("level", _("请选择等级。"))
    if said.kind in LEVELLED and said.level is None:
        raise _wrong("level", _("这类证书需要选择等级。"))
    if said.occupation_code and not OCCUPATION_CODE.match(said.occupation_code.strip()):
        raise _wrong("occupation_code", _("职业编码的格式应为 X-XX-XX-XX，例如 6-31-01-03。"))
    if said.kind in LEVELLED and not said.occupation_code.strip():
        raise _wrong("occupation_code", _("这类证书需要填写职业编码，它印在证书上或可在职业分类大典中查到。"))
    if said.issued_on > today():
        raise _wrong("issued_on", _("发证日期在今天之后，请核对。"))
    if said.expires_on is not None and said.expires_on < said.issued_on:
        raise _wrong("expires_on", _("有效期早于发证日期，请核对。"))
    number = rules.tidy_number(said.number)
    found = rules.check_number(said.kind, number, said.level)
    if found.problem:
        raise _wrong("number", _number_sentence(found))
    return number, found


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code=WRONG, details={"field": name})


def _number_sentence(found: rules.NumberCheck) -> str:
    sentences = {
        "skill_form": _(
            "编号格式不对：职业技能等级证书应为 Y 或 S 开头，后接 21 位数字，共 22 位。请对照证书再输入一次。"
        ),
        "level_differs": _("编号里的等级是 %(level)s 级，与所选等级不同。请核对编号和等级。")
        % {"level": found.level},
        "qualification_form": _("编号格式不对：职业资格证书应为 16 位数字。请对照证书再输入一次。"),
        "free_form": _("编号应为 4–40 个字母、数字或汉字。请对照证书再输入一次。"),
    }
    return sentences[found.problem]


def deposit(user: User, said: Deposit, files: Sequence[UploadedFile] = ()) -> LearningOutcome:
    """Register one's own certificate. Only the number's form is checked here; someone verifies it later.

    Raises Invalid (a field cannot be right), Conflict (one has registered the paper already), TooMany.
    """
    number, found = check_deposit(said)
    since = now() - timedelta(days=1)
    if LearningOutcome.objects.filter(holder=user, deposited_at__gt=since).count() >= MOST_A_DAY:
        raise TooMany(
            _("一天最多登记 %(most)s 张证书。请明天再登记其余的。") % {"most": MOST_A_DAY},
            code="too_many_outcomes",
        )
    checked = evidence.checked(files, code=WRONG)
    achievement = achievement_of(said.kind, number)
    try:
        with transaction.atomic():
            outcome = LearningOutcome.objects.create(
                holder=user,
                kind=said.kind,
                title=said.title.strip(),
                occupation_code=said.occupation_code.strip(),
                level=said.level,
                issuer_name=said.issuer_name.strip(),
                issuer=said.issuer,
                number=number,
                achievement=achievement,
                number_form=found.form,
                issued_on=said.issued_on,
                expires_on=said.expires_on,
                deposited_at=now(),
            )
            for item in checked:
                OutcomeEvidence.objects.create(outcome=outcome, **evidence.values(item))
            record(
                actor(user),
                action="outcome.deposit",
                target_type=TARGET,
                target=outcome.uuid,
                data={"kind": said.kind, "form": found.form, "files": len(files)},
            )
    except IntegrityError as error:
        raise _registered(user, achievement) from error
    return outcome


def _registered(user: User, achievement: str) -> Conflict:
    mine = LearningOutcome.objects.exclude(status="refused").get(achievement=achievement, holder=user)
    return Conflict(
        _("你已经登记过这张证书，可以直接用它申请。"),
        code="already_deposited",
        details={"outcome": str(mine.uuid)},
    )


def verify_outcome(user: User, outcome: LearningOutcome, *, method: str, note: str = "") -> LearningOutcome:
    """Say that the certificate is genuine and how that was found out. Reviewers of a college that it was handed to,
    or assessors of the body that issued it; never one's own. Raises Invalid, NotAllowed, Conflict (judged already, or
    the same paper was found to be another person's).
    """
    if method not in LearningOutcome.Method.values:
        raise Invalid(_("请选择核实方式。"), code="method_missing", details={"field": "method"})
    return _judge(user, outcome, LearningOutcome.Status.VERIFIED, method, note.strip())


def refuse_outcome(user: User, outcome: LearningOutcome, *, note: str) -> LearningOutcome:
    """Say that the certificate could not be verified, and why. The number is free again afterwards."""
    if not note.strip():
        raise Invalid(
            _("请写明未通过核实的原因，申请人会看到。"), code="reason_missing", details={"field": "note"}
        )
    return _judge(user, outcome, LearningOutcome.Status.REFUSED, "", note.strip())


def _judge(user: User, outcome: LearningOutcome, status: str, method: str, note: str) -> LearningOutcome:
    body = verifying_organisation(user, outcome)
    if body is None:
        raise NotAllowed(_("这张证书不在你的核实范围内。"))
    if outcome.holder_id == user.pk:
        raise NotAllowed(_("不能核实自己的证书，请交给其他审核人员。"), code="own_case")
    who = require_role(user, Role.REVIEWER, Role.ASSESSOR, organisation=body)
    try:
        _judged(outcome, user, body, who, status, method, note)
    except IntegrityError as error:
        raise Conflict(
            _(
                "同一张证书已核实在另一个人名下，不能再核实一次。请查验原件和本人；确有错误，先由原核实单位处理。"
            ),
            code="verified_for_another",
        ) from error
    outcome.refresh_from_db()
    return outcome


def _judged(
    outcome: LearningOutcome, user: User, body: Organisation, who: Actor, status: str, method: str, note: str
) -> None:
    with transaction.atomic():
        # One conditional UPDATE as the claim: two reviewers at once, one wins.
        changed = LearningOutcome.objects.filter(
            pk=outcome.pk, status=LearningOutcome.Status.SUBMITTED
        ).update(
            status=status,
            method=method,
            note=note,
            verified_by=user,
            verified_for=body.code,
            verified_at=now(),
        )
        if not changed:
            raise Conflict(_("这张证书已有核实结果，请刷新查看。"), code="already_judged")
        record(
            who,
            action="outcome.verify" if status == LearningOutcome.Status.VERIFIED else "outcome.refuse",
            target_type=TARGET,
            target=outcome.uuid,
            reason=note,
            data={"method": method},
        )
