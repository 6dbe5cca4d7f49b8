"""/api/v1/accounts/institutions (public) and /api/v1/accounts/me/institutions: the same services as the pages."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from lms.accounts.institutions import queries, services
from lms.accounts.institutions.models import InstitutionRequest
from lms.accounts.organisations.models import Organisation
from lms.accounts.people.http import signed_in
from lms.lib.pages import PER_PAGE, paginate

router = Router()


class InstitutionOut(Schema):
    uuid: UUID
    code: str
    name: str
    kind: str
    uscc: str
    state: str
    since: datetime = Field(description="Since when it has this state.")


class InstitutionsOut(Schema):
    total: int
    page: int
    per_page: int
    institutions: list[InstitutionOut]


class RequestIn(Schema):
    kind: str
    name: str = Field(max_length=120)
    uscc: str = Field(max_length=30)
    uscc_note: str = Field(
        default="", max_length=200, description="Which licence, where the code does not check."
    )
    about: str = Field(default="", max_length=1000)


class RequestOut(Schema):
    uuid: UUID
    kind: str
    name: str
    uscc: str
    uscc_checked: bool
    state: str
    submitted_at: datetime
    decided_at: datetime | None
    reason: str
    organisation: str = Field(description="The code of the registered organisation, empty before.")

    @staticmethod
    def resolve_organisation(row: InstitutionRequest) -> str:
        return row.organisation.code if row.organisation else ""


def _institution(row: Organisation) -> InstitutionOut:
    return InstitutionOut(
        uuid=row.uuid,
        code=row.code,
        name=row.name,
        kind=row.kind,
        uscc=row.uscc,
        state=row.status,
        since=queries.state_since(row),
    )


@router.get("/institutions", response=InstitutionsOut, auth=None, summary="Registered institutions, paged")
def institutions(
    request: HttpRequest, q: str = Query("", max_length=80), kind: str = "", page: int = Query(1, ge=1)
) -> InstitutionsOut:
    shown = paginate(request, queries.public_list(q, kind), PER_PAGE)
    return InstitutionsOut(
        total=shown.paginator.count,
        page=shown.number,
        per_page=PER_PAGE,
        institutions=[_institution(row) for row in shown],
    )


@router.get("/me/institutions", response=list[RequestOut], summary="My requests, newest first, paged")
def mine(request: HttpRequest, page: int = Query(1, ge=1)) -> list[InstitutionRequest]:
    return list(paginate(request, queries.requests_of(signed_in(request)), PER_PAGE))


@router.post(
    "/me/institutions",
    response={201: RequestOut},
    summary="Ask for an institution to be registered (multipart)",
)
def ask(
    request: HttpRequest,
    said: Form[RequestIn],
    evidence: list[UploadedFile] = File(default=[]),  # noqa: B008
) -> Status[InstitutionRequest]:
    return Status(201, services.submit(signed_in(request), services.Said(**said.dict()), evidence))


@router.post("/me/institutions/{uuid}/supplement", response=RequestOut, summary="Answer what was asked for")
def supplement(
    request: HttpRequest,
    uuid: UUID,
    said: Form[RequestIn],
    evidence: list[UploadedFile] = File(default=[]),  # noqa: B008
) -> InstitutionRequest:
    user = signed_in(request)
    found = queries.request_of(user, uuid)
    return services.supplement(user, found, services.Said(**said.dict()), evidence)


@router.post("/me/institutions/{uuid}/withdraw", response=RequestOut, summary="Take one's request back")
def withdraw(request: HttpRequest, uuid: UUID) -> InstitutionRequest:
    user = signed_in(request)
    return services.withdraw(user, queries.request_of(user, uuid))
