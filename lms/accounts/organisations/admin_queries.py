"""What the staff screens list, for whom."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, QuerySet

from lms.accounts.organisations.models import Membership, Organisation, Role
from lms.accounts.organisations.queries import holds, organisations_for
from lms.accounts.organisations.rules import normalise_uscc
from lms.accounts.people.models import User

# Who sees people and organisations in the staff screens at all.
CARING_ROLES = (Role.OFFICER, Role.ADMIN, Role.HR)


def sees_registers(user: User | AnonymousUser) -> bool:
    return holds(user, *CARING_ROLES)


def organisations_visible_to(viewer: User, words: str = "") -> QuerySet[Organisation]:
    """All for officers (suspended too), else those the viewer administers or keeps personnel of."""
    people = Count("memberships__user", distinct=True)
    found = Organisation.objects.annotate(people=people).order_by("name", "id")
    if not holds(viewer, Role.OFFICER):
        found = found.filter(pk__in=organisations_for(viewer, Role.ADMIN, Role.HR).values("pk"))
    words = words.strip()
    if not words:
        return found
    wanted = Q(name__icontains=words) | Q(code__icontains=words)
    if len(words) >= 6:
        wanted |= Q(uscc__startswith=normalise_uscc(words))
    return found.filter(wanted)


def memberships_visible_to(viewer: User, words: str = "") -> QuerySet[Membership]:
    """Roles in those organisations, newest first."""
    organisations = organisations_visible_to(viewer).values("pk")
    found = Membership.objects.filter(organisation__in=organisations).select_related("user", "organisation")
    words = words.strip()
    if words:
        roles = [value for value, label in Role.choices if words in str(label)]
        named = Q(user__display_name__icontains=words) | Q(organisation__name__icontains=words)
        found = found.filter(named | Q(role__in=roles))
    return found.order_by("-since", "-id")
