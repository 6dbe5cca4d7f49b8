"""What a person's export and erasure do with the organisations they asked to have registered.

What became an organisation is the organisation's own, signed by a number; the words and the papers of the rest go.
"""

from typing import Any
from uuid import UUID

from lms.accounts.institutions.models import InstitutionFile, InstitutionRequest
from lms.accounts.institutions.queries import requests_of
from lms.accounts.people.models import User
from lms.lib.evidence import discard

State = InstitutionRequest.State


def part(user: User) -> list[dict[str, Any]]:
    return [
        {
            "uuid": row.uuid,
            "kind": row.kind,
            "name": row.name,
            "uscc": row.uscc,
            "uscc_note": row.uscc_note,
            "about": row.about,
            "state": row.state,
            "submitted_at": row.submitted_at,
            "decided_at": row.decided_at,
            "reason": row.reason,
            "files": [
                {"name": file.name, "sha256": file.sha256, "size": file.size} for file in row.files.all()
            ],
        }
        for row in requests_of(user).prefetch_related("files")
    ]


def erase(user: User) -> list[UUID]:
    """Again without harm where it was cut off. Files first."""
    mine = InstitutionRequest.objects.filter(applicant=user)
    discard(InstitutionFile.objects.filter(request__in=mine.exclude(state=State.APPROVED)))
    mine.filter(state__in=[State.SUBMITTED, State.SUPPLEMENT]).update(state=State.WITHDRAWN)
    mine.update(about="", uscc_note="", reason="")
    return list(mine.values_list("uuid", flat=True))
