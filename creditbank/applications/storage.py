"""Where files of applications lie: in the private folder (lms.lib.private), under names that say nothing."""

from typing import Any

from lms.lib.ids import uuid7
from lms.lib.private import private_storage

__all__ = ["file_path", "private_storage"]


def file_path(instance: Any, filename: str) -> str:
    """The stored name; the person's own file name is kept in the row only."""
    return f"applications/{uuid7()}"
