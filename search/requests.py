"""From what stands in an address to a search request: gently, because addresses are typed, shortened and
forged.

Owns: bounds. Refuses: nothing with an error; what makes no sense is left out and said so in `notices`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from search import documents, labels
from search.analysis import MAX_QUERY_CHARS, clean
from search.documents import PUBLIC, TYPE
from search.engines.base import Sort

PER_PAGE = 20
MAX_PER_PAGE = 50
# No further than this into the results: who needs the 1000th narrows the search.
MAX_RESULTS = 1000
MAX_FILTER_VALUES = 30
MAX_VALUE_CHARS = 200
MAX_ID_CHARS = 100
# A number of a page is read up to so many digits; any beyond this is as good as this.
MAX_DIGITS, MOST_PAGE = 18, 999_999_999
# Names in an address that are no filters; what others put behind links to count visits is nobody's mistake.
_OWN = frozenset({"q", "page", "sort", "after"})
_TOLERATED = re.compile(r"utm\w*|from|lang|next")
SORTS: tuple[Sort, ...] = get_args(Sort)


@dataclass(frozen=True)
class SearchRequest:
    """A search as the caller means it.

    types: document types, all that everybody may find if empty. filters: facet → values (any of them; every facet
    must agree). facets: those to count, by name in the order they are shown; None for all of the types.
    audience: what the person may see. notices: what was left out or cut, as sentences for the user. after: the
    last result of the page before, as `Results.next_after` gives it: the page goes on behind it, so that nothing is
    shown twice or passed over when something is published meanwhile.
    """

    query: str = ""
    types: Sequence[str] = ()
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    facets: Sequence[str] | None = None
    sort: Sort = "relevance"
    page: int = 1
    per_page: int = PER_PAGE
    audience: Sequence[str] = (PUBLIC,)
    notices: Sequence[str] = ()
    after: str = ""

    def bounded(self) -> "SearchRequest":
        """The same within all bounds; for callers that build requests themselves."""
        return replace(
            self,
            query=clean(self.query)[:MAX_QUERY_CHARS],
            types=tuple(self.types) or documents.public_types(),
            filters={
                name: tuple(clean(value)[:MAX_VALUE_CHARS] for value in values)[:MAX_FILTER_VALUES]
                for name, values in self.filters.items()
                if values
            },
            page=max(1, self.page),
            per_page=max(1, min(self.per_page, MAX_PER_PAGE)),
        )

    @property
    def last_page(self) -> int:
        return max(1, MAX_RESULTS // self.per_page)

    @property
    def anchor(self) -> tuple[str, str] | None:
        """`after` as type and id; None for none, and for what is none."""
        document_type, _dot, document_id = self.after.partition(".")
        known = document_type in self.types and 0 < len(document_id) <= MAX_ID_CHARS
        return (document_type, document_id) if known and self.page > 1 else None

    @property
    def chosen_types(self) -> tuple[str, ...]:
        """The types that results are narrowed to; all that are searched where none is chosen."""
        return tuple(one for one in self.types if one in self.filters.get(TYPE, self.types))

    def address(self, **changes: Any) -> str:
        """The query string of this request, with changes: `address(page=2)`. Defaults are left out."""
        changed = replace(self, **{"after": "", **changes})
        pairs = [("q", changed.query)] if changed.query else []
        pairs += [(name, value) for name, values in changed.filters.items() for value in values]
        if changed.sort != "relevance":
            pairs.append(("sort", changed.sort))
        if changed.page > 1:
            pairs.append(("page", str(changed.page)))
            if changed.after:
                pairs.append(("after", changed.after))
        return urlencode(pairs)

    def toggled(self, name: str, value: str) -> str:
        """The query string with one facet value added or taken away, back on the first page."""
        filters = {facet: list(values) for facet, values in self.filters.items()}
        chosen = filters.setdefault(name, [])
        if value in chosen:
            chosen.remove(value)
        else:
            chosen.append(value)
        return self.address(filters={facet: values for facet, values in filters.items() if values}, page=1)


def parse_request(
    given: QueryDict,
    types: Iterable[str] = (),
    facets: Sequence[str] | None = None,
    *,
    per_page: int = PER_PAGE,
    audience: Sequence[str] = (PUBLIC,),
) -> SearchRequest:
    """Read q, page, sort and the facets (`kind=public&kind=specialty`) from a query string. Never raises.

    types: those that are searched; with several, `type` is a facet like others, and the rest are those of the types chosen
    by it. facets: only these, of one type's pages. A query for each filter whose names are fetched and not kept.
    """
    notices: list[str] = []
    wanted = tuple(types) or documents.public_types()
    known = documents.facets(wanted)
    if TYPE in known and facets is None:
        chosen = [one for one in wanted if one in given.getlist(TYPE)]
        known = {TYPE: known[TYPE]} | documents.facets(chosen or wanted) | {TYPE: known[TYPE]}
    shown = tuple(name for name in (known if facets is None else facets) if name in known)
    query = " ".join(clean(given.get("q", "")).split())
    if len(query) > MAX_QUERY_CHARS:
        query = query[:MAX_QUERY_CHARS]
        notices.append(_("搜索词太长，只用了前 %(count)s 个字。") % {"count": MAX_QUERY_CHARS})
    filters: dict[str, tuple[str, ...]] = {}
    ignored = any(name not in known and name not in _OWN and not _TOLERATED.fullmatch(name) for name in given)
    for name in shown:
        said = [one.strip() for one in given.getlist(name)]
        ignored = ignored or any(clean(one) != one for one in said)
        values = [value for value in dict.fromkeys(clean(one).strip() for one in said) if value]
        able = [value for value in values if len(value) <= MAX_VALUE_CHARS][:MAX_FILTER_VALUES]
        kept = labels.known(known[name], able)
        ignored = ignored or kept != values
        if kept:
            filters[name] = tuple(kept)
    after = given.get("after", "")
    if ignored or clean(after) != after:
        notices.append(_("有的筛选条件不存在，已忽略。"))
    sort = given.get("sort", "relevance")
    page = _number(given.get("page", "1"))
    if page > MAX_RESULTS // per_page:
        notices.append(too_deep())
    return SearchRequest(
        query=query,
        types=wanted,
        filters=filters,
        facets=shown,
        sort=sort if sort in SORTS else "relevance",
        page=page,
        per_page=per_page,
        audience=tuple(audience),
        notices=tuple(notices),
        after=clean(after)[: MAX_ID_CHARS + 41],
    ).bounded()


def too_deep() -> str:
    """What is said of a page beyond all there may be, until it is known how many results there are."""
    return _("只能翻到第 %(count)s 条；请再加一个词或筛选条件。") % {"count": MAX_RESULTS}


def _number(text: str) -> int:
    """A page number, no higher than MOST_PAGE; 1 for anything that is none. Long rows of digits are not even read."""
    if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS and int(text):
        return min(int(text), MOST_PAGE)
    return 1
