"""Depositing an outcome and verifying it. Every step is its own audit row: deposit, files, ask, supplement, verify or
refuse, and accumulate when a verified outcome enters its holder's account (A64; conversion is the posting's own).

Refuses: what `rules.check` says cannot be right, one's own paper a second time, anybody verifying their own, an issuer
verifying what it was not entitled to issue, a second person's paper as genuine. What others registered is never told
to a learner: a deposit gets the same answer whether the number is free, registered by another, verified or used. Whoever
verifies learns of it, from `claimed_by_others`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditbank.outcomes import rules
from creditbank.outcomes.catalogue import covered_faults
from creditbank.outcomes.models import AssessorType, LearningOutcome, OutcomeEvidence
from creditbank.outcomes.queries import receiving_college, registered_issuer, verifying_organisation
from creditbank.outcomes.rights import verifying_fault
from creditbank.outcomes.rules import Deposit
from creditbank.outcomes.words import fault_sentence, right_sentence
from lms.accounts.api import Organisation, Role, User, actor, require_role
from lms.lib import evidence
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.crypto import lookup_hash
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany

__all__ = [
    "Deposit",
    "achievement_of",
    "add_files",
    "deposit",
    "refuse_outcome",
    "supplement",
    "verify_outcome",
]

TARGET = "creditbank.LearningOutcome"
# What a program is told when a field cannot be right.
WRONG = "invalid_outcome"
# Nobody comes with more papers on one day; more is somebody trying numbers.
MOST_A_DAY = 20
LEVELLED = rules.LEVELLED
LONGEST_NOTE = 1000
Status = LearningOutcome.Status
# How a person can have found out; a deposit by the issuer is nobody's choice.
METHODS = (LearningOutcome.Method.ISSUER, LearningOutcome.Method.REGISTER, LearningOutcome.Method.ORIGINAL)


def achievement_key(identity: str) -> str:
    """The keyed hash of `rules.identity`."""
    return lookup_hash(identity, "creditbank.achievement")


def achievement_of(kind: str, number: str) -> str:
    """The keyed hash that makes a paper the same one, whoever registers it and however it was typed. number: tidied."""
    return achievement_key(f"{kind}:{rules.bare_number(number)}")


def faults_of(said: Deposit) -> list[rules.Fault]:
    """What cannot be right, by the rules and by the catalogue of the day it was issued."""
    found = rules.check(said, today())
    if not found:
        found = list(covered_faults([said]).values())
    if not found and said.entry is not None and said.level is not None:
        levels = said.entry.levels
        found = [rules.Fault("level", "not_in_catalogue")] if levels and said.level not in levels else []
    return found


def check_deposit(said: Deposit) -> tuple[str, rules.NumberCheck]:
    """The tidied number and its form. Raises Invalid with the field's name in `details`, before anything is written."""
    found = faults_of(said)
    if found:
        fields = {fault.field: fault_sentence(said.kind, fault) for fault in reversed(found)}
        first = found[0].field
        details: dict[str, Any] = {"field": first}
        if len(fields) > 1:
            details["fields"] = fields
        code = "occupation_covered" if found[0].code == "covered" else WRONG
        raise Invalid(fields[first], code=code, details=details)
    number = rules.tidy_number(said.number)
    return number, rules.check_number(said.kind, number, said.level)


def completed(said: Deposit) -> Deposit:
    """What is said with only the fields that the kind has, and what the chosen entry of the catalogue adds."""
    spec = rules.KINDS.get(said.kind)
    if spec is None:
        return said
    blank = Deposit(said.kind, "", "", None, "", "", said.issued_on)
    others = {name: getattr(blank, name) for name in rules.FIELDS if name not in spec.fields}
    said = replace(said, **others)
    if said.entry is not None and said.entry.validity_months and said.expires_on is None:
        said = replace(said, expires_on=rules.months_later(said.issued_on, said.entry.validity_months))
    return said


def row_of(said: Deposit, holder: User, number: str, form: str) -> LearningOutcome:
    """The unsaved row of a checked deposit."""
    spec = rules.KINDS[said.kind]
    issuer_kind = said.issuer.kind if said.issuer is not None else ""
    details = {name: getattr(said, name).strip() for name in rules.DETAILS if name in spec.fields}
    return LearningOutcome(
        holder=holder,
        kind=said.kind,
        title=said.title.strip(),
        occupation_code=said.occupation_code.strip(),
        level=said.level,
        issuer_name=said.issuer_name.strip(),
        issuer=said.issuer,
        assessor_type=rules.assessor_of(said, form, issuer_kind),
        entry=said.entry,
        number=number,
        achievement=achievement_key(rules.identity(said, str(holder.uuid))),
        number_form=form,
        starts_on=said.starts_on,
        issued_on=said.issued_on,
        expires_on=said.expires_on,
        score=said.score,
        centicredits=said.centicredits,
        centihours=said.centihours,
        unit=said.unit,
        course_code=said.course_code.strip(),
        award=said.award,
        details={name: value for name, value in details.items() if value},
        deposited_at=now(),
    )


# --- the holder ------------------------------------------------------------------------------------------


def deposit(user: User, said: Deposit, files: Sequence[UploadedFile] = ()) -> LearningOutcome:
    """Register one's own outcome. Only its form is checked here; someone verifies it later.

    Raises Invalid (a field cannot be right), Conflict (one has registered it already), TooMany.
    """
    said = completed(said)
    number, found = check_deposit(said)
    if said.issuer is None:
        said = replace(said, issuer=registered_issuer(said.issuer_name))
    since = now() - timedelta(days=1)
    mine = LearningOutcome.objects.filter(holder=user, deposited_at__gt=since)
    if mine.exclude(method=LearningOutcome.Method.DEPOSIT).count() >= MOST_A_DAY:
        raise TooMany(
            _("一天最多登记 %(most)s 张证书。请明天再登记其余的。") % {"most": MOST_A_DAY},
            code="too_many_outcomes",
        )
    checked = evidence.checked(files, code=WRONG)
    outcome = row_of(said, user, number, found.form)
    try:
        with transaction.atomic():
            outcome.save()
            _keep(outcome, checked)
            record(
                actor(user),
                action="outcome.deposit",
                target_type=TARGET,
                target=outcome.uuid,
                data={"kind": said.kind, "form": found.form, "files": len(files)},
            )
    except IntegrityError as error:
        raise _registered(user, outcome.achievement) from error
    return outcome


def _keep(outcome: LearningOutcome, checked: Sequence[evidence.Checked]) -> None:
    for item in checked:
        OutcomeEvidence.objects.create(outcome=outcome, **evidence.values(item))


def _registered(user: User, achievement: str) -> Conflict:
    mine = LearningOutcome.objects.exclude(status="refused").get(achievement=achievement, holder=user)
    return Conflict(
        _("你已经登记过这张证书，可以直接用它申请。"),
        code="already_deposited",
        details={"outcome": str(mine.uuid)},
    )


def supplement(
    user: User, outcome: LearningOutcome, *, text: str = "", files: Sequence[UploadedFile] = ()
) -> LearningOutcome:
    """Hand in what the verifier asked for: files, words or both; the outcome waits for verification again.

    Raises NotFound (not one's own), Conflict (nothing was asked for), Invalid (neither file nor word).
    """
    if outcome.holder_id != user.pk:
        raise NotFound
    checked = evidence.checked(files, code=WRONG, there=outcome.evidence.count())
    said = text.strip()[:LONGEST_NOTE]
    if not checked and not said:
        raise Invalid(_("请上传材料，或写明情况。"), code="supplement_empty", details={"field": "evidence"})
    with transaction.atomic():
        asked = LearningOutcome.objects.filter(pk=outcome.pk, status=Status.SUPPLEMENT)
        if not asked.update(status=Status.SUBMITTED, note=""):
            raise Conflict(_("这项成果现在不需要补充材料，请刷新查看。"), code="nothing_asked")
        _keep(outcome, checked)
        record(
            actor(user),
            action="outcome.supplement",
            target_type=TARGET,
            target=outcome.uuid,
            reason=said,
            data={"files": len(checked)},
        )
    outcome.refresh_from_db()
    return outcome


def add_files(user: User, outcome: LearningOutcome, files: Sequence[UploadedFile]) -> LearningOutcome:
    """Hand in files of one's own accord while the outcome waits to be verified: some colleges take none without them.

    Raises NotFound (not one's own), Conflict (judged already, or asked for more: `supplement`), Invalid (no file, or a
    file that cannot be taken).
    """
    if outcome.holder_id != user.pk:
        raise NotFound
    if not files:
        raise Invalid(_("请选择要上传的文件。"), code="no_file", details={"field": "evidence"})
    with transaction.atomic():
        # The row is held, so that nobody judges it meanwhile without having seen the files.
        row = LearningOutcome.objects.select_for_update().get(pk=outcome.pk)
        if row.status != Status.SUBMITTED:
            raise Conflict(_("这项成果已有核实结果，不能再添加材料，请刷新查看。"), code="already_judged")
        checked = evidence.checked(files, code=WRONG, there=row.evidence.count())
        _keep(row, checked)
        record(
            actor(user),
            action="outcome.files",
            target_type=TARGET,
            target=outcome.uuid,
            data={"files": len(checked)},
        )
    return row


# --- who verifies ----------------------------------------------------------------------------------------


def verify_outcome(
    user: User, outcome: LearningOutcome, *, method: str, note: str = "", assessor_type: str = ""
) -> LearningOutcome:
    """Say that the certificate is genuine and how that was found out. Reviewers of a college that it was handed to,
    or assessors of the body that issued it and was entitled to on the day of issue; never one's own. assessor_type: who
    assessed, where the paper says more than its holder did. Raises Invalid, NotAllowed (`no_issuing_right`), Conflict
    (judged already, or the same paper was found to be another person's).
    """
    if method not in METHODS:
        raise Invalid(_("请选择核实方式。"), code="method_missing", details={"field": "method"})
    if assessor_type and assessor_type not in AssessorType.values:
        raise Invalid(_("请选择评价主体。"), code=WRONG, details={"field": "assessor_type"})
    values = {"method": method, "assessor_type": assessor_type or outcome.assessor_type}
    return _judge(user, outcome, Status.VERIFIED, note.strip(), values)


def refuse_outcome(user: User, outcome: LearningOutcome, *, note: str) -> LearningOutcome:
    """Say that the certificate could not be verified, and why. The number is free again afterwards."""
    if not note.strip():
        raise Invalid(
            _("请写明未通过核实的原因，申请人会看到。"), code="reason_missing", details={"field": "note"}
        )
    return _judge(user, outcome, Status.REFUSED, note.strip(), {"method": ""})


def ask_supplement(user: User, outcome: LearningOutcome, *, note: str) -> LearningOutcome:
    """Ask the holder for more; `note` says for what. The outcome waits until they hand it in; no deadline is set by any
    source, so there is none. Raises as refuse_outcome.
    """
    if not note.strip():
        raise Invalid(_("请写明需要补充什么，本人会看到。"), code="reason_missing", details={"field": "note"})
    return _judge(user, outcome, Status.SUPPLEMENT, note.strip(), {"method": ""})


def _judge(
    user: User, outcome: LearningOutcome, status: str, note: str, values: dict[str, Any]
) -> LearningOutcome:
    if outcome.holder_id == user.pk:
        raise NotAllowed(_("不能核实自己的证书，请交给其他审核人员。"), code="own_case")
    body = verifying_organisation(user, outcome)
    if body is None:
        raise NotAllowed(_("这张证书不在你的核实范围内。"))
    who = require_role(user, Role.REVIEWER, Role.ASSESSOR, organisation=body)
    if status == Status.VERIFIED:
        no_right = why_not_verified(user, outcome)
        if no_right:
            raise NotAllowed(no_right, code="no_issuing_right")
    try:
        _judged(outcome, user, body, who, status, note, values)
    except IntegrityError as error:
        raise Conflict(
            _(
                "同一张证书已核实在另一个人名下，不能再核实一次。请查验原件和本人；确有错误，先由原核实单位处理。"
            ),
            code="verified_for_another",
        ) from error
    outcome.refresh_from_db()
    return outcome


def why_not_verified(user: User, outcome: LearningOutcome) -> str:
    """Why the user, who may judge an outcome as of its issuer, can't call it genuine; "" where they can.

    Saying that it is not genuine, or asking for more, takes no right: else nobody could clear up a wrong claim.
    """
    if receiving_college(user, outcome) is not None:
        return ""
    fault = verifying_fault(outcome)
    return right_sentence(outcome.kind, outcome.issued_on, fault) if fault is not None else ""


_ACTIONS = {
    Status.VERIFIED: "outcome.verify",
    Status.REFUSED: "outcome.refuse",
    Status.SUPPLEMENT: "outcome.ask",
}


def _judged(
    outcome: LearningOutcome,
    user: User,
    body: Organisation,
    who: Actor,
    status: str,
    note: str,
    values: dict[str, Any],
) -> None:
    decided = (
        {}
        if status == Status.SUPPLEMENT
        else {"verified_by": user, "verified_for": body.code, "verified_at": now()}
    )
    waiting = [Status.SUBMITTED] if status == Status.SUPPLEMENT else [Status.SUBMITTED, Status.SUPPLEMENT]
    with transaction.atomic():
        # One conditional UPDATE as the claim: two reviewers at once, one wins.
        changed = LearningOutcome.objects.filter(pk=outcome.pk, status__in=waiting).update(
            status=status, note=note[:LONGEST_NOTE], **decided, **values
        )
        if not changed:
            raise Conflict(_("这张证书已有核实结果，请刷新查看。"), code="already_judged")
        record(
            who,
            action=_ACTIONS[Status(status)],
            target_type=TARGET,
            target=outcome.uuid,
            reason=note,
            data={"method": values["method"]},
        )
        if status == Status.VERIFIED:
            accumulate(outcome)


def accumulate(outcome: LearningOutcome) -> None:
    """The third step of A64, in the transaction of the second: a verified outcome enters its holder's account."""
    record(
        Actor.system("creditbank.outcomes"),
        action="outcome.accumulate",
        target_type=TARGET,
        target=outcome.uuid,
    )
