"""Whether something still fits, and from when on somebody is told, over plain numbers of bytes."""

from dataclasses import dataclass

# Percent of the limit from which the organisation's administrators are told.
WARNINGS = (80, 95)
GIB = 1024**3


@dataclass(frozen=True)
class Room:
    """used: all that is stored, promised uploads and work under way; limit: None for the platform's own."""

    used: int
    limit: int | None

    @property
    def left(self) -> int:
        """Never below 0, also where a limit was lowered under what is there."""
        return 0 if self.limit is None else max(0, self.limit - self.used)

    def takes(self, more: int) -> bool:
        """Whether so much more fits. Nothing (0 or less) always does, also above the limit."""
        return self.limit is None or more <= 0 or more <= self.left

    @property
    def percent(self) -> int:
        """Whole percent, rounded down: 100 is said of what is full."""
        if self.limit is None:
            return 0
        return self.used * 100 // self.limit if self.limit else 100

    @property
    def warning(self) -> int:
        """The highest of WARNINGS that is reached; 0 for none."""
        if self.limit is None:
            return 0
        return max((each for each in WARNINGS if self.percent >= each), default=0)
