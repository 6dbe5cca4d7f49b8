"""Who may say that time of a study session does not count although it was active and in turn.

Owns: the list of those sources and what they say together. Refuses: what follows from it (barred.py), and reasons of its
own: each code has its sentence in answers.REASONS.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from lms.learning.study.rules import Bar

# Each: session pks → the bars of those that have any, in few queries however many there are. Registered once, at start.
sources: list[Callable[[list[int]], Mapping[int, Sequence[Bar]]]] = []


def bars_of(session_pks: Iterable[int]) -> dict[int, list[Bar]]:
    """Session → its bars from all sources, in their order; every session asked for is there."""
    wanted = list(session_pks)
    found: dict[int, set[Bar]] = {pk: set() for pk in wanted}
    for source in sources:
        for pk, bars in source(wanted).items():
            found[pk].update((start, end, reason) for start, end, reason in bars if start < end)
    return {pk: sorted(bars) for pk, bars in found.items()}
