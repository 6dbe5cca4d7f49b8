"""Answering: a request becomes a plan, an engine's answer becomes results that a page can show as they are.

Owns: marking, values of facets with their counts, the second try with any of the words, "did you mean". Refuses: knowing which
engine answers.
"""

import itertools
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from functools import partial
from typing import Any, Literal

from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import get_language, override, pgettext
from django.utils.translation import gettext as _

from lms.lib.clock import now, today
from search import budget, documents, engines, kept, words
from search.analysis import (
    TITLE_FIELDS,
    Clause,
    Query,
    Run,
    finer,
    fold,
    parse,
    parse_loosely,
    parse_prefix,
    runs,
)
from search.documents import PUBLIC, TYPE, Facet
from search.engines.ahead import Ahead
from search.engines.base import Answer, Found, Plan, Reader
from search.highlight import Marked, Marker, spans, spoken_spans
from search.labels import labels_for, labels_of_all
from search.ranking import Viewer, awards
from search.reasons import Filed, Reason, filed, reasons
from search.requests import MAX_RESULTS, SORTS, SearchRequest, too_deep
from search.spelling import corrections, doubted, taken_apart
from search.synonyms import queries as synonyms

SUGGESTIONS = 8
# What was typed is no longer than this: titles for it are kept, so many seconds at most.
SHORT, KEEP_TITLES_S = 2, 60
# With fewer results than this, those that have most of the words are shown below them.
FEW = 10
# What a kind of thing is called has no more words.
MOST_NAME_WORDS = 3
# Fewer results than this, none of them by its title, may be an accident.
SUSPICIOUS = 3
# So many titles are looked at for what a misspelt word may have been.
TITLES = 30


@dataclass(frozen=True)
class Hit:
    """A result. title_html and summary_html are safe and carry <mark>; `extra` is what the source gave for
    the card. reasons: why it stands where it stands, the weightiest first.
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
    reasons: tuple[Reason, ...] = ()

    @property
    def label(self) -> str:
        """What kind of thing it is, in the reader's language."""
        return label_of(self.type)


class Extra(dict[str, Any]):
    """What a source gave for the card: what it did not give is "" there, which a template finds faster than that it is missing."""

    def __missing__(self, name: str) -> str:
        return ""


@dataclass(frozen=True)
class FacetValue:
    """count: results there would be with this value, given the other facets' filters."""

    value: str
    label: str
    count: int
    selected: bool
    facet: str
    request: SearchRequest = field(repr=False, compare=False)

    @property
    def query(self) -> str:
        """The address's query string with the value chosen or let go."""
        return self.request.toggled(self.facet, self.value)


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
class Tab:
    """A kind of thing as a way into the same search. type: "" for everything; count: results of it, whatever kind is chosen."""

    type: str
    label: str
    count: int
    selected: bool
    query: str


@dataclass(frozen=True)
class Results:
    """relaxed: nothing had all words, so these have some. did_you_mean: other queries that find something. tabs: none
    where one type is searched. corrected: what was searched for instead, because what was typed found nothing; "" if
    nothing was changed. near: where few had all words, those that come closest, on the first page only. fallback: given by the
    database in place of Elasticsearch. only: where the query is what a kind of thing is called (公告), all of that kind, the newest first. kept: a number that only the same results have in this process; 0 where they are not kept.
    """

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
    tabs: tuple[Tab, ...] = ()
    corrected: str = ""
    near: tuple[Hit, ...] = ()
    fallback: bool = False
    kept: int = 0
    only: Tab | None = None

    @property
    def meant(self) -> tuple[tuple[str, str], ...]:
        """`did_you_mean` but for what was searched for instead: each with the query string of that search, of the same kind and
        with the same filters.
        """
        others = (text for text in self.did_you_mean if text != self.corrected)
        return tuple((text, self.request.address(query=text, page=1)) for text in others)

    @property
    def next_after(self) -> str:
        """What the next page goes on behind: `SearchRequest.after`; "" where there is no next page."""
        return f"{self.hits[-1].type}.{self.hits[-1].id}" if self.has_next and self.hits else ""

    @property
    def next_query(self) -> str:
        """The query string of the next page, which goes on where this one ends, whatever is published meanwhile."""
        return self.request.address(page=self.page + 1, after=self.next_after)

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


def search(request: SearchRequest, viewer: Viewer | None = None) -> Results:
    """Find. viewer: for whom, as far as that moves results up. Raises SearchUnavailable when the engine cannot be reached.

    Engines are asked within a budget (budget.py): words that are near and results that have some of the words are left out,
    with a notice, when they would take too long.
    """
    asked = request.bounded()
    key = _key(asked, viewer)
    kept_results = None if key is None else _kept.get(key)
    if kept_results is not None:
        return kept_results
    with budget.within() as mine:
        found = _searched(asked, viewer)
        if mine.cut:
            return hurried(found)
    if key is not None and not found.fallback:
        found = replace(found, kept=next(_numbers))
        _kept.put(key, found, settings.SEARCH_KEPT_SECONDS)
    return found


_kept: kept.Keeper[Results] = kept.Keeper()
_numbers = itertools.count(1)


def _key(asked: SearchRequest, viewer: Viewer | None) -> Hashable | None:
    """What is the same for all searches that have the same results; None where they are not kept: without words (their answers
    are), and while the index is being written.
    """
    if not asked.query or not settings.SEARCH_KEPT_SECONDS:
        return None
    stamp = kept.stamp(asked.types)
    if stamp is None:
        return None
    given = (kept.hashable(getattr(asked, one.name)) for one in fields(asked))
    seen = None if viewer is None else (viewer.occupations, viewer.sectors, kept.hashable(viewer.lacking))
    return (stamp, engines.current().name, get_language(), synonyms.state(), seen, *given)


def hurried(results: Results) -> Results:
    """The same, saying that something was left out for lack of time, which is of this search alone: nothing drawn of it is
    for others.
    """
    said = _("搜索有些慢，这次没有再找相近的词和更多结果。")
    notices = results.notices if said in results.notices else (*results.notices, said)
    return replace(results, notices=notices, kept=0)


def _searched(asked: SearchRequest, viewer: Viewer | None) -> Results:
    engine = engines.current()
    query = _parsed(asked.query)
    plan = _plan(asked, query, viewer=viewer)
    engine = _far_sighted(engine, asked, plan, viewer)
    notices = list(asked.notices)
    if asked.query and query.empty:
        notices.append(_("搜索词里没有文字或数字，下面是全部内容。"))
    answer = kept.answer(engine, plan)
    if answer.fallback:
        notices.append(_("搜索服务正在恢复，这些结果由备用搜索给出：内容相同，排序可能略有不同。"))
    relaxed = False
    corrected = ""
    meant: tuple[str, ...] = ()
    if not answer.total and query.clauses:
        with suppress(budget.Spent):
            meant, instead = _instead(engine, asked, viewer)
            if instead is not None:
                answer = instead
                corrected, query = meant[0], _parsed(meant[0])
            else:
                query = finer(query)
                answer = engine.search(_plan(asked, query, viewer=viewer, need="any"))
                relaxed = answer.total > 0
    elif (
        query.clauses
        and (answer.total < SUSPICIOUS or doubted(asked.query).certain)
        and not _in_titles(answer, query)
    ):
        # Found by accident in somebody's text: what may have been meant is offered, and shown below.
        with suppress(budget.Spent):
            meant = _did_you_mean(engine, asked)
    near: Sequence[Found] = ()
    if not relaxed and (meant or len(query.clauses) > 1):
        near = _near(engine, asked, _parsed(meant[0]) if meant else query, answer, viewer)
    pages = min(-(-answer.total // asked.per_page), asked.last_page)
    if asked.page > answer.page and answer.total <= MAX_RESULTS:
        said = _("只能翻到第 %(count)s 条；这里一共 %(total)s 条，下面是最后一页。")
        notices = [one for one in notices if one != too_deep()]
        notices.append(said % {"count": MAX_RESULTS, "total": answer.total})
    tabs = _tabs(asked, answer)
    if answer.total > MAX_RESULTS and answer.page == asked.last_page:
        notices.append(_("只显示前 %(count)s 条，请再加一个词或筛选条件。") % {"count": MAX_RESULTS})
    return Results(
        request=asked,
        query=asked.query,
        total=answer.total,
        page=answer.page,
        pages=max(1, pages),
        per_page=asked.per_page,
        hits=_hits(answer.found, query.clauses, viewer, some=relaxed),
        facets=_facets(asked, plan, answer),
        sorts=_sorts(asked),
        did_you_mean=meant,
        relaxed=relaxed,
        notices=tuple(notices),
        tabs=tabs,
        corrected=corrected,
        near=_hits(near, query.clauses, viewer, some=True),
        fallback=answer.fallback,
        only=_only(asked, query, tabs) if answer.page == 1 else None,
    )


def _near(
    engine: Reader, asked: SearchRequest, query: Query, answer: Answer, viewer: Viewer | None
) -> list[Found]:
    """Where few have all words: those that come closest, best first, to fill up the first page's ten."""
    if not query.clauses or not 0 < answer.total < FEW or answer.page > 1 or asked.sort != "relevance":
        return []
    plan = _plan(asked, query, viewer=viewer, need="any")
    shown = {(found.type, found.id) for found in answer.found}
    try:
        found = engine.suggest(replace(plan, page=1, after=None, per_page=FEW))
    except budget.Spent:
        return []
    return [one for one in found if (one.type, one.id) not in shown][: FEW - answer.total]


def _in_titles(answer: Answer, query: Query) -> bool:
    """Whether a title among the results has all that was asked for, as written or as it sounds."""
    return any(
        all(spans(found.title, [clause]) or spoken_spans(found.title, [clause]) for clause in query.clauses)
        for found in answer.found
    )


def _parsed(text: str) -> Query:
    return parse(text, synonyms.current() if text else None)


def count(request: SearchRequest) -> int:
    """How many results a search has, without fetching them: for ways on from a search that has none. Raises budget.Spent."""
    asked = request.bounded()
    return engines.current().search(replace(_plan(asked, _parsed(asked.query)), count=(), per_page=1)).total


def suggest(
    prefix: str, types: Sequence[str] = (), *, audience: Sequence[str] = (PUBLIC,), limit: int = SUGGESTIONS
) -> list[Suggestion]:
    """Titles that what is being typed may mean: in characters, Latin letters, pinyin or initials."""
    plan = suggestion_plan(prefix, types, audience=audience, limit=limit)
    if plan is None:
        return []
    labels = {one: label_of(one) for one in plan.types}
    return [
        Suggestion(text=found.title, url=found.url, type=found.type, note=labels.get(found.type, ""))
        for found in _begun(plan)
    ]


def suggestion_plan(
    prefix: str, types: Sequence[str] = (), *, audience: Sequence[str] = (PUBLIC,), limit: int = SUGGESTIONS
) -> Plan | None:
    """What engines are asked for what is being typed; None where that is nothing."""
    query = parse_prefix(prefix)
    if query.empty:
        return None
    return Plan(
        clauses=query.clauses,
        exact="",
        types=tuple(types) or documents.public_types(),
        audience=tuple(audience),
        per_page=max(1, min(limit, SUGGESTIONS)),
        fields=TITLE_FIELDS,
        awards=awards(query, fields=TITLE_FIELDS),
    )


def _begun(plan: Plan) -> list[Found]:
    """Titles for what was typed. The database keeps those of a letter or two, which are in every third title, as long as
    nothing is written and none of them expires: what it holds and what tells of it change in one transaction.
    """
    engine = engines.current()
    short = len(plan.clauses) == 1 and len(plan.clauses[0].text) <= SHORT
    keeps = short and settings.SEARCH_KEPT_SECONDS and engines.cluster() is None
    state = kept.stamp(plan.types) if keeps else None
    if state is None:
        return engine.suggest(plan)
    key = (state, engine.name, plan.types, plan.audience, plan.per_page, plan.clauses)
    found = _titles.get(key)
    if found is None or any(one.expires_at is not None and one.expires_at <= now() for one in found):
        found = engine.suggest(plan)
        _titles.put(key, found, KEEP_TITLES_S)
    return found


_titles: kept.Keeper[list[Found]] = kept.Keeper()


def _plan(
    asked: SearchRequest,
    query: Query,
    *,
    viewer: Viewer | None = None,
    need: Literal["all", "any"] = "all",
    fields: tuple[str, ...] | None = None,
) -> Plan:
    facets = documents.facets(asked.types)
    counted = tuple(facets) if asked.facets is None else tuple(asked.facets)
    return Plan(
        clauses=query.clauses,
        exact=query.exact if query.clauses else "",
        types=tuple(asked.types),
        audience=tuple(asked.audience),
        filters={name: tuple(values) for name, values in asked.filters.items() if values},
        count=counted,
        # Without words and without a viewer nothing is more relevant than anything else.
        sort="newest" if asked.sort == "relevance" and not query.clauses and viewer is None else asked.sort,
        page=asked.page,
        per_page=asked.per_page,
        last_page=asked.last_page,
        after=asked.anchor,
        need=need,
        fields=fields,
        awards=awards(query, need=need, fields=fields, today=today(), viewer=viewer),
    )


def _hits(
    found: Sequence[Found], clauses: Sequence[Clause], viewer: Viewer | None = None, *, some: bool = False
) -> tuple[Hit, ...]:
    """some: these were found by some of the words."""
    marker, day = Marker(clauses), today()
    marked = [marker(one.title, one.summary, one.body) for one in found]
    # What is nowhere to be seen stands among the keywords where all words must be met, and perhaps nowhere else.
    hidden = [[] if some else one.met.get("label", []) for one in marked]
    asked = [one for one, words in zip(found, hidden, strict=True) if words]
    named = _filed_under(asked) if asked else []
    places = iter(
        filed(
            [clause for clause in clauses if clause.text in words],
            fields,
            str(getattr(documents.source(one.type), "unseen", "")),
        )
        for one, words, fields in zip(asked, filter(None, hidden), named, strict=True)
    )
    return tuple(
        _hit(one, mine, next(places) if words else (), day, viewer)
        for one, mine, words in zip(found, marked, hidden, strict=True)
    )


def _filed_under(found: Sequence[Found]) -> list[list[tuple[str, str]]]:
    """Of each of these: what it is filed under, as names of fields with what stands in them, in every language of the site. A query
    for each facet whose names are fetched, and not kept.
    """
    known = documents.facets(dict.fromkeys(one.type for one in found))
    called: dict[str, list[Mapping[str, str]]] = {}
    for name, facet in known.items():
        values = dict.fromkeys(value for one in found for value in one.facets.get(name, ()))
        if not values or name == TYPE:
            continue
        called[name] = [labels_for(facet, list(values))]
        if facet.values is not None:
            for language, _name in settings.LANGUAGES:
                with override(language):
                    called[name].append(labels_of_all(facet, list(values)))
    own = {
        "code": _("编号"),
        "number": _("编号"),
        "provider": pgettext("机构", "单位"),
        "within": _("所属课程"),
    }
    return [
        [
            *(
                (str(known[name].label), labels[value])
                for name, languages in called.items()
                for value in one.facets.get(name, ())
                for labels in languages
            ),
            # A title says more than a number in which the word happens to stand.
            *(
                (_("其他语言的标题或简介"), text)
                for translated in one.extra.get("words", {}).values()
                for text in translated
                if text
            ),
            *((label, str(one.extra[name])) for name, label in own.items() if one.extra.get(name)),
            (_("种类"), label_of(one.type)),
        ]
        for one in found
    ]


def _hit(found: Found, marked: Marked, places: Sequence[Filed], day: date, viewer: Viewer | None) -> Hit:
    facets = {name: values for name, values in found.facets.items() if name != TYPE}
    return Hit(
        type=found.type,
        id=found.id,
        title=found.title,
        title_html=marked.title,
        summary=found.summary,
        summary_html=marked.summary,
        url=found.url,
        language=found.language,
        facets=facets,
        extra=Extra(found.extra),
        published_at=found.published_at,
        centihours=found.centihours,
        score=found.score,
        reasons=reasons(
            marked.met,
            places,
            facets=facets,
            published_at=found.published_at,
            signals=found.extra.get("signals", {}),
            today=day,
            viewer=viewer,
        ),
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
    called = labels_for(facet, list(dict.fromkeys([*counts, *chosen])))
    given = list(facet.values or ())

    def place(value: str) -> tuple[Any, ...]:
        if facet.order == "given" and value in given:
            return (0, given.index(value))
        return (1, -counts.get(value, 0), value) if facet.order != "falling" else (1, value)

    ordered = sorted(called, key=place, reverse=facet.order == "falling")
    return tuple(
        FacetValue(
            value,
            facet.shown(value, called[value]),
            counts.get(value, 0),
            value in chosen,
            facet.name,
            asked,
        )
        for value in ordered
    )


def label_of(document_type: str) -> str:
    """What a kind of thing is called in the reader's language: twenty results of a page ask for it."""
    label, key = documents.source(document_type).label, (document_type, get_language())
    known = _called.get(key)
    if known is None or known[0] is not label:
        known = _called[key] = (label, str(label))
    return known[1]


_called: dict[Hashable, tuple[documents.Text, str]] = {}


def _tabs(asked: SearchRequest, answer: Answer) -> tuple[Tab, ...]:
    if TYPE not in answer.counts and TYPE not in asked.filters:
        return ()
    counts, chosen = answer.counts.get(TYPE, {}), asked.filters.get(TYPE, ())
    # The same search with the same filters: what a tab counts is what it leads to.
    others = {name: values for name, values in asked.filters.items() if name != TYPE}
    found = [Tab("", _("全部"), sum(counts.values()), not chosen, asked.address(filters=others, page=1))]
    for one in asked.types:
        if counts.get(one) or one in chosen:
            label = label_of(one)
            query = asked.address(filters=others | {TYPE: (one,)}, page=1)
            found.append(Tab(one, label, counts.get(one, 0), one in chosen, query))
    return tuple(found)


def _only(asked: SearchRequest, query: Query, tabs: Sequence[Tab]) -> Tab | None:
    """The kind of thing that the query is a name of (公告, 通知; 规则 of 转换规则), as a way to all of it; None where it is none, or a kind
    is chosen already.
    """
    if len(query.clauses) > MOST_NAME_WORDS or TYPE in asked.filters:
        return None
    # Of a word alone, what means the same too: a 通知 is a 公告.
    meant = query.clauses[0].synonyms if len(query.clauses) == 1 else ()
    typed = {squeezed(asked.query), *meant}
    for tab in tabs[1:]:
        label = squeezed(tab.label)
        # 规则 is what a 转换规则 is.
        ends = {part for part in words.inner_words(label) if label.endswith(part)} - words.weak_words()
        if tab.count and typed & {label, *ends}:
            way = asked.address(query="", filters={TYPE: (tab.type,)}, sort="newest", page=1)
            return replace(tab, query=way)
    return None


def squeezed(text: str) -> str:
    """Folded, without spaces."""
    return "".join(fold(text).split())


def _sorts(asked: SearchRequest) -> tuple[SortChoice, ...]:
    labels = {"relevance": _("最相关"), "newest": _("最新"), "hours": _("学时最多")}
    return tuple(
        SortChoice(sort, labels[sort], sort == asked.sort, asked.address(sort=sort, page=1)) for sort in SORTS
    )


# --- did you mean -----------------------------------------------------------------------------------------


def _instead(
    engine: Reader, asked: SearchRequest, viewer: Viewer | None
) -> tuple[tuple[str, ...], Answer | None]:
    """Queries near one that found nothing, of those that find something, and the answer to the first of them. What is nearest
    is searched for at once, while the others are only asked about. Raises budget.Spent.
    """
    ways: Sequence[Callable[[SearchRequest], Sequence[str]]] = (_certain, _apart, partial(_corrected, engine))
    for near in ways:
        meant, answer = _first_finding(engine, asked, near(asked), viewer)
        if meant:
            return meant, answer
    return (), None


def _apart(asked: SearchRequest) -> Sequence[str]:
    """Pinyin typed in one, as the words it may be: in titles they may stand apart."""
    return taken_apart(asked.query)


def _certain(asked: SearchRequest) -> Sequence[str]:
    """Queries that the dictionary alone puts in the place of this one, nearest first, where it leaves no doubt."""
    doubt = doubted(asked.query)
    return doubt.guesses if doubt.certain else ()


def _first_finding(
    engine: Reader, asked: SearchRequest, tried: Sequence[str], viewer: Viewer | None
) -> tuple[tuple[str, ...], Answer | None]:
    """Those of these queries that find something, and the answer to the first of them. Raises budget.Spent."""
    if not tried:
        return (), None
    told = engine.several(
        searched=[_plan(asked, _parsed(tried[0]), viewer=viewer)], met=_finding_plans(asked, tried[1:])
    )
    (answer,) = told.answers
    meant = [text for text, finds in zip(tried, (answer.total > 0, *told.met), strict=True) if finds]
    if meant and meant[0] != tried[0]:
        answer = engine.search(_plan(asked, _parsed(meant[0]), viewer=viewer))
    return tuple(meant), answer if meant else None


def _did_you_mean(engine: Reader, asked: SearchRequest) -> tuple[str, ...]:
    """Queries near this one that find something. Raises budget.Spent."""

    def finding(tried: Sequence[str]) -> tuple[str, ...]:
        return tuple(text for text, finds in zip(tried, _finding(engine, asked, tried), strict=True) if finds)

    return finding(_certain(asked)) or finding(_corrected(engine, asked))


def _corrected(engine: Reader, asked: SearchRequest) -> list[str]:
    """Queries near this one, nearest first: other characters, mistyped letters. Raises budget.Spent."""

    def titles(pieces: Sequence[Run]) -> list[list[str]]:
        plans = titles_plans(asked, pieces)
        found = iter(engine.several(suggested=[plan for plan in plans if plan.clauses]).found)
        return [[one.title for one in next(found)] if plan.clauses else [] for plan in plans]

    return corrections(asked.query, titles, lambda texts: _finding(engine, asked, texts))


def _finding(engine: Reader, asked: SearchRequest, texts: Sequence[str]) -> Sequence[bool]:
    """Whether each of these finds anything, with the same filters. Raises budget.Spent."""
    plans = _finding_plans(asked, texts)
    return engine.several(met=plans).met if plans else ()


def _finding_plans(asked: SearchRequest, texts: Sequence[str]) -> list[Plan]:
    return [_plan(asked, _parsed(text)) for text in texts]


def titles_plans(asked: SearchRequest, pieces: Sequence[Run]) -> list[Plan]:
    """What engines are asked to suggest for each piece of a query that may be misspelt: titles that have something in common with
    it, those with the most first, however results are to be sorted.
    """
    alike = replace(asked, sort="relevance", per_page=TITLES)
    return [_plan(alike, parse_loosely(piece), need="any", fields=TITLE_FIELDS) for piece in pieces]


def _far_sighted(engine: Reader, asked: SearchRequest, plan: Plan, viewer: Viewer | None) -> Reader:
    """The engine; of a query that looks misspelt, with what will be asked next asked along with it, where that is one request:
    titles like it, and what the dictionary alone would put in its place. It costs a question or two if it was right after all.
    Raises budget.Spent.
    """
    if not engine.asks_at_once or not plan.clauses or plan.page > 1:
        return engine
    doubt = doubted(asked.query)
    if not doubt.guesses:
        return engine
    searched = [plan, _plan(asked, _parsed(doubt.guesses[0]), viewer=viewer)]
    if doubt.certain:
        return Ahead(engine, searched=searched, met=_finding_plans(asked, doubt.guesses[1:]))
    known = [run.text for run in runs(fold(asked.query)) if not run.text.isdigit()]
    return Ahead(
        engine,
        searched=searched,
        suggested=[one for one in titles_plans(asked, doubt.pieces) if one.clauses],
        met=_finding_plans(asked, [*(known if len(known) > 1 else ()), *doubt.guesses[1:]]),
    )
