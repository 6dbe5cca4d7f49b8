"""A person's own part of the register of experts: where they stand, what ties them to bodies, what they refused. Erasure takes the words
out; that there was an entry stays under the number, as the authority's record of whom it asked.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from lms.accounts.api import ErasurePart, User, register_erasure_part, register_export_part
from lms.lib.clock import now
from lms.training import letters
from lms.training.experts import services
from lms.training.experts.models import Expert, ExpertInterest, ExpertRefusal

PART = "experts"


def part(user: User) -> dict[str, Any]:
    """Everything of the user's own that is kept here."""
    interests = ExpertInterest.objects.filter(person=user).select_related("body")
    refusals = ExpertRefusal.objects.filter(person=user).select_related("authority")
    return {
        "entries": [
            {
                "authority": row.authority.name,
                "fields": row.fields,
                "specialty": row.specialty,
                "basis": row.basis,
                "since": row.since,
                "until": row.until,
                "state": row.state,
                "answered_at": row.answered_at,
                "ended_at": row.ended_at,
                "reason": row.reason,
            }
            for row in Expert.objects.filter(person=user).select_related("authority")
        ],
        "interests": [
            {"body": row.body.name, "text": row.text, "declared_at": row.declared_at, "over_at": row.over_at}
            for row in interests
        ],
        "refusals": [
            {"authority": row.authority.name, "about": row.about, "reason": row.reason, "at": row.at}
            for row in refusals
        ],
    }


def obstacles(user: User) -> Iterable[str]:
    """None: the authority asks somebody else."""
    return ()


def erase(user: User) -> list[UUID]:
    """They leave every register, and what they and others wrote about them goes."""
    rows = Expert.objects.filter(person=user)
    interests = ExpertInterest.objects.filter(person=user)
    uuids = [*rows.values_list("uuid", flat=True), *interests.values_list("uuid", flat=True)]
    open_rows = rows.filter(state__in=(Expert.State.ASKED, Expert.State.LISTED))
    open_rows.update(state=Expert.State.LEFT, ended_at=now())
    rows.update(specialty="", basis="", reason="")
    interests.update(text="")
    ExpertRefusal.objects.filter(person=user).update(reason="")
    return uuids


def register() -> None:
    letters.register_words(services.ASKED, services.asked_words)
    register_export_part(PART, part)
    register_erasure_part(PART, ErasurePart(obstacles, erase))
