"""Who may rate, and what is told of ratings. Plain values in, plain values out.

The bounds are the platform's own (docs/ratings.md), not a policy's: few ratings name people, as few learners do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# Everybody is told mean and counts from so many ratings on; the course's staff read words from so many.
FEWEST_TOLD = 5
FEWEST_TEXTS = 3
LONGEST = 500
LONGEST_GROUND = 300
STARS = (1, 2, 3, 4, 5)
NONE = (0, 0, 0, 0, 0)


def may_rate(*, completed: bool, met: int, lessons: int) -> bool:
    """Whether somebody knows enough of a course: completed it, or has at least half of its lessons counted."""
    return completed or (lessons > 0 and 2 * met >= lessons)


@dataclass(frozen=True)
class Summary:
    """counts: of one star to five. mean: one decimal, half up; None where nobody rated."""

    counts: tuple[int, ...]

    @property
    def ratings(self) -> int:
        return sum(self.counts)

    @property
    def mean(self) -> Decimal | None:
        if not self.ratings:
            return None
        total = sum(star * count for star, count in zip(STARS, self.counts, strict=True))
        return (Decimal(total) / self.ratings).quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def told(self) -> bool:
        """Whether everybody may know."""
        return self.ratings >= FEWEST_TOLD

    @property
    def by_star(self) -> list[tuple[int, int]]:
        """(stars, people), the best first."""
        return list(zip(reversed(STARS), reversed(self.counts), strict=True))


def summary(counts: Sequence[int]) -> Summary:
    """Of stored counts; [] are none."""
    return Summary(tuple(counts) or NONE)


def signals(found: Summary) -> dict[str, float]:
    """What search ranks by (search.ranking.merit): the mean, 1 to 5, and of how many; {} of too few to be told."""
    if not found.told or found.mean is None:
        return {}
    return {"satisfaction": float(found.mean), "ratings": float(found.ratings)}
