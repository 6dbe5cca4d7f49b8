"""What a plan of specialty subjects says of its targets: plain functions over plain values."""

from collections.abc import Iterable
from dataclasses import dataclass

from lms.training.bundles.rules import percent


@dataclass(frozen=True)
class Line:
    """A target. level: 0 for the department's own or the one it was given, 1 for its parts, …; code, name: of who is to bring it; by: who set it, "" for
    the body itself; times: 人次 to bring; centihours: hundredths of a 学时 to bring, None where none is set; done, hours: what came of it."""

    level: int
    code: str
    name: str
    by: str
    times: int
    centihours: int | None
    done: int = 0
    hours: int = 0


def targets(lines: Iterable[Line]) -> list[list[object]]:
    """As a published plan keeps them: without what came of them, which goes on changing."""
    return [[line.level, line.code, line.name, line.by, line.times, line.centihours] for line in lines]


def results(lines: Iterable[Line]) -> list[list[object]]:
    """As a review keeps them: each target with what had come of it."""
    return [
        [line.level, line.name, line.times, line.done, percent(line.done, line.times), line.hours]
        for line in lines
    ]
