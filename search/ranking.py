"""What puts one result before another: points, the same whole numbers on every engine. Why, in words: reasons.py.

Owns: the table of points (dated; a change is a new version), how a query, a day and a viewer become awards, and what a
document earns by how it is taken. Engines only say which awards a document
meets and add up; no formula of their own takes part, so the order is the same on all of them. Refuses: knowing where
a viewer or a signal comes from; and any place that is paid for: there is no field for one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from lms.lib.clock import SHANGHAI
from search.analysis import FIELDS, FULL_WEIGHT, Clause, Query

VERSION = "2026-11-23b"
# For a word of the query, in the field where it is met; each field counts once. A word inside what was typed without a
# space has its share of these (analysis.Clause.weight).
FIELD_POINTS: Mapping[str, int] = {"title": 100, "keywords": 40, "summary": 20, "body": 8}
# A title, or a piece of one between signs, that begins with the word.
HEAD = 30
# The title itself begins with the word.
BEGINS = 15
# A word that is the whole name of an occupation, level, year or kind, not a piece of it.
LABEL = 25
# The same, of an occupation, kind or year that a course has: who types it looks for the course, not for a rule or notice whose title
# begins with it.
SOUGHT = 130
# All neighbouring pairs of the word's characters, in whatever words the title was cut into.
PAIRS = 15
# What was typed is pinyin, or initials, of something in the title; of something in the keywords.
SOUND, SOUND_OF_KEYWORD = 60, 30
# Two words that stand together in the title as they do in the query.
TOGETHER = 15
# The title is the query.
EXACT = 200
# A synonym is worth this part of the word itself, in tenths.
SYNONYM_TENTHS = 8
# (at most so many days old, points)
FRESH: Sequence[tuple[int, int]] = ((180, 6), (540, 3))
OCCUPATION, SECTOR, LACKING = 30, 10, 15
# What everything has; a kind of thing that is worth less than others has less.
STANDING = 100
# A title that says what the keywords say and little more: a point less for each character more.
FOCUS = 20
# What learners make of it: at most so many points each, the fewer learners the less.
COMPLETION, SATISFACTION, LEARNERS_HALF = 8, 8, 20
PLAIN_FIELDS = ("title", "keywords", "summary", "body")
Alternatives = Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Viewer:
    """Who is looking, as plain values from whoever knows; search keeps none of it.

    occupations, sectors: values of the facets of that name. lacking: values of the facet `kind` of which the viewer
    still needs hours this year → hundredths of a 学时.
    """

    occupations: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    lacking: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """Points for a document of which one thing holds: it has all tokens of one alternative in this field, or one of the
    values of a facet (field "@name"), or was published at this moment or later.
    """

    points: int
    field: str = ""
    any_of: tuple[tuple[str, ...], ...] = ()
    prefix: bool = False
    since: datetime | None = None


@dataclass(frozen=True)
class Award:
    """The first step that is met gives its points; steps stand in the order of falling points."""

    steps: tuple[Step, ...]


def awards(
    query: Query,
    *,
    need: Literal["all", "any"] = "all",
    fields: Sequence[str] | None = None,
    today: date | None = None,
    viewer: Viewer | None = None,
) -> tuple[Award, ...]:
    """What documents can earn by this query, on this day, for this viewer. today: none, if age shall not count."""
    allowed = set(fields or FIELDS)
    if need == "all":
        # Where everything must be met, what is met in the text alone need not be asked about.
        allowed.discard("body")
    found = [award for clause in query.clauses for award in _of_clause(clause, allowed)]
    if "grams" in allowed:
        found += [Award((Step(TOGETHER, "grams", ((pair,),)),)) for pair in query.together]
    if "keywords" in allowed:
        found += [Award((Step(LABEL, "keywords", ((label,),)),)) for label in query.labels]
        found += [Award((Step(SOUGHT, "keywords", ((f"o:{label[2:]}",),)),)) for label in query.labels]
    if query.exact and "title" in allowed:
        found.append(Award((Step(EXACT, "title", ((query.exact,),)),)))
    if today is not None and query.clauses:
        found.append(Award(tuple(Step(points, since=days_before(today, days)) for days, points in FRESH)))
    return (*found, *_of_viewer(viewer))


def _of_clause(clause: Clause, allowed: set[str]) -> Iterator[Award]:
    def worth(points: int, *, synonym: bool = False) -> int:
        return max(1, points * clause.weight * (SYNONYM_TENTHS if synonym else 10) // (FULL_WEIGHT * 10))

    own, others = clause.any_of[: clause.own], clause.any_of[clause.own :]

    def award(
        points: int, name: str, mine: Alternatives, theirs: Alternatives, *, prefix: bool = False
    ) -> Iterator[Award]:
        steps = []
        if mine:
            steps.append(Step(worth(points), name, tuple(mine), prefix))
        if theirs:
            steps.append(Step(worth(points, synonym=True), name, tuple(theirs), prefix))
        if steps and name in allowed:
            yield Award(tuple(steps))

    def of_kind(*signs: str) -> tuple[Alternatives, Alternatives]:
        mine, theirs = ([one for one in some if one[0][:2] in signs] for some in (own, others))
        return mine, theirs

    def whole(sign: str) -> tuple[Alternatives, Alternatives]:
        return [(f"{sign}:{clause.text}",)], [(f"{sign}:{text}",) for text in clause.synonyms]

    plain, synonyms = ([one for one in some if ":" not in one[0]] for some in (own, others))
    for name in PLAIN_FIELDS:
        yield from award(FIELD_POINTS[name], name, plain, synonyms, prefix=clause.prefix)
    mine, theirs = whole("h")
    yield from award(HEAD, "title", mine, theirs, prefix=True)
    mine, theirs = whole("t")
    yield from award(BEGINS, "title", mine, theirs, prefix=True)
    if not clause.prefix:
        mine, theirs = whole("k")
        yield from award(LABEL, "keywords", mine, theirs)
        mine, theirs = whole("o")
        yield from award(SOUGHT, "keywords", mine, theirs)
    mine, theirs = of_kind("g:")
    yield from award(PAIRS, "grams", mine, theirs)
    mine, theirs = of_kind("p:", "i:")
    yield from award(SOUND, "pinyin", mine, theirs, prefix=clause.prefix)
    yield from award(SOUND_OF_KEYWORD, "keywords", mine, theirs, prefix=clause.prefix)


def _of_viewer(viewer: Viewer | None) -> Iterator[Award]:
    if viewer is None:
        return
    facets = (
        (OCCUPATION, "occupation", viewer.occupations),
        (SECTOR, "sector", viewer.sectors),
        (LACKING, "kind", tuple(sorted(kind for kind, missing in viewer.lacking.items() if missing > 0))),
    )
    for points, name, values in facets:
        if values:
            yield Award((Step(points, f"@{name}", tuple((value,) for value in values)),))


def days_before(today: date, days: int) -> datetime:
    midnight = datetime(today.year, today.month, today.day, tzinfo=SHANGHAI)
    return midnight - timedelta(days=days)


def finished(signals: Mapping[str, float]) -> float:
    """How much completion counts for, 0 to 1: the share who completed, believed by how many they are of."""
    return min(1.0, max(0.0, signals.get("completion", 0.0))) * _believed(signals.get("learners", 0.0))


def satisfied(mean: float, ratings: float) -> float:
    """What ratings of that mean (1 to 5) count for, 0 to 1: the mean of them and of LEARNERS_HALF more in the middle (3), as
    its share of the way from there to 5. Few of a mean never count for more than many of it; a mean of 3 or less for nothing.
    """
    return min(1.0, max(0.0, (mean - 3) / 2)) * _believed(ratings)


def _believed(people: float) -> float:
    people = max(0.0, people)
    return people / (people + LEARNERS_HALF)


def parts(signals: Mapping[str, float]) -> tuple[float, float]:
    """Points for completion and for satisfaction, each 0 to 8, before they are added up and rounded."""
    ratings = signals.get("ratings", signals.get("learners", 0.0))
    return COMPLETION * finished(signals), SATISFACTION * satisfied(signals.get("satisfaction", 0.0), ratings)


def merit(signals: Mapping[str, float]) -> int:
    """Points for how a thing is taken by those who know it: 0 to 16, 0 where nothing is known.

    signals: completion, 0 to 1; learners, how many it is of; satisfaction, the mean of ratings, 1 to 5; ratings, how many
    these are (learners where nobody says). With 20 half of it counts, with 200 nearly all: one content learner is no proof.
    """
    return round(sum(parts(signals)))


def standing(boost: float, signals: Mapping[str, float], unexplained: int) -> int:
    """The points an entry has by itself, never fewer than none (Elasticsearch adds up no negative ones).

    unexplained: characters of its title that none of its keywords account for.
    """
    focus = max(0, FOCUS - unexplained)
    return round(STANDING * min(2.0, max(0.0, boost))) + merit(signals) + focus


def described() -> dict[str, Any]:
    """The table as data, for the page that documents it and for the record of a measurement."""
    return {
        "version": VERSION,
        "fields": dict(FIELD_POINTS),
        "head": HEAD,
        "begins": BEGINS,
        "label": LABEL,
        "sought": SOUGHT,
        "pairs": PAIRS,
        "sound": SOUND,
        "sound_of_keyword": SOUND_OF_KEYWORD,
        "together": TOGETHER,
        "exact": EXACT,
        "synonym_tenths": SYNONYM_TENTHS,
        "fresh": [list(one) for one in FRESH],
        "occupation": OCCUPATION,
        "sector": SECTOR,
        "lacking": LACKING,
        "standing": STANDING,
        "focus": FOCUS,
        "completion": COMPLETION,
        "satisfaction": SATISFACTION,
    }
