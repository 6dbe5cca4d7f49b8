"""Drawing by lot and marking, over plain values: what anybody can recompute with SHA-256 alone (docs/supervision.md has the recipe).

Owns: the frame's text, the commitment, the seed, the draw, and the mark of a check. Refuses nothing: it computes. Text is UTF-8, hashes are
lower-case hexadecimal, every part of what is hashed ends with a line feed.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

COMMIT, DRAW = "rongtong-commit-1", "rongtong-draw-1"
# A secret of 128 bits in hexadecimal: nobody guesses it from its hash.
SECRET = re.compile(r"[0-9a-f]{32}")
HASH = re.compile(r"[0-9a-f]{64}")
_BLANKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, order=True)
class Item:
    """One line of a frame. stratum: items of one are drawn among themselves; key: the item's uuid; name: for people."""

    stratum: str
    key: str
    name: str


def _sha(*lines: str) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def frame_text(items: Iterable[Item]) -> str:
    """One line an item: stratum, key and name with tabs between; the same for whatever order the items come in."""
    lines = {"\t".join(_BLANKS.sub(" ", part) for part in (row.stratum, row.key, row.name)) for row in items}
    return "".join(f"{line}\n" for line in sorted(lines, key=str.encode))


def read_frame(text: str) -> list[Item]:
    """The items of a frame's text, in its order. Split at line feeds only: nothing else ends a line there."""
    return [Item(*line.split("\t")) for line in text.split("\n") if line]


def frame_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def commitment(frame: str, number: int, secret: str) -> str:
    """What binds an officer to a secret before the seed's other parts are known. frame: the frame's hash; number: 1 or 2, so that one
    cannot hand in a copy of the other's."""
    return _sha(COMMIT, frame, str(number), secret)


def seed(frame: str, root: str, secrets: Sequence[str]) -> str:
    """root: of the ledger's day; secrets: of the first and the second officer."""
    return _sha(DRAW, frame, root, *secrets)


def ticket(seed_of: str, item: Item) -> str:
    return _sha(seed_of, item.stratum, item.key)


def draw(items: Iterable[Item], takes: Mapping[str, int], seed_of: str) -> list[tuple[str, str, str]]:
    """(stratum, key, ticket) of those drawn: of each stratum the items with the smallest tickets, as many as it says; by stratum, then
    ticket."""
    by_stratum: dict[str, list[tuple[str, str]]] = {}
    for key, stratum in {row.key: row.stratum for row in items}.items():
        by_stratum.setdefault(stratum, []).append((ticket(seed_of, Item(stratum, key, "")), key))
    return [
        (stratum, key, number)
        for stratum in sorted(by_stratum)
        for number, key in sorted(by_stratum[stratum])[: max(takes.get(stratum, 0), 0)]
    ]


def centimarks(
    marks: Mapping[str, int], items: Sequence[Mapping[str, str]], weights: Mapping[str, int | None]
) -> int | None:
    """Hundredths of a mark: of each criterion the mean of its items' marks (0 – 100), by its weight in percent, rounded down once. None:
    the weights are not set or not 100 together, or a criterion with a weight has no item."""
    known = {name: weight for name, weight in weights.items() if weight is not None}
    if len(known) != len(weights) or sum(known.values()) != 100:
        return None
    total = Fraction(0)
    for criterion, weight in known.items():
        keys = [row["key"] for row in items if row["criterion"] == criterion]
        if not keys:
            if weight:
                return None
            continue
        total += Fraction(weight * sum(marks[key] for key in keys), len(keys))
    return int(total)
