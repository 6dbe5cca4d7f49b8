"""Public identifiers: UUIDv7, so that they sort by time and tell nothing about how many there are."""

from uuid import UUID

from uuid_utils import compat


def uuid7() -> UUID:
    """A new UUIDv7 as the standard library's UUID."""
    return compat.uuid7()
