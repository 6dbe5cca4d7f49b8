"""Who acts: a person in a role, for a body. Services take an Actor and never a request."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Actor:
    """person: the user's uuid (None for the system); role: a word; body: the organisation's code or ""."""

    person: UUID | None
    role: str
    body: str = ""
    user_id: int | None = None

    @property
    def is_platform(self) -> bool:
        """Whether it is the platform itself: a consumer, a command, the demo."""
        return self.person is None and self.role.startswith("system:")

    @classmethod
    def system(cls, reason: str = "system") -> "Actor":
        """The platform itself, e.g. a consumer or the demo; `reason` names which part."""
        return cls(person=None, role=f"system:{reason}"[:40])
