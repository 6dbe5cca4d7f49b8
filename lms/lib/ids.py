"""Public identifiers: UUIDv7, so that they sort by time and tell nothing about how many there are."""

from uuid import UUID

from uuid_utils import compat

from lms.lib.errors import NotFound


def uuid7() -> UUID:
    """A new UUIDv7 as the standard library's UUID."""
    return compat.uuid7()


def sent_uuid(text: str) -> UUID:
    """What a form or address names a thing by. Raises NotFound where it is no identifier at all."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
