"""Any piece of a title finds it: Chinese is kept as pairs of neighbouring characters, everything else as words.

Staff look for a page by a part of its name, so no dictionary decides here what a word is. Pure functions.
"""

import copy
import re
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import Any

from modelsearch.index import AutocompleteField, RelatedFields, SearchField
from modelsearch.query import PlainText

from search.analysis import clean, fold, runs

# A word that nobody writes: what a query without any letter asks for.
NOTHING = "a0nothing0a"
# Engines hold a query as a tree that is one deeper for each piece; the beginning names a title well enough.
_MOST_ASKED = 48
_PART = re.compile(r"[^\W_]+")


def kept(text: str) -> str:
    """What is kept of a text: each Chinese character, each pair of neighbours, each word and number."""
    return " ".join(_pieces(text, single=True))


def asked(text: str) -> str:
    """What a query asks for: pairs, or the character where there is but one; all must be met. "" for no letters.
    A long one asks by its beginning.
    """
    return " ".join(islice(dict.fromkeys(_pieces(text, single=False)), _MOST_ASKED))


def asked_query(query: Any) -> Any:
    """A plain query in pieces; other kinds stay as they are. One without any letter or digit finds nothing."""
    if not isinstance(query, PlainText):
        return query
    return PlainText(asked(query.query_string) or NOTHING, operator=query.operator, boost=query.boost)


def _pieces(text: str, *, single: bool) -> Iterator[str]:
    for run in runs(fold(clean(text))):
        if run.chinese:
            if single or len(run.text) == 1:
                yield from run.text
            yield from (left + right for left, right in pairwise(run.text))
        else:
            yield from _PART.findall(run.text)


def plain(value: Any) -> str:
    """A field's value as one text, as modelsearch takes it: lists and dictionaries one after the other."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return ", ".join(plain(one) for one in value)
    return "" if value is None else str(value)


class InPieces:
    """An object whose search fields give their texts in pieces; everything else is the object's own."""

    def __init__(self, obj: Any) -> None:
        self._obj = obj

    def __getattr__(self, name: str) -> Any:
        return getattr(self._obj, name)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """The object's own: fields of related things look their model up by it."""
        return self._obj.__class__

    def get_search_fields(self) -> list[Any]:
        return [_in_pieces(field) for field in self._obj.get_search_fields()]


def _in_pieces(field: Any) -> Any:
    """A copy of a search field that gives its text in pieces."""
    if isinstance(field, RelatedFields):
        related = copy.copy(field)
        related.fields = [_in_pieces(one) for one in field.fields]
        return related
    if not isinstance(field, SearchField | AutocompleteField):
        return field
    other = copy.copy(field)
    other.get_value = lambda obj: kept(plain(field.get_value(getattr(obj, "_obj", obj))))
    return other
