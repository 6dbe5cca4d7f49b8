"""A content given a new version: its row stays, and with it the lessons that show it; what it was is kept for releases.

Owns: writing H5PFormerVersion. Refuses: deciding whether a content may change (upgrades.py, authoring/services.py).
"""

from typing import Any
from uuid import UUID

from courses.h5p.models import H5PContent, H5PFormerVersion


def renew(row: H5PContent, made: UUID, **fields: Any) -> None:
    """The files under `made` are the content's from now on. row: held by the caller's transaction. fields: what else of
    the row is new with them."""
    H5PFormerVersion.objects.create(content=row, uuid=row.uuid, main_library=row.main_library)
    for name, value in {"uuid": made, **fields}.items():
        setattr(row, name, value)
    row.save(update_fields=["uuid", *fields])
