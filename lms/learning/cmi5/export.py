"""The part of a person's own data (PIPL art. 45) about cmi5: registrations, what their units came to, each launch."""

from typing import Any

from lms.accounts.api import User
from lms.learning.cmi5.models import Cmi5Registration


def part(user: User) -> list[dict[str, Any]]:
    """Three queries. The statements themselves stand in the store of the body that offers the course."""
    rows = Cmi5Registration.objects.filter(enrolment__person=user).select_related("package", "enrolment")
    return [
        {
            "uuid": row.uuid,
            "enrolment": row.enrolment.uuid if row.enrolment else None,
            "package": row.package.title,
            "made_at": row.made_at,
            "units": [
                {
                    "unit": unit.key,
                    "completed_at": unit.completed_at,
                    "passed_at": unit.passed_at,
                    "failed_at": unit.failed_at,
                    "score": None if unit.scaled is None else str(unit.scaled),
                    "waived_at": unit.waived_at,
                    "waived_reason": unit.waived_reason,
                    "waived_note": unit.waived_note,
                }
                for unit in row.units.all()
            ],
            "launches": [
                {
                    "uuid": session.uuid,
                    "mode": session.mode,
                    "launched_at": session.launched_at,
                    "ended_at": session.ended_at,
                    "end": session.end,
                }
                for session in row.sessions.all()
            ],
        }
        for row in rows.prefetch_related("units", "sessions").order_by("pk")
    ]
