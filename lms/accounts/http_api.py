"""/api/v1/accounts/: one's own account, real name and roles; the public list of organisations."""

from datetime import date
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Field, Query, Router, Schema
from ninja.pagination import paginate

from lms.accounts.employment.http_api import router as employment_router
from lms.accounts.identity.models import Identity
from lms.accounts.identity.rules import mask_name, mask_number
from lms.accounts.identity.services import set_identity
from lms.accounts.institutions.http_api import router as institutions_router
from lms.accounts.organisations.models import Organisation
from lms.accounts.organisations.queries import actor
from lms.accounts.people import services
from lms.accounts.people.http import signed_in
from lms.accounts.people.models import User
from lms.accounts.people.queries import roles_of
from lms.accounts.people.rules import mask_phone
from lms.lib.errors import Invalid
from lms.lib.paging import Pages

router = Router()
router.add_router("/me", employment_router)
router.add_router("", institutions_router)


class Me(Schema):
    uuid: UUID
    display_name: str
    email: str | None
    phone: str = Field(description="Masked: 138 **** 8000, empty when there is none.")
    real_name_status: str = Field(description="unverified, checked (form only) or verified.")


class MeChange(Schema):
    display_name: str = Field(max_length=services.MAX_DISPLAY_NAME)


class IdentityOut(Schema):
    status: str
    kind: str = ""
    country: str = Field(
        default="", description="Who issued a passport; empty for other papers and old entries."
    )
    legal_name: str = Field(default="", description="Masked.")
    number: str = Field(default="", description="Masked.")


class IdentityIn(Schema):
    kind: str = Field(
        description="id_card, passport, hk_macao, taiwan, residence_permit or permanent_residence."
    )
    country: str = Field(
        default="",
        max_length=5,
        description="Of a passport: the issuing country's code on its data page (ICAO Doc 9303), such as CHN.",
    )
    legal_name: str = Field(max_length=100)
    number: str = Field(max_length=40)
    consent: bool = Field(description="The person agreed to keeping name and number. Must be true.")


class RoleOut(Schema):
    organisation: str
    organisation_name: str
    role: str
    role_name: str
    since: date
    until: date | None


class OrganisationOut(Schema):
    """sector: a code of the catalogue's filter of that name; "" where none is registered."""

    uuid: UUID
    code: str
    name: str
    kind: str
    sector: str


def _me(user: User) -> Me:
    status = Identity.objects.filter(user=user).values_list("status", flat=True).first()
    return Me(
        uuid=user.uuid,
        display_name=user.display_name,
        email=user.email,
        phone=mask_phone(user.phone),
        real_name_status=status or "unverified",
    )


def _identity(user: User) -> IdentityOut:
    held = Identity.objects.filter(user=user).first()
    if held is None:
        return IdentityOut(status="unverified")
    return IdentityOut(
        status=held.status,
        kind=held.kind,
        country=held.country,
        legal_name=mask_name(held.legal_name),
        number=mask_number(held.number),
    )


@router.get("/me", response=Me, summary="The signed-in person")
def me(request: HttpRequest) -> Me:
    return _me(signed_in(request))


@router.patch("/me", response=Me, summary="Change the display name")
def change_me(request: HttpRequest, change: MeChange) -> Me:
    user = signed_in(request)
    services.set_display_name(user, change.display_name)
    return _me(user)


@router.get("/me/identity", response=IdentityOut, summary="One's own real name, masked")
def identity(request: HttpRequest) -> IdentityOut:
    return _identity(signed_in(request))


@router.put("/me/identity", response=IdentityOut, summary="Give or correct one's own real name")
def put_identity(request: HttpRequest, given: IdentityIn) -> IdentityOut:
    user = signed_in(request)
    if not given.consent:
        raise Invalid(_("保存证件信息需要你单独同意。"), code="consent_missing", details={"field": "consent"})
    said = (given.kind, given.legal_name, given.number)
    set_identity(user, *said, actor(user), country=given.country)
    return _identity(user)


@router.get("/me/memberships", response=list[RoleOut], summary="One's own roles in force today")
def my_memberships(request: HttpRequest) -> list[dict[str, object]]:
    return roles_of(signed_in(request))


@router.get("/organisations", response=list[OrganisationOut], auth=None, summary="Active organisations")
@paginate(Pages)
def organisations(request: HttpRequest, q: str = Query("", max_length=60), kind: str = "") -> object:
    found = Organisation.objects.filter(status=Organisation.Status.ACTIVE).order_by("name", "id")
    if kind:
        found = found.filter(kind=kind)
    return found.filter(name__icontains=q.strip()) if q.strip() else found
