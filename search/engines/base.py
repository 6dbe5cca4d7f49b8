"""What an engine is: it keeps entries of cut documents and answers plans. Every engine gives the same hits.

Owns: the values that go in and out of engines. Refuses: cutting text (search.analysis) and deciding what to
index (search.indexing); an engine only stores, compares and counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from search.analysis import Clause, Tokens, analyse
from search.ranking import Award

Sort = Literal["relevance", "newest", "hours"]
MAX_BODY_KEPT = 20_000


@dataclass(frozen=True)
class Entry:
    """A document as engines keep it. body: the beginning of its text, for showing where a word was found.

    boost: points of merit, added to every score (search.ranking). digest: of all that its source gave. hidden: stands for "removed", so that no older write brings it back;
    never found. expires_at: not found from then on.
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
    expires_at: datetime | None = None
    digest: str = ""


def hidden_entry(document_type: str, document_id: str) -> Entry:
    """What stands for a document that was taken out; nothing of it is left but its id."""
    return Entry(
        type=document_type,
        id=document_id,
        title="",
        summary="",
        body="",
        url="",
        language="",
        facets={},
        extra={},
        boost=0.0,
        published_at=None,
        audience=(),
        centihours=0,
        tokens=analyse("", (), "", ""),
        hidden=True,
    )


@dataclass(frozen=True)
class Plan:
    """A search, ready for an engine. awards: what puts one result before another; a score is the sum of their points
    and of the entry's own. filters: facet → values, any of them; every facet must agree. after: type and id of
    the last result of the page before: the page goes on behind it, wherever it stands by now; one that is no longer found
    leaves the page's number to say where it begins.
    """

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
    after: tuple[str, str] | None = None
    need: Literal["all", "any"] = "all"
    fields: tuple[str, ...] | None = None
    awards: tuple[Award, ...] = ()

    @property
    def shows_body(self) -> bool:
        """Whether results need their text, to show where a word was found."""
        return bool(self.clauses) and self.fields is None


@dataclass(frozen=True)
class Found:
    """One result as the engine kept it. expires_at: told with titles only (`Plan.fields`)."""

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
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Answer:
    """page: the page that was given, which is the last one if the plan asked for a later one. fallback: given by the
    database, because the cluster does not answer or does not hold everything yet.
    """

    total: int
    page: int
    found: tuple[Found, ...]
    counts: Mapping[str, Mapping[str, int]]
    fallback: bool = False


@dataclass(frozen=True)
class Several:
    """What several questions were answered, in the order they were asked. found: as `Reader.suggest`. met: whether a plan
    finds anything.
    """

    answers: tuple[Answer, ...] = ()
    found: tuple[list[Found], ...] = ()
    met: tuple[bool, ...] = ()


def places(token: str, fields: Sequence[str]) -> Sequence[str]:
    """Those of the fields that such a token may stand in: words are no pairs of characters, nor sounds. All, where none may."""
    signed = token[:2] in {"g:", "p:", "i:"}
    possible = [name for name in fields if name == "keywords" or signed == (name in {"grams", "pinyin"})]
    return possible or fields


class Reader(Protocol):
    """What a search is put to. asks_at_once: several questions cost it little more than one."""

    name: str

    @property
    def asks_at_once(self) -> bool: ...

    def search(self, plan: Plan) -> Answer: ...

    def suggest(self, plan: Plan) -> list[Found]:
        """The best results only, of a plan that sorts by relevance: no counts, no total."""

    def several(
        self, *, searched: Sequence[Plan] = (), suggested: Sequence[Plan] = (), met: Sequence[Plan] = ()
    ) -> Several:
        """Several questions as one: an engine across a network is asked once."""

    def settle(self) -> None:
        """Return once everything written can be found."""


class Engine(Reader, Protocol):
    """Entries stand in generations of their type, so that a new one can be filled beside the one that is
    searched. Every write carries a version; of two writes to one id the higher version stays, in whatever order
    they arrive.
    """

    # Whether a write stands or falls with the transaction of the caller.
    transactional: bool

    def prepare(self, document_type: str, generation: int, *, filling: bool = False) -> None:
        """Make room for a generation; nothing if it is there. filling: nobody searches it before `promote`."""

    def write(self, document_type: str, generation: int, entries: Iterable[Entry], version: int) -> int:
        """Put entries in, but for those that stand there with this version or a higher one. Returns how many
        were written. Raises SearchUnavailable.
        """

    def hide(self, document_type: str, generation: int, ids: Sequence[str], version: int) -> None:
        """Take these out, leaving a hidden entry of this version in their place."""

    def sweep(self, document_type: str, generation: int, before: int) -> int:
        """Delete hidden entries of versions lower than `before`. Returns how many."""

    def promote(self, document_type: str, generation: int) -> None:
        """Let searches see this generation instead of the former, at once."""

    def configure(self, document_type: str) -> None:
        """Give what is in use the settings of today, where an engine has such."""
        return

    def drop(self, document_type: str, generation: int) -> None:
        """Throw a generation away; nothing if it is not there."""

    def digests(self, document_type: str, generation: int, ids: Sequence[str]) -> dict[str, str]:
        """What stands under these ids: id → digest; hidden entries left out."""

    def ids(
        self, document_type: str, generation: int, *, after: str = "", limit: int | None = None
    ) -> list[str]:
        """The ids in a generation that sort behind `after`, in order, hidden ones left out."""

    def standing(self, document_type: str, generation: int, ids: Sequence[str]) -> set[str]:
        """Those of the ids that something stands under, hidden entries too."""

    def generations(self) -> set[tuple[str, int]]:
        """(type, generation) of all there are. Raises SearchUnavailable."""

    def ready(self, document_type: str | None = None) -> set[tuple[str, int]]:
        """(type, generation) of those that take entries as they are made today. Raises SearchUnavailable."""

    def health(self) -> dict[str, Any]:
        """{"ok": bool, "documents": {(type, generation): count}, …}; never raises."""
