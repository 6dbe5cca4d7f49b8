"""For whom a search is made, as far as that moves results up: asked of the package that knows people.

Owns: who is asked, and how long an answer holds (ten minutes in the shared cache, `SEARCH_KEPT_SECONDS` of them in the process).
Refuses: keeping anything of a person beyond that, and being told by an address.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import cache

from search.kept import Keeper
from search.ranking import Viewer

KEEP_S = 600

Maker = Callable[[Any], Viewer]
_makers: list[Maker] = []


def register_viewer(maker: Maker) -> None:
    """`maker(user)` → the user as a Viewer. Search knows no learners; the package that does registers, once."""
    _makers[:] = [maker]


def viewer_of(user: Any) -> Viewer | None:
    """The signed-in user, None for a visitor. Asked for anew every ten minutes."""
    if not _makers or user is None or not user.is_authenticated:
        return None
    # Whoever looks for one thing looks for the next: the shared cache is asked once in a while.
    found = _kept.get(user.pk)
    if found is None:
        key = f"search.viewer:{user.pk}"
        found = cache.get(key)
        if found is None:
            found = _makers[0](user)
            cache.set(key, found, KEEP_S)
        if settings.SEARCH_KEPT_SECONDS:
            _kept.put(user.pk, found, settings.SEARCH_KEPT_SECONDS)
    return found


_kept: Keeper[Viewer] = Keeper()
