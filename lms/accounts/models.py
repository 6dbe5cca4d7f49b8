"""The models of people and organisations, gathered for Django."""

from lms.accounts.branding.models import Brand
from lms.accounts.employment.models import Employment, Roster, RosterLine
from lms.accounts.erasure.models import Erasure
from lms.accounts.identity.models import Identity
from lms.accounts.institutions.models import InstitutionFile, InstitutionRequest
from lms.accounts.machines.models import Machine
from lms.accounts.organisations.models import Membership, Organisation, Role, RoleInvitation
from lms.accounts.people.models import User

__all__ = [
    "Brand",
    "Employment",
    "Erasure",
    "Identity",
    "InstitutionFile",
    "InstitutionRequest",
    "Machine",
    "Membership",
    "Organisation",
    "Role",
    "RoleInvitation",
    "Roster",
    "RosterLine",
    "User",
]
