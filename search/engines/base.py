"""What an engine is: it keeps entries of cut documents and answers plans. Every engine gives the same hits.

Owns: the values that go in and out of engines. Refuses: cutting text (search.analysis) and deciding what to
index (search.indexing); an engine only stores, compares and counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from search.analysis import Clause, Tokens

Sort = Literal["relevance", "newest", "hours"]
MAX_BODY_KEPT = 20_000


@dataclass(frozen=True)
class Entry:
    """A document as engines keep it. body: the beginning of its text, for showing where a word was found.

    hidden: stands for "removed while a rebuild was under way"; never found.
    """

    type: str
    id: str
    title: str
    summary: str
    body: str
    url: str
    language: str
    facets: Mapping[str, Sequence[str]]
    extra: Mapping[str, Any]
    boost: float
    published_at: datetime | None
    audience: Sequence[str]
    centihours: int
    tokens: Tokens
    hidden: bool = False


@dataclass(frozen=True)
class Plan:
    """A search, ready for an engine. filters: facet → values, any of them; every facet must agree."""

    clauses: tuple[Clause, ...]
    exact: str
    types: tuple[str, ...]
    audience: tuple[str, ...]
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    count: tuple[str, ...] = ()
    sort: Sort = "relevance"
    page: int = 1
    per_page: int = 20
    last_page: int = 50
    need: Literal["all", "any"] = "all"
    fields: tuple[str, ...] | None = None

    @property
    def shows_body(self) -> bool:
        """Whether results need their text, to show where a word was found."""
        return bool(self.clauses) and self.fields is None


@dataclass(frozen=True)
class Found:
    """One result as the engine kept it."""

    type: str
    id: str
    title: str
    summary: str
    body: str
    url: str
    language: str
    facets: Mapping[str, Sequence[str]]
    extra: Mapping[str, Any]
    published_at: datetime | None
    centihours: int
    score: float


@dataclass(frozen=True)
class Answer:
    """page: the page that was given, which is the last one if the plan asked for a later one."""

    total: int
    page: int
    found: tuple[Found, ...]
    counts: Mapping[str, Mapping[str, int]]


class Engine(Protocol):
    """Entries stand in generations of their type, so that a new one can be filled beside the one that is
    searched.
    """

    name: str

    def prepare(self, document_type: str, generation: int) -> None:
        """Make room for a generation; nothing if it is there."""

    def write(
        self, document_type: str, generation: int, entries: Iterable[Entry], *, only_new: bool = False
    ) -> int:
        """Put entries in, replacing those of the same id; with only_new these stay. Returns how many were
        written.
        """

    def remove(self, document_type: str, generation: int, ids: Sequence[str]) -> None: ...

    def promote(self, document_type: str, generation: int) -> None:
        """Let searches see this generation instead of the former, at once, and drop its hidden entries."""

    def drop(self, document_type: str, generation: int) -> None:
        """Throw a generation away; nothing if it is not there."""

    def settle(self) -> None:
        """Return once everything written can be found."""

    def search(self, plan: Plan) -> Answer: ...

    def suggest(self, plan: Plan) -> list[Found]:
        """The first results only: no counts, no total."""

    def ids(self, document_type: str, generation: int) -> list[str]:
        """The ids in a generation, in order, hidden ones left out."""

    def health(self) -> dict[str, Any]:
        """{"ok": bool, "documents": {(type, generation): count}, …}; never raises."""
