"""Interval algebra on whole milliseconds: half-open ranges [from, to), kept sorted, disjoint and merged.

Owns: union, intersection, difference and length of ranges. Refuses: floats, and any idea of what a range means.
"""

from collections.abc import Iterable, Sequence

Range = tuple[int, int]
Ranges = tuple[Range, ...]

# Stands for "still going on" where a range has no end yet: the year 5138 in epoch milliseconds.
FOREVER = 100_000_000_000_000


def merge(ranges: Iterable[Sequence[int]]) -> Ranges:
    """The union: sorted, touching ranges joined, empty ones dropped."""
    merged: list[Range] = []
    for start, end in sorted((pair[0], pair[1]) for pair in ranges):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return tuple(merged)


def length(ranges: Ranges) -> int:
    """The sum of the lengths of merged ranges."""
    return sum(end - start for start, end in ranges)


def intersect(first: Ranges, second: Ranges) -> Ranges:
    """What lies in both merged ranges."""
    found: list[Range] = []
    i = j = 0
    while i < len(first) and j < len(second):
        start, end = max(first[i][0], second[j][0]), min(first[i][1], second[j][1])
        if start < end:
            found.append((start, end))
        if first[i][1] < second[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def subtract(first: Ranges, second: Ranges) -> Ranges:
    """What lies in the first merged ranges and not in the second."""
    found: list[Range] = []
    j = 0
    for range_start, end in first:
        start = range_start
        while j < len(second) and second[j][1] <= start:
            j += 1
        k = j
        while k < len(second) and second[k][0] < end:
            if second[k][0] > start:
                found.append((start, second[k][0]))
            start = max(start, second[k][1])
            k += 1
        if start < end:
            found.append((start, end))
    return tuple(found)


def clip(ranges: Ranges, start: int, end: int) -> Ranges:
    """The part of merged ranges inside [start, end)."""
    return tuple((max(low, start), min(high, end)) for low, high in ranges if low < end and high > start)


def shift(ranges: Ranges, offset: int) -> Ranges:
    """The ranges moved by `offset`, e.g. from a session's own clock to the wall's."""
    return tuple((start + offset, end + offset) for start, end in ranges)
