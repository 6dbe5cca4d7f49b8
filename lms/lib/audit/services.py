"""Writing audit rows, in the transaction of the act itself."""

from typing import Any
from uuid import UUID

from lms.lib.actor import Actor
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
