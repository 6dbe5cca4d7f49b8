"""Reading transcripts."""

import json
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from creditbank.outcomes.models import LearningOutcome
from creditbank.transcripts.models import TranscriptSnapshot
from lms.accounts.api import User


def content_of(snapshot: TranscriptSnapshot) -> dict[str, Any]:
    """What stands on the paper, as plain values."""
    content: dict[str, Any] = json.loads(snapshot.content)
    return content


def method_of(item: dict[str, Any]) -> str:
    """How a certificate on the paper was verified, in the reader's language; papers of long ago keep their own words."""
    code = item.get("method_code", "")
    known = LearningOutcome.Method.values
    return str(LearningOutcome.Method(code).label) if code in known else str(item["method"])


def besides_of(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of credits beyond courses, each with `said`, what it is in the reader's language, and `at`, where. Papers of
    long ago have none.
    """
    gone = {
        "expiry": _("已到期的学分"),
        "redemption": _("已兑换的学分"),
        "older": _("更早的记账"),
    }
    return [
        item
        | {
            "said": gone.get(item["sort"]) or item.get("title") or _("其他记账"),
            "at": " · ".join(filter(None, (item.get("college", ""), item.get("programme", "")))),
        }
        for item in content.get("besides", [])
    ]


def transcripts_of(user: User) -> QuerySet[TranscriptSnapshot]:
    return TranscriptSnapshot.objects.filter(holder=user).order_by("-made_at")


def transcript_of(user: User, uuid: UUID) -> TranscriptSnapshot | None:
    return TranscriptSnapshot.objects.filter(holder=user, uuid=uuid).first()
