"""/api/v1/credit/: one's own accounts, outcomes, worth, applications and transcripts; the reviewer's queue.

The same services as the pages. A person who is not signed in gets 401 from the API itself.
"""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from creditbank.applications import services as applying
from creditbank.applications.foresight import foresee
from creditbank.applications.http_api import ApplicationOut, application_out
from creditbank.applications.http_api import router as cases
from creditbank.applications.planner import ShownLine, answer
from creditbank.applications.queries import (
    application_for_review,
    application_of,
    applications_of,
    review_queue,
)
from creditbank.applications.words import number_form_text
from creditbank.credentials.http_api import router as credentials
from creditbank.deposits.http_api import router as deposits
from creditbank.dual.http_api import router as dual
from creditbank.holders.http_api import router as holders
from creditbank.honours.http import router as honours
from creditbank.ledger import queries as books
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.queries import outcome_of, outcomes_of
from creditbank.outcomes.services import (
    Deposit,
    add_files,
    deposit,
    refuse_outcome,
    supplement,
    verify_outcome,
)
from creditbank.planner.http_api import router as planner
from creditbank.promotion.http import router as promotion
from creditbank.proofs.http_api import router as proofs
from creditbank.rules.drafts.http_api import router as rule_drafts
from creditbank.rules.http_api import RuleOut, rule_out
from creditbank.rules.http_api import router as rules_router
from creditbank.shares.http_api import router as shares
from creditbank.statistics.http_api import router as statistics
from creditbank.theory.http import router as theory
from creditbank.transcripts import services as papers
from creditbank.transcripts.queries import transcript_of, transcripts_of
from lms.accounts.api import Role, require_role, user_of
from lms.lib.clock import today
from lms.lib.errors import NotFound
from lms.lib.pages import PER_PAGE, paginate

router = Router()
router.add_router("/rules", rules_router)
router.add_router("/rule-drafts", rule_drafts)
router.add_router("/plan", planner)
router.add_router("", credentials)
router.add_router("", proofs)
router.add_router("", statistics)
router.add_router("", holders)
router.add_router("", cases)
router.add_router("/deposits", deposits)
router.add_router("/dual", dual)
router.add_router("/shares", shares)
router.add_router("/outcomes", theory)
router.add_router("/outcomes", promotion)
router.add_router("/outcomes", honours)


class BalanceOut(Schema):
    account: UUID
    unit: str
    label: str
    organisation: UUID | None
    balance: int
    scale: int


class EntryOut(Schema):
    seq: int
    transaction: UUID
    kind: str
    occurred_on: date
    posted_at: datetime
    amount: int
    rule: str
    memo: str
    evidence: dict[str, Any]
    hash: str


class EntriesOut(Schema):
    total: int
    page: int
    per_page: int
    entries: list[EntryOut]


class OutcomeIn(Schema):
    kind: str
    title: str
    occupation_code: str = ""
    level: int | None = None
    issuer_name: str
    number: str = ""
    issued_on: date
    expires_on: date | None = None
    assessor_type: str = ""
    starts_on: date | None = None
    course_code: str = ""
    score: int | None = None
    centicredits: int | None = None
    centihours: int | None = None
    unit: str = ""
    award_level: str = ""
    award_rank: str = ""
    sort: str = ""
    stage: str = ""
    project: str = ""
    authors: str = ""
    reviewer: str = ""
    about: str = ""


class OutcomeOut(Schema):
    uuid: UUID
    kind: str
    title: str
    occupation_code: str
    level: int | None
    issuer_name: str
    issued_on: date
    expires_on: date | None
    status: str
    number_note: str

    @staticmethod
    def resolve_number_note(outcome: LearningOutcome) -> str:
        return number_form_text(outcome.number_form)


class WorthOut(Schema):
    outcome: UUID
    reason: str
    sentence: str
    centicredits: int
    rule: RuleOut | None
    application: UUID | None


class ApplicationIn(Schema):
    outcome: UUID
    rule: str
    version: int


class DecisionIn(Schema):
    """revision: of the application as it was seen; left out, as it stands. centicredits: what an approval was seen to
    grant (`GET /review/{uuid}/now`); another amount by then is refused."""

    approve: bool
    reason: str
    revision: int | None = None
    centicredits: int | None = None


class VerificationIn(Schema):
    genuine: bool
    method: str = ""
    note: str = ""


class TranscriptOut(Schema):
    uuid: UUID
    made_at: datetime
    content_hash: str
    revoked: bool
    code: str
    address: str


def _worth(shown: ShownLine) -> WorthOut:
    return WorthOut(
        outcome=shown.outcome.uuid,
        reason=str(shown.line.reason),
        sentence=shown.sentence,
        centicredits=shown.line.centicredits,
        rule=rule_out(shown.version) if shown.version else None,
        application=shown.application.uuid if shown.application else None,
    )


@router.get("/balances", response=list[BalanceOut], summary="My accounts; amounts in 1/scale of the unit")
def balances(request: HttpRequest) -> list[BalanceOut]:
    return [
        BalanceOut(
            account=item.account.uuid,
            unit=item.unit.code,
            label=item.unit.label,
            organisation=item.account.organisation,
            balance=item.balance,
            scale=item.unit.scale,
        )
        for item in books.balances_of(user_of(request).uuid)
    ]


@router.get("/accounts/{uuid}/entries", response=EntriesOut, summary="An account's entries, newest first")
def entries(request: HttpRequest, uuid: UUID, page: int = Query(1, ge=1)) -> EntriesOut:
    account = books.account_of(user_of(request).uuid, uuid)
    if account is None:
        raise NotFound
    shown = paginate(request, books.statement(account), PER_PAGE)
    rows = [
        EntryOut(
            seq=entry.seq or 0,
            transaction=entry.transaction_id,
            kind=entry.transaction.kind,
            occurred_on=entry.transaction.occurred_on,
            posted_at=entry.transaction.posted_at,
            amount=entry.amount,
            rule=f"{entry.transaction.rule_code} v{entry.transaction.rule_version}",
            memo=entry.transaction.memo,
            evidence=entry.transaction.evidence,
            hash=entry.hash,
        )
        for entry in shown
    ]
    return EntriesOut(total=shown.paginator.count, page=shown.number, per_page=PER_PAGE, entries=rows)


@router.get("/outcomes", response=list[OutcomeOut], summary="My outcomes, newest first, paged")
def outcomes(request: HttpRequest, page: int = Query(1, ge=1)) -> list[LearningOutcome]:
    return list(paginate(request, outcomes_of(user_of(request)), PER_PAGE))


@router.post(
    "/outcomes", response={201: OutcomeOut}, summary="Register a certificate (multipart, with files)"
)
def add_outcome(
    request: HttpRequest,
    said: Form[OutcomeIn],
    evidence: list[UploadedFile] = File(default=[]),  # noqa: B008
) -> Status[LearningOutcome]:
    return Status(201, deposit(user_of(request), Deposit(**said.dict()), evidence))


@router.post(
    "/outcomes/{uuid}/evidence",
    response=OutcomeOut,
    summary="Files of a certificate that waits, or what its verifier asked for (multipart)",
)
def add_evidence(
    request: HttpRequest,
    uuid: UUID,
    text: Form[str] = "",  # type: ignore[type-arg]
    evidence: list[UploadedFile] = File(default=[]),  # noqa: B008
) -> LearningOutcome:
    user = user_of(request)
    found = outcome_of(user, uuid)
    if found.status == LearningOutcome.Status.SUPPLEMENT:
        return supplement(user, found, text=text, files=evidence)
    return add_files(user, found, evidence)


@router.get("/worth", response=list[WorthOut], summary="What my certificates are worth today; writes nothing")
def worth(request: HttpRequest) -> list[WorthOut]:
    found = answer(user_of(request), today())
    return [_worth(shown) for plan in found.plans for shown in plan.lines] + [
        _worth(shown) for shown in found.without_rule
    ]


@router.get("/applications", response=list[ApplicationOut], summary="My applications, newest first, paged")
def applications(request: HttpRequest, page: int = Query(1, ge=1)) -> list[ApplicationOut]:
    return [application_out(item) for item in paginate(request, applications_of(user_of(request)), PER_PAGE)]


@router.post(
    "/applications", response={201: ApplicationOut}, summary="Apply under the rule version that was shown"
)
def apply(request: HttpRequest, wish: ApplicationIn) -> Status[ApplicationOut]:
    made = applying.submit(user_of(request), applying.Wish(wish.outcome, wish.rule, wish.version))
    return Status(201, application_out(made))


@router.get("/applications/{uuid}", response=ApplicationOut, summary="One of my applications")
def application(request: HttpRequest, uuid: UUID) -> ApplicationOut:
    return application_out(application_of(user_of(request), uuid))


@router.post(
    "/applications/{uuid}/withdraw", response=ApplicationOut, summary="Take it back before the decision"
)
def withdraw(request: HttpRequest, uuid: UUID) -> ApplicationOut:
    user = user_of(request)
    return application_out(applying.withdraw(user, application_of(user, uuid)))


@router.get("/review", response=list[ApplicationOut], summary="Reviewer: what waits for my colleges, paged")
def review(request: HttpRequest, page: int = Query(1, ge=1)) -> list[ApplicationOut]:
    user = user_of(request)
    require_role(user, Role.REVIEWER)
    return [application_out(item) for item in paginate(request, review_queue(user), PER_PAGE)]


@router.post(
    "/review/{uuid}/verification", response=OutcomeOut, summary="Reviewer: is the certificate genuine"
)
def verification(request: HttpRequest, uuid: UUID, said: VerificationIn) -> LearningOutcome:
    user = user_of(request)
    outcome = application_for_review(user, uuid).outcome
    if outcome is None:
        raise NotFound
    if said.genuine:
        return verify_outcome(user, outcome, method=said.method, note=said.note)
    return refuse_outcome(user, outcome, note=said.note)


@router.get("/review/{uuid}/now", summary="Reviewer: what an approval would grant now, and what caps leave")
def foreseen(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    found = foresee(application_for_review(user_of(request), uuid))
    if found is None:
        raise NotFound
    return asdict(found)


@router.post(
    "/review/{uuid}/decision", response=ApplicationOut, summary="Reviewer: approve (posts) or refuse"
)
def decision(request: HttpRequest, uuid: UUID, said: DecisionIn) -> ApplicationOut:
    user = user_of(request)
    case = application_for_review(user, uuid)
    case.revision = case.revision if said.revision is None else said.revision
    return application_out(
        applying.decide(user, case, approve=said.approve, reason=said.reason, seen=said.centicredits)
    )


def _transcript(snapshot: Any) -> TranscriptOut:
    code, address = papers.verify_address(snapshot)
    return TranscriptOut(
        uuid=snapshot.uuid,
        made_at=snapshot.made_at,
        content_hash=snapshot.content_hash,
        revoked=snapshot.revoked_at is not None,
        code=code,
        address=address,
    )


@router.get("/transcripts", response=list[TranscriptOut], summary="My transcripts, newest first, paged")
def transcripts(request: HttpRequest, page: int = Query(1, ge=1)) -> list[TranscriptOut]:
    return [_transcript(item) for item in paginate(request, transcripts_of(user_of(request)), PER_PAGE)]


@router.post(
    "/transcripts", response={201: TranscriptOut}, summary="Make a transcript of what stands in the books"
)
def make(request: HttpRequest) -> Status[TranscriptOut]:
    return Status(201, _transcript(papers.make_transcript(user_of(request))))


@router.post("/transcripts/{uuid}/revoke", response=TranscriptOut, summary="Take a transcript back")
def revoke(request: HttpRequest, uuid: UUID) -> TranscriptOut:
    user = user_of(request)
    snapshot = transcript_of(user, uuid)
    if snapshot is None:
        raise NotFound
    papers.revoke_transcript(user, snapshot)
    snapshot.refresh_from_db()
    return _transcript(snapshot)
