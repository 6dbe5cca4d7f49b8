"""When a claim contradicts the meter, as a plain function over plain values (milliseconds)."""

from __future__ import annotations

from dataclasses import dataclass

# A content's clock runs while nobody is there, and begins before the meter does.
TIME_FACTOR = 2
TIME_FREE_MS = 10 * 60 * 1000
# Done in less than this part of the time that it is reckoned to take.
QUICK_PART = 20


@dataclass(frozen=True)
class Contradiction:
    """far: it claims far more time than was metered. quick: it was done sooner, by the clock since its first opening, than
    anyone could have gone through it; unseen: it was done, and the meter saw too little of it for that."""

    far: bool
    quick: bool
    unseen: bool

    def __bool__(self) -> bool:
        return self.far or self.quick or self.unseen


def contradiction(
    claimed_ms: int, metered_ms: int, done_after_ms: int | None, nominal_ms: int
) -> Contradiction:
    """How the claims of a package differ from what the platform saw itself.

    claimed_ms: the time it claims in all; metered_ms: what the meter saw in the lesson; done_after_ms: how long after its first
    opening, by the server's clock, it first said that it is done, None where it never did; nominal_ms: what its block is reckoned
    to take. The figures are our own: no standard has any.
    """
    done = done_after_ms is not None
    return Contradiction(
        far=claimed_ms > TIME_FACTOR * metered_ms + TIME_FREE_MS,
        quick=done_after_ms is not None and done_after_ms * QUICK_PART < nominal_ms,
        unseen=done and metered_ms * QUICK_PART < nominal_ms,
    )
