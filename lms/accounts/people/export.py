"""A person's own data as one JSON document (PIPL art. 45). Other packages add their parts.

Owns: the frame and the accounts' part. A part returns what can be written as JSON, in the person's own words.
"""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from lms.accounts.identity.models import Identity
from lms.accounts.organisations.models import Membership
from lms.accounts.people.models import User
from lms.accounts.people.queries import explain_looks, looks_at
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now

Part = Callable[[User], Any]
_parts: dict[str, Part] = {}
FORMAT = "rongtong-person-export"


def register_export_part(name: str, part: Part) -> None:
    """Called once at start-up by each package that keeps something about people."""
    _parts[name] = part


@transaction.atomic
def export_person(user: User) -> dict[str, Any]:
    """Everything about the user; asked for by the user alone, and recorded."""
    actor = Actor(person=user.uuid, role="learner", user_id=user.pk)
    record(actor, action="person.export", target_type="accounts.User", target=user.uuid)
    document: dict[str, Any] = {"format": FORMAT, "version": 1, "made_at": now().isoformat()}
    return document | parts_of(user)


def parts_of(user: User, *, without: str = "") -> dict[str, Any]:
    """What every package keeps about an account, unrecorded; `without` leaves one part out. For the part that adds what
    stands under a person's closed accounts: it may not ask itself."""
    found: dict[str, Any] = {"account": _account(user)}
    for name, part in sorted(_parts.items()):
        if name != without:
            found[name] = part(user)
    return found


def _account(user: User) -> dict[str, Any]:
    identity = Identity.objects.filter(user=user).first()
    return {
        "uuid": str(user.uuid),
        "display_name": user.display_name,
        "email": user.email,
        "phone": user.phone,
        "phone_verified": user.phone_verified,
        "joined": user.date_joined.isoformat(),
        "last_login": user.last_login.isoformat() if user.last_login else None,
        "identity": identity
        and {
            "kind": identity.kind,
            "legal_name": identity.legal_name,
            "country": identity.country,
            "number": identity.number,
            "status": identity.status,
            "checked_at": identity.checked_at.isoformat(),
        },
        "roles": [
            {
                "organisation": row.organisation.name,
                "role": row.role,
                "since": row.since.isoformat(),
                "until": row.until.isoformat() if row.until else None,
            }
            for row in Membership.objects.filter(user=user)
            .select_related("organisation")
            .order_by("since", "id")
        ],
        "looks": [
            {
                "at": look.at.isoformat(),
                "action": look.action,
                "role": look.role,
                "body": look.body,
                "reason": look.reason,
                "day": look.day.isoformat() if look.day else None,
            }
            for look in explain_looks(looks_at(user))
        ],
    }
