"""The page of everything that can be found, and suggestions while typing: GET /search/ and GET /search/suggest?q=…&type=… →
{"suggestions": [{"text", "url", "note"}]}, a suggestion without an address being words to look for.

Only what everybody may find, so suggestions can be kept and shared for a moment. Staff look elsewhere (staff.py).
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lms.lib.errors import TooMany
from lms.lib.limits import asked_too_often
from lms.lib.middleware import refusal_json
from search import documents
from search.analysis import MAX_QUERY_CHARS, clean, fold
from search.documents import TYPE
from search.kept import Keeper
from search.shown import Shown, asked_by, show
from search.suggesting import offered

# A title that is withdrawn is offered for no longer than both together.
KEEP_S, KEEP_IN_BROWSERS_S = 2, 3
# Nobody types this fast; a class of forty behind one address does not either.
LIMIT_PER_WINDOW = 300
WINDOW_S = 10
MAX_PREFIX_CHARS = MAX_QUERY_CHARS


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Everything of one search, by kind. Raises SearchUnavailable, TooMany (visitors alone: who signed in is known)."""
    if not request.user.is_authenticated and too_often(request):
        raise TooMany(_("请求太频繁，请稍候再试。"))
    shown = show(asked_by(request), request.user)
    context = {
        "shown": shown,
        "results": shown.results,
        "q": shown.results.query,
        "filters": [facet for facet in shown.results.facets if facet.name != TYPE],
    }
    if shown.results.kept:
        context["found"] = _drawn(request, shown, context)
    return render(request, "search/page.html", context)


# What holds a NUL is left out, and said so (search.requests).
page.refuses_nul = True  # type: ignore[attr-defined]


def _drawn(request: HttpRequest, shown: Shown, context: dict[str, Any]) -> SafeString:
    """Filters and results as they were drawn for whoever had the same results at the same address: nothing of them depends on the
    reader beyond that.
    """
    key = (shown.results.kept, shown.picks, request.get_full_path(), get_language())
    found = _kept.get(key)
    if found is None:
        found = render_to_string("search/found.html", context, request)
        _kept.put(key, found, settings.SEARCH_KEPT_SECONDS)
    return found


_kept: Keeper[SafeString] = Keeper()


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """Suggestions for what is being typed; an empty list for nothing."""
    if too_often(request):
        refusal = TooMany(_("请求太频繁，请稍候再试。"))
        return JsonResponse(
            refusal_json(refusal), status=refusal.status, headers={"Retry-After": str(WINDOW_S)}
        )
    prefix = " ".join(fold(clean(request.GET.get("q", ""))[:MAX_PREFIX_CHARS]).split())[:MAX_PREFIX_CHARS]
    types = known_types(request.GET.getlist(TYPE))
    key = f"search.suggest:{get_language()}:{'.'.join(types)}:{_short(prefix)}"
    found: list[dict[str, Any]] | None = cache.get(key) if prefix else []
    if found is None:
        found = [{"text": one.text, "url": one.url, "note": one.note} for one in offered(prefix, types)]
        cache.set(key, found, KEEP_S)
    answer = JsonResponse(
        {"suggestions": found}, headers={"Cache-Control": f"public, max-age={KEEP_IN_BROWSERS_S}"}
    )
    patch_vary_headers(answer, ["Accept-Language", "Cookie"])
    return answer


def known_types(asked: Sequence[str]) -> tuple[str, ...]:
    """Those of the kinds of things asked for that everybody may look for; none where nothing sensible was asked: all."""
    return tuple(one for one in documents.public_types() if one in asked)


def too_often(request: HttpRequest) -> bool:
    """Counts a question for suggestions or results, of pages and of the API alike."""
    return asked_too_often(request, "search", most=LIMIT_PER_WINDOW, window_s=WINDOW_S)


def _short(text: str) -> str:
    """Any text as a piece of a cache key."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()
