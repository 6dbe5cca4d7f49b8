"""Reading plans and where people stand in them. Object-level: a learner sees their own; a college's administrators and
reviewers those of its plans; an assessor's assessors those of plans it assesses. Looks by staff are logged.
"""

from dataclasses import dataclass
from datetime import date
from itertools import islice
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from creditbank import looks
from creditbank.dual import rules
from creditbank.dual.models import (
    ExemptionRequest,
    FusedEnrolment,
    FusedPlan,
    FusedPlanVersion,
    FusedResult,
)
from creditbank.rules.facts import in_force
from creditbank.rules.models import ConversionRuleVersion, Programme
from creditbank.rules.queries import fact, versions
from lms.accounts.api import Role, User, actor, organisations_for
from lms.lib.audit.services import record
from lms.lib.errors import Conflict, Invalid, NotFound

# Enrolments read at a time, and candidates shown at once.
CHUNK = 200
MOST_CANDIDATES = 200


def version_on(plan: FusedPlan, day: date) -> FusedPlanVersion | None:
    """The highest version of a plan whose dates hold the day."""
    found = plan.versions.filter(valid_from__lte=day)
    return found.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day)).order_by("-number").first()


def courses_of(version: FusedPlanVersion) -> list[rules.Course]:
    return [rules.Course(**course) for course in version.courses]


def parts_of(version: FusedPlanVersion) -> list[rules.Part]:
    return [rules.Part(**part) for part in version.parts]


def course_of(version: FusedPlanVersion, code: str) -> rules.Course:
    """A plan's course by its code. Raises Invalid."""
    for course in courses_of(version):
        if course.code == code:
            return course
    raise Invalid(_("方案里没有这门课程。"), code="unknown_course", details={"field": "course"})


def results_of(enrolment: FusedEnrolment) -> list[FusedResult]:
    """All records, oldest first, with what corrected them and what was posted for them."""
    rows = enrolment.results.select_related("corrected_by", "credit__application", "recorded_by", "body")
    return list(rows.order_by("id"))


def _plain(result: FusedResult) -> rules.Result:
    credit = getattr(result, "credit", None)
    return rules.Result(
        result.course_code,
        result.attempt,
        result.passed,
        # A record without scores only says that the one it corrects is void.
        void=hasattr(result, "corrected_by") or not result.scores,
        credited=credit is not None and credit.application.state == "approved",
    )


def states_of(
    enrolment: FusedEnrolment, results: list[FusedResult] | None = None
) -> dict[str, rules.CourseState]:
    """Where a person stands in each fused course."""
    rows = results_of(enrolment) if results is None else results
    return rules.course_states(courses_of(enrolment.version), [_plain(row) for row in rows])


def rule_version_on(programme: Programme, code: str, day: date) -> ConversionRuleVersion:
    """The rule's version in force on a day. Raises Conflict: none is."""
    published = {row.number: row for row in versions([programme]).filter(rule__code=code)}
    found = in_force([fact(row) for row in published.values()], day).get(code)
    if found is None:
        raise Conflict(
            _("方案所依据的规则“%(rule)s”今天没有有效的版本。") % {"rule": code}, code="rule_not_in_force"
        )
    return published[found.version]


# --- what is offered -------------------------------------------------------------------------------------


def plans_on(day: date) -> QuerySet[FusedPlan]:
    """Plans with a version in force, each with it as `shown` (a list of one)."""
    valid = FusedPlanVersion.objects.filter(valid_from__lte=day).filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=day)
    )
    plans = FusedPlan.objects.filter(versions__in=valid, programme__active=True).distinct()
    return (
        plans.select_related("programme__organisation", "assessor")
        .prefetch_related(Prefetch("versions", queryset=valid.order_by("-number"), to_attr="shown"))
        .order_by("mode", "programme__organisation__name", "programme__name", "code")
    )


def plan_by(uuid: UUID) -> FusedPlan:
    """A published plan. Raises NotFound."""
    plan = FusedPlan.objects.select_related("programme__organisation", "assessor").filter(uuid=uuid).first()
    if plan is None:
        raise NotFound
    return plan


# --- one's own -------------------------------------------------------------------------------------------


def _full() -> QuerySet[FusedEnrolment]:
    return FusedEnrolment.objects.select_related(
        *("person", "version", "plan__assessor", "plan__programme__organisation"),
        *("award__outcome", "award__application"),
    )


def enrolments_of(user: User) -> QuerySet[FusedEnrolment]:
    return _full().filter(person=user).order_by("-applied_at", "-id")


def enrolment_of(user: User, uuid: UUID) -> FusedEnrolment:
    """One's own. Raises NotFound."""
    row = _full().filter(person=user, uuid=uuid).first()
    if row is None:
        raise NotFound
    return row


def requests_of(user: User) -> QuerySet[ExemptionRequest]:
    return _requests().filter(person=user).order_by("-asked_at", "-id")


def _requests() -> QuerySet[ExemptionRequest]:
    return ExemptionRequest.objects.select_related(
        *("person", "outcome", "rule", "rule_version__rule", "decided_by", "revocation"),
        *("plan_version__plan__assessor", "plan_version__plan__programme__organisation"),
    ).prefetch_related("parts")


def request_of(user: User, uuid: UUID) -> ExemptionRequest:
    """One's own. Raises NotFound."""
    row = _requests().filter(person=user, uuid=uuid).first()
    if row is None:
        raise NotFound
    return row


# --- staff's ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Duty:
    """What somebody may do with an enrolment: admit (administrator), confirm (reviewer), assess (assessor)."""

    admits: bool
    confirms: bool
    assesses: bool


def duty(user: User, enrolment: FusedEnrolment) -> Duty:
    college, assessor = enrolment.plan.programme.organisation, enrolment.plan.assessor
    mine = enrolment.person_id == user.pk

    def has(role: Role, body: object) -> bool:
        return not mine and body in set(organisations_for(user, role))

    return Duty(has(Role.ADMIN, college), has(Role.REVIEWER, college), has(Role.ASSESSOR, assessor))


def _staffs(user: User) -> QuerySet[FusedPlan]:
    college = Q(programme__organisation__in=organisations_for(user, Role.ADMIN)) | Q(
        programme__organisation__in=organisations_for(user, Role.REVIEWER)
    )
    return FusedPlan.objects.filter(college | Q(assessor__in=organisations_for(user, Role.ASSESSOR)))


def enrolments_for(user: User, state: str) -> QuerySet[FusedEnrolment]:
    """Of the plans somebody has to do with, in one state, longest waiting first."""
    return _full().filter(plan__in=_staffs(user), state=state).order_by("applied_at", "id")


def enrolment_for(user: User, uuid: UUID) -> FusedEnrolment:
    """One of them; the look is logged. Raises NotFound."""
    row = _full().filter(plan__in=_staffs(user), uuid=uuid).first()
    if row is None:
        raise NotFound
    can = duty(user, row)
    if row.person_id != user.pk:
        body = row.plan.assessor if can.assesses else row.plan.programme.organisation
        role = Role.ASSESSOR if can.assesses else Role.REVIEWER if can.confirms else Role.ADMIN
        record(
            actor(user, role, body),
            action="fused.view",
            target_type="accounts.User",
            target=row.person.uuid,
            reason=looks.FUSED(title=row.version.title),
            data={"enrolment": str(row.uuid)},
        )
    return row


def requests_for(user: User, state: str) -> QuerySet[ExemptionRequest]:
    """Exemption requests to bodies in which somebody assesses, longest waiting first."""
    mine = organisations_for(user, Role.ASSESSOR)
    return _requests().filter(plan_version__plan__assessor__in=mine, state=state).order_by("asked_at", "id")


def request_for(user: User, uuid: UUID) -> ExemptionRequest:
    """One of them; the look is logged. Raises NotFound."""
    mine = organisations_for(user, Role.ASSESSOR)
    row = _requests().filter(plan_version__plan__assessor__in=mine, uuid=uuid).first()
    if row is None:
        raise NotFound
    if row.person_id != user.pk:
        record(
            actor(user, Role.ASSESSOR, row.plan_version.plan.assessor),
            action="exemption.view",
            target_type="accounts.User",
            target=row.person.uuid,
            reason=looks.EXEMPTION(title=row.outcome.title),
            data={"request": str(row.uuid)},
        )
    return row


def candidates(user: User) -> list[FusedEnrolment]:
    """Who has passed everything and waits for the certificate, in the plans somebody has to do with, longest waiting
    first; at most MOST_CANDIDATES. However many still study, of this plan or another, none is looked over."""
    passed = FusedResult.objects.filter(enrolment=OuterRef("pk"), passed=True)
    results = FusedResult.objects.select_related("corrected_by", "credit__application").order_by("id")
    studying = enrolments_for(user, FusedEnrolment.State.ADMITTED).filter(Exists(passed))
    rows = studying.prefetch_related(Prefetch("results", queryset=results)).iterator(chunk_size=CHUNK)
    ready = (row for row in rows if rules.is_candidate(states_of(row, list(row.results.all()))))
    return list(islice(ready, MOST_CANDIDATES))
