"""Marking in a result what the query found there, as HTML that is safe to show.

Owns: the escaping; everything but <mark> comes out escaped. Pure, the same for every engine: engines' own
highlighters see tokens, not the text people read.
"""

from collections.abc import Sequence
from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from search.analysis import Clause, fold, fold_with_map, is_chinese, query_tokens, spoken

# Longer texts are not kept with the place of each character.
KEPT_CHARS = 500
SNIPPET_CHARS = 110
BEFORE_CHARS = 24
Span = tuple[int, int]


def spans(text: str, clauses: Sequence[Clause]) -> list[Span]:
    """Where in the text the clauses are met, as [start, end) in order, without overlaps."""
    if not clauses:
        return []
    folded, origin = _mapped(text) if len(text) <= KEPT_CHARS else fold_with_map(text)
    found: list[Span] = []
    for clause in clauses:
        found += _hits(folded, clause)
    return _merge([(origin[start], origin[end - 1] + 1) for start, end in found])


def spoken_spans(text: str, clauses: Sequence[Clause]) -> list[Span]:
    """Where a title sounds like what was typed: `chache` marks 叉车. Only for Latin clauses."""
    typed = [clause for clause in clauses if not clause.chinese and clause.text.isalpha()]
    if not typed:
        return []
    _folded, origin = _mapped(text)
    units = _units(text)
    found: list[Span] = []
    for clause in typed:
        found += _sounding(units, clause)
    return _merge([(origin[start], origin[end - 1] + 1) for start, end in found])


@lru_cache(maxsize=2000)
def _mapped(text: str) -> tuple[str, list[int]]:
    """As fold_with_map, of titles and summaries: a page asks several times for each, and the next one for many of them again."""
    return fold_with_map(text)


@lru_cache(maxsize=2000)
def _units(title: str) -> list[tuple[int, int, str]]:
    """Place, length and sound of what a title is made of: of each character, or of a word whose characters don't sound singly."""
    units: list[tuple[int, int, str]] = []
    for word in spoken(_mapped(title)[0]):
        if len(word.sound) == len(word.word):
            units += [(word.start + place, 1, sound) for place, sound in enumerate(word.sound)]
        else:
            units.append((word.start, len(word.word), "".join(word.sound)))
    return units


def _sounding(units: list[tuple[int, int, str]], clause: Clause) -> list[Span]:
    found: list[Span] = []
    for first in range(len(units)):
        for part in (2, 1):
            rest = clause.text
            for place in range(first, len(units)):
                start, size, sound = units[place]
                piece = sound if part == 2 else sound[:1]
                if rest.startswith(piece):
                    rest = rest[len(piece) :]
                elif clause.prefix and piece.startswith(rest):
                    rest = ""
                else:
                    break
                if not rest:
                    found.append((units[first][0], start + size))
                    break
    return found


def where_met(title: str, summary: str, body: str, clauses: Sequence[Clause]) -> dict[str, list[str]]:
    """Where a result meets each clause first: title, sound (of the title), summary, text, or label (none of these, so
    its keywords) → what was typed for it. A clause that is not met at all counts as label; only a search for any of
    the words has such.
    """
    met: dict[str, list[str]] = {}
    # A text, which may be long, is folded only where neither title nor summary has what is looked for.
    folded: dict[str, str] = {}
    texts = (("title", title), ("summary", summary), ("text", body))
    for clause in clauses:
        where = ""
        for name, text in texts:
            if name not in folded:
                folded[name] = _mapped(text)[0] if len(text) <= KEPT_CHARS else fold(text)
            if _hits(folded[name], clause):
                where = name
                break
        if not where:
            where = "sound" if spoken_spans(title, [clause]) else "label"
        met.setdefault(where, []).append(clause.text)
    return met


def mark(text: str, found: Sequence[Span]) -> SafeString:
    """The text as HTML with the spans marked."""
    parts: list[str] = []
    at = 0
    for start, end in found:
        parts += [escape(text[at:start]), "<mark>", escape(text[start:end]), "</mark>"]
        at = end
    parts.append(escape(text[at:]))
    return mark_safe("".join(parts))  # noqa: S308  every piece of text is escaped above


def snippet(summary: str, body: str, clauses: Sequence[Clause]) -> SafeString:
    """The summary with its hits; a piece of the body instead, where only the body has any."""
    found = spans(summary, clauses)
    place = None if found or not clauses else _first_place(body, clauses)
    if place is None:
        return mark(summary, found)
    start = max(0, place - BEFORE_CHARS)
    end = min(len(body), start + SNIPPET_CHARS)
    cut = " ".join(body[start:end].split())
    text = f"{'…' if start else ''}{cut}{'…' if end < len(body) else ''}"
    return mark(text, spans(text, clauses))


def _first_place(body: str, clauses: Sequence[Clause]) -> int | None:
    """About where a long text first meets a clause: exact where folding changed no lengths before it."""
    folded = fold(body)
    hits = [hit for clause in clauses for hit in _hits(folded, clause)[:1]]
    return min(hits)[0] if hits else None


def _hits(folded: str, clause: Clause) -> list[Span]:
    """What was typed, or else the tokens that stand for it."""
    hits = _everywhere(folded, clause.text, clause)
    if not hits:
        for token in sorted(query_tokens([clause]), key=len, reverse=True):
            if ":" not in token and len(token) > 1:
                hits += _everywhere(folded, token, clause)
    return sorted(hits)


def _everywhere(folded: str, wanted: str, clause: Clause) -> list[Span]:
    found: list[Span] = []
    at = folded.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        # A Latin word is met as a whole one only (cat is not in catalogue), a number too; 300 is in cnc300.
        if clause.chinese or not (
            _go_on(folded[at - 1 : at], wanted[0])
            or (_go_on(wanted[-1], folded[end : end + 1]) and not clause.prefix)
        ):
            found.append((at, end))
        at = folded.find(wanted, end)
    return found


def _go_on(left: str, right: str) -> bool:
    """Whether two neighbouring characters belong to one Latin word or one number."""
    if not left or not right or is_chinese(left) or is_chinese(right):
        return False
    return (left.isalpha() and right.isalpha()) or (left.isdigit() and right.isdigit())


def _merge(found: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
