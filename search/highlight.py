"""Marking in a result what the query found there, as HTML that is safe to show.

Owns: the escaping; everything but <mark> comes out escaped. Pure, the same for every engine: engines' own
highlighters see tokens, not the text people read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from django.utils.safestring import SafeString

from search.analysis import Clause, fold, fold_with_map, is_chinese, query_tokens, spoken

# Longer texts are not kept with the place of each character.
KEPT_CHARS = 500
SNIPPET_CHARS = 110
BEFORE_CHARS = 24
Span = tuple[int, int]


@dataclass(frozen=True)
class Marked:
    """A result as it is shown. met: where it meets each clause first: title, sound (of the title), summary, text, or label (none
    of these, so its keywords) → what stands there of it: what was typed, or the part of it or the word of the same meaning that does.
    A clause that is not met at all counts as label; only a search for any of the words has such.
    """

    title: SafeString
    summary: SafeString
    met: dict[str, list[str]]


class Marker:
    """Marks the results of one search: each text is looked through once, whatever is asked of it."""

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self.clauses = clauses
        self._sought = [_Sought(clause) for clause in clauses]

    def __call__(self, title: str, summary: str, body: str) -> Marked:
        """The title with its hits; the summary, or a piece of the body where only that has any; and where words were met."""
        if not self.clauses:
            return Marked(mark(title, ()), mark(summary, ()), {})
        folded, origin = _mapped(title)
        in_title = [one.hits(folded) for one in self._sought]
        texts = [folded]
        marked = _merged(in_title, origin) or spoken_spans(title, self.clauses)
        folded, origin = _mapped(summary)
        in_summary = [one.hits(folded) for one in self._sought]
        texts.append(folded)
        in_body: list[list[Span]] = [[] for _one in self._sought]
        shown = any(in_summary)
        missed = [not (one or other) for one, other in zip(in_title, in_summary, strict=True)]
        if body and (not shown or any(missed)):
            # A text, which may be long, is looked at only where neither title nor summary has what is looked for.
            folded = fold(body)
            in_body = [
                one.hits(folded) if needed or not shown else []
                for one, needed in zip(self._sought, missed, strict=True)
            ]
            texts.append(folded)
        places = [some[0][0] for some in in_body if some]
        return Marked(
            mark(title, marked),
            mark(summary, _merged(in_summary, origin))
            if shown or not places
            else self._piece(body, min(places)),
            self._met(
                title,
                [
                    (name, text, some)
                    for name, text, some in zip(
                        ("title", "summary", "text"), texts, (in_title, in_summary, in_body), strict=False
                    )
                ],
            ),
        )

    def _met(
        self, title: str, found: Sequence[tuple[str, str, Sequence[Sequence[Span]]]]
    ) -> dict[str, list[str]]:
        """found: name of a field, its folded text, and the hits of each clause in it."""
        met: dict[str, list[str]] = {}
        for place, clause in enumerate(self.clauses):
            where, said = next(
                ((name, _said(text, some[place])) for name, text, some in found if some[place]), ("", "")
            )
            if not where:
                where = "sound" if spoken_spans(title, [clause]) else "label"
            words = met.setdefault(where, [])
            if (said := said or clause.text) not in words:
                words.append(said)
        return met

    def _piece(self, body: str, place: int) -> SafeString:
        """Of a long text, what stands about a place: exact where folding changed no lengths before it."""
        start = max(0, place - BEFORE_CHARS)
        end = min(len(body), start + SNIPPET_CHARS)
        cut = " ".join(body[start:end].split())
        text = f"{'…' if start else ''}{cut}{'…' if end < len(body) else ''}"
        return mark(text, spans(text, self.clauses))


def spans(text: str, clauses: Sequence[Clause]) -> list[Span]:
    """Where in the text the clauses are met, as [start, end) in order, without overlaps."""
    if not clauses:
        return []
    folded, origin = _mapped(text)
    return _merged([_Sought(clause).hits(folded) for clause in clauses], origin)


def standing_words(text: str, clause: Clause) -> str:
    """What stands in the text of what the clause looks for: what was typed, else the longest part of it, or of what means the same;
    "" for nothing."""
    folded, _origin = _mapped(text)
    return _said(folded, _Sought(clause).hits(folded))


def _said(folded: str, hits: Sequence[Span]) -> str:
    return max((folded[start:end] for start, end in hits), key=len, default="")


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


def _mapped(text: str) -> tuple[str, Sequence[int]]:
    """As fold_with_map. Titles and summaries are kept: the next page asks for many of them again."""
    return _kept_mapped(text) if len(text) <= KEPT_CHARS else _places(text)


def _places(text: str) -> tuple[str, Sequence[int]]:
    """As fold_with_map, at once for a text of characters that are known to fold to one each: nearly all are."""
    if _single.issuperset(text):
        return fold(text), range(len(text))
    folded, origin = fold_with_map(text)
    _single.update(char for char in set(text) if len(fold(char)) == 1)
    return folded, origin


_kept_mapped = lru_cache(maxsize=2000)(_places)
# There are some hundred thousand at most.
_single: set[str] = set()


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
    initial = clause.text[:1]
    for first in range(len(units)):
        if units[first][2][:1] != initial:
            continue
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


def mark(text: str, found: Sequence[Span]) -> SafeString:
    """The text as HTML with the spans marked."""
    parts: list[str] = []
    at = 0
    for start, end in found:
        parts += [escape(text[at:start]), "<mark>", escape(text[start:end]), "</mark>"]
        at = end
    parts.append(escape(text[at:]))
    # Every piece of text is escaped above.
    return SafeString("".join(parts))


def snippet(summary: str, body: str, clauses: Sequence[Clause]) -> SafeString:
    """The summary with its hits; a piece of the body instead, where only the body has any."""
    return Marker(clauses)("", summary, body).summary


class _Sought:
    """A clause as it is looked for in folded text: what was typed, or else the tokens that stand for it."""

    def __init__(self, clause: Clause) -> None:
        self.clause = clause
        self._others: list[str] | None = None

    def hits(self, folded: str) -> list[Span]:
        """In order."""
        found = _everywhere(folded, self.clause.text, self.clause)
        if not found:
            if self._others is None:
                tokens = sorted(query_tokens([self.clause]), key=len, reverse=True)
                self._others = [token for token in tokens if ":" not in token and len(token) > 1]
            found = [hit for token in self._others for hit in _everywhere(folded, token, self.clause)]
            found.sort()
        return found


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


def _merged(found: Sequence[Sequence[Span]], origin: Sequence[int]) -> list[Span]:
    """What was found in a folded text, as places in the original."""
    return _merge([(origin[start], origin[end - 1] + 1) for some in found for start, end in some])


def _merge(found: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
