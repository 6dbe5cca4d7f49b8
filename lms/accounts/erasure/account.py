"""The accounts' own part of an erasure: who someone is, how they signed in, what they did for organisations."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Q
from django.utils.translation import gettext as _
from wagtail.admin.models import EditingSession, FormState
from wagtail.models import APIToken
from wagtail.users.models import UserProfile

from lms.accounts.employment.models import Employment, RosterLine
from lms.accounts.employment.services import end_own
from lms.accounts.erasure.registry import ErasurePart
from lms.accounts.identity.models import Identity
from lms.accounts.institutions.people import erase as erase_requests
from lms.accounts.organisations.invitations import invitations_to
from lms.accounts.organisations.models import Membership, Organisation, Role
from lms.accounts.organisations.queries import memberships
from lms.accounts.people.models import User
from lms.accounts.people.sender import forget_for_demo
from lms.lib.clock import now, today


def obstacles(user: User) -> Iterator[str]:
    """The platform's administrators, and whoever alone administers an organisation, hand over first."""
    if user.is_superuser:
        yield _("你是平台管理员。请先让另一位平台管理员收回你的权限。")
    administered = memberships(user).filter(role=Role.ADMIN).values("organisation")
    for organisation in Organisation.objects.filter(pk__in=administered).order_by("name"):
        others = Membership.objects.filter(organisation=organisation, role=Role.ADMIN, user__is_active=True)
        in_force = others.filter(Q(until__isnull=True) | Q(until__gte=today()), since__lte=today())
        if not in_force.exclude(user=user).exists():
            yield _("你是%(name)s唯一的管理员。请先增加另一位管理员。") % {"name": organisation.name}


def erase(user: User) -> list[UUID]:
    """The row stays under its number, because books and records point at it; everything that names it goes."""
    for login in filter(None, (user.phone, user.email)):
        forget_for_demo(login)
        invitations_to(login).delete()
    _leave_employers(user)
    Identity.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    # What the staff's screens kept for the person: a form half filled in, what was open, keys of programs.
    for model in (UserProfile, FormState, EditingSession, APIToken):
        model.objects.filter(user=user).delete()
    day = today()
    open_roles = Membership.objects.filter(Q(until__isnull=True) | Q(until__gte=day), user=user)
    open_roles.update(until=day - timedelta(days=1))
    user.groups.clear()
    user.user_permissions.clear()
    user.phone, user.phone_verified, user.email = None, False, None
    user.display_name = user.first_name = user.last_name = ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login, user.erased_at = None, now()
    user.set_unusable_password()
    user.save()
    return erase_requests(user)


def _leave_employers(user: User) -> None:
    """Employments end today; what the confirmed lines of rosters say of the person goes, and they are off the roster.

    An employer's next list may name the person again: that is the employer's own.
    """
    for row in Employment.objects.filter(user=user, ended_at__isnull=True):
        end_own(user, row)
    lines = RosterLine.objects.filter(employments__user=user)
    lines.filter(removed_at__isnull=True).update(removed_at=now())
    Employment.objects.filter(user=user).update(department="", post="")
    lines.update(
        removed_at=now(),
        name="",
        phone="",
        phone_hash="",
        email="",
        email_hash="",
        number="",
        number_hash="",
        department="",
        post="",
    )


PART = ErasurePart(obstacles, erase)
