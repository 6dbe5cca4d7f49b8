"""How often an address may ask for what is not there: guessing is slowed down, honest checks never are.

Owns: counting misses in the cache. Refuses: counting answers that were found, so that a hall of people behind one
address can check real papers as fast as they like. The limits of signing in are allauth's (settings_accounts).
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from lms.lib.errors import NotFound, TooMany

MOST_MISSES = 30
WINDOW_S = 60


def address_of(request: HttpRequest) -> str:
    """The visitor's address as our own proxies name it; what a visitor writes in front of that is not believed."""
    proxies: int = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    named = request.headers.get("X-Forwarded-For", "").split(",")
    if proxies and len(named) >= proxies and named[-proxies].strip():
        return named[-proxies].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def asked_too_often(request: HttpRequest, what: str, *, most: int, window_s: int) -> bool:
    """Counts this request; whether the address has asked more than `most` times in the window of seconds."""
    key = _key("asked", what, request)
    cache.add(key, 0, window_s)
    try:
        return int(cache.incr(key)) > most
    except ValueError:  # the window ended between the two calls
        return False


def _key(sort: str, what: str, request: HttpRequest) -> str:
    # Hashed: addresses are people's, and may be longer than a cache's keys.
    address = blake2b(address_of(request).encode("utf-8", "replace"), digest_size=16).hexdigest()
    return f"lib.{sort}:{what}:{address}"


@contextmanager
def misses(request: HttpRequest, what: str) -> Iterator[None]:
    """Counts each NotFound raised inside; TooMany instead of the next try once there are too many a minute."""
    key = _key("misses", what, request)
    if cache.get(key, 0) >= MOST_MISSES:
        raise TooMany(_("操作太频繁了。请等一分钟再试。"))
    try:
        yield
    except NotFound:
        cache.add(key, 0, WINDOW_S)
        with suppress(ValueError):  # the minute ended between the two calls
            cache.incr(key)
        raise
