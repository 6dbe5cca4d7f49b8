"""Where an expert's contributions come from (372号 四(四), A23): each room registers how it reads its own.

Owns: the line, the Protocol and the registry. Refuses: two sources under one code. A source reads a person's own rows only, says what
happened as it is recorded, and judges nothing; it never names another person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from lms.accounts.api import User
from lms.training.lifecycle.declaration import Words


@dataclass(frozen=True)
class Line:
    """One thing that somebody did. key: unique in its source and the same ever after ("act:<uuid>"); day: on which it was done or
    ended; what: in one sentence; body: for whom it was done, its name; number: of the case or notice it can be found by, or ""."""

    key: str
    day: date
    what: str
    body: str
    number: str = ""


class Reader(Protocol):
    def __call__(self, user: User, /) -> Iterable[Line]:
        """Everything of this person's, in any order; a fixed number of queries."""


@dataclass(frozen=True)
class Part:
    """Some of a person's lines. years: year → how many there are, also of those that were not asked for."""

    lines: Sequence[Line]
    years: Mapping[int, int]


class PartReader(Protocol):
    def __call__(self, user: User, first: date | None, last: date | None, most: int, /) -> Part:
        """The latest of these days (both in), at most so many; a fixed number of queries, cut by the database."""


@dataclass(frozen=True)
class Source:
    """code: in stored keys, never changed; label: what the lines are called; part: where one person may have thousands."""

    code: str
    label: Words
    read: Reader
    part: PartReader | None = None


_sources: dict[str, Source] = {}


def register_source(code: str, label: Words, read: Reader, part: PartReader | None = None) -> None:
    """From now on these lines stand in the statement of contributions, too. Called when the application is ready. Raises ValueError for
    a code that another reader has."""
    known = _sources.get(code)
    if known is not None and known.read is not read:
        raise ValueError(f"{code} is registered already")
    _sources[code] = Source(code, label, read, part)


def sources() -> list[Source]:
    """Every source, in the order of registration."""
    return list(_sources.values())
