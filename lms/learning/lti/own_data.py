"""LTI's part of a person's own data, and of its erasure: what tools call them, what they told, what was reported.

Scores stay under the person's number, as other evidence does; a tool's words about them go. The pseudonym goes, so that the tool
can report of nobody any more.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q

from lms.accounts.api import ErasurePart, User
from lms.learning.lti.platform.models import LtiLaunch, LtiScore, LtiSubject
from lms.learning.lti.tool.models import LtiAccount
from lms.lib.appendonly import erase_words


def part(user: User) -> dict[str, Any]:
    """In a fixed number of queries."""
    tools = LtiSubject.objects.filter(person=user).select_related("tool").order_by("id")
    scores = LtiScore.objects.filter(person=user).select_related("line_item__tool").order_by("id")
    accounts = LtiAccount.objects.filter(person=user).select_related("platform").order_by("id")
    return {
        "platforms": [
            {"platform": row.platform.name, "called": row.sub, "linked_at": row.made_at} for row in accounts
        ],
        "tools": [
            {"tool": row.tool.name, "called": row.sub, "named": row.named, "answered_at": row.answered_at}
            for row in tools
        ],
        "scores": [
            {
                "tool": row.line_item.tool.name,
                "of": row.line_item.label,
                "at": row.at,
                "given": row.given,
                "maximum": row.maximum,
                "activity": row.activity,
                "grading": row.grading,
                "comment": row.comment,
            }
            for row in scores
        ],
    }


def _obstacles(user: User) -> Iterator[str]:
    return iter(())


def _erase(user: User) -> list[UUID]:
    LtiSubject.objects.filter(person=user).delete()
    LtiLaunch.objects.filter(person=user).delete()
    LtiAccount.objects.filter(person=user).delete()
    erase_words(LtiScore, Q(person=user))
    return []


PART = ErasurePart(obstacles=_obstacles, erase=_erase)
