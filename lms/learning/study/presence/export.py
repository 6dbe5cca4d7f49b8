"""The part of a person's own data (PIPL art. 45) about presence prompts: what was asked when, and how it was answered."""

from typing import Any

from lms.accounts.api import User
from lms.learning.study.presence.models import PresencePrompt
from lms.lib.clock import from_epoch_ms


def part(user: User) -> list[dict[str, Any]]:
    """In one query; moments in UTC. Unanswered: nothing of that session counts from `to_be_answered_by` on."""
    rows = PresencePrompt.objects.filter(session__person=user).select_related(
        "session__enrolment", "session__lesson", "session__rule", "answer"
    )
    return [
        {
            "uuid": prompt.uuid,
            "enrolment": prompt.session.enrolment.uuid,
            "lesson": prompt.session.lesson.title,
            "session": prompt.session.uuid,
            "rule": prompt.session.rule.version,
            "announced_at": from_epoch_ms(prompt.issued_ms),
            "asked_at": from_epoch_ms(prompt.due_ms),
            "to_be_answered_by": from_epoch_ms(prompt.expires_ms),
            "answered": _answer(prompt),
        }
        for prompt in rows.defer("session__lesson__blocks").order_by("id")
    ]


def _answer(prompt: PresencePrompt) -> dict[str, Any] | None:
    answer = getattr(prompt, "answer", None)
    if answer is None:
        return None
    return {
        "at": from_epoch_ms(answer.at_ms),
        "received_at": from_epoch_ms(answer.received_ms),
        "how": answer.how,
    }
