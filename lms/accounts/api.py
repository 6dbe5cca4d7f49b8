"""The front door of people and organisations: other packages import nothing behind it."""

from uuid import UUID

from lms.accounts.employment.models import Employment
from lms.accounts.employment.queries import in_days as employments_in_days
from lms.accounts.employment.queries import in_force as employments_in_force
from lms.accounts.employment.queries import keeps_rosters, kept_by, rostered, workplaces
from lms.accounts.erasure.registry import ErasurePart, register_erasure_part
from lms.accounts.identity.grounds import register_ground
from lms.accounts.identity.models import Identity
from lms.accounts.identity.rules import mask_name
from lms.accounts.identity.services import (
    RevealedIdentity,
    correct_name,
    name_fault,
    reveal_identity,
    set_identity,
    verify_identity,
)
from lms.accounts.organisations.menu import RoleMenuItem
from lms.accounts.organisations.models import Membership, Organisation, Role
from lms.accounts.organisations.queries import (
    actor,
    holds,
    memberships,
    organisations_for,
    require_role,
    roles_held,
)
from lms.accounts.organisations.services import (
    end_role,
    grant_role,
    register_organisation,
    suspend_organisation,
)
from lms.accounts.organisations.wagtail_access import STAFF_GROUP, staff_group
from lms.accounts.people.export import register_export_part
from lms.accounts.people.models import User
from lms.accounts.people.queries import explain_looks

__all__ = [
    "STAFF_GROUP",
    "Employment",
    "ErasurePart",
    "Identity",
    "Membership",
    "Organisation",
    "RevealedIdentity",
    "Role",
    "RoleMenuItem",
    "User",
    "actor",
    "correct_name",
    "employments_in_days",
    "employments_in_force",
    "end_role",
    "explain_looks",
    "grant_role",
    "holds",
    "keeps_rosters",
    "kept_by",
    "masked_name",
    "memberships",
    "name_fault",
    "organisations_for",
    "person_by_uuid",
    "real_name",
    "real_name_status",
    "register_erasure_part",
    "register_export_part",
    "register_ground",
    "register_organisation",
    "require_role",
    "reveal_identity",
    "roles_held",
    "rostered",
    "set_identity",
    "staff_group",
    "suspend_organisation",
    "verify_identity",
    "workplaces",
]


def person_by_uuid(uuid: UUID) -> User:
    return User.objects.get(uuid=uuid)


def real_name(user: User) -> str:
    """The legal name where one was given, else what the person calls themselves. Callers log the look."""
    identity = Identity.objects.filter(user=user).first()
    return identity.legal_name if identity else str(user)


def real_name_status(user: User) -> str:
    """ "unverified", "checked" (format only) or "verified"."""
    status = Identity.objects.filter(user=user).values_list("status", flat=True).first()
    return status or "unverified"


def masked_name(user: User) -> str:
    """张三丰 → 张＊＊: enough to recognise, not enough to find."""
    return mask_name(real_name(user))
