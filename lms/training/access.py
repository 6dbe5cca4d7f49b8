"""Who acts in training: officers of an authority, and the platform itself, which loads the demo."""

from django.db.models import QuerySet
from django.http import HttpRequest

from lms.accounts.api import (
    Organisation,
    Role,
    User,
    holds,
    organisations_for,
    require_role_or_platform,
)
from lms.lib.actor import Actor
from lms.lib.errors import NotAllowed


def officer(request: HttpRequest) -> User:
    """The user of a staff screen. Raises NotAllowed where they hold the role nowhere."""
    if not holds(request.user, Role.OFFICER):
        raise NotAllowed
    return request.user  # type: ignore[return-value]


def acting(by: User | Actor, authority: Organisation, elsewhere: str) -> Actor:
    """An officer of that authority, or the platform. elsewhere: what to say where the organisation is none. Raises
    NotAllowed."""
    if authority.kind != Organisation.Kind.AUTHORITY:
        raise NotAllowed(elsewhere)
    return require_role_or_platform(by, Role.OFFICER, organisation=authority)


def authorities(user: User) -> QuerySet[Organisation]:
    """Those the user is an officer of."""
    found: QuerySet[Organisation] = organisations_for(user, Role.OFFICER)
    return found.filter(kind=Organisation.Kind.AUTHORITY).order_by("name")


def bodies() -> QuerySet[Organisation]:
    """Every active authority: who can be given a target, or the right to publish plans."""
    return Organisation.objects.filter(
        kind=Organisation.Kind.AUTHORITY, status=Organisation.Status.ACTIVE
    ).order_by("name")
