"""Where photos of practice lie: in the private folder (lms.lib.private), under names that say nothing."""

from typing import Any

from lms.lib.ids import uuid7
from lms.lib.private import private_storage

__all__ = ["photo_path", "private_storage"]


def photo_path(instance: Any, filename: str) -> str:
    """The stored name; the file's own name is kept in the row only."""
    return f"practice/{uuid7()}"
