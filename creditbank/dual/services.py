"""People in a plan: joining, being admitted, assessed, credited, awarded. One function per mutation.

Who: a learner joins and leaves; the college's administrators admit; the assessor's assessors record results, correct
them and issue the certificate; the college's reviewers confirm a passed course, which posts its credits. Nobody acts on
themselves. In 直通车式 the certificate and the degree credits come from one act, in one transaction: neither is without the
other (A60); its reviewer and the assessor's record are two pairs of eyes of two bodies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditbank.applications.grants import still_open
from creditbank.applications.standing import recognise_confirmed
from creditbank.applications.steps import hold, reason_of
from creditbank.dual import rules
from creditbank.dual.models import (
    FusedAward,
    FusedCredit,
    FusedEnrolment,
    FusedPlan,
    FusedResult,
)
from creditbank.dual.plans import gives
from creditbank.dual.queries import (
    course_of,
    courses_of,
    parts_of,
    results_of,
    rule_version_on,
    states_of,
    version_on,
)
from creditbank.holders.queries import person_ids
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.rules import Deposit
from creditbank.outcomes.vouching import vouch
from creditbank.rules.facts import Kind, Mode
from creditbank.rules.models import ConversionRuleVersion
from creditbank.rules.queries import fact
from lms.accounts.api import Role, User, actor, real_name_status, require_role
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound

TARGET = "creditbank.FusedEnrolment"
State = FusedEnrolment.State
WRONG = "invalid_result"
# Asked for wherever the person is to read why.
REASON = gettext_lazy("请写明理由，本人会看到，不超过 1000 个字。")


# --- joining and leaving ---------------------------------------------------------------------------------


def join(user: User, plan: FusedPlan) -> FusedEnrolment:
    """Ask to take part. Raises NotAllowed (no real name), Conflict (no version in force, asked already)."""
    if real_name_status(user) == "unverified":
        raise NotAllowed(
            _("证书和学分都要记在实名之下：请先在“我的”里填写实名信息。"), code="real_name_missing"
        )
    version = version_on(plan, today())
    if version is None or plan.mode not in rules.FUSED:
        raise Conflict(_("这个方案现在不接受报名。"), code="plan_closed")
    try:
        with transaction.atomic():
            still_open(user, hold=True)
            row = FusedEnrolment.objects.create(person=user, plan=plan, version=version, applied_at=now())
            record(actor(user), action="fused.join", target_type=TARGET, target=row.uuid)
    except IntegrityError as error:
        raise Conflict(_("你已经报名或参加了这个方案。"), code="already_joined") from error
    return row


def leave(user: User, enrolment: FusedEnrolment) -> FusedEnrolment:
    """Leave, before the certificate. What was credited stays credited (A58: credits kept)."""
    if enrolment.person_id != user.pk:
        raise NotFound
    return _step(enrolment, actor(user), (State.APPLIED, State.ADMITTED), State.LEFT, "leave")


def admit(user: User, enrolment: FusedEnrolment) -> FusedEnrolment:
    """The college takes the person in, under the plan's version of today."""
    who = _college(user, enrolment, Role.ADMIN)
    version = version_on(enrolment.plan, today())
    if version is None:
        raise Conflict(_("这个方案现在不接受报名。"), code="plan_closed")
    return _step(enrolment, who, (State.APPLIED,), State.ADMITTED, "admit", by=user, version=version)


def turn_away(user: User, enrolment: FusedEnrolment, *, reason: str) -> FusedEnrolment:
    """The college does not take the person in, and says why."""
    who = _college(user, enrolment, Role.ADMIN)
    said = reason_of(reason, REASON)
    return _step(enrolment, who, (State.APPLIED,), State.REFUSED, "refuse", by=user, reason=said)


def _step(
    enrolment: FusedEnrolment,
    who: Actor,
    before: tuple[str, ...],
    after: str,
    act: str,
    *,
    by: User | None = None,
    **changes: object,
) -> FusedEnrolment:
    values = {"state": after, "decided_at": now(), "decided_by": by} | changes
    with transaction.atomic():
        # One conditional UPDATE as the claim: of two acts at once, one wins.
        waiting = FusedEnrolment.objects.filter(pk=enrolment.pk, state__in=before)
        if waiting.update(**values) != 1:
            raise Conflict(_("这位学员的状态已经变了，请刷新查看。"), code="moved_on")
        reason = str(changes.get("reason", ""))
        record(who, action=f"fused.{act}", target_type=TARGET, target=enrolment.uuid, reason=reason)
    enrolment.refresh_from_db()
    return enrolment


# --- assessing -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Assessed:
    """One assessment: of which course, on which day, each part's score in hundredths."""

    course: str
    assessed_on: date
    scores: Mapping[str, int]


def record_result(user: User, enrolment: FusedEnrolment, said: Assessed) -> FusedResult:
    """The assessor's record of one attempt. Raises NotAllowed, Invalid (a score, the day), Conflict (not admitted, the
    course is passed already).
    """
    who = _assessor(user, enrolment)
    with transaction.atomic():
        row = _locked(enrolment)
        _is_admitted(row)
        course = course_of(row.version, said.course)
        _check_result(row, said)
        if states_of(row)[course.code] in (rules.CourseState.PASSED, rules.CourseState.CREDITED):
            raise Conflict(_("这门课程已经合格，不用再考。"), code="passed_already")
        return _write_result(user, who, row, said)


def correct_result(user: User, result: FusedResult, said: Assessed | None, *, reason: str) -> FusedResult:
    """Replace a wrong record by a further one (said None: by nothing), with a reason. Raises Conflict where it is
    corrected already, or its credits are posted: then the college takes the recognition back first.
    """
    who = _assessor(user, result.enrolment)
    why = reason_of(reason, REASON)
    with transaction.atomic():
        row = _locked(result.enrolment)
        if FusedResult.objects.filter(corrects=result).exists():
            raise Conflict(_("这条记录已经更正过，请更正最新的一条。"), code="corrected_already")
        if _stands(result) or row.state == State.AWARDED:
            raise Conflict(
                _("这门课程的学分已经入账（或证书已发）。要先由学校撤销认定，再更正成绩。"), code="credited"
            )
        if said is None:
            said = Assessed(result.course_code, result.assessed_on, {})
        else:
            if said.course != result.course_code:
                raise Invalid(_("更正只能针对同一门课程。"), code=WRONG, details={"field": "course"})
            _check_result(row, said)
        return _write_result(user, who, row, said, corrects=result, reason=why)


def _stands(result: FusedResult) -> bool:
    """Whether its credits are in the books, not taken back."""
    credit = FusedCredit.objects.filter(result=result).select_related("application").first()
    return credit is not None and credit.application.state == "approved"


def _check_result(row: FusedEnrolment, said: Assessed) -> None:
    parts = parts_of(row.version)
    fault = rules.score_fault(parts, said.scores)
    if fault is not None:
        names = {part.code: part.name for part in parts}
        raise Invalid(
            _("%(part)s：请填写 0 到 100 之间的分数，最多两位小数。")
            % {"part": names.get(fault[0], fault[0])},
            code=WRONG,
            details={"field": fault[0]},
        )
    if not row.version.valid_from <= said.assessed_on <= today():
        raise Invalid(
            _("考核日期应在方案生效（%(day)s）之后，不晚于今天。") % {"day": row.version.valid_from},
            code=WRONG,
            details={"field": "assessed_on"},
        )


def _write_result(
    user: User,
    who: Actor,
    row: FusedEnrolment,
    said: Assessed,
    *,
    corrects: FusedResult | None = None,
    reason: str = "",
) -> FusedResult:
    attempts = row.results.filter(course_code=said.course)
    result = FusedResult.objects.create(
        enrolment=row,
        course_code=said.course,
        attempt=(attempts.aggregate(last=Max("attempt"))["last"] or 0) + 1,
        scores=dict(said.scores),
        passed=bool(said.scores) and rules.passes(parts_of(row.version), said.scores),
        assessed_on=said.assessed_on,
        recorded_at=now(),
        recorded_by=user,
        body=row.plan.assessor,
        corrects=corrects,
        reason=reason,
    )
    record(
        who,
        action="fused.correct" if corrects else "fused.assess",
        target_type=TARGET,
        target=row.uuid,
        reason=reason,
        data={"course": said.course, "attempt": result.attempt, "passed": result.passed},
    )
    return result


# --- what comes of it ------------------------------------------------------------------------------------


def confirm_course(user: User, enrolment: FusedEnrolment, course_code: str) -> FusedCredit:
    """课程重组型: the college confirms a passed course, and its credits are posted. The same assessment goes on counting
    for the certificate. Raises NotAllowed, Conflict (not passed, credited already, the engine does not give).
    """
    _college(user, enrolment, Role.REVIEWER)
    with transaction.atomic():
        row = _locked(enrolment)
        _is_admitted(row)
        if row.plan.mode != Mode.COURSE_RECOMBINATION:
            raise Conflict(_("直通车式的学分与证书一起记入，不逐门确认。"), code="not_by_course")
        course = course_of(row.version, course_code)
        result = next(
            (
                item
                for item in results_of(row)
                if item.course_code == course.code and item.passed and not hasattr(item, "corrected_by")
            ),
            None,
        )
        if result is None or states_of(row)[course.code] != rules.CourseState.PASSED:
            raise Conflict(_("这门课程没有待确认的合格成绩，请刷新查看。"), code="nothing_to_confirm")
        if hasattr(result, "credit"):
            raise Conflict(
                _("这门课程的认定撤销过。请考核机构更正或重新登记成绩，再来确认。"), code="needs_a_new_record"
            )
        _other_eyes(user, [result])
        version = _rule(row, course)
        outcome = _vouched(
            row,
            Deposit(
                kind=Kind.COURSE,
                title=course.name,
                occupation_code="",
                level=None,
                issuer_name=row.plan.assessor.name,
                issuer=row.plan.assessor,
                number="",
                issued_on=result.assessed_on,
                course_code=course.code,
                centicredits=course.centicredits,
                score=rules.overall(parts_of(row.version), result.scores),
            ),
            result.recorded_by,
        )
        application = recognise_confirmed(
            user, outcome, version, reason=_("融通课程考核合格，同一次考核计入课程学分。")
        )
        return FusedCredit.objects.create(result=result, outcome=outcome, application=application)


def award(user: User, enrolment: FusedEnrolment, *, number: str, issued_on: date) -> FusedAward:
    """The certificate of a candidate. 课程重组型: issued by the assessor's assessor. 直通车式: by a reviewer of the college, to
    whom the assessor's records are the evidence; the degree credits are posted in the same transaction. number: as on the
    certificate, in the form of its kind. Raises NotAllowed, Invalid (number, day), Conflict (not a candidate, share).
    """
    through = enrolment.plan.mode == Mode.THROUGH_TRAIN
    who = _college(user, enrolment, Role.REVIEWER) if through else _assessor(user, enrolment)
    with transaction.atomic():
        row = _locked(enrolment)
        _is_admitted(row)
        if not rules.is_candidate(states_of(row)):
            raise Conflict(_("还有融通课程没有合格，不能发证。"), code="not_a_candidate")
        relied = [item for item in results_of(row) if item.passed and not hasattr(item, "corrected_by")]
        last = max(item.assessed_on for item in relied)
        if not last <= issued_on <= today():
            raise Invalid(
                _("发证日期应在最后一次合格考核（%(day)s）之后，不晚于今天。") % {"day": last},
                code="invalid_award",
                details={"field": "issued_on"},
            )
        if through:
            _other_eyes(user, relied)
            _share(row)
        outcome = _certificate(row, number, issued_on, user)
        if FusedAward.objects.filter(outcome=outcome).exists():
            raise Conflict(_("这个编号的证书已在另一个方案中发过，请核对编号。"), code="certificate_awarded")
        application = None
        if through:
            version = _rule(row, courses_of(row.version)[0])
            application = recognise_confirmed(
                user, outcome, version, reason=_("直通车式：融通培训考核全部合格，证书与学历学分同时记入。")
            )
        found = FusedAward.objects.create(
            enrolment=row, outcome=outcome, application=application, awarded_at=now(), awarded_by=user
        )
        _step(row, who, (State.ADMITTED,), State.AWARDED, "award", by=user)
    return found


def _other_eyes(user: User, relied: Sequence[FusedResult]) -> None:
    """Whoever recorded a result does not also confirm it, whatever roles they hold in both bodies."""
    mine = person_ids(user)
    if any(result.recorded_by_id in mine for result in relied):
        raise NotAllowed(_("成绩是你登记的，要由另一位审核人员确认。"), code="same_reviewer")


def _rule(row: FusedEnrolment, course: rules.Course) -> ConversionRuleVersion:
    """The rule's version of today, as long as it still gives what the person's plan says."""
    version = rule_version_on(row.plan.programme, course.rule, today())
    if not gives(fact(version), courses_of(row.version), course, row.plan.mode, row.plan.assessor):
        raise Conflict(
            _("规则“%(rule)s”已有新的版本，与这位学员的方案不一致。请先公布相应的新方案。")
            % {"rule": course.rule},
            code="rule_differs",
        )
    return version


def _certificate(row: FusedEnrolment, number: str, issued_on: date, by: User) -> LearningOutcome:
    version = row.version
    said = Deposit(
        kind=Kind.SKILL,
        title=version.certificate,
        occupation_code=version.occupation_code,
        level=version.level,
        issuer_name=row.plan.assessor.name,
        issuer=row.plan.assessor,
        number=number,
        issued_on=issued_on,
    )
    return _vouched(row, said, by)


def _vouched(row: FusedEnrolment, said: Deposit, by: User) -> LearningOutcome:
    """The outcome as the assessor's own record makes it: verified from the first moment."""
    return vouch(
        row.person, row.plan.assessor, said, by, room="creditbank.dual", about={"fused": str(row.uuid)}
    )


def _share(row: FusedEnrolment) -> None:
    """直通车式: the fused share as of now, since the programme's credits may have been set anew (A60: within rule)."""
    version = row.version
    holds = rules.share_holds(
        courses_of(version),
        row.plan.programme.centicredits,
        version.share_min_permille,
        version.share_max_permille,
    )
    if not holds:
        raise Conflict(
            _("融通学分占毕业总学分的比例不在方案规定的范围内（或毕业总学分尚未设定），没有记入任何内容。"),
            code="share_out_of_rule",
        )


# --- shared ----------------------------------------------------------------------------------------------


def _locked(enrolment: FusedEnrolment) -> FusedEnrolment:
    hold(FusedEnrolment, enrolment.pk)
    rows = FusedEnrolment.objects.select_related(
        "person", "version", "plan__assessor", "plan__programme__organisation"
    )
    return rows.get(pk=enrolment.pk)


def _is_admitted(row: FusedEnrolment) -> None:
    if row.state != State.ADMITTED:
        raise Conflict(_("这位学员不在学习中，请刷新查看。"), code="not_admitted")


def _college(user: User, enrolment: FusedEnrolment, role: Role) -> Actor:
    who = require_role(user, role, organisation=enrolment.plan.programme.organisation)
    return _not_own(user, enrolment, who)


def _assessor(user: User, enrolment: FusedEnrolment) -> Actor:
    who = require_role(user, Role.ASSESSOR, organisation=enrolment.plan.assessor)
    return _not_own(user, enrolment, who)


def _not_own(user: User, enrolment: FusedEnrolment, who: Actor) -> Actor:
    if enrolment.person_id in person_ids(user):
        raise NotAllowed(_("不能办理自己的事项，请交给其他人员。"), code="own_case")
    return who
