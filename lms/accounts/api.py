"""The front door of people and organisations: other packages import nothing behind it."""

from collections.abc import Iterable
from typing import cast
from uuid import UUID

from django.http import HttpRequest

from lms.accounts.branding.queries import Shown as ShownBrand
from lms.accounts.branding.queries import brand_of, brand_when, brands_of
from lms.accounts.employment.models import Employment
from lms.accounts.employment.queries import in_days as employments_in_days
from lms.accounts.employment.queries import in_force as employments_in_force
from lms.accounts.employment.queries import keeps_rosters, kept_by, rostered, workplaces
from lms.accounts.erasure.registry import ErasurePart, register_erasure_part
from lms.accounts.erasure.services import ask_along as erase_along
from lms.accounts.erasure.services import pending as erasure_pending
from lms.accounts.identity import issuers
from lms.accounts.identity.grounds import register_ground
from lms.accounts.identity.matching import Match, Named, by_paper, by_phone, named, same_person
from lms.accounts.identity.models import Identity
from lms.accounts.identity.rules import mask_name, mask_number, normalise_name
from lms.accounts.identity.services import (
    RevealedIdentity,
    correct_name,
    name_fault,
    reveal_identity,
    set_identity,
    verify_identity,
)
from lms.accounts.identity.verifiers import register_unnamed
from lms.accounts.machines.http import MachineToken
from lms.accounts.machines.models import Machine
from lms.accounts.machines.services import actor_of as machine_actor
from lms.accounts.machines.services import machine_names
from lms.accounts.organisations.menu import (
    COURSE_WORK,
    CREDIT_WORK,
    STUDY_WORK,
    TRAINING_WORK,
    RoleMenuItem,
)
from lms.accounts.organisations.models import Membership, Organisation, Role
from lms.accounts.organisations.queries import (
    actor,
    held,
    holds,
    memberships,
    organisation_names,
    organisations_for,
    require_role,
    require_role_or_platform,
    roles_held,
)
from lms.accounts.organisations.rules import normalise_uscc, uscc_fault
from lms.accounts.organisations.sectors import register_sectors
from lms.accounts.organisations.services import (
    end_role,
    grant_role,
    register_organisation,
    suspend_organisation,
)
from lms.accounts.organisations.wagtail_access import STAFF_GROUP, staff_group
from lms.accounts.people.closing import close_for_merge, open_after_merge
from lms.accounts.people.export import parts_of as export_parts
from lms.accounts.people.export import register_export_part
from lms.accounts.people.models import User
from lms.accounts.people.queries import explain_looks, looks_at, people_for, people_numbered
from lms.accounts.people.rules import is_masked_contact, read_login

__all__ = [
    "COURSE_WORK",
    "CREDIT_WORK",
    "STAFF_GROUP",
    "STUDY_WORK",
    "TRAINING_WORK",
    "Employment",
    "ErasurePart",
    "Identity",
    "Machine",
    "MachineToken",
    "Match",
    "Membership",
    "Named",
    "Organisation",
    "RevealedIdentity",
    "Role",
    "RoleMenuItem",
    "ShownBrand",
    "User",
    "actor",
    "brand_of",
    "brand_when",
    "brands_of",
    "by_paper",
    "by_phone",
    "close_for_merge",
    "correct_name",
    "employments_in_days",
    "employments_in_force",
    "end_role",
    "erase_along",
    "erasure_pending",
    "explain_looks",
    "export_parts",
    "grant_role",
    "held",
    "holds",
    "is_masked_contact",
    "keeps_rosters",
    "kept_by",
    "looks_at",
    "machine_actor",
    "machine_names",
    "mask_called",
    "mask_name",
    "masked_name",
    "masked_names",
    "masked_paper",
    "memberships",
    "name_fault",
    "named",
    "normalise_name",
    "normalise_uscc",
    "open_after_merge",
    "organisation_names",
    "organisations_for",
    "people_for",
    "people_numbered",
    "person_by_login",
    "person_by_uuid",
    "real_name",
    "real_name_status",
    "real_names",
    "register_erasure_part",
    "register_export_part",
    "register_ground",
    "register_organisation",
    "register_sectors",
    "register_unnamed",
    "require_role",
    "require_role_or_platform",
    "reveal_identity",
    "roles_held",
    "rostered",
    "same_person",
    "set_identity",
    "staff_group",
    "suspend_organisation",
    "uscc_fault",
    "user_of",
    "verify_identity",
    "workplaces",
]


def person_by_uuid(uuid: UUID) -> User:
    return User.objects.get(uuid=uuid)


def person_by_login(typed: str) -> User | None:
    """Whose phone number or address it is, in any usual spelling; for staff alone, since an answer tells who is here."""
    found = read_login(typed)
    return User.objects.filter(**{found[0]: found[1]}).first() if found else None


def real_name(user: User) -> str:
    """The legal name where one was given, else what the person calls themselves. Callers log the look."""
    identity = Identity.objects.filter(user=user).first()
    return identity.legal_name if identity else str(user)


def real_names(users: Iterable[User]) -> dict[int, str]:
    """The same of many, by their ids; for comparing with what a list says. One query."""
    people = list(users)
    legal = {row.user_id: row.legal_name for row in Identity.objects.filter(user__in=people)}
    return {user.pk: legal.get(user.pk) or str(user) for user in people}


def real_name_status(user: User) -> str:
    """ "unverified", "checked" (format only) or "verified"."""
    status = Identity.objects.filter(user=user).values_list("status", flat=True).first()
    return status or "unverified"


def masked_paper(user: User) -> str:
    """居民身份证 1****************X, 护照 CHN 中国 E*******8: the kind of paper, who issued a passport, and as much of its
    number as its owner recognises; "" for none."""
    identity = Identity.objects.filter(user=user).first()
    if identity is None:
        return ""
    parts = (str(identity.get_kind_display()), issuers.label(identity.country), mask_number(identity.number))
    return " ".join(part for part in parts if part)


def user_of(request: HttpRequest) -> User:
    """Who is signed in; for views that nobody else comes to (login_required, Wagtail's admin, the API's authentication)."""
    return cast(User, request.user)


def masked_name(user: User) -> str:
    """张三丰 → 张＊＊: enough to recognise, not enough to find."""
    return mask_called(real_name(user))


def mask_called(name: str) -> str:
    """The same of how somebody is called: who gave no name is called by a number or address that is masked already, of which
    nothing would be left to compare with a paper.
    """
    return name if is_masked_contact(name) else mask_name(name)


def masked_names(users: Iterable[User]) -> dict[int, str]:
    """The same of many, by their ids. One query."""
    people = list(users)
    legal = dict(Identity.objects.filter(user__in=people).values_list("user_id", "legal_name"))
    return {user.pk: mask_called(legal.get(user.pk) or str(user)) for user in people}
