"""Reading presence prompts, for the day page."""

from dataclasses import dataclass
from datetime import datetime

from lms.accounts.api import Organisation, User
from lms.learning.study.presence.models import PresencePrompt
from lms.lib.clock import epoch_ms, from_epoch_ms, now


@dataclass(frozen=True)
class Asked:
    """One prompt. answered: when, None where nobody did; how: in words. late: after its end, by then time was lost."""

    at: datetime
    until: datetime
    lesson: str
    rule: int
    answered: datetime | None
    how: str
    late: bool
    open: bool


def asked_between(user: User, low: int, high: int, provider: Organisation | None = None) -> list[Asked]:
    """The person's prompts asked from `low` to `high` (wall ms), in their order: one query. provider: only in its courses."""
    rows = PresencePrompt.objects.filter(session__person=user, due_ms__gte=low, due_ms__lt=high)
    if provider is not None:
        rows = rows.filter(session__lesson__release__provider=provider)
    rows = rows.select_related("session__lesson", "session__rule", "answer").defer("session__lesson__blocks")
    return [_asked(prompt, epoch_ms(now())) for prompt in rows.order_by("due_ms", "pk")]


def _asked(prompt: PresencePrompt, now_ms: int) -> Asked:
    answer = getattr(prompt, "answer", None)
    return Asked(
        at=from_epoch_ms(prompt.due_ms),
        until=from_epoch_ms(prompt.expires_ms),
        lesson=prompt.session.lesson.title,
        rule=prompt.session.rule.version,
        answered=from_epoch_ms(answer.at_ms) if answer else None,
        how=str(answer.get_how_display()) if answer else "",
        late=answer is not None and answer.at_ms > prompt.expires_ms,
        open=answer is None and now_ms < prompt.expires_ms,
    )
