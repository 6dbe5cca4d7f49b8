"""How often an address may ask for what is not there, and how much work anybody may ask for.

Owns: counting in the cache: misses of an address, requests of an address or a person, and who is at work on something
costly at this moment. Refuses: counting answers that were found as misses, so that a hall of people behind one address can
check real papers as fast as they like. The limits of signing in are allauth's (settings_accounts).
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from secrets import token_hex
from uuid import UUID

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


def asked_too_often(request: HttpRequest, what: str, *, most: int, window_s: int, cost: int = 1) -> bool:
    """Counts this request; whether the address has asked more than `most` times in the window of seconds. cost: what it
    counts for, where some requests are more work than others.
    """
    return _counted(_key("asked", what, request), most, window_s, cost)


def person_asked_too_often(person: UUID, what: str, *, most: int, window_s: int) -> bool:
    """As `asked_too_often`, for somebody who is signed in, from wherever they ask."""
    return _counted(f"lib.person:{what}:{person}", most, window_s, 1)


def _counted(key: str, most: int, window_s: int, cost: int) -> bool:
    cache.add(key, 0, window_s)
    try:
        return int(cache.incr(key, cost)) > most
    except ValueError:  # the window ended between the two calls
        return False


@contextmanager
def at_once(what: str, *, most: int, longest_s: int) -> Iterator[None]:
    """At most `most` of this at the same time, in all processes; TooMany for the next one instead of a queue of workers.

    longest_s: after so many seconds a place is free again, whatever became of who held it.
    """
    mine = token_hex(8)
    places = (f"lib.at_once:{what}:{place}" for place in range(most))
    held = next((place for place in places if cache.add(place, mine, longest_s)), None)
    if held is None:
        raise TooMany(_("正在处理的请求太多。请过几秒再试。"), code="busy")
    try:
        yield
    finally:
        if cache.get(held) == mine:
            cache.delete(held)


@contextmanager
def costly(
    person: UUID, what: str, *, most_a_minute: int, most_at_once: int, longest_s: int
) -> Iterator[None]:
    """Around work that a person asks for and waits for: so often a minute, one of theirs at a time, and no more than
    `most_at_once` of everybody's. Raises TooMany.
    """
    if person_asked_too_often(person, what, most=most_a_minute, window_s=60):
        raise TooMany(_("操作太频繁了。请等一分钟再试。"))
    with (
        at_once(f"{what}:{person}", most=1, longest_s=longest_s),
        at_once(what, most=most_at_once, longest_s=longest_s),
    ):
        yield


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
