"""Synonyms as plain values: how their lists are read, and which words stand for which.

Refuses: chains. A synonym's synonym is not one: 「行车工」 finds 「桥式起重机司机」, not what else that is called.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from search.analysis import MAX_TOKEN_CHARS, fold, runs

MAX_TERM_CHARS = 40
MAX_MEANT = 8


@dataclass(frozen=True)
class Pair:
    """Whoever types `term` finds `meant` too; both_ways: and the other way round."""

    term: str
    meant: tuple[str, ...]
    both_ways: bool


def key(term: str) -> str:
    """A term as a query is compared with it: folded, without signs and spaces."""
    return (
        "".join(run.text for run in runs(fold(term)))
        .replace("-", "")
        .replace("/", "")
        .replace(".", "")
        .replace("_", "")
    )


def read(lines: Iterable[str]) -> list[Pair]:
    """The lines of a list: `a = b` each finds the other, `a > b, c` a finds them. Raises ValueError for another."""
    found = []
    for line in lines:
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        sign = "=" if "=" in line else ">"
        term, _, meant = line.partition(sign)
        pair = Pair(term.strip(), tuple(one.strip() for one in meant.split(",") if one.strip()), sign == "=")
        if not key(pair.term) or not pair.meant:
            raise ValueError(f"no synonyms: {line!r}")
        found.append(pair)
    return found


def table(pairs: Iterable[Pair]) -> Mapping[str, tuple[str, ...]]:
    """Key → what it stands for, in the order of the pairs, at most eight each."""
    found: dict[str, list[str]] = {}

    def add(term: str, meant: str) -> None:
        name = key(term)
        if name and name != key(meant) and len(name) <= MAX_TOKEN_CHARS:
            known = found.setdefault(name, [])
            if meant not in known and len(known) < MAX_MEANT:
                known.append(meant)

    for pair in pairs:
        for meant in pair.meant:
            add(pair.term, meant)
            if pair.both_ways:
                add(meant, pair.term)
    return {term: tuple(meant) for term, meant in found.items()}
