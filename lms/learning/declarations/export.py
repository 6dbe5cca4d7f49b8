"""The claims' part of a person's own data (PIPL art. 45): what they declared, with every step and what counted.

Hours in hundredths of a 学时, moments in UTC. Owns: the shape. Files are named; their contents are on the claim's page.
"""

from typing import Any

from lms.accounts.api import User
from lms.learning.declarations.models import HoursDeclaration


def part(user: User) -> list[dict[str, Any]]:
    """In a fixed number of queries."""
    rows = HoursDeclaration.objects.filter(person=user).select_related("employer", "department", "rule")
    rows = rows.prefetch_related("steps__body", "files").order_by("id")
    return [
        {
            "uuid": row.uuid,
            "activity": row.activity,
            "grade": row.grade,
            "category": row.category,
            "title": row.title,
            "organiser": row.organiser,
            "from": row.starts_on,
            "to": row.ends_on,
            "year": row.year,
            "centiunits": row.centiunits,
            "declared_centihours": row.declared_centihours,
            "identifier": row.identifier,
            "about": row.about,
            "employer": row.employer.name,
            "department": row.department.name,
            "rule": {"code": row.rule.code, "version": row.rule.version} if row.rule else None,
            "ruled_centihours": row.ruled_centihours,
            "state": row.state,
            "accepted_centihours": row.accepted_centihours,
            "counted_centihours": row.counted_centihours,
            "steps": [
                {
                    "act": step.act,
                    "role": step.role,
                    "body": step.body.name if step.body else "",
                    "at": step.at,
                    "reason": step.reason,
                    "state": step.state,
                    "due_on": step.due_on,
                }
                for step in sorted(row.steps.all(), key=lambda step: step.number)
            ],
            "files": [{"name": file.name, "sha256": file.sha256} for file in row.files.all()],
        }
        for row in rows
    ]
