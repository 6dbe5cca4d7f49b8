"""Offering someone a role by phone number or address, and the person's own yes or no.

Owns: RoleInvitation. An administrator gets the same answer whoever the number belongs to, and nobody comes into an
organisation's hands (its administrators may see real names) without having agreed. Refuses: telling an inviter whether
there is such an account; a role that its inviter could not give any more on the day of the answer.
"""

from datetime import date, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lms.accounts.organisations import rules
from lms.accounts.organisations.models import Membership, Organisation, Role, RoleInvitation
from lms.accounts.organisations.queries import actor, require_role
from lms.accounts.organisations.services import TARGET, grant_role
from lms.accounts.people.models import User
from lms.accounts.people.rules import mask_email, mask_phone
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.crypto import lookup_hash
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound

# Long enough to come back from leave; after that the administrator asks again.
VALID_FOR = timedelta(days=14)


def _hash(login: str) -> str:
    return lookup_hash(login, "role.invitation")


def _logins(user: User) -> list[str]:
    """The phone number and the address that the user signs in with."""
    return [login for login in (user.phone if user.phone_verified else None, user.email) if login]


def invitations_to(login: str) -> QuerySet[RoleInvitation]:
    """All that were ever sent to a number or address, answered or not."""
    return RoleInvitation.objects.filter(login_hash=_hash(login))


def open_in(organisation: Organisation) -> QuerySet[RoleInvitation]:
    """Those that wait for an answer, newest first."""
    waiting = RoleInvitation.objects.filter(answered_at__isnull=True, invited_at__gt=now() - VALID_FOR)
    return waiting.filter(organisation=organisation).order_by("-invited_at", "-id")


def invitations_of(user: User) -> QuerySet[RoleInvitation]:
    """What organisations offer the user, by proved phone number or by address (whose proof an answer asks for)."""
    waiting = RoleInvitation.objects.filter(answered_at__isnull=True, invited_at__gt=now() - VALID_FOR)
    mine = waiting.filter(login_hash__in=[_hash(login) for login in _logins(user)])
    return mine.filter(organisation__status=Organisation.Status.ACTIVE).select_related("organisation")


@transaction.atomic
def invite(
    login: str, organisation: Organisation, role: str, by: User, *, until: date | None = None
) -> RoleInvitation:
    """Offer a role to whoever has proved `login` (E.164 or address in lower case), now or within VALID_FOR. The same
    offer again renews it. Raises NotAllowed (not its administrator; oneself), Invalid (no such role; dates), Conflict
    (suspended organisation).
    """
    who = require_role(by, Role.ADMIN, organisation=organisation)
    if login in _logins(by):
        raise NotAllowed(_("不能给自己增加或结束角色，请另一位管理员来做。"), code="oneself")
    if role not in Role.values or not rules.role_fits(organisation.kind, role):
        kind = organisation.get_kind_display()
        raise Invalid(_("%(kind)s没有这个角色。") % {"kind": kind}, details={"field": "role"})
    if organisation.status != Organisation.Status.ACTIVE:
        raise Conflict(_("机构已暂停，不能增加人员。"))
    if until and until < today():
        raise Invalid(_("结束日期不能早于开始日期。"), details={"field": "until"})
    masked = mask_email(login) if "@" in login else mask_phone(login)
    made, _new = RoleInvitation.objects.update_or_create(
        organisation=organisation,
        role=role,
        login_hash=_hash(login),
        answered_at=None,
        defaults={"login_masked": masked, "until": until, "invited_by": by, "invited_at": now()},
    )
    data = {"role": role, "invitation": str(made.uuid)}
    record(who, action="role.invite", target_type=TARGET, target=organisation.uuid, data=data)
    return made


@transaction.atomic
def accept(user: User, uuid: UUID) -> Membership:
    """Say yes: the role begins today, given by the inviter as today's administrator. Raises NotFound, NotAllowed or
    Conflict when the inviter could not give it any more."""
    row = _answer(user, uuid, accepted=True)
    try:
        return grant_role(user, row.organisation, row.role, row.invited_by, until=row.until)
    except NotAllowed as refusal:
        raise Conflict(
            _("发出邀请的人已不是这家机构的管理员。请让机构现在的管理员重新邀请。"), code="inviter_gone"
        ) from refusal


@transaction.atomic
def decline(user: User, uuid: UUID) -> None:
    """Say no. The organisation sees only that the invitation is gone. Raises NotFound."""
    row = _answer(user, uuid, accepted=False)
    data = {"role": row.role, "invitation": str(row.uuid)}
    record(actor(user), action="role.decline", target_type=TARGET, target=row.organisation.uuid, data=data)


def _answer(user: User, uuid: UUID, *, accepted: bool) -> RoleInvitation:
    row = invitations_of(user).select_for_update(of=("self",)).filter(uuid=uuid).first()
    by_phone = row is not None and user.phone_verified and row.login_hash == _hash(user.phone or "")
    proved = by_phone or EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()
    if row is None or not proved:
        raise NotFound
    row.answered_at, row.accepted = now(), accepted
    row.save(update_fields=["answered_at", "accepted"])
    return row
