"""Who holds which role, today. The one place that answers permission questions about memberships."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from lms.accounts.organisations.models import Membership, Organisation, Role
from lms.accounts.people.models import User
from lms.lib.actor import Actor
from lms.lib.clock import local_day, today
from lms.lib.errors import NotAllowed

# Person → what they hold, while a page is only looked at; None: nothing is kept. See docs/decisions/roles-read-once.md.
_READ: ContextVar[dict[int, list[Membership]] | None] = ContextVar("memberships_read", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Within it each person's memberships are read once: a staff page asks for them a dozen times. For what only reads;
    what changes them nevertheless says `forget`."""
    token = _READ.set({})
    try:
        yield
    finally:
        _READ.reset(token)


def forget() -> None:
    """What was read is read again: memberships or organisations have changed."""
    kept = _READ.get()
    if kept is not None:
        kept.clear()


def actor(user: User, role: str = "learner", organisation: Organisation | None = None) -> Actor:
    """The user acting in a role; it grants nothing, `require_role` does."""
    return Actor(person=user.uuid, role=role, body=organisation.code if organisation else "", user_id=user.pk)


def memberships(user: User) -> QuerySet[Membership]:
    """The memberships in force today, in active organisations."""
    return _in_force(user).filter(organisation__status=Organisation.Status.ACTIVE)


def held(user: User) -> list[Membership]:
    """`memberships`, with their organisations, the oldest first: one query, and one a person within `reading_once`."""
    kept = _READ.get()
    if kept is None:
        return list(memberships(user).order_by("id"))
    if user.pk not in kept:
        kept[user.pk] = list(memberships(user).order_by("id"))
    return kept[user.pk]


def roles_held(request: HttpRequest) -> frozenset[str]:
    """The roles held anywhere today: one query a request. For what a menu shows; doors ask `holds`."""
    found: frozenset[str] | None = getattr(request, "_roles_held", None)
    if found is None:
        user = request.user
        if isinstance(user, User) and user.is_active:
            found = frozenset(Role.values if user.is_superuser else (row.role for row in held(user)))
        else:
            found = frozenset()
        request._roles_held = found  # type: ignore[attr-defined]
    return found


def holds(user: User | AnonymousUser, *roles: str, organisation: Organisation | None = None) -> bool:
    """Whether the user holds one of the roles (in that organisation, if given). Superusers hold all."""
    if isinstance(user, AnonymousUser) or not user.is_active:
        return False
    if user.is_superuser:
        return True
    mine = (row.organisation_id for row in held(user) if row.role in roles)
    return any(organisation is None or organisation.pk == pk for pk in mine)


def organisations_for(user: User, *roles: str) -> QuerySet[Organisation]:
    """The organisations in which the user holds one of the roles."""
    if user.is_superuser:
        return Organisation.objects.filter(status=Organisation.Status.ACTIVE)
    if _READ.get() is not None:
        # Of nobody's it is no question at all.
        return Organisation.objects.filter(
            pk__in={row.organisation_id for row in held(user) if row.role in roles}
        )
    ids = memberships(user).filter(role__in=roles).values("organisation_id")
    return Organisation.objects.filter(pk__in=ids)


def organisation_names(codes: Iterable[str]) -> dict[str, str]:
    """Code → name, of those that there are. One query."""
    return dict(Organisation.objects.filter(code__in=list(codes)).values_list("code", "name"))


def _in_force(user: User) -> QuerySet[Membership]:
    """The memberships in force today, whatever state the organisations are in."""
    day = today()
    found = Membership.objects.filter(Q(until__isnull=True) | Q(until__gte=day), user=user, since__lte=day)
    return found.select_related("organisation")


def _only_suspended(
    user: User, roles: tuple[str, ...], organisation: Organisation | None
) -> Organisation | None:
    """The organisation whose suspension alone keeps the user from one of the roles."""
    found = _in_force(user).filter(role__in=roles, organisation__status=Organisation.Status.SUSPENDED)
    if organisation is not None:
        found = found.filter(organisation=organisation)
    membership = found.order_by("id").first()
    return membership.organisation if membership else None


def _suspended(organisation: Organisation) -> NotAllowed:
    since = organisation.status_since or organisation.created_at
    named = {
        "name": organisation.name,
        "since": local_day(since).isoformat(),
        "reason": organisation.status_reason or _("未写明"),
    }
    return NotAllowed(
        _("%(name)s自 %(since)s 起暂停，原因：%(reason)s。暂停期间不能办理；以前办过的仍然有效。") % named,
        code="organisation_suspended",
    )


def require_role(user: User | AnonymousUser, *roles: str, organisation: Organisation | None = None) -> Actor:
    """The Actor, or NotAllowed with a sentence that names the roles asked for, or the organisation that is suspended."""
    if isinstance(user, AnonymousUser) or not user.is_active:
        raise NotAllowed(_("请先登录。"), status=401, code="login_required")
    if user.is_superuser:
        if organisation is not None and organisation.status == Organisation.Status.SUSPENDED:
            raise _suspended(organisation)
        return actor(user, roles[0] if roles else "admin", organisation)
    found = memberships(user).filter(role__in=roles)
    if organisation:
        found = found.filter(organisation=organisation)
    membership = found.order_by("id").first()
    if membership is None:
        barred = _only_suspended(user, roles, organisation)
        if barred is not None:
            raise _suspended(barred)
        names = "、".join(str(Role(role).label) for role in roles)
        raise NotAllowed(_("这一步需要角色：%(roles)s。") % {"roles": names})
    return actor(user, membership.role, membership.organisation)


def require_role_or_platform(
    by: User | Actor, *roles: str, organisation: Organisation | None = None
) -> Actor:
    """As `require_role` for a person; the platform itself (demo, commands) passes, and no other Actor does: people come as
    themselves."""
    if not isinstance(by, Actor):
        return require_role(by, *roles, organisation=organisation)
    if not by.is_platform:
        raise NotAllowed
    return by
