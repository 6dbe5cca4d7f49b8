"""What a credential was refused lately, for whoever tests content: kept in the cache for an hour, in no table.

Owns: those notes. Refuses: being a log. Two at the same moment may lose one; nothing hangs on them.
"""

from collections.abc import Sequence
from typing import Any

from django.core.cache import cache

from lms.lib.clock import now
from lms.lib.errors import Refusal

KEPT = 50
KEPT_S = 3600
_LONGEST_BODY = 4000


def note(key: str, refusal: Refusal, *, method: str, path: str, body: bytes) -> None:
    """key: of the credential; body: as sent, of which the beginning is kept."""
    told = {
        "at": now(),
        "method": method,
        "path": path,
        "status": refusal.status,
        "code": refusal.code,
        "message": str(refusal.message),
        "where": refusal.details.get("where", ""),
        "requirement": refusal.details.get("requirement", ""),
        "body": body[:_LONGEST_BODY].decode("utf-8", "replace"),
        "cut": len(body) > _LONGEST_BODY,
    }
    cache.set(_name(key), [told, *latest(key)][:KEPT], KEPT_S)


def latest(key: str) -> list[dict[str, Any]]:
    """Newest first."""
    found: list[dict[str, Any]] = cache.get(_name(key), [])
    return found


def latest_of(keys: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """As `latest`, of several credentials at once: key → its refusals, where it has any."""
    names = {_name(key): key for key in keys}
    return {names[name]: told for name, told in cache.get_many(list(names)).items()}


def _name(key: str) -> str:
    return f"records.refused:{key}"
