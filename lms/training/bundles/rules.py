"""How targets break down, and what came of them: plain functions over plain values."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

# City → department → district (372号 三(一)): deeper than that nobody breaks targets down.
MOST_LEVELS = 3


# What training for an audience contains besides the skill itself (沪工总研〔2020〕94号 二, system A57).
NEEDED: Mapping[str, tuple[str, ...]] = {
    "migrant": ("ethics", "craft", "employment"),
    "technician": ("trends", "policy", "mentoring"),
}


def missing_parts(audience: str, parts: Collection[str]) -> list[str]:
    """The contents that the audience needs and that none of the courses is, in the order of the rule."""
    return [part for part in NEEDED.get(audience, ()) if part not in parts]


def kind_fits(above: str, kind: str) -> bool:
    """Whether a target of that kind may be a part of one above it: of the same kind, or of a target of all kinds ("")."""
    return above in ("", kind)


@dataclass(frozen=True)
class Aim:
    """A target: key; parent's key, None for a holder's own, as the city's; holder; person_times; centihours, None where none is set;
    kind: of courses that count, "" for all."""

    key: int
    parent: int | None
    body: int
    person_times: int
    centihours: int | None
    kind: str = ""


@dataclass(frozen=True)
class Line:
    """A target with its place (level 0: nobody's part), what its parts come to, and the courses that count for it.

    parts: how many targets it is broken down into; parts_person_times, parts_centihours: their sums.
    """

    aim: Aim
    level: int
    parts: int
    parts_person_times: int
    parts_centihours: int
    courses: frozenset[int]

    @property
    def difference(self) -> int:
        """Person-times by which the parts exceed (> 0) or miss (< 0) the target; 0 without parts."""
        return self.parts_person_times - self.aim.person_times if self.parts else 0

    @property
    def missing(self) -> int:
        """What the parts miss of the target."""
        return max(-self.difference, 0)


def lines(
    aims: Iterable[Aim],
    courses_of: Mapping[int, Collection[int]],
    kinds: Mapping[int, str] | None = None,
) -> list[Line]:
    """Every target below the one it is a part of, in the order given. courses_of: body → courses of its bundles and its plan; kinds:
    course → its kind, asked for by targets of one kind alone.

    What counts for a target are the courses of its kind of its holder and of all bodies below it, in whichever of its
    targets they stand: each course once, however many bundles it stands in and however many targets a body has.
    """
    kind_of = kinds or {}
    every = list(aims)
    below: dict[int | None, list[Aim]] = {}
    known = {aim.key: aim for aim in every}
    under: dict[int, set[int]] = {}
    for aim in every:
        if aim.parent in known:
            under.setdefault(known[aim.parent].body, set()).add(aim.body)
        below.setdefault(aim.parent if aim.parent in known else None, []).append(aim)

    def walk(aim: Aim, level: int) -> list[Line]:
        parts = below.get(aim.key, [])
        own = Line(
            aim,
            level,
            len(parts),
            sum(part.person_times for part in parts),
            sum(part.centihours or 0 for part in parts),
            frozenset(
                course
                for body in _reached(aim.body, under)
                for course in courses_of.get(body, ())
                if not aim.kind or kind_of.get(course) == aim.kind
            ),
        )
        return [own, *(line for part in parts for line in walk(part, level + 1))]

    return [line for aim in below.get(None, []) for line in walk(aim, 0)]


def _reached(body: int, under: Mapping[int, Collection[int]]) -> set[int]:
    """The body and all bodies below it. Two bodies that gave each other targets end nothing: each is met once."""
    found, left = {body}, [body]
    while left:
        new = set(under.get(left.pop(), ())) - found
        found |= new
        left += new
    return found


def percent(result: int, target: int) -> int | None:
    """Whole percent, rounded down; None of nothing."""
    return result * 100 // target if target else None
