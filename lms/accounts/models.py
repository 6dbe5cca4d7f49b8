"""The models of people and organisations, gathered for Django."""

from lms.accounts.identity.models import Identity
from lms.accounts.organisations.models import Membership, Organisation, Role
from lms.accounts.people.models import User

__all__ = ["Identity", "Membership", "Organisation", "Role", "User"]
