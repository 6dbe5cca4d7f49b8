"""学分认可型: credits of a student exempt from parts of the skill assessment (A59).

Owns: asking, withdrawing, the assessor's decision, and the exemption, which cites course, grade and rule version and can
be verified by its code. Refuses: one's own case, a course that is not verified, a part that is exempted already.
"""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from creditbank.applications.judging import judge
from creditbank.applications.steps import reason_of
from creditbank.applications.words import reason_sentence
from creditbank.dual.models import Exemption, ExemptionRequest, FusedPlan
from creditbank.dual.queries import courses_of, rule_version_on, version_on
from creditbank.dual.services import REASON
from creditbank.outcomes.models import LearningOutcome
from creditbank.rules.facts import Mode, Reason, UsedFact
from creditbank.rules.models import Programme
from lms.accounts.api import Role, User, actor, real_name_status, require_role
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, NotAllowed, NotFound
from lms.lib.verify import services as verify

KIND = "exemption"
TARGET = "creditbank.ExemptionRequest"
State = ExemptionRequest.State


def ask_exemption(user: User, plan: FusedPlan, outcome_uuid: UUID) -> ExemptionRequest:
    """Ask the plan's assessor for what one's course result exempts from. Raises NotAllowed (no real name), NotFound,
    Conflict (the engine does not give: why, in words; asked already).
    """
    if real_name_status(user) == "unverified":
        raise NotAllowed(_("免考要记在实名之下：请先在“我的”里填写实名信息。"), code="real_name_missing")
    day = today()
    version = version_on(plan, day)
    outcome = LearningOutcome.objects.filter(uuid=outcome_uuid, holder=user).select_related("issuer").first()
    if outcome is None:
        raise NotFound
    if version is None or plan.mode != Mode.CREDIT_RECOGNITION:
        raise Conflict(_("这个方案现在不接受申请。"), code="plan_closed")
    course = next((item for item in courses_of(version) if item.code == outcome.course_code), None)
    if course is None:
        raise Conflict(_("这门课程不在方案之内，不能用来申请免考。"), code="course_not_in_plan")
    rule = rule_version_on(plan.programme, course.rule, day)
    found = judge(user, plan.programme, rule, day, outcome, besides=_exempted(user, plan.programme))
    if found.line.reason != Reason.GRANTED:
        raise Conflict(reason_sentence(found.line.reason), code=found.line.reason)
    try:
        with transaction.atomic():
            row = ExemptionRequest.objects.create(
                person=user,
                plan_version=version,
                rule=rule.rule,
                rule_version=rule,
                outcome=outcome,
                evaluated_on=day,
                worth=found.kept,
                asked_at=now(),
            )
            data = {"rule": rule.rule.code, "version": rule.number}
            record(actor(user), action="exemption.ask", target_type=TARGET, target=row.uuid, data=data)
    except IntegrityError as error:
        raise Conflict(_("这门课程已经申请过免考，请查看已有的申请。"), code="already_asked") from error
    return row


def withdraw_exemption(user: User, request: ExemptionRequest) -> ExemptionRequest:
    """Take one's own request back, before it is decided."""
    if request.person_id != user.pk:
        raise NotFound
    with transaction.atomic():
        waiting = ExemptionRequest.objects.filter(pk=request.pk, state=State.SUBMITTED)
        if waiting.update(state=State.WITHDRAWN, decided_at=now()) != 1:
            raise _moved_on()
        record(actor(user), action="exemption.withdraw", target_type=TARGET, target=request.uuid)
    request.refresh_from_db()
    return request


def decide_exemption(
    user: User, request: ExemptionRequest, *, approve: bool, reason: str
) -> ExemptionRequest:
    """An assessor of the plan's assessor grants or refuses, with a reason. Judged once more, with what holds now of the
    course result; the rule version is that of the day it was asked for (A88).

    Raises NotAllowed (role, own case), Invalid (no reason), Conflict (decided, not verified any more, exempted already).
    """
    plan = request.plan_version.plan
    who = require_role(user, Role.ASSESSOR, organisation=plan.assessor)
    if request.person_id == user.pk:
        raise NotAllowed(_("不能办理自己的事项，请交给其他人员。"), code="own_case")
    said = reason_of(reason, REASON)
    with transaction.atomic():
        row = (
            ExemptionRequest.objects.select_for_update(of=("self",))
            .select_related(
                "person", "outcome__issuer", "rule_version__rule", "plan_version__plan__programme"
            )
            .get(pk=request.pk)
        )
        if row.state != State.SUBMITTED:
            raise _moved_on()
        if approve:
            _grant(row)
        row.state = State.GRANTED if approve else State.REFUSED
        row.decided_at, row.decided_by, row.reason = now(), user, said
        row.save(update_fields=["state", "decision", "decided_at", "decided_by", "reason"])
        record(
            who,
            action="exemption.grant" if approve else "exemption.refuse",
            target_type=TARGET,
            target=row.uuid,
            reason=said,
        )
    return row


def _grant(row: ExemptionRequest) -> None:
    programme = row.plan_version.plan.programme
    used = _exempted(row.person, programme)
    found = judge(row.person, programme, row.rule_version, row.evaluated_on, row.outcome, besides=used)
    if found.line.reason != Reason.GRANTED:
        raise Conflict(reason_sentence(found.line.reason), code=found.line.reason)
    row.decision = found.kept
    try:
        with transaction.atomic():
            for part in found.line.exemptions:
                Exemption.objects.create(
                    request=row,
                    holder=row.person.uuid,
                    programme=programme,
                    code=part.code,
                    name=part.name or part.code,
                    course_code=row.outcome.course_code,
                    course_name=row.outcome.title,
                    grade=row.outcome.score,
                    granted_at=now(),
                )
    except IntegrityError as error:
        raise Conflict(reason_sentence(Reason.EXEMPTED), code=Reason.EXEMPTED) from error
    verify.issue(KIND, row.uuid)


def _exempted(user: User, programme: Programme) -> list[UsedFact]:
    """The parts a person need not take any more, as the engine sees them."""
    rows = Exemption.objects.filter(request__person=user, programme=programme).select_related(
        "request__outcome", "request__rule_version__rule"
    )
    return [
        UsedFact(
            row.request.outcome.achievement,
            str(programme.uuid),
            "",
            0,
            rule_code=row.request.rule_version.rule.code,
            group=row.request.rule_version.group,
            exemption=row.code,
            shares_outcome=row.request.rule_version.shares_outcome,
        )
        for row in rows
    ]


def _moved_on() -> Conflict:
    return Conflict(_("这份申请已有结果，请刷新查看。"), code="already_decided")
