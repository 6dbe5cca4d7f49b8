"""Who is next where several wait: plain functions over plain values."""

from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
EVER = datetime.min.replace(tzinfo=UTC)


def fairest(
    first: Mapping[K, int], last: Mapping[K, datetime | None], running: Mapping[K, int] | None = None
) -> int | None:
    """Of those that wait (`first`: the id of the oldest job of each), the job of the one with the fewest under way (`running`), then of
    the one that was served longest ago (`last`), then the oldest. None where nobody waits."""
    under_way = running or {}
    order = sorted(first, key=lambda one: (under_way.get(one, 0), last.get(one) or EVER, first[one]))
    return first[order[0]] if order else None
