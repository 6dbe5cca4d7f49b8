"""/healthz: each component by name, so that whoever is woken at night knows which."""

from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import storages
from django.db import connection
from django.http import HttpRequest, JsonResponse

from search import api as search


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return connection.vendor


def _cache() -> str:
    cache.set("healthz", "1", 5)
    if cache.get("healthz") != "1":
        raise RuntimeError("the cache forgets")
    return "redis" if settings.REDIS_URL else "memory"


def _files() -> str:
    if settings.OBJECT_STORE:
        storages["default"].reach()  # type: ignore[attr-defined]
        return "object store"
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    return "writable" if _writable() else "read-only"


def _writable() -> bool:
    probe = settings.MEDIA_ROOT / ".healthz"
    probe.write_bytes(b"")
    probe.unlink(missing_ok=True)
    return True


def _search() -> dict[str, str]:
    report = search.health()
    if not report["ok"]:
        raise RuntimeError(f"search: {report.get('error') or report}")
    said = {"kind": str(report["engine"])}
    if report.get("fallback"):
        said |= {"answered_by": str(report["fallback"])}
    if report.get("owed"):
        said |= {"owed": str(report["owed"])}
    return said


COMPONENTS: dict[str, Callable[[], str | dict[str, str]]] = {
    "database": _database,
    "cache": _cache,
    "files": _files,
    "search": _search,
}


def healthz(request: HttpRequest) -> JsonResponse:
    """200 when every component answers, else 503; the text of an error stays in the log, its name is told."""
    parts: dict[str, dict[str, str]] = {}
    for name, probe in COMPONENTS.items():
        try:
            said = probe()
            parts[name] = {"status": "ok"} | ({"kind": said} if isinstance(said, str) else said)
        except Exception as error:  # a health check reports whatever is wrong
            parts[name] = {"status": "failed", "error": type(error).__name__}
    healthy = all(part["status"] == "ok" for part in parts.values())
    body = {"status": "ok" if healthy else "failed", "components": parts}
    return JsonResponse(body, status=200 if healthy else 503, headers={"Cache-Control": "no-store"})
