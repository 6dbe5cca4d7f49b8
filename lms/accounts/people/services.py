"""What changes a person's own row: phone, address, display name. Roles and real names have services of their
own.
"""

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.accounts.people.models import User
from lms.accounts.people.rules import mask_phone
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.errors import Invalid
from lms.lib.outbox.services import emit

MAX_DISPLAY_NAME = 60


def _self(user: User) -> Actor:
    return Actor(person=user.uuid, role="learner", user_id=user.pk)


def unproved_claims(*, phone: str | None = None, email: str | None = None) -> list[User]:
    """Sign-ups that took this phone or address and never proved it.

    They hold nothing and must not keep the owner out: whoever signs up next starts afresh. Staff and
    people whom someone else entered (they have no password yet) are never among them.
    """
    wanted = Q(phone=phone) if phone else Q(email=email) | Q(emailaddress__email=email)
    found = User.objects.filter(
        wanted,
        last_login__isnull=True,
        phone_verified=False,
        is_staff=False,
        is_superuser=False,
        memberships=None,
    ).exclude(emailaddress__verified=True)
    return [user for user in found.distinct() if user.has_usable_password()]


@transaction.atomic
def release_unproved_claims(
    *, phone: str | None = None, email: str | None = None, keep: User | None = None
) -> None:
    """Remove those sign-ups, except `keep`."""
    for user in unproved_claims(phone=phone, email=email):
        if keep is None or user.pk != keep.pk:
            record(
                Actor.system("accounts"),
                action="person.release",
                target_type="accounts.User",
                target=user.uuid,
                reason="signed up, never proved",
            )
            user.delete()


def set_phone(user: User, phone: str, *, verified: bool) -> None:
    """Store a number (E.164) during sign-up; later changes come through `phone_proved`."""
    user.phone, user.phone_verified = phone, verified
    user.save(update_fields=["phone", "phone_verified"])


@transaction.atomic
def phone_proved(user: User, phone: str, *, keep_password: bool) -> None:
    """The holder of `phone` entered its code: it is the user's now. See adapter.proved_by_its_owner."""
    if user.phone == phone and user.phone_verified:
        return
    release_unproved_claims(phone=phone, keep=user)
    before = user.phone if user.phone != phone else None
    user.phone, user.phone_verified = phone, True
    fields = ["phone", "phone_verified"]
    if not keep_password and user.last_login is None:
        user.set_unusable_password()
        fields.append("password")
    user.save(update_fields=fields)
    data = {"phone": mask_phone(phone)} | ({"before": mask_phone(before)} if before else {})
    record(_self(user), action="person.phone", target_type="accounts.User", target=user.uuid, data=data)


@transaction.atomic
def email_proved(user: User, email: str, *, keep_password: bool) -> None:
    """The holder of `email` entered its code. allauth keeps the address itself; the rest is ours."""
    if not keep_password and user.last_login is None:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    record(_self(user), action="person.email", target_type="accounts.User", target=user.uuid)


@transaction.atomic
def set_display_name(user: User, display_name: str) -> None:
    """What the person wants to be called; "" falls back to phone or address, masked."""
    name = " ".join(display_name.split())
    if len(name) > MAX_DISPLAY_NAME:
        raise Invalid(_("称呼最多 60 个字。"), details={"field": "display_name"})
    if name == user.display_name:
        return
    user.display_name = name
    user.save(update_fields=["display_name"])
    row = record(_self(user), action="person.rename", target_type="accounts.User", target=user.uuid)
    emit("person.renamed", {"person": str(user.uuid)}, key=f"person.renamed:{row.uuid}")


@transaction.atomic
def add_person(
    *,
    password: str | None,
    email: str | None = None,
    phone: str | None = None,
    display_name: str = "",
    is_superuser: bool = False,
) -> User:
    """A person with a proved address or phone, for the demo and for commands; sign-ups go through allauth."""
    user = User.objects.create_user(
        email=email,
        phone=phone,
        phone_verified=bool(phone),
        display_name=display_name,
        password=password,
        is_staff=is_superuser,
        is_superuser=is_superuser,
    )
    if email:
        EmailAddress.objects.create(user=user, email=email.lower(), verified=True, primary=True)
    return user
