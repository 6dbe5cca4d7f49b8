"""Writing audit rows, in the transaction of the act itself."""

from collections.abc import Iterable
from itertools import islice
from typing import Any
from uuid import UUID, uuid5

from django.db.models import Q

from lms.lib.actor import Actor
from lms.lib.appendonly import erase_words
from lms.lib.audit.models import AuditRow
from lms.lib.audit.reasons import Because
from lms.lib.clock import now


def record(
    actor: Actor,
    *,
    action: str,
    target_type: str,
    target: UUID | None,
    reason: str | Because = "",
    data: dict[str, Any] | None = None,
) -> AuditRow:
    """Add one row. Call it inside the transaction of the change, so that neither exists without the other.

    reason: what somebody typed, or one of the platform's own (reasons.py), which its reader gets in their language.
    """
    said, kept = _kept(reason, data)
    return AuditRow.objects.create(
        at=now(),
        person=actor.person,
        role=actor.role,
        body=actor.body,
        action=action,
        target_type=target_type,
        target=target,
        reason=said,
        data=kept,
    )


def _kept(reason: str | Because, data: dict[str, Any] | None) -> tuple[str, dict[str, Any]]:
    """What the row's reason and data hold."""
    if isinstance(reason, Because):
        return reason.plain(), (data or {}) | reason.kept
    return reason, data or {}


def record_each(
    actor: Actor,
    targets: Iterable[UUID],
    *,
    key: UUID,
    action: str,
    target_type: str,
    reason: str | Because = "",
    data: dict[str, Any] | None = None,
    batch: int = 1000,
) -> None:
    """One row for each of many targets, in batches. Called again with the same key, a target keeps its one row."""
    moment, remaining = now(), iter(targets)
    said, kept = _kept(reason, data)
    while some := list(islice(remaining, batch)):
        rows = [
            AuditRow(
                uuid=uuid5(key, f"{action}:{target}"),
                at=moment,
                person=actor.person,
                role=actor.role,
                body=actor.body,
                action=action,
                target_type=target_type,
                target=target,
                reason=said,
                data=kept,
            )
            for target in some
        ]
        AuditRow.objects.bulk_create(rows, ignore_conflicts=True)


def erase_text(person: UUID, things: Iterable[UUID] = ()) -> int:
    """Remove the free text (reason and data) of what is recorded about a person and the person's own things, and of what
    the person did as a learner. Who did what, when and in which role stays. Returns the number of rows changed.
    """
    about = Q(target__in=[person, *things]) | Q(person=person, role="learner")
    return erase_words(AuditRow, about)
