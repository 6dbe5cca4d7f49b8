"""A person's own part of expert merit: their statements. What becomes of them when they go."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_noop

from lms.accounts.api import ErasurePart, User, register_erasure_part, register_export_part
from lms.lib.verify import services as verify
from lms.training.merits import queries
from lms.training.merits.models import MeritStatement

PART = "merits"


def part(user: User) -> dict[str, Any]:
    """Statements with what stands on them; the contributions themselves are at /merits/, from the rows of their rooms."""
    return {
        "statements": [
            {
                "number": row.number,
                "purpose": row.purpose,
                "authority": row.authority.name,
                "state": row.state,
                "items": queries.content_of(row).get("items", []),
                "handed_in_at": row.handed_in_at,
                "decided_at": row.decided_at,
                "reason": row.reason,
            }
            for row in queries.statements_of(user)
        ]
    }


def obstacles(user: User) -> list[str]:
    """None: what waits goes with its owner."""
    return []


def erase(user: User) -> list[UUID]:
    """The words go and the codes say so; that there was a statement, and when it was decided, stays."""
    rows = MeritStatement.objects.filter(person=user)
    uuids = list(rows.values_list("uuid", flat=True))
    for uuid in rows.filter(state=MeritStatement.State.CONFIRMED).values_list("uuid", flat=True):
        verify.revoke(queries.KIND, uuid, gettext_noop("本人已收回这份证明。"))
    rows.filter(state=MeritStatement.State.WAITING).update(state=MeritStatement.State.WITHDRAWN)
    rows.update(content="", reason="")
    return uuids


def register() -> None:
    register_export_part(PART, part)
    register_erasure_part(PART, ErasurePart(obstacles, erase))
