"""/api/v1/credit/dual/…: plans of the four modes, one's way through one, exemptions, and the same for staff. The services
behind the pages. Scores and credits in hundredths, shares in per mille.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status

from creditbank.dual import exemptions, queries, rules, services, subsidies, words
from creditbank.dual.models import ExemptionRequest, FusedEnrolment, FusedPlan, FusedPlanVersion
from lms.accounts.api import user_of
from lms.lib.clock import today
from lms.lib.errors import NotFound
from lms.lib.pages import PER_PAGE, paginate
from lms.lib.verify import services as verify

router = Router(tags=["credit"])


class FusedPlanOut(Schema):
    uuid: UUID
    code: str
    mode: str
    college: str
    programme: UUID
    assessor: str
    version: int
    title: str
    certificate: str
    occupation_code: str
    level: int
    courses: list[dict[str, Any]]
    parts: list[dict[str, Any]]
    share_permille: int | None
    share_min_permille: int | None
    share_max_permille: int | None
    valid_from: date
    valid_until: date | None
    source: str


class FusedResultOut(Schema):
    uuid: UUID
    course: str
    attempt: int
    scores: dict[str, int]
    passed: bool
    assessed_on: date
    corrected: bool
    application: UUID | None


class EnrolmentOut(Schema):
    """courses: code → open, failed, passed or credited. next: who is next, in words."""

    uuid: UUID
    plan: UUID
    version: int
    mode: str
    state: str
    reason: str
    courses: dict[str, str]
    candidate: bool
    next: str
    results: list[FusedResultOut]
    certificate: UUID | None
    application: UUID | None


class ExemptionOut(Schema):
    """code: the verify code of a granted one. state revoked: taken back by the assessor, when and why."""

    uuid: UUID
    plan: UUID
    outcome: UUID
    rule: str
    version: int
    state: str
    reason: str
    asked_at: datetime
    parts: list[dict[str, str]]
    code: str
    revoked_at: datetime | None
    revoked_reason: str


class ExemptionAskIn(Schema):
    outcome: UUID


class ResultIn(Schema):
    course: str
    assessed_on: date
    scores: dict[str, int]


class CorrectionIn(Schema):
    """scores null: nothing takes the record's place."""

    reason: str
    assessed_on: date | None = None
    scores: dict[str, int] | None = None


class AwardIn(Schema):
    number: str
    issued_on: date


class ReasonIn(Schema):
    reason: str = ""


class ExemptionDecisionIn(Schema):
    approve: bool
    reason: str


def _plan_out(plan: FusedPlan, version: FusedPlanVersion) -> FusedPlanOut:
    return FusedPlanOut(
        uuid=plan.uuid,
        code=plan.code,
        mode=plan.mode,
        college=plan.programme.organisation.name,
        programme=plan.programme.uuid,
        assessor=plan.assessor.name,
        version=version.number,
        title=version.title,
        certificate=version.certificate,
        occupation_code=version.occupation_code,
        level=version.level,
        courses=version.courses,
        parts=version.parts,
        share_permille=rules.share_permille(queries.courses_of(version), plan.programme.centicredits),
        share_min_permille=version.share_min_permille,
        share_max_permille=version.share_max_permille,
        valid_from=version.valid_from,
        valid_until=version.valid_until,
        source=version.source,
    )


def _enrolment_out(row: FusedEnrolment) -> EnrolmentOut:
    results = queries.results_of(row)
    states = queries.states_of(row, results)
    candidate = rules.is_candidate(states)
    award = getattr(row, "award", None)
    return EnrolmentOut(
        uuid=row.uuid,
        plan=row.plan.uuid,
        version=row.version.number,
        mode=row.plan.mode,
        state=row.state,
        reason=row.reason,
        courses={code: state.value for code, state in states.items()},
        candidate=candidate,
        next=words.next_text(row, candidate),
        results=[
            FusedResultOut(
                uuid=item.uuid,
                course=item.course_code,
                attempt=item.attempt,
                scores=item.scores,
                passed=item.passed,
                assessed_on=item.assessed_on,
                corrected=hasattr(item, "corrected_by"),
                application=item.credit.application.uuid if hasattr(item, "credit") else None,
            )
            for item in results
        ],
        certificate=award.outcome.uuid if award else None,
        application=award.application.uuid if award and award.application else None,
    )


def _exemption_out(row: ExemptionRequest) -> ExemptionOut:
    granted = row.state == ExemptionRequest.State.GRANTED
    taken = getattr(row, "revocation", None)
    return ExemptionOut(
        uuid=row.uuid,
        plan=row.plan_version.plan.uuid,
        outcome=row.outcome.uuid,
        rule=row.rule_version.rule.code,
        version=row.rule_version.number,
        state=row.state,
        reason=row.reason,
        asked_at=row.asked_at,
        parts=[{"code": part.code, "name": part.name} for part in row.parts.all()],
        code=verify.issue(exemptions.KIND, row.uuid) if granted else "",
        revoked_at=taken.revoked_at if taken else None,
        revoked_reason=taken.reason if taken else "",
    )


@router.get(
    "/plans", response=list[FusedPlanOut], auth=None, summary="Plans of the four modes in force, paged"
)
def plans(request: HttpRequest, page: int = Query(1, ge=1)) -> list[FusedPlanOut]:
    found = paginate(request, queries.plans_on(today()), PER_PAGE)
    return [_plan_out(plan, plan.shown[0]) for plan in found]


@router.get("/plans/{uuid}", response=FusedPlanOut, auth=None, summary="One plan, as it is today")
def plan(request: HttpRequest, uuid: UUID) -> FusedPlanOut:
    found = queries.plan_by(uuid)
    version = queries.version_on(found, today())
    if version is None:
        raise NotFound
    return _plan_out(found, version)


@router.get("/enrolments", response=list[EnrolmentOut], summary="My plans, newest first, paged")
def enrolments(request: HttpRequest, page: int = Query(1, ge=1)) -> list[EnrolmentOut]:
    mine = paginate(request, queries.enrolments_of(user_of(request)), PER_PAGE)
    return [_enrolment_out(row) for row in mine]


@router.get("/enrolments/{uuid}", response=EnrolmentOut, summary="My way through a plan")
def enrolment(request: HttpRequest, uuid: UUID) -> EnrolmentOut:
    return _enrolment_out(queries.enrolment_of(user_of(request), uuid))


@router.post("/plans/{uuid}/enrolments", response={201: EnrolmentOut}, summary="Ask to take part")
def join(request: HttpRequest, uuid: UUID) -> Status[EnrolmentOut]:
    row = services.join(user_of(request), queries.plan_by(uuid))
    return Status(201, _enrolment_out(queries.enrolment_of(user_of(request), row.uuid)))


@router.post("/enrolments/{uuid}/leave", response=EnrolmentOut, summary="Leave; credits stay")
def leave(request: HttpRequest, uuid: UUID) -> EnrolmentOut:
    return _enrolment_out(services.leave(user_of(request), queries.enrolment_of(user_of(request), uuid)))


@router.get("/exemptions", response=list[ExemptionOut], summary="My exemption requests, newest first, paged")
def my_exemptions(request: HttpRequest, page: int = Query(1, ge=1)) -> list[ExemptionOut]:
    return [_exemption_out(row) for row in paginate(request, queries.requests_of(user_of(request)), PER_PAGE)]


@router.post("/plans/{uuid}/exemptions", response={201: ExemptionOut}, summary="Ask for an exemption")
def ask(request: HttpRequest, uuid: UUID, said: ExemptionAskIn) -> Status[ExemptionOut]:
    row = exemptions.ask_exemption(user_of(request), queries.plan_by(uuid), said.outcome)
    return Status(201, _exemption_out(queries.request_of(user_of(request), row.uuid)))


@router.post("/exemptions/{uuid}/withdraw", response=ExemptionOut, summary="Take a request back")
def withdraw(request: HttpRequest, uuid: UUID) -> ExemptionOut:
    user = user_of(request)
    exemptions.withdraw_exemption(user, queries.request_of(user, uuid))
    return _exemption_out(queries.request_of(user, uuid))


# --- staff -----------------------------------------------------------------------------------------------


@router.get("/people", response=list[EnrolmentOut], summary="Staff: people in my plans by state, paged")
def people(
    request: HttpRequest,
    state: str = Query(FusedEnrolment.State.APPLIED.value),
    page: int = Query(1, ge=1),
) -> list[EnrolmentOut]:
    found = queries.enrolments_for(user_of(request), state)
    return [_enrolment_out(row) for row in paginate(request, found, PER_PAGE)]


@router.post("/people/{uuid}/admit", response=EnrolmentOut, summary="College: admit")
def admit(request: HttpRequest, uuid: UUID) -> EnrolmentOut:
    user = user_of(request)
    services.admit(user, queries.enrolment_for(user, uuid))
    return _enrolment_out(queries.enrolment_for(user, uuid))


@router.post("/people/{uuid}/refuse", response=EnrolmentOut, summary="College: do not admit")
def refuse(request: HttpRequest, uuid: UUID, said: ReasonIn) -> EnrolmentOut:
    user = user_of(request)
    return _enrolment_out(services.turn_away(user, queries.enrolment_for(user, uuid), reason=said.reason))


@router.post("/people/{uuid}/results", response={201: EnrolmentOut}, summary="Assessor: record an assessment")
def record_result(request: HttpRequest, uuid: UUID, said: ResultIn) -> Status[EnrolmentOut]:
    user = user_of(request)
    row = queries.enrolment_for(user, uuid)
    services.record_result(user, row, services.Assessed(said.course, said.assessed_on, said.scores))
    return Status(201, _enrolment_out(row))


@router.post(
    "/people/{uuid}/results/{result}/correction",
    response=EnrolmentOut,
    summary="Assessor: correct a wrong record by a further one",
)
def correct(request: HttpRequest, uuid: UUID, result: UUID, said: CorrectionIn) -> EnrolmentOut:
    user = user_of(request)
    row = queries.enrolment_for(user, uuid)
    wrong = row.results.filter(uuid=result).first()
    if wrong is None:
        raise NotFound
    new = None
    if said.scores is not None:
        new = services.Assessed(wrong.course_code, said.assessed_on or wrong.assessed_on, said.scores)
    services.correct_result(user, wrong, new, reason=said.reason)
    return _enrolment_out(row)


@router.post(
    "/people/{uuid}/courses/{course}/confirmation",
    response=EnrolmentOut,
    summary="College: confirm a passed course (posts its credits)",
)
def confirm(request: HttpRequest, uuid: UUID, course: str) -> EnrolmentOut:
    user = user_of(request)
    row = queries.enrolment_for(user, uuid)
    services.confirm_course(user, row, course)
    return _enrolment_out(row)


@router.post(
    "/people/{uuid}/award", response=EnrolmentOut, summary="The certificate (in 直通车式 with the credits)"
)
def award(request: HttpRequest, uuid: UUID, said: AwardIn) -> EnrolmentOut:
    user = user_of(request)
    services.award(user, queries.enrolment_for(user, uuid), number=said.number, issued_on=said.issued_on)
    return _enrolment_out(queries.enrolment_for(user, uuid))


@router.post("/people/{uuid}/subsidy", response={204: None}, summary="College: claim the training subsidy")
def subsidy(request: HttpRequest, uuid: UUID) -> Status[None]:
    user = user_of(request)
    row = queries.enrolment_for(user, uuid)
    subsidies.claim_subsidy(user, row.plan, row)
    return Status(204, None)


@router.get("/requests", response=list[ExemptionOut], summary="Assessor: exemption requests by state, paged")
def requests(
    request: HttpRequest,
    state: str = Query(ExemptionRequest.State.SUBMITTED.value),
    page: int = Query(1, ge=1),
) -> list[ExemptionOut]:
    found = queries.requests_for(user_of(request), state)
    return [_exemption_out(row) for row in paginate(request, found, PER_PAGE)]


@router.post("/requests/{uuid}/decision", response=ExemptionOut, summary="Assessor: grant or refuse")
def decide(request: HttpRequest, uuid: UUID, said: ExemptionDecisionIn) -> ExemptionOut:
    user = user_of(request)
    row = queries.request_for(user, uuid)
    exemptions.decide_exemption(user, row, approve=said.approve, reason=said.reason)
    return _exemption_out(queries.request_for(user, uuid))


@router.post(
    "/requests/{uuid}/revocation",
    response=ExemptionOut,
    summary="Assessor: take a wrongly granted exemption back, with a reason",
)
def revoke(request: HttpRequest, uuid: UUID, said: ReasonIn) -> ExemptionOut:
    user = user_of(request)
    exemptions.revoke_exemption(user, queries.request_for(user, uuid), reason=said.reason)
    return _exemption_out(queries.request_for(user, uuid))
