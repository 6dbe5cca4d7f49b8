"""Finding things as staff, on one page of the Wagtail admin: what everybody finds, and what one's roles let one look at.

Owns: which audiences a member of staff belongs to, from the roles held today; the page; and its limit. Refuses: deciding who may
see a person (the source says so, twice: in the index by audience, and from the database for what is shown), and words in an
address: what staff type is a name or a number, and addresses stand in logs and histories.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from wagtail.models import Page
from wagtail.permissions import policy_registry

from lms.accounts.api import User, memberships, roles_held
from lms.lib.errors import NotAllowed, TooMany
from lms.lib.limits import person_asked_too_often
from lms.lib.pages import staff_context
from search import documents, engines, queries
from search.analysis import MAX_QUERY_CHARS, Clause, clean
from search.documents import PUBLIC, StaffCard
from search.engines.base import Plan
from search.requests import SearchRequest

PLATFORM = "platform"
FEW = 5
MANY = 20
LAST_PAGE = 10
LIMIT_PER_WINDOW = 60
WINDOW_S = 60


@dataclass(frozen=True)
class Item:
    """A line of the results. title: safe HTML where words were marked in it, else a text."""

    title: str | SafeString
    note: str | SafeString
    url: str
    facts: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Group:
    """What was found of one kind. more: there is a further page of it."""

    type: str
    label: str
    items: tuple[Item, ...]
    more: bool


def audience_of(user: User) -> tuple[str, ...]:
    """The audiences that the user belongs to today: `org:<uuid>:<role>` and `role:<role>` for each role held, `platform` for the
    platform's administrators. One query.
    """
    if not user.is_active:
        return (PUBLIC,)
    if user.is_superuser:
        return (PUBLIC, PLATFORM)
    held = memberships(user).values_list("organisation__uuid", "role")
    tokens = {token for body, role in held for token in (f"org:{body}:{role}", f"role:{role}")}
    return (PUBLIC, *sorted(tokens))


def found_by(
    viewer: User, words: str, types: Iterable[str], *, page: int = 1, per_page: int = FEW
) -> list[Group]:
    """What the viewer finds, by kind; kinds with nothing are left out. Raises SearchUnavailable."""
    audience = audience_of(viewer)
    groups = (_group(viewer, one, words, audience, page, per_page) for one in types)
    return [group for group in groups if group.items]


def _group(
    viewer: User, document_type: str, words: str, audience: tuple[str, ...], page: int, per_page: int
) -> Group:
    source = documents.source(document_type)
    staff: Any = source if getattr(source, "staff", False) else None
    keys = staff.keys(words) if staff is not None else None
    if keys is None:
        asked = SearchRequest(
            query=words, types=(document_type,), facets=(), audience=audience, page=page, per_page=per_page
        )
        results = queries.search(asked)
        hits, pages = results.hits, results.pages
        items = {hit.id: _item(hit) for hit in hits} if results.page == page and not results.relaxed else {}
    else:
        answer = _by_keys(document_type, keys, audience, page, per_page)
        ids = [found.id for found in answer.found] if answer is not None and answer.page == page else []
        pages = -(-answer.total // per_page) if answer is not None else 0
        # Only what may be seen now, whatever the index still says.
        cards: Mapping[str, StaffCard] = (staff.cards(viewer, ids) or {}) if ids else {}
        items = {one: _card(cards[one]) for one in ids if one in cards}
    more = page < min(pages, LAST_PAGE)
    return Group(document_type, str(source.label), tuple(items.values()), more)


def _by_keys(
    document_type: str, keys: Sequence[str], audience: tuple[str, ...], page: int, per_page: int
) -> Any:
    if not keys:
        return None
    clause = Clause(text="", any_of=tuple((key,) for key in keys), chinese=False)
    plan = Plan(
        clauses=(clause,),
        exact="",
        types=(document_type,),
        audience=audience,
        sort="newest",
        page=page,
        per_page=per_page,
        last_page=LAST_PAGE,
    )
    return engines.current().search(plan)


def _item(hit: queries.Hit) -> Item:
    return Item(
        hit.title_html, hit.extra.get("provider", ""), hit.url, [(hit.summary, "")] if hit.summary else ()
    )


def _card(card: StaffCard) -> Item:
    return Item(card.title, card.note, card.url, card.facts)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """The page. A POST looks; what is found of a person is logged under the person. Raises NotAllowed, TooMany."""
    viewer = request.user
    if not isinstance(viewer, User) or not (viewer.is_superuser or roles_held(request)):
        raise NotAllowed
    words = " ".join(clean(request.POST.get("q", "")).split())[:MAX_QUERY_CHARS]
    chosen = request.POST.get("type", "")
    chosen = chosen if chosen in documents.types() else ""
    page = int(number) if (number := request.POST.get("page", "1")).isascii() and number.isdigit() else 1
    page = max(1, min(page, LAST_PAGE)) if chosen else 1
    groups: list[Group] = []
    if words:
        if person_asked_too_often(viewer.uuid, "search.staff", most=LIMIT_PER_WINDOW, window_s=WINDOW_S):
            raise TooMany(_("请求太频繁，请稍候再试。"))
        types = [chosen] if chosen else _order()
        groups = found_by(viewer, words, types, page=page, per_page=MANY if chosen else FEW)
    context = staff_context(
        _("查找"),
        "search",
        q=words,
        groups=groups,
        chosen=chosen,
        number=page,
        asked=bool(words),
        # Who has none would be sent away by the search of pages.
        pages=policy_registry.get_by_type(Page).explorable_root_instance(viewer) is not None,
    )
    return render(request, "search/staff/find.html", context)


def _order() -> list[str]:
    """Staff's own kinds first: what everybody finds has a page of its own."""
    public = documents.public_types()
    return [one for one in documents.types() if one not in public] + list(public)
