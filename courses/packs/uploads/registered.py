"""What uploads give to the rooms around them: a person's own data, and what an erasure does. Imported once at start."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from courses.packs.uploads import tasks
from courses.packs.uploads.models import Upload
from courses.packs.uploads.services import erase
from lms.accounts.api import ErasurePart, User, register_erasure_part, register_export_part

__all__ = ["tasks"]


def exported(user: User) -> list[dict[str, Any]]:
    """The uploads that wait, as the person may have them: the files themselves are the person's already."""
    rows = Upload.objects.filter(user=user).select_related("organisation")
    return [
        {
            "name": row.name,
            "size": row.size,
            "received": row.offset,
            "organisation": row.organisation.name,
            "begun": row.created_at.isoformat(),
            "kept_until": row.expires_at.isoformat(),
        }
        for row in rows
    ]


def _erase(user: User) -> Iterable[UUID]:
    return erase(user)


register_export_part("uploads", exported)
register_erasure_part("uploads", ErasurePart(obstacles=lambda user: [], erase=_erase))
