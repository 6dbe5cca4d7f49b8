"""A person's own part of suggestions: what they handed in, and what becomes of it when they go."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from lms.accounts.api import ErasurePart, User, register_erasure_part, register_export_part
from lms.lib.appendonly import erase_words
from lms.training.suggestions.models import State, Suggestion, SuggestionAct

PART = "suggestions"


def part(user: User) -> dict[str, Any]:
    """Everything of the user's own that is kept here."""
    rows = Suggestion.objects.filter(person=user).select_related("authority").order_by("pk")
    return {
        "suggestions": [
            {
                "number": row.number,
                "authority": row.authority.name,
                "title": row.title,
                "text": row.text,
                "contact": row.contact,
                "at": row.at,
                "due_on": row.due_on,
                "state": row.state,
                "reply": row.reply,
                "replied_on": row.replied_on,
                "satisfied": row.satisfied,
            }
            for row in rows
        ]
    }


def obstacles(user: User) -> list[str]:
    """Suggestions that wait for a reply; the sender may take them back."""
    waiting = Suggestion.objects.filter(person=user, state=State.OPEN).order_by("pk")
    return [_("你的建议 %(number)s 还没有答复，可以先撤回。") % {"number": row.number} for row in waiting]


def erase(user: User) -> list[UUID]:
    """The words go, with those that answer them; that there was one, when, and whether it was replied to in time, stays."""
    rows = Suggestion.objects.filter(person=user)
    uuids = list(rows.values_list("uuid", flat=True))
    erase_words(SuggestionAct, Q(suggestion__person=user))
    rows.update(title="", text="", contact="", reply="")
    return uuids


def register() -> None:
    register_export_part(PART, part)
    register_erasure_part(PART, ErasurePart(obstacles, erase))
