"""/api/v1/credit/: checking a credential without a sign-in; one's own credentials of a transcript."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from creditbank.credentials import checking, services
from creditbank.credentials.http import ISSUED_A_MINUTE, checked, turn
from creditbank.credentials.models import CredentialSet
from creditbank.transcripts.queries import transcript_of
from lms.accounts.api import User
from lms.lib.errors import NotFound

router = Router()


class CheckIn(Schema):
    credential: str = Field(max_length=checking.MOST_BYTES)


class FindingOut(Schema):
    state: str
    what: str
    text: str


class ReportOut(Schema):
    status: str
    title: str
    findings: list[FindingOut]
    rows: list[tuple[str, str]]


class IssueIn(Schema):
    name_form: str = CredentialSet.NameForm.MASKED
    days: int = 0


class SetOut(Schema):
    uuid: UUID
    transcript: UUID
    name_form: str
    issued_at: datetime
    valid_until: datetime | None
    credentials: list[dict[str, Any]]
    jwts: list[str]


@router.post(
    "/check",
    response=ReportOut,
    auth=None,
    summary="What is right and wrong about a credential (JSON or JWT)",
)
def check(request: HttpRequest, said: CheckIn) -> checking.Report:
    return checked(request, lambda: said.credential)


@router.post(
    "/transcripts/{uuid}/credentials", response={201: SetOut}, summary="A transcript of mine as credentials"
)
def issue(request: HttpRequest, uuid: UUID, wish: IssueIn) -> Status[SetOut]:
    snapshot = transcript_of(request.user, uuid)  # type: ignore[arg-type]
    if snapshot is None:
        raise NotFound
    user: User = request.user  # type: ignore[assignment]
    with turn(user, "issue", ISSUED_A_MINUTE):
        made = services.issue(user, snapshot, name_form=wish.name_form, days=wish.days)
    credentials, jwts = services.contents(made)
    return Status(
        201,
        SetOut(
            uuid=made.uuid,
            transcript=snapshot.uuid,
            name_form=made.name_form,
            issued_at=made.issued_at,
            valid_until=services.ends_at(made),
            credentials=credentials,
            jwts=jwts,
        ),
    )
