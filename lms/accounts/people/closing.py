"""Closing an account that was merged into another of the same person, and opening it again when that was wrong.

Owns: `is_active` for that one reason. Who may merge, and what moves, is the credit bank's part; sessions end with the
flag, since every request asks for it.
"""

from django.db import transaction

from lms.accounts.people.models import User
from lms.lib.actor import Actor
from lms.lib.audit.services import record

TARGET = "accounts.User"


@transaction.atomic
def close_for_merge(user: User, actor: Actor, *, reason: str) -> None:
    """Nobody signs in to it any more; its record stays. The caller has asked what had to be asked."""
    _set(user, False)
    record(actor, action="person.close", target_type=TARGET, target=user.uuid, reason=reason)


@transaction.atomic
def open_after_merge(user: User, actor: Actor, *, reason: str) -> None:
    """The merge was undone: the person signs in as before. An erased account stays closed."""
    if user.erased_at is not None:
        return
    _set(user, True)
    record(actor, action="person.open", target_type=TARGET, target=user.uuid, reason=reason)


def _set(user: User, active: bool) -> None:
    user.is_active = active
    user.save(update_fields=["is_active"])
