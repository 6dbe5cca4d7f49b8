"""What is offered while somebody types: titles, occupations and the like, and what letters mistyped may have meant.

Owns: putting these together, in one order. Refuses: anything not everybody may find, and searching whole texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.cache import cache
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from search import budget, documents, engines, queries
from search.analysis import fold, syllables
from search.documents import PUBLIC, TYPE
from search.engines.base import Plan
from search.queries import SUGGESTIONS, Suggestion
from search.requests import SearchRequest
from search.synonyms import queries as synonyms
from search.synonyms import rules

MOST_LABELS = 3
# Of so many words that mean the same as what was typed titles are offered too.
MOST_SYNONYMS = 2
# Labels change when something with a new one is published.
KEEP_LABELS_S = 60
LEAST_FOR_SPELLING = 2


@dataclass(frozen=True)
class Label:
    """A facet's value as it may be typed. sounds: its pinyin from each character on, without tones."""

    facet: str
    value: str
    text: str
    folded: str
    sounds: tuple[str, ...]
    initials: str


def offered(prefix: str, types: Sequence[str] = ()) -> list[Suggestion]:
    """At most SUGGESTIONS: titles first, also of words that mean the same, then values of facets that are suggested; where there are none
    of these, words that sound or look like those typed and find something, or the first titles that the search itself finds. A
    suggestion without an address is words to look for. types: only of these kinds of things; all if empty.
    """
    typed = "".join(fold(prefix).split())
    if not typed:
        return []
    with budget.within():
        return _offered(prefix, typed, types)


def _offered(prefix: str, typed: str, types: Sequence[str]) -> list[Suggestion]:
    # Titles are asked for first: of a slow engine they are what there is time for.
    titles = queries.suggest(prefix, types)
    try:
        titles = _with_synonyms(titles, typed, types)
        facets = documents.facets(types or documents.public_types())
        known = (label for label in _labels() if label.facet in facets)
        labelled = [_suggestion(label, types) for label in known if _means(label, typed)][:MOST_LABELS]
    except budget.Spent:
        labelled = []
    found = [*titles[: SUGGESTIONS - len(labelled)], *labelled]
    if found or len(typed) < LEAST_FOR_SPELLING:
        return found
    try:
        results = queries.search(SearchRequest(query=prefix, types=types, per_page=SUGGESTIONS, facets=()))
    except budget.Spent:
        return []
    if results.did_you_mean:
        meant = results.did_you_mean[:SUGGESTIONS]
        return [Suggestion(text=text, url="", type="", note=_("你要找的是不是")) for text in meant]
    return [Suggestion(hit.title, hit.url, hit.type, hit.label) for hit in results.hits[:SUGGESTIONS]]


def _with_synonyms(titles: list[Suggestion], typed: str, types: Sequence[str]) -> list[Suggestion]:
    """The titles, filled up with those of words that mean the same as what was typed (cnc: 数控). Raises budget.Spent."""
    found = {one.url: one for one in titles}
    for other in synonyms.current().get(rules.key(typed), ())[:MOST_SYNONYMS]:
        if len(found) >= SUGGESTIONS:
            break
        found |= {one.url: one for one in queries.suggest(other, types) if one.url not in found}
    return list(found.values())[:SUGGESTIONS]


def _means(label: Label, typed: str) -> bool:
    if typed in label.folded:
        return True
    if not typed.isascii():
        return False
    return any(sound.startswith(typed) for sound in label.sounds) or (
        len(typed) > 1 and typed in label.initials
    )


def _suggestion(label: Label, types: Sequence[str]) -> Suggestion:
    narrowed = [*((TYPE, one) for one in types), (label.facet, label.value)]
    address = f"{reverse('search:page')}?{urlencode(narrowed)}"
    kind = documents.facets(documents.public_types())[label.facet].label
    return Suggestion(text=label.text, url=address, type="", note=str(kind))


def _labels() -> list[Label]:
    """Every value of a suggested facet that something found has, the most frequent first. One search, then none for a while."""
    key = f"search.labels:{get_language()}"
    kept: list[Label] | None = cache.get(key)
    if kept is None:
        kept = _counted()
        cache.set(key, kept, KEEP_LABELS_S)
    return kept


def _counted() -> list[Label]:
    types = documents.public_types()
    wanted = {name: facet for name, facet in documents.facets(types).items() if facet.suggested}
    if not wanted:
        return []
    plan = Plan(clauses=(), exact="", types=types, audience=(PUBLIC,), count=tuple(wanted), per_page=1)
    counts = engines.current().search(plan).counts
    found = []
    for name, facet in wanted.items():
        values = counts.get(name, {})
        labels = facet.labels(values)
        ordered = sorted((-count, value) for value, count in values.items())
        found += [_label(name, value, labels[value]) for _count, value in ordered]
    return found


def _label(facet: str, value: str, text: str) -> Label:
    spoken = syllables("".join(text.split()))
    return Label(
        facet=facet,
        value=value,
        text=text,
        folded="".join(fold(text).split()),
        sounds=tuple("".join(spoken[place:]) for place in range(len(spoken))),
        initials="".join(sound[:1] for sound in spoken),
    )
