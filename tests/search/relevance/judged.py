"""The judged queries: what each is looking for, how good every document is for it, and two measures of a ranking.

Owns: the rule of grades and the split. A grade is worked out from what a document is about, never from its words;
hand.tsv has the exceptions, each with its reason. Both were written before anything was tuned, and GRADES pins
them: a changed grade is a changed measure. Queries whose hash says so are held out: nobody looks at their results
while tuning.

3: what was looked for. 2: a piece of it. 1: related, or right but for one thing that was asked (the year, the
kind, the level), or named in the title of something else. 0: anything else, also where it is named in a lesson.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from math import log2

from tests.search.relevance.corpus import (
    HERE,
    KINDS,
    LEVELS,
    MODES,
    PROVIDERS,
    SECTORS,
    YEARS,
    Course,
    courses,
    subjects,
)

DEPTH = 10
_KNOWN = {
    "kind": set(KINDS),
    "year": set(YEARS),
    "level": set(LEVELS),
    "sector": set(SECTORS),
    "mode": set(MODES),
    "provider": set(PROVIDERS),
}


@dataclass(frozen=True)
class Judged:
    """A query, its sort, and what it looks for."""

    text: str
    sort: str
    about: frozenset[str]
    terms: frozenset[str]
    asked: tuple[tuple[str, str], ...]
    near: frozenset[str]

    @property
    def held_out(self) -> bool:
        return sha256(self.text.encode()).digest()[0] % 3 == 0

    def grade(self, course: Course) -> int:
        by_hand = hand().get((self.text, course.document.id))
        return self._rule(course) if by_hand is None else by_hand

    def _rule(self, course: Course) -> int:
        missed = sum(course.attributes.get(name) != value for name, value in self.asked)
        if not self.about and not self.terms:
            return 3 if not missed else int(missed == 1 and len(self.asked) > 1)
        base = 0
        if self.about & course.whole or self.terms & course.in_title:
            base = 3
        elif self.about & course.part or self.terms & course.in_lessons:
            base = 2
        elif self.about & course.also or self.near & (course.whole | course.part):
            base = 1
        if missed:
            return int(base == 3 and missed == 1)
        return base


@cache
def queries() -> tuple[Judged, ...]:
    """All of them. Raises ValueError for a line that names what does not exist."""
    found = []
    for line in (HERE / "queries.tsv").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        text, sort, wanted, near = line.split("\t")
        parts = [part.split("=") for part in wanted.split(";")]
        about = {name for key, value in parts if key == "about" for name in value.split("|")}
        asked = tuple((key, value) for key, value in parts if key not in {"about", "term"})
        related = set(filter(None, near.split("|")))
        unknown = (about | related) - set(subjects())
        if unknown or any(value not in _KNOWN[key] for key, value in asked):
            raise ValueError(f"{text}: {unknown or asked}")
        terms = {name for key, value in parts if key == "term" for name in value.split("|")}
        found.append(Judged(text, sort, frozenset(about), frozenset(terms), asked, frozenset(related)))
    return tuple(found)


@cache
def hand() -> dict[tuple[str, str], int]:
    rows = [line.split("\t") for line in (HERE / "hand.tsv").read_text(encoding="utf-8").splitlines()]
    return {(row[0], row[1]): int(row[2]) for row in rows if not row[0].startswith("#")}


@cache
def grades(query: Judged) -> dict[str, int]:
    """Document → grade, of those that are not 0."""
    found = {course.document.id: query.grade(course) for course in courses()}
    return {one: grade for one, grade in found.items() if grade}


def digest() -> str:
    """A fingerprint of every grade of every query."""
    lines = (
        f"{query.text}\t{one}\t{grade}" for query in queries() for one, grade in sorted(grades(query).items())
    )
    return sha256("\n".join(lines).encode()).hexdigest()[:16]


def ndcg(found: Sequence[str], graded: Mapping[str, int]) -> float:
    """Discounted gain of the first ten beside the best there could be, 0 to 1; a grade gains 2 to its power - 1."""

    def gain(row: Sequence[int]) -> float:
        return sum((2**grade - 1) / log2(place + 2) for place, grade in enumerate(row[:DEPTH]))

    return gain([graded.get(one, 0) for one in found]) / gain(sorted(graded.values(), reverse=True))


def reciprocal_rank(found: Sequence[str], graded: Mapping[str, int]) -> float:
    """1 by the place of the first result of the best grade there is."""
    best = max(graded.values())
    return next((1 / place for place, one in enumerate(found, 1) if graded.get(one) == best), 0.0)


@dataclass(frozen=True)
class Measured:
    """Means over some queries. by_query: query → nDCG@10."""

    queries: int
    ndcg: float
    mrr: float
    by_query: Mapping[str, float]


def measure(find: Callable[[str], Sequence[str]], *, held_out: bool | None = None) -> Measured:
    """find: a query to the ids of its results, best first. held_out: those, the others, or all (None)."""
    scores: dict[str, float] = {}
    ranks = []
    for query in queries():
        if held_out is not None and query.held_out != held_out:
            continue
        found = find(query.text)[:DEPTH]
        scores[query.text] = ndcg(found, grades(query))
        ranks.append(reciprocal_rank(found, grades(query)))
    number = len(scores)
    return Measured(number, sum(scores.values()) / number, sum(ranks) / number, scores)
