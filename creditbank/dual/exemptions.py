"""学分认可型: credits of a student exempt from parts of the skill assessment (A59).

Owns: asking, withdrawing, the assessor's decision, the exemption, which cites course, grade and rule version and can
be verified by its code, and its taking back, a further row. Refuses: one's own case, a course that is not verified, a
part that is exempted already; taking back what credits in the books rest on.
"""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from creditbank.applications.grants import still_open
from creditbank.applications.judging import judge
from creditbank.applications.models import OutcomeUse
from creditbank.applications.refusals import refused, refused_for
from creditbank.applications.steps import hold, reason_of
from creditbank.dual.models import Exemption, ExemptionRequest, ExemptionRevocation, FusedPlan
from creditbank.dual.queries import courses_of, rule_version_on, version_on
from creditbank.dual.services import REASON
from creditbank.outcomes.models import LearningOutcome
from creditbank.rules.facts import Kind, Mode, Reason, UsedFact
from creditbank.rules.models import Programme
from lms.accounts.api import Role, User, actor, real_name_status, require_role
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now, today
from lms.lib.errors import Conflict, NotAllowed, NotFound
from lms.lib.outbox.services import emit
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
        raise refused(rule, outcome, found.line, day)
    try:
        with transaction.atomic():
            still_open(user, hold=True)
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
    who = _assessor(user, request)
    said = reason_of(reason, REASON)
    with transaction.atomic():
        row = _locked(request)
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


def revoke_exemption(user: User, request: ExemptionRequest, *, reason: str) -> ExemptionRequest:
    """An assessor of the plan's assessor takes a wrongly granted exemption back, with a reason that its holder sees. The
    grant stays on record, its code says that it does not hold, and the course result may be asked with again.

    Raises NotAllowed (role, own case), Invalid (no reason), Conflict (not granted; "rests_on_it": a certificate of this
    assessor's for what was exempted has become credits since, `details` says whose recognition is to be reversed first).
    """
    who = _assessor(user, request)
    said = reason_of(reason, REASON)
    with transaction.atomic():
        row = _locked(request)
        if row.state != State.GRANTED:
            raise Conflict(_("只有已同意的免考可以撤销，请刷新查看。"), code="not_granted")
        _nothing_rests_on(row)
        ExemptionRevocation.objects.create(request=row, reason=said, revoked_at=now(), revoked_by=user)
        row.state = State.REVOKED
        row.save(update_fields=["state"])
        verify.revoke(KIND, row.uuid, gettext_noop("评价机构已撤销这份免考。"))
        certificates = [str(uuid) for uuid in certificates_since(row).values_list("uuid", flat=True)]
        data = {"certificates": certificates}
        record(who, action="exemption.revoke", target_type=TARGET, target=row.uuid, reason=said, data=data)
        payload = {
            "person": str(row.person.uuid),
            "request": str(row.uuid),
            "plan": row.plan_version.plan.code,
            "course": row.outcome.course_code,
            "certificates": certificates,
        }
        emit("exemption.revoked", payload, key=f"exemption.revoked:{row.uuid}")
    return row


def certificates_since(row: ExemptionRequest) -> QuerySet[LearningOutcome]:
    """The holder's certificates of what the plan aims at that the assessor issued on the day of the grant or later: it is
    the assessor's to judge whether they rest on the exemption."""
    version = row.plan_version
    body = version.plan.assessor
    granted_on = local_day(row.decided_at or row.asked_at)
    return LearningOutcome.objects.filter(
        Q(issuer=body) | Q(issuer=None, issuer_name=body.name),
        holder=row.person,
        kind=Kind.SKILL,
        occupation_code=version.occupation_code,
        level=version.level,
        issued_on__gte=granted_on,
    ).exclude(status=LearningOutcome.Status.REFUSED)


def _nothing_rests_on(row: ExemptionRequest) -> None:
    """Raises Conflict where one of those certificates stands in the books as credits."""
    uses = OutcomeUse.objects.filter(outcome__in=certificates_since(row), release=None)
    found = uses.select_related("outcome", "application", "programme__organisation").order_by("id").first()
    if found is None:
        return
    words = {"title": found.outcome.title if found.outcome else "", "who": found.programme.organisation.name}
    raise Conflict(
        _("免考之后取得的证书“%(title)s”已在%(who)s换成学分。请先由%(who)s撤销那一次认定，再撤销免考。")
        % words,
        code="rests_on_it",
        details={
            "applications": [str(uuid) for uuid in uses.values_list("application__uuid", flat=True)],
            "college": found.programme.organisation.code,
        },
    )


def _assessor(user: User, request: ExemptionRequest) -> Actor:
    who = require_role(user, Role.ASSESSOR, organisation=request.plan_version.plan.assessor)
    if request.person_id == user.pk:
        raise NotAllowed(_("不能办理自己的事项，请交给其他人员。"), code="own_case")
    return who


def _locked(request: ExemptionRequest) -> ExemptionRequest:
    hold(ExemptionRequest, request.pk)
    rows = ExemptionRequest.objects.select_related(
        "person",
        "outcome__issuer",
        "rule_version__rule",
        "plan_version__plan__programme",
        "plan_version__plan__assessor",
    )
    return rows.get(pk=request.pk)


def _grant(row: ExemptionRequest) -> None:
    programme = row.plan_version.plan.programme
    used = _exempted(row.person, programme)
    found = judge(row.person, programme, row.rule_version, row.evaluated_on, row.outcome, besides=used)
    if found.line.reason != Reason.GRANTED:
        raise refused(row.rule_version, row.outcome, found.line, row.evaluated_on)
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
                    follows=_taken_back(row, part.code),
                )
    except IntegrityError as error:
        raise refused_for(row.rule_version, Reason.EXEMPTED) from error
    verify.issue(KIND, row.uuid)


def _taken_back(row: ExemptionRequest, code: str) -> ExemptionRevocation | None:
    """What the new exemption of a part follows: the taking back of the last one; None where there was none."""
    programme = row.plan_version.plan.programme
    last = Exemption.objects.filter(holder=row.person.uuid, programme=programme, code=code).order_by("-id")
    former = last.select_related("request__revocation").first()
    return getattr(former.request, "revocation", None) if former else None


def _exempted(user: User, programme: Programme) -> list[UsedFact]:
    """The parts a person need not take any more, as the engine sees them."""
    standing = Exemption.objects.filter(request__person=user, programme=programme, request__revocation=None)
    rows = standing.select_related("request__outcome", "request__rule_version__rule")
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
