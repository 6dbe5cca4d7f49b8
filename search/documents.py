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
from django.utils.translation import gettext_lazy as _

Text = str | Promise
PUBLIC = "public"
# The facet that every document has: which kind of thing it is.
TYPE = "type"
# What a document is worth that is about courses, or about those who give them (a rule, a notice, a plan, a body), beside a course
# that meets the same words: who types an occupation looks for the course.
BESIDE = 0.3
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Document:
    """One thing that can be found; texts are plain, without HTML.

    facets: name → values that the document has. extra: JSON for the card. boost: 0 to 2, what its kind of
    thing is worth beside others (a lesson beside its course); 1.0 is neutral. signals: how it is taken, for its place
    among equals (search.ranking.merit). centihours: hundredths of a 学时, for sorting. audience: who may find it ("public", "staff"); nobody if empty.
    keywords: further words it is to be found by, such as the name of its occupation. expires_at: from then on
    nobody finds it, even before its event has come. unseen: text by which it is found and of which nothing is ever shown,
    since not everybody who finds it may open it; it is not kept, only cut.
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
    signals: Mapping[str, float] = field(default_factory=dict)
    published_at: datetime | None = None
    audience: Sequence[str] = ()
    centihours: int = 0
    keywords: Sequence[str] = ()
    expires_at: datetime | None = None
    unseen: str = ""


@dataclass(frozen=True)
class Facet:
    """Something results can be narrowed by.

    values: value → label in the order they are shown; with it only these values exist. look_up: for values
    that are not known beforehand, a function from values to the labels of those there are (one query at most). Neither: a value is
    its own label. order: as in `values`, by count, or by value falling (years). suggested: its labels are
    offered while somebody types, each as a search of its own (occupations). unnamed: what a filter shows for a value whose name
    nobody knows, with `%(value)s` in it; such a value is found by itself alone. form: what every value matches as a whole, where
    they are not known beforehand but how they are written is. sought: who types a label looks for the thing itself that has it (an
    occupation, a kind, a year of courses), more than for what stands beside it (a notice that names it).
    """

    name: str
    label: Text
    values: Mapping[str, Text] | None = None
    look_up: Callable[[Iterable[str]], Mapping[str, Text]] | None = None
    order: Literal["given", "count", "falling"] = "count"
    suggested: bool = False
    unnamed: Text = ""
    form: str = ""
    sought: bool = False

    def may_be(self, value: str) -> bool:
        """Whether something can have this value at all."""
        known = self.values is None or value in self.values
        return known and (not self.form or re.fullmatch(self.form, value) is not None)

    def shown(self, value: str, label: str) -> str:
        """What a filter shows for a value that is called so."""
        return str(self.unnamed) % {"value": value} if self.unnamed and label == value else label

    def labels(self, values: Iterable[str]) -> dict[str, str]:
        """A label for each value; the value itself where nobody knows one."""
        wanted = list(values)
        return {value: value for value in wanted} | self.named(wanted)

    def named(self, values: Iterable[str]) -> dict[str, str]:
        """As `labels`, of those that have a name."""
        wanted = list(values)
        known: Mapping[str, Text] = self.values or {}
        if self.values is None and self.look_up is not None:
            known = self.look_up(wanted)
        return {value: str(known[value]) for value in wanted if value in known}


class DocumentSource(Protocol):
    """What a package registers: how its documents are made.

    type: a short name ([a-z_]). The package calls `search.api.index` from its outbox consumers when one of
    its things has changed, appeared or gone. A source whose things are for staff alone says `staff = True`
    (see StaffSource): no page for everybody ever asks for its type.
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


@dataclass(frozen=True)
class StaffCard:
    """A thing as staff see it in their results. note: a second line. facts: further lines, each with an address or ""."""

    title: str
    note: str = ""
    url: str = ""
    facts: Sequence[tuple[str, str]] = ()


class StaffSource(DocumentSource, Protocol):
    """A source of things that only staff find. What stands in the index may be no more than who may find it and keyed
    hashes; then `keys` says by which of them a query finds, and `cards` fetches what is shown, permission asked again.
    """

    @property
    def staff(self) -> bool: ...

    def keys(self, words: str) -> Sequence[str] | None:
        """The keys that things found by these words carry among their keywords; None: found by words, as others are."""
        ...

    def cards(self, viewer: Any, ids: Sequence[str]) -> Mapping[str, StaffCard] | None:
        """What the viewer may see of these, by id, in a fixed number of queries; a look that is to be logged is logged here.
        None: the index has all that is shown.
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


def public_types() -> tuple[str, ...]:
    """The types that pages for everybody ask for."""
    return tuple(name for name, source in _sources.items() if not getattr(source, "staff", False))


def facets(document_types: Iterable[str]) -> dict[str, Facet]:
    """The facets of these types by name; of two with one name the first one's. Several types: `type` is the first."""
    wanted = [document_type for document_type in document_types if document_type in _sources]
    found: dict[str, Facet] = {}
    if len(wanted) > 1:
        labels = {document_type: _sources[document_type].label for document_type in wanted}
        found[TYPE] = Facet(TYPE, _("种类"), values=labels, order="given")
    for document_type in wanted:
        for facet in _sources[document_type].facets:
            found.setdefault(facet.name, facet)
    return found
