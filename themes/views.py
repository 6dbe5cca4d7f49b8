"""Pages about the display itself, and what is shown when something went wrong.

Owns: preferences, offline page, web manifest, style guide (DEBUG), error pages. Refuses: any look at the
database, so that an error page still stands when the database does not.
"""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from themes import preferences as prefs

# --- preferences -----------------------------------------------------------------------------------------


def _next(request: HttpRequest) -> str:
    """Where to go on: an address of this site, else the front page."""
    target = request.POST.get("next") or request.GET.get("next") or "/"
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else "/"


# Exempt, so that no visitor's page needs a token (and can be cached): a forged request could only switch
# colours.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Shows the choices; a POST keeps `theme`, `text`, `words`, `language` if named and goes back to `next`."""
    if request.method != "POST":
        return render(request, "rt/preferences.html", {"next": _next(request)})
    response = HttpResponseRedirect(_next(request))
    chosen = (
        (prefs.THEME_COOKIE, request.POST.get("theme", ""), prefs.THEMES),
        (prefs.TEXT_COOKIE, request.POST.get("text", ""), prefs.TEXTS),
        (prefs.WORDS_COOKIE, request.POST.get("words", ""), prefs.WORDS),
        (
            settings.LANGUAGE_COOKIE_NAME,
            request.POST.get("language", ""),
            tuple(code for code, _n in settings.LANGUAGES),
        ),
    )
    for cookie, value, allowed in chosen:
        if value in allowed and (cookie != settings.LANGUAGE_COOKIE_NAME or check_for_language(value)):
            response.set_cookie(
                cookie,
                value,
                max_age=prefs.MAX_AGE_S,
                path=settings.LANGUAGE_COOKIE_PATH,
                secure=request.is_secure(),
                samesite="Lax",
            )
    return response


# --- the web app -----------------------------------------------------------------------------------------


@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """What a service worker keeps for when there is no network; names nobody."""
    return render(request, "rt/offline.html")


@require_GET
@cache_control(max_age=3600, public=True)
@vary_on_headers("Accept-Language", "Cookie")
def manifest(request: HttpRequest) -> JsonResponse:
    """The web app manifest, in the reader's language."""
    icons: list[dict[str, str]] = [
        {"src": static("rt/img/icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": static("rt/img/icon-512.png"), "sizes": "512x512", "type": "image/png"},
        {
            "src": static("rt/img/icon-mask-512.png"),
            "sizes": "512x512",
            "type": "image/png",
            "purpose": "maskable",
        },
        {"src": static("rt/img/mark.svg"), "sizes": "any", "type": "image/svg+xml"},
    ]
    shortcuts = [(_("我的学习"), "/learn/"), (_("我的学时"), "/hours/"), (_("找课程"), "/courses/")]
    return JsonResponse(
        {
            "id": "/",
            "name": _("融通：学习与学分银行"),
            "short_name": _("融通"),
            "start_url": "/learn/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#fbfaf7",
            "theme_color": "#fbfaf7",
            "icons": icons,
            "shortcuts": [{"name": name, "url": url} for name, url in shortcuts],
        },
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
    )


@require_GET
def favicon(request: HttpRequest) -> HttpResponsePermanentRedirect:
    """Browsers that never read the page ask here."""
    return HttpResponsePermanentRedirect(static("rt/img/favicon.ico"))


# --- when something went wrong ---------------------------------------------------------------------------


def _wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", "")


def _error(request: HttpRequest, status: HTTPStatus, message: str) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"code": status.name.lower(), "message": message, "details": {}}, status=status)
    return render(request, f"{status.value}.html", status=status)


def error_400(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, HTTPStatus.BAD_REQUEST, _("这个请求读不懂。请回到上一页再试一次。"))


def error_403(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, HTTPStatus.FORBIDDEN, _("你没有查看这一页的权限。"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that stood open too long, or came from elsewhere; nothing was written."""
    if _wants_json(request):
        return _error(request, HTTPStatus.FORBIDDEN, _("页面放得太久，已经过期。请刷新后再提交。"))
    return render(request, "403_csrf.html", {"next": request.path}, status=HTTPStatus.FORBIDDEN)


def error_404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, HTTPStatus.NOT_FOUND, _("没有这一页。"))


def error_429(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, HTTPStatus.TOO_MANY_REQUESTS, _("操作太频繁了。请过几分钟再试。"))


def error_500(request: HttpRequest) -> HttpResponse:
    """Without context processors: nothing that may be broken is asked."""
    if _wants_json(request):
        return _error(
            request, HTTPStatus.INTERNAL_SERVER_ERROR, _("服务器出了问题，没有写入任何内容。请稍后再试。")
        )
    shown: dict[str, Any] = {"theme": prefs.theme(request), "text": prefs.text(request)}
    return HttpResponse(render_to_string("500.html", shown), status=HTTPStatus.INTERNAL_SERVER_ERROR)


# --- while developing ------------------------------------------------------------------------------------


@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component on one page; served only with DEBUG."""
    from themes.styleguide import context

    return render(request, "rt/styleguide.html", context())
