"""A person's own part of cases: their objections. What somebody did for a body or an authority is that organisation's."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from lms.accounts.api import ErasurePart, User, register_erasure_part, register_export_part
from lms.training.lifecycle.models import Objection
from lms.training.lifecycle.queries import objections_by

PART = "case_objections"


def part(user: User) -> dict[str, Any]:
    """Everything of the user's own that is kept here."""
    return {
        "objections": [
            {
                "number": row.number,
                "notice": row.notice.number,
                "text": row.text,
                "at": row.at,
                "state": row.state,
                "answer": row.answer,
                "answered_at": row.answered_at,
            }
            for row in objections_by(user)
        ]
    }


def obstacles(user: User) -> list[str]:
    """Objections that wait for an answer."""
    waiting = objections_by(user).filter(state=Objection.State.OPEN)
    return [_("你的异议 %(number)s 还没有答复。") % {"number": row.number} for row in waiting]


def erase(user: User) -> list[UUID]:
    """The words of objections go, with those that answer them; that there was one, and what became of it, stays."""
    rows = Objection.objects.filter(person=user)
    uuids = list(rows.values_list("uuid", flat=True))
    rows.update(text="", answer="")
    return uuids


def register() -> None:
    register_export_part(PART, part)
    register_erasure_part(PART, ErasurePart(obstacles, erase))
