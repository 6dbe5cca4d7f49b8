"""The holds' part of a person's own data (PIPL art. 45): what was held, why, on what evidence, what was said and decided.

Owns: the shape. Files are named; their contents are on the hold's page. Moments in UTC or epoch ms, as in the evidence.
"""

from typing import Any

from lms.accounts.api import User
from lms.learning.holds import words
from lms.learning.holds.models import StudyHold, StudyIncident


def part(user: User) -> dict[str, Any]:
    """In a fixed number of queries."""
    rows = StudyHold.objects.filter(person=user).select_related("enrolment__release", "rule")
    rows = rows.prefetch_related("steps__word", "files", "sessions__session").order_by("id")
    incidents = StudyIncident.objects.filter(person=user).order_by("id")
    return {
        "holds": [
            {
                "uuid": row.uuid,
                "course": row.enrolment.release.title,
                "day": row.day,
                "reason": row.reason,
                "rule": {"version": row.rule.version, "source": row.rule.source},
                "evidence": row.evidence,
                "state": row.state,
                "due_on": row.due_on,
                "sessions": [
                    {"uuid": item.session.uuid, "barred": item.barred} for item in row.sessions.all()
                ],
                "steps": [
                    {
                        "act": step.act,
                        "role": step.role,
                        "at": step.at,
                        "state": step.state,
                        "due_on": step.due_on,
                        "text": words.word(step),
                    }
                    for step in sorted(row.steps.all(), key=lambda step: step.number)
                ],
                "files": [{"name": file.name, "sha256": file.sha256} for file in row.files.all()],
            }
            for row in rows
        ],
        "refused_reports": [
            {
                "kind": item.kind,
                "received_ms": item.received_ms,
                "opened_ms": item.opened_ms,
                "active_ms": item.active_ms,
                "sha256": item.payload_hash,
            }
            for item in incidents
        ],
    }
