"""Answering: a request becomes a plan, an engine's answer becomes results that a page can show as they are.

Owns: marking, labels of facets, the second try with any of the words, "did you mean". Refuses: knowing which
engine answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from search import documents, engines, kept, words
from search.analysis import TITLE_FIELDS, Clause, Query, fold, parse, parse_prefix, spoken, syllables
from search.documents import PUBLIC, Facet
from search.engines.base import Answer, Engine, Found, Plan
from search.highlight import mark, snippet, spans, spoken_spans
from search.models import Shelf
from search.requests import MAX_RESULTS, SORTS, SearchRequest

SUGGESTIONS = 8


@dataclass(frozen=True)
class Hit:
    """A result. title_html and summary_html are safe and carry <mark>; `extra` is what the source gave for
    the card.
    """

    type: str
    id: str
    title: str
    title_html: SafeString
    summary: str
    summary_html: SafeString
    url: str
    language: str
    facets: Mapping[str, Sequence[str]]
    extra: Mapping[str, Any]
    published_at: datetime | None
    centihours: int
    score: float


@dataclass(frozen=True)
class FacetValue:
    """count: results there would be with this value, given the other facets' filters. query: the address's
    query string with the value chosen or let go.
    """

    value: str
    label: str
    count: int
    selected: bool
    query: str


@dataclass(frozen=True)
class FacetResult:
    name: str
    label: str
    values: tuple[FacetValue, ...]

    @property
    def selected(self) -> bool:
        return any(value.selected for value in self.values)


@dataclass(frozen=True)
class SortChoice:
    value: str
    label: str
    selected: bool
    query: str


@dataclass(frozen=True)
class Results:
    """relaxed: nothing had all words, so these have some. did_you_mean: other queries that find something."""

    request: SearchRequest
    query: str
    total: int
    page: int
    pages: int
    per_page: int
    hits: tuple[Hit, ...]
    facets: tuple[FacetResult, ...]
    sorts: tuple[SortChoice, ...]
    did_you_mean: tuple[str, ...]
    relaxed: bool
    notices: tuple[str, ...]

    @property
    def number(self) -> int:
        """The page's number, as Django's pages call it."""
        return self.page

    @property
    def has_previous(self) -> bool:
        return self.page > 1

    @property
    def has_next(self) -> bool:
        return self.page < self.pages

    @property
    def previous_page_number(self) -> int:
        return self.page - 1

    @property
    def next_page_number(self) -> int:
        return self.page + 1

    @property
    def start_index(self) -> int:
        return (self.page - 1) * self.per_page + 1 if self.hits else 0

    @property
    def end_index(self) -> int:
        return self.start_index + len(self.hits) - 1 if self.hits else 0


@dataclass(frozen=True)
class Suggestion:
    """A document that the beginning of a query may mean. note: what kind of thing it is."""

    text: str
    url: str
    type: str
    note: str


def search(request: SearchRequest) -> Results:
    """Find. Raises SearchUnavailable when the engine cannot be reached."""
    asked = request.bounded()
    engine = engines.current()
    query = parse(asked.query)
    plan = _plan(asked, query)
    notices = list(asked.notices)
    if asked.query and query.empty:
        notices.append(_("搜索词里没有文字或数字，下面是全部内容。"))
    answer = kept.answer(engine, plan)
    relaxed = False
    meant: tuple[str, ...] = ()
    if not answer.total and query.clauses:
        meant = _did_you_mean(engine, asked, query)
        if len(query.clauses) > 1:
            answer = engine.search(_plan(asked, query, need="any"))
            relaxed = answer.total > 0
    pages = min(-(-answer.total // asked.per_page), asked.last_page)
    if answer.total > MAX_RESULTS:
        notices.append(_("只显示前 %(count)s 条，请再加一个词或筛选条件。") % {"count": MAX_RESULTS})
    return Results(
        request=asked,
        query=asked.query,
        total=answer.total,
        page=answer.page,
        pages=max(1, pages),
        per_page=asked.per_page,
        hits=tuple(_hit(found, query.clauses) for found in answer.found),
        facets=_facets(asked, plan, answer),
        sorts=_sorts(asked),
        did_you_mean=meant,
        relaxed=relaxed,
        notices=tuple(notices),
    )


def suggest(
    prefix: str, types: Sequence[str] = (), *, audience: Sequence[str] = (PUBLIC,), limit: int = SUGGESTIONS
) -> list[Suggestion]:
    """Titles that what is being typed may mean: in characters, Latin letters, pinyin or initials."""
    query = parse_prefix(prefix)
    if query.empty:
        return []
    plan = Plan(
        clauses=query.clauses,
        exact="",
        types=tuple(types) or documents.types(),
        audience=tuple(audience),
        per_page=max(1, min(limit, SUGGESTIONS)),
        fields=TITLE_FIELDS,
    )
    labels = {one: str(documents.source(one).label) for one in plan.types}
    return [
        Suggestion(text=found.title, url=found.url, type=found.type, note=labels.get(found.type, ""))
        for found in engines.current().suggest(plan)
    ]


def health() -> dict[str, Any]:
    """{"engine", "ok", "types": {type: {"documents", "generation", "building", "rebuilt_at"}}, …}, or with
    "error".
    """
    engine = engines.current()
    report = engine.health()
    counted = report.pop("documents", {})
    if report["ok"] or engine.name == "elasticsearch":
        report["types"] = {
            shelf.type: {
                "documents": counted.get((shelf.type, shelf.active), 0),
                "generation": shelf.active,
                "building": shelf.building,
                "rebuilt_at": shelf.rebuilt_at.isoformat() if shelf.rebuilt_at else None,
            }
            for shelf in Shelf.objects.filter(engine=engine.name)
        }
    return {"engine": engine.name, **report}


def _plan(asked: SearchRequest, query: Query, **changes: Any) -> Plan:
    facets = documents.facets(asked.types)
    counted = tuple(facets) if asked.facets is None else tuple(asked.facets)
    return Plan(
        clauses=query.clauses,
        exact=query.exact if query.clauses else "",
        types=tuple(asked.types),
        audience=tuple(asked.audience),
        filters={name: tuple(values) for name, values in asked.filters.items() if values},
        count=counted,
        sort=asked.sort,
        page=asked.page,
        per_page=asked.per_page,
        last_page=asked.last_page,
        **changes,
    )


def _hit(found: Found, clauses: Sequence[Clause]) -> Hit:
    marked = spans(found.title, clauses) or spoken_spans(found.title, clauses)
    return Hit(
        type=found.type,
        id=found.id,
        title=found.title,
        title_html=mark(found.title, marked),
        summary=found.summary,
        summary_html=snippet(found.summary, found.body, clauses),
        url=found.url,
        language=found.language,
        facets=found.facets,
        extra=found.extra,
        published_at=found.published_at,
        centihours=found.centihours,
        score=found.score,
    )


def _facets(asked: SearchRequest, plan: Plan, answer: Answer) -> tuple[FacetResult, ...]:
    known = documents.facets(asked.types)
    return tuple(
        FacetResult(name, str(known[name].label), _values(asked, known[name], answer.counts.get(name, {})))
        for name in plan.count
        if name in known
    )


def _values(asked: SearchRequest, facet: Facet, counts: Mapping[str, int]) -> tuple[FacetValue, ...]:
    chosen = list(asked.filters.get(facet.name, ()))
    labels = facet.labels(dict.fromkeys([*counts, *chosen]))
    given = list(facet.values or ())

    def place(value: str) -> tuple[Any, ...]:
        if facet.order == "given" and value in given:
            return (0, given.index(value))
        return (1, -counts.get(value, 0), value) if facet.order != "falling" else (1, value)

    ordered = sorted(labels, key=place, reverse=facet.order == "falling")
    return tuple(
        FacetValue(
            value, labels[value], counts.get(value, 0), value in chosen, asked.toggled(facet.name, value)
        )
        for value in ordered
    )


def _sorts(asked: SearchRequest) -> tuple[SortChoice, ...]:
    labels = {"relevance": _("最相关"), "newest": _("最新"), "hours": _("学时最多")}
    return tuple(
        SortChoice(sort, labels[sort], sort == asked.sort, asked.address(sort=sort, page=1)) for sort in SORTS
    )


# --- did you mean -----------------------------------------------------------------------------------------


@cache
def _sounds() -> dict[str, str]:
    """Pinyin → the field's word, and its Latin words as themselves: what misspelt letters may have meant."""
    return {"".join(syllables(word)) if not word.isascii() else word: word for word in words.domain_words()}


def _did_you_mean(engine: Engine, asked: SearchRequest, query: Query) -> tuple[str, ...]:
    """Queries near this one that find something: characters of the same sound, mistyped letters."""
    folded = fold(asked.query)
    candidates: list[str] = []
    if folded.isascii():
        replaced = [_nearest(piece) for piece in folded.split()]
        if all(replaced):
            candidates.append(" ".join(str(piece) for piece in replaced))
    else:
        candidates += _same_sound(engine, asked, folded)
    return tuple(
        candidate
        for candidate in dict.fromkeys(candidates)
        if candidate != folded and engine.suggest(_plan(asked, parse(candidate)))
    )[:3]


def _nearest(letters: str) -> str | None:
    known = _sounds()
    if letters.isdigit():
        return letters
    near = get_close_matches(letters, known, n=1, cutoff=0.75)
    return known[near[0]] if near else None


def _same_sound(engine: Engine, asked: SearchRequest, folded: str) -> list[str]:
    """「插车」 → 「叉车」: the titles that the sound finds, and the words in them that have it."""
    sound = "".join("".join(word.sound) for word in spoken(folded))
    if not sound or len(sound) > 60:
        return []
    near = parse(sound)
    found = engine.suggest(_plan(asked, near, fields=TITLE_FIELDS))
    candidates = []
    for one in found[:5]:
        for start, end in spoken_spans(one.title, near.clauses):
            candidates.append(one.title[start:end])
    return candidates
