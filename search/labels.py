"""What values of facets are called.

Owns: names that have to be fetched, kept for some seconds, and those known beforehand, put into words once in each language.
Refuses nothing.
"""

import time
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from search.documents import Facet

# An occupation or organisation that is called otherwise now is so in filters after these seconds.
KEEP_NAMES_S = 5
# Values that nobody knows are theirs who typed the address: no more are kept.
MOST_NAMES = 2000


def labels_for(facet: Facet, values: Sequence[str]) -> Mapping[str, str]:
    """A label for each value; the value itself where nobody knows one. One query for those that are not kept."""
    if facet.values is not None:
        return labels_of_all(facet, values)
    return {value: value if name is None else name for value, name in _named(facet, values).items()}


def known(facet: Facet, values: Sequence[str]) -> list[str]:
    """Those of the values that there are: of a facet whose names are fetched the ones that have a name, unless it shows
    nameless ones too (`Facet.unnamed`); of other facets those that `Facet.may_be` lets through. A query as for `labels_for`."""
    able = [value for value in values if facet.may_be(value)]
    if not able or facet.values is not None or facet.look_up is None or facet.unnamed:
        return able
    names = _named(facet, able)
    return [value for value in able if names[value] is not None]


def labels_of_all(facet: Facet, values: Sequence[str]) -> Mapping[str, str]:
    """As `labels_for`, of a facet all of whose values are known beforehand."""
    key = (facet.name, get_language())
    found = _closed.get(key)
    if found is None or found[0] is not facet.values:
        assert facet.values is not None
        found = _closed[key] = (facet.values, facet.labels(facet.values))
    return {value: found[1].get(value, value) for value in values}


def _named(facet: Facet, values: Sequence[str]) -> dict[str, str | None]:
    """The name of each value, None where nobody knows one."""
    if facet.look_up is None or not settings.SEARCH_KEPT_SECONDS:
        names = facet.named(values)
        return {value: names.get(value) for value in values}
    key = (facet.name, facet.look_up, get_language())
    until, kept = _names.get(key, (0.0, {}))
    if until < time.monotonic() or len(kept) > MOST_NAMES:
        until, kept = time.monotonic() + KEEP_NAMES_S, {}
    unknown = [value for value in values if value not in kept]
    if unknown:
        names = facet.named(unknown)
        kept = {**kept, **{value: names.get(value) for value in unknown}}
        _names[key] = (until, kept)
    return {value: kept[value] for value in values}


_names: dict[Hashable, tuple[float, dict[str, str | None]]] = {}
# The values themselves are kept beside their labels: others of the same name are put into words anew.
_closed: dict[Hashable, tuple[Mapping[str, Any], dict[str, str]]] = {}
