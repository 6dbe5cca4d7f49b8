"""A person's own part of the coordination groups: which seats they held, and what they said of cases. Erasure takes the words out; that a member
agreed or not stays, as what a decision rests on.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q

from lms.accounts.api import ErasurePart, User, register_erasure_part, register_export_part
from lms.lib.appendonly import erase_words
from lms.lib.clock import today
from lms.training import letters
from lms.training.coordination import queries, services
from lms.training.coordination.models import GroupMember, GroupOpinion
from lms.training.lifecycle.queries import register_reader

PART = "coordination_groups"


def part(user: User) -> dict[str, Any]:
    """Everything of the user's own that is kept here. Two queries."""
    return {
        "seats": [
            {
                "authority": row.authority.name,
                "body": row.body.name,
                "position": row.position,
                "basis": row.basis,
                "since": row.since,
                "ended_on": row.ended_on,
                "reason": row.reason,
            }
            for row in queries.seats(user)
        ],
        "opinions": [
            {"case": row.case.number, "stand": row.stand, "reason": row.reason, "at": row.at}
            for row in queries.opinions_of(user)
        ],
    }


def obstacles(user: User) -> Iterable[str]:
    """None: the authority names somebody else."""
    return ()


def erase(user: User) -> list[UUID]:
    """They sit in no group any more, and the words go."""
    rows = GroupMember.objects.filter(person=user)
    uuids = list(rows.values_list("uuid", flat=True))
    for row in rows.filter(ended_on__isnull=True):
        # Somebody named for a day to come never sat there.
        row.ended_on = max(today(), row.since)
        row.save(update_fields=["ended_on"])
    rows.update(basis="", reason="")
    erase_words(GroupOpinion, Q(member__person=user))
    return uuids


def register() -> None:
    letters.register_words(services.NAMED, services.named_words)
    letters.register_words(services.WAITS, services.waits_words)
    register_export_part(PART, part)
    register_erasure_part(PART, ErasurePart(obstacles, erase))
    register_reader(queries.reads)
