"""The part of a person's own data (PIPL art. 45) about lessons taken along and what came in from without a line."""

from typing import Any

from lms.accounts.api import User
from lms.learning.study.offline.models import StudyTicket
from lms.lib.clock import from_epoch_ms


def part(user: User) -> list[dict[str, Any]]:
    """In a fixed number of queries; durations in ms, moments in UTC."""
    rows = StudyTicket.objects.filter(person=user).select_related("lesson", "enrolment")
    return [
        {
            "uuid": ticket.uuid,
            "enrolment": ticket.enrolment.uuid,
            "lesson": ticket.lesson.title,
            "device": ticket.device_kind,
            "issued_at": from_epoch_ms(ticket.issued_ms),
            "until": from_epoch_ms(ticket.until_ms),
            "sessions": [
                {
                    "opened_at": from_epoch_ms(session.opened_ms),
                    "confirmed": session.session_id is not None,
                    "parts": [
                        {"received_at": from_epoch_ms(item.received_ms), "active_ms": item.facts["active"]}
                        for item in session.parts.all()
                    ],
                }
                for session in ticket.sessions.all()
            ],
        }
        for ticket in rows.defer("lesson__blocks").prefetch_related("sessions__parts").order_by("id")
    ]
