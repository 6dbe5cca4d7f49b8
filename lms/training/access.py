"""Who acts in training: officers of an authority, and the platform itself, which loads the demo."""

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from lms.accounts.api import (
    Organisation,
    Role,
    User,
    actor,
    holds,
    memberships,
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
    return of_the_body(by, authority, Role.OFFICER)


def of_the_body(by: User | Actor, body: Organisation, *roles: str) -> Actor:
    """Somebody who holds one of the roles in that body themselves, or the platform. An administrator of the platform reads everything
    and decides nothing in a body's name: what stands in the audit trail as an officer's act was an officer's. Raises NotAllowed."""
    if isinstance(by, User) and by.is_superuser:
        held = memberships(by).filter(organisation=body, role__in=roles).order_by("pk").first()
        if held is None:
            raise NotAllowed(
                _("平台管理员不代%(name)s办理，由该单位自己的人员办理。") % {"name": body.name},
                code="not_of_the_body",
            )
        return actor(by, held.role, body)
    return require_role_or_platform(by, *roles, organisation=body)


def organisation_named(typed: str) -> Organisation | None:
    """The organisation of this name or code; None where there is none, or several of the name."""
    said = typed.strip()
    found = list(Organisation.objects.filter(Q(name=said) | Q(code=said)).order_by("pk")[:2])
    return found[0] if len(found) == 1 else None


def authorities(user: User) -> QuerySet[Organisation]:
    """Those the user is an officer of."""
    found: QuerySet[Organisation] = organisations_for(user, Role.OFFICER)
    return found.filter(kind=Organisation.Kind.AUTHORITY).order_by("name")


def bodies() -> QuerySet[Organisation]:
    """Every active authority: who can be given a target, or the right to publish plans."""
    return Organisation.objects.filter(
        kind=Organisation.Kind.AUTHORITY, status=Organisation.Status.ACTIVE
    ).order_by("name")
