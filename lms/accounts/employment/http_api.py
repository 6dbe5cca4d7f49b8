"""/api/v1/accounts/me/…: one's own employments and the invitations to them."""

from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from lms.accounts.employment import queries, services
from lms.accounts.employment.models import Employment, RosterLine
from lms.accounts.people.http import signed_in
from lms.accounts.people.models import User
from lms.lib.errors import NotFound
from lms.lib.pages import paginate

router = Router()


class EmploymentOut(Schema):
    uuid: UUID
    organisation: str = Field(description="The organisation's code.")
    organisation_name: str
    department: str
    post: str
    since: date
    until: date | None
    in_force: bool = Field(description="Confirmed and not ended; it may still lie ahead (since).")
    ended_by: str = Field(description="person, employer or empty.")
    confirmed_at: datetime


class InvitationOut(Schema):
    uuid: UUID
    organisation: str
    organisation_name: str
    name: str = Field(description="The name on the employer's list, masked.")
    department: str
    post: str
    since: date


def _employment(row: Employment) -> EmploymentOut:
    return EmploymentOut(
        uuid=row.uuid,
        organisation=row.organisation.code,
        organisation_name=row.organisation.name,
        department=row.department,
        post=row.post,
        since=row.since,
        until=row.until,
        in_force=row.ended_at is None,
        ended_by=row.ended_by,
        confirmed_at=row.confirmed_at,
    )


def _invitation(line: RosterLine) -> InvitationOut:
    return InvitationOut(
        uuid=line.uuid,
        organisation=line.organisation.code,
        organisation_name=line.organisation.name,
        name=queries.masked(line),
        department=line.department,
        post=line.post,
        since=line.since,
    )


def _line(user: User, uuid: UUID) -> RosterLine:
    found = queries.lines_for(user).select_related("organisation").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


@router.get("/employments", response=list[EmploymentOut], summary="My employments, newest first, paged")
def employments(request: HttpRequest, page: int = Query(1, ge=1)) -> list[EmploymentOut]:
    return [_employment(row) for row in paginate(request, queries.own_employments(signed_in(request)))]


@router.post("/employments/{uuid}/end", response=EmploymentOut, summary="End one of mine; again, the same")
def end(request: HttpRequest, uuid: UUID) -> EmploymentOut:
    user = signed_in(request)
    services.end_own(user, queries.own_employment(user, uuid))
    return _employment(queries.own_employment(user, uuid))


@router.get("/invitations", response=list[InvitationOut], summary="Employers that wait for my answer, paged")
def invitations(request: HttpRequest, page: int = Query(1, ge=1)) -> list[InvitationOut]:
    return [_invitation(line) for line in paginate(request, queries.invitations(signed_in(request)))]


@router.post("/invitations/{uuid}/confirm", response=EmploymentOut, summary="Yes, I work there")
def confirm(request: HttpRequest, uuid: UUID) -> EmploymentOut:
    user = signed_in(request)
    made = services.confirm(user, _line(user, uuid))
    return _employment(queries.own_employment(user, made.uuid))


@router.post("/invitations/{uuid}/decline", response={204: None}, summary="Not me, or not wanted")
def decline(request: HttpRequest, uuid: UUID) -> Status[None]:
    user = signed_in(request)
    services.decline(user, _line(user, uuid))
    return Status(204, None)
