"""What each package does when a person is erased. Packages register their part, as they do for the export."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from lms.accounts.people.models import User


@dataclass(frozen=True)
class ErasurePart:
    """obstacles: what must come to an end first, as sentences for the person. erase: removes or blanks what is the
    person's, again without harm where it was cut off, in one transaction that the caller holds; it names the person's
    things (their uuids) whose records in the audit lose their free text.
    """

    obstacles: Callable[[User], Iterable[str]]
    erase: Callable[[User], Iterable[UUID]]


_parts: dict[str, ErasurePart] = {}


def register_erasure_part(name: str, part: ErasurePart) -> None:
    """Called once at start-up by each package that keeps something about people."""
    _parts[name] = part


def parts() -> list[tuple[str, ErasurePart]]:
    """Upper packages' first; the account itself goes last, because the others may still need it."""
    return sorted(_parts.items(), key=lambda item: (item[0] == "account", item[0]))
