"""/api/v1/credit/…: the cases of applications beyond applying and deciding one: several at once, supplement, appeal, the
line in time, transfers between colleges, redeeming, what expires, and a college's terms. The same services as the pages.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from creditbank.applications import expiry, redemptions, services, timeline, transfers
from creditbank.applications.decisions import decide_many
from creditbank.applications.models import Application, Redemption
from creditbank.applications.queries import application_for_review, application_of, overdue_of, steps_of
from creditbank.applications.terms import NewTerms, publish_terms
from creditbank.rules.models import Programme
from lms.accounts.api import Organisation, Role, require_role, user_of
from lms.lib.clock import today
from lms.lib.errors import NotFound
from lms.lib.pages import paginate

router = Router()


class ApplicationOut(Schema):
    """outcome or course: what is to be recognised. revision: of the last step; next: who is next, and by when."""

    uuid: UUID
    state: str
    outcome: UUID | None
    course: str
    title: str
    programme: UUID
    programme_name: str
    college: str
    rule: str
    version: int
    centicredits: int
    submitted_at: datetime
    decided_at: datetime | None
    reason: str
    transaction: UUID | None
    reviewers: int
    revision: int
    due_on: date | None
    next: str


class WishIn(Schema):
    outcome: UUID
    rule: str
    version: int


class AllocationIn(Schema):
    lines: list[WishIn] = Field(max_length=services.MOST_LINES)


class MoveIn(Schema):
    application: UUID
    course: str
    rule: str
    version: int


class AskIn(Schema):
    what: str
    until: date | None = None


class CaseIn(Schema):
    uuid: UUID
    revision: int


class BatchIn(Schema):
    cases: list[CaseIn] = Field(max_length=100)
    approve: bool
    reason: str


class TextIn(Schema):
    text: str = Field("", max_length=1000)


class RedeemIn(Schema):
    programme: UUID


class RedemptionDecisionIn(Schema):
    redeem: bool
    reason: str


class TermsIn(Schema):
    """programme left out: for the whole college. Days: working days; what is left out is not set."""

    college: str
    programme: str = ""
    valid_from: date
    source: str
    reviewers: int = 2
    evidence_required: bool = True
    review_days: int | None = None
    supplement_days: int | None = None
    appeal_days: int | None = None
    shelf_life_months: int | None = None
    notice_days: list[int] = []


def application_out(item: Application) -> ApplicationOut:
    return ApplicationOut(
        uuid=item.uuid,
        state=item.state,
        outcome=item.outcome.uuid if item.outcome else None,
        course=item.course.course_code if item.course else "",
        title=item.title,
        programme=item.programme.uuid,
        programme_name=item.programme.name,
        college=item.programme.organisation.name,
        rule=item.rule_version.rule.code,
        version=item.rule_version.number,
        centicredits=item.centicredits,
        submitted_at=item.submitted_at,
        decided_at=item.decided_at,
        reason=item.reason,
        transaction=item.transaction_id,
        reviewers=item.reviewers,
        revision=item.revision,
        due_on=item.due_on,
        next=timeline.next_sentence(item),
    )


# --- the applicant ---------------------------------------------------------------------------------------


@router.post(
    "/allocations",
    response={201: list[ApplicationOut]},
    summary="Apply for several lines at once: all or none; a second time gives the same",
)
def apply_all(request: HttpRequest, said: AllocationIn) -> Status[list[ApplicationOut]]:
    wishes = [services.Wish(line.outcome, line.rule, line.version) for line in said.lines]
    return Status(201, [application_out(row) for row in services.submit_many(user_of(request), wishes)])


@router.get("/applications/{uuid}/steps", summary="One of my applications as a line in time")
def steps(request: HttpRequest, uuid: UUID) -> list[dict[str, Any]]:
    found = application_of(user_of(request), uuid)
    return timeline.timeline(found, steps_of(found))


@router.post(
    "/applications/{uuid}/supplement",
    response=ApplicationOut,
    summary="Hand in what was asked for (multipart, with files)",
)
def supplement(
    request: HttpRequest,
    uuid: UUID,
    said: Form[TextIn],
    evidence: list[UploadedFile] = File(default=[]),  # noqa: B008
) -> ApplicationOut:
    user = user_of(request)
    return application_out(
        services.supplement(user, application_of(user, uuid), text=said.text, files=evidence)
    )


@router.post(
    "/applications/{uuid}/appeal",
    response=ApplicationOut,
    summary="Appeal against a refusal (multipart, with files)",
)
def appeal(
    request: HttpRequest,
    uuid: UUID,
    said: Form[TextIn],
    evidence: list[UploadedFile] = File(default=[]),  # noqa: B008
) -> ApplicationOut:
    user = user_of(request)
    return application_out(
        services.appeal(user, application_of(user, uuid), reason=said.text, files=evidence)
    )


@router.get("/transfers", summary="My credited courses and what other colleges make of them")
def offers(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {
            "application": offer.course.use.application.uuid,
            "course": offer.course.course_code,
            "course_name": offer.course.course_name,
            "from": offer.course.programme.organisation.name,
            "centicredits": offer.course.centicredits,
            "rule": offer.version.rule.code,
            "version": offer.version.number,
            "to": offer.version.rule.programme.organisation.name,
            "programme": offer.version.rule.programme.uuid,
            "gives": offer.line.centicredits,
            "sentence": offer.sentence,
            "applied": offer.application.uuid if offer.application else None,
        }
        for offer in transfers.offers(user_of(request), today())
    ]


@router.post(
    "/transfers", response={201: ApplicationOut}, summary="Apply for a course of another college to count"
)
def transfer(request: HttpRequest, said: MoveIn) -> Status[ApplicationOut]:
    move = services.Move(said.application, said.course, said.rule, said.version)
    return Status(201, application_out(services.submit(user_of(request), move)))


@router.get("/expiring", summary="My credits that will expire, the nearest first")
def expiring(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {
            "application": use.application.uuid,
            "programme": use.programme.uuid,
            "centicredits": amount,
            "expires_on": use.expires_on,
            "sentence": expiry.expiry_sentence(use),
        }
        for use, amount in expiry.expiring_for(user_of(request))
    ]


def _redemption(row: Redemption) -> dict[str, Any]:
    return {
        "uuid": row.uuid,
        "state": row.state,
        "programme": row.programme.uuid,
        "programme_name": row.programme.name,
        "centicredits": row.centicredits,
        "requested_at": row.requested_at,
        "decided_at": row.decided_at,
        "reason": row.reason,
        "transaction": row.transaction_id,
    }


@router.get("/redemptions", summary="My requests to redeem credits, newest first, paged")
def redemptions_(request: HttpRequest, page: int = Query(1, ge=1)) -> list[dict[str, Any]]:
    return [_redemption(row) for row in paginate(request, redemptions.redemptions_of(user_of(request)))]


@router.post(
    "/redemptions",
    response={201: dict[str, Any]},
    summary="Ask the college to redeem my credits of a programme",
)
def redeem(request: HttpRequest, said: RedeemIn) -> Status[dict[str, Any]]:
    programme = Programme.objects.filter(uuid=said.programme).select_related("organisation").first()
    if programme is None:
        raise NotFound
    return Status(201, _redemption(redemptions.request(user_of(request), programme)))


@router.post("/redemptions/{uuid}/withdraw", summary="Take my request back before it is carried out")
def withdraw_redemption(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    user = user_of(request)
    return _redemption(redemptions.withdraw(user, redemptions.redemption_of(user, uuid)))


# --- the college -----------------------------------------------------------------------------------------


@router.post("/review/{uuid}/ask", response=ApplicationOut, summary="Reviewer: ask for papers, until a day")
def ask(request: HttpRequest, uuid: UUID, said: AskIn) -> ApplicationOut:
    user = user_of(request)
    case = application_for_review(user, uuid)
    return application_out(services.ask(user, case, what=said.what, until=said.until))


@router.post(
    "/reviews", summary="Reviewer: one opinion on several cases of one rule version, each on its own"
)
def batch(request: HttpRequest, said: BatchIn) -> list[dict[str, Any]]:
    user = user_of(request)
    require_role(user, Role.REVIEWER)
    wanted = [(case.uuid, case.revision) for case in said.cases]
    lines = decide_many(user, wanted, approve=said.approve, reason=said.reason)
    return [
        {
            "uuid": line.uuid,
            "title": line.title,
            "done": line.done,
            "sentence": line.sentence,
            "state": line.state,
        }
        for line in lines
    ]


@router.get(
    "/overdue", response=list[ApplicationOut], summary="Administrator: what my colleges are late with"
)
def overdue(request: HttpRequest, page: int = Query(1, ge=1)) -> list[ApplicationOut]:
    user = user_of(request)
    require_role(user, Role.ADMIN)
    return [application_out(row) for row in paginate(request, overdue_of(user))]


@router.get("/redemptions/review", summary="Administrator: requests to redeem, the oldest first, paged")
def to_redeem(request: HttpRequest, page: int = Query(1, ge=1)) -> list[dict[str, Any]]:
    user = user_of(request)
    require_role(user, Role.ADMIN)
    return [_redemption(row) for row in paginate(request, redemptions.to_redeem(user))]


@router.post("/redemptions/{uuid}/decision", summary="Administrator: redeem (irrevocably) or decline")
def decide_redemption(request: HttpRequest, uuid: UUID, said: RedemptionDecisionIn) -> dict[str, Any]:
    user = user_of(request)
    found = redemptions.redemption_for(user, uuid)
    act = redemptions.redeem if said.redeem else redemptions.decline
    return _redemption(act(user, found, reason=said.reason))


@router.post("/terms", response={201: dict[str, Any]}, summary="Administrator: the next version of the terms")
def publish(request: HttpRequest, said: TermsIn) -> Status[dict[str, Any]]:
    college = Organisation.objects.filter(code=said.college).first()
    programme = None
    if college is not None and said.programme:
        programme = Programme.objects.filter(organisation=college, code=said.programme).first()
    if college is None or (said.programme and programme is None):
        raise NotFound
    values = said.dict(exclude={"college", "programme", "notice_days"})
    new = NewTerms(**values, notice_days=tuple(said.notice_days))
    row = publish_terms(user_of(request), college, new, programme=programme)
    return Status(201, {"uuid": row.uuid, "version": row.version, "valid_from": row.valid_from})
