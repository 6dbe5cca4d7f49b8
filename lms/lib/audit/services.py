"""Writing audit rows, in the transaction of the act itself."""

from collections.abc import Iterable
from itertools import islice
from typing import Any
from uuid import UUID, uuid5

from django.db.models import Q

from lms.lib.actor import Actor
from lms.lib.appendonly import erase_words
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now


def record(
    actor: Actor,
    *,
    action: str,
    target_type: str,
    target: UUID | None,
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> AuditRow:
    """Add one row. Call it inside the transaction of the change, so that neither exists without the other."""
    return AuditRow.objects.create(
        at=now(),
        person=actor.person,
        role=actor.role,
        body=actor.body,
        action=action,
        target_type=target_type,
        target=target,
        reason=reason,
        data=data or {},
    )


def record_each(
    actor: Actor,
    targets: Iterable[UUID],
    *,
    key: UUID,
    action: str,
    target_type: str,
    reason: str = "",
    data: dict[str, Any] | None = None,
    batch: int = 1000,
) -> None:
    """One row for each of many targets, in batches. Called again with the same key, a target keeps its one row."""
    moment, remaining = now(), iter(targets)
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
                reason=reason,
                data=data or {},
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
