"""Who can verify somebody's real name, told to that person: bodies to go to, not people.

Owns: the list, and how packages above say which papers of a person wait for a verified name. Refuses: verifying
(services.py, whose rule `ground_for` this list follows).
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from lms.accounts.organisations.models import Membership, Organisation, Role
from lms.accounts.organisations.queries import memberships
from lms.accounts.people.models import User
from lms.lib.clock import today

# More than these nobody reads; the authorities of a city are fewer.
MOST = 12
PERSONNEL = (Role.HR, Role.ADMIN)


@dataclass(frozen=True)
class Verifiers:
    """authorities: their officers verify anybody; own: of the organisations in which the person has a role, personnel or
    an administrator does. Both only where somebody holds that role today.
    """

    authorities: list[Organisation]
    own: list[Organisation]


def verifiers_for(person: User) -> Verifiers:
    """Two queries."""
    authorities = _staffed(person, (Role.OFFICER,)).filter(kind=Organisation.Kind.AUTHORITY)
    own = _staffed(person, PERSONNEL).filter(pk__in=memberships(person).values("organisation_id"))
    return Verifiers(list(authorities.order_by("name", "id")[:MOST]), list(own.order_by("name", "id")[:MOST]))


def _staffed(person: User, roles: tuple[str, ...]) -> QuerySet[Organisation]:
    """Active organisations in which somebody else holds one of the roles today: nobody verifies themselves."""
    day = today()
    holders = Membership.objects.filter(
        Q(until__isnull=True) | Q(until__gte=day),
        organisation=OuterRef("pk"),
        role__in=roles,
        since__lte=day,
        user__is_active=True,
    ).exclude(user=person)
    return Organisation.objects.filter(Exists(holders), status=Organisation.Status.ACTIVE)


# --- what waits for a verified name --------------------------------------------------------------------------

# user → how many papers of theirs bear no real name and may be issued again now.
Unnamed = Callable[[User], int]
_unnamed: list[Unnamed] = []


def register_unnamed(function: Unnamed) -> None:
    """Called once at start-up by the package that issues papers."""
    if function not in _unnamed:
        _unnamed.append(function)


def unnamed(person: User) -> int:
    return sum(function(person) for function in _unnamed)
