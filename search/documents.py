"""What can be found: documents, where they come from, and what they can be narrowed by.

Owns: the shape every package gives its things for search, and the registry of sources. Refuses: knowing any
of those packages; a source is all that search sees of them.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from django.utils.functional import Promise

Text = str | Promise
PUBLIC = "public"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Document:
    """One thing that can be found; texts are plain, without HTML.

    facets: name → values that the document has. extra: JSON for the card. boost: 1.0 is neutral. centihours:
    hundredths of a 学时, for sorting. audience: who may find it ("public", "staff"); nobody if empty.
    keywords: further words it is to be found by, such as the name of its occupation.
    """

    type: str
    id: str
    title: str
    summary: str = ""
    body: str = ""
    url: str = ""
    language: str = "zh-Hans"
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    boost: float = 1.0
    published_at: datetime | None = None
    audience: Sequence[str] = ()
    centihours: int = 0
    keywords: Sequence[str] = ()


@dataclass(frozen=True)
class Facet:
    """Something results can be narrowed by.

    values: value → label in the order they are shown; with it only these values exist. look_up: for values
    that are not known beforehand, a function from values to labels (one query at most). Neither: a value is
    its own label. order: as in `values`, by count, or by value falling (years).
    """

    name: str
    label: Text
    values: Mapping[str, Text] | None = None
    look_up: Callable[[Iterable[str]], Mapping[str, Text]] | None = None
    order: Literal["given", "count", "falling"] = "count"

    def labels(self, values: Iterable[str]) -> dict[str, str]:
        """A label for each value; the value itself where nobody knows one."""
        wanted = list(values)
        known: Mapping[str, Text] = self.values or {}
        if self.values is None and self.look_up is not None:
            known = self.look_up(wanted)
        return {value: str(known.get(value, value)) for value in wanted}


class DocumentSource(Protocol):
    """What a package registers: how its documents are made.

    type: a short name ([a-z_]). The package calls `search.api.index` from its outbox consumers when one of
    its things has changed, appeared or gone.
    """

    @property
    def type(self) -> str: ...

    @property
    def label(self) -> Text: ...

    @property
    def facets(self) -> Sequence[Facet]: ...

    def documents(self, ids: Iterable[str] | None = None) -> Iterator[Document]:
        """The documents of these ids, or all; streamed, no query inside the loop.

        An id that is asked for and not yielded is removed from the index.
        """
        ...


_sources: dict[str, DocumentSource] = {}


def add(source: DocumentSource) -> None:
    """Make a source known. The same type again takes the place of the former."""
    for name in [source.type, *(facet.name for facet in source.facets)]:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name for a document type or facet: a-z, digits and _ only")
    _sources[source.type] = source


def discard(document_type: str) -> None:
    """Forget a source (tests)."""
    _sources.pop(document_type, None)


def source(document_type: str) -> DocumentSource:
    return _sources[document_type]


def types() -> tuple[str, ...]:
    """All registered types, in order of registration."""
    return tuple(_sources)


def facets(document_types: Iterable[str]) -> dict[str, Facet]:
    """The facets of these types by name; of two with one name the first one's."""
    found: dict[str, Facet] = {}
    for document_type in document_types:
        if document_type in _sources:
            for facet in _sources[document_type].facets:
                found.setdefault(facet.name, facet)
    return found
