"""`rt` in every template: navigation, language, display. Costs no query."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from themes import preferences

# key, label, address, icon. Addresses are the house's own and the same in all languages.
TABS: tuple[tuple[str, Promise, str, str], ...] = (
    ("home", _("首页"), "/", "home"),
    ("courses", pgettext_lazy("导航", "课程"), "/courses/", "courses"),
    ("learn", pgettext_lazy("导航", "学习"), "/learn/", "learn"),
    ("hours", pgettext_lazy("导航", "学时"), "/hours/", "hours"),
    ("me", _("我的"), "/me/", "person"),
)
WIDE: tuple[tuple[str, Promise, str, str], ...] = (
    ("courses", pgettext_lazy("导航", "课程"), "/courses/", "courses"),
    ("learn", pgettext_lazy("导航", "学习"), "/learn/", "learn"),
    ("hours", pgettext_lazy("导航", "学时"), "/hours/", "hours"),
    ("credit", pgettext_lazy("导航", "学分"), "/credit/", "credit"),
)
# Addresses that belong to a tab without standing under its own.
BELONGS: tuple[tuple[str, str], ...] = (
    ("/courses/", "courses"),
    ("/search/", "courses"),
    ("/learn/", "learn"),
    ("/hours/", "hours"),
    ("/certificates/", "hours"),
    ("/credit/", "credit"),
    ("/me/", "me"),
    ("/accounts/", "me"),
)


def active_key(path: str) -> str:
    """The key of the tab an address belongs to, "" when to none."""
    if path == "/":
        return "home"
    return next((key for prefix, key in BELONGS if path.startswith(prefix)), "")


def _items(rows: tuple[tuple[str, Promise, str, str], ...], active: str) -> list[dict[str, Any]]:
    return [
        {"key": key, "label": label, "url": url, "icon": icon, "active": key == active}
        for key, label, url, icon in rows
    ]


def rt(request: HttpRequest) -> dict[str, Any]:
    """Lazy: pages that never ask for it (e-mails, fragments) pay nothing, and no session is opened for it."""
    return {"rt": SimpleLazyObject(lambda: _rt(request))}


def _who(user: Any) -> str:
    """Tells a device that somebody else is signed in now, and nothing else: "" for a visitor."""
    if user is None or not user.is_authenticated:
        return ""
    return salted_hmac("themes.who", str(user.pk)).hexdigest()[:16]


def _rt(request: HttpRequest) -> dict[str, Any]:
    active = active_key(request.path)
    # On phones the credit bank is reached from 我的.
    tab = "me" if active == "credit" else active
    user = getattr(request, "user", None)
    return {
        "nav": _items(TABS, tab),
        "wide": _items(WIDE, active),
        "active": active,
        "language": get_language() or settings.LANGUAGE_CODE,
        "languages": settings.LANGUAGES,
        "theme": preferences.theme(request),
        "text": preferences.text(request),
        "path": request.get_full_path(),
        "signed_in": bool(user is not None and user.is_authenticated),
        "who": _who(user),
    }
