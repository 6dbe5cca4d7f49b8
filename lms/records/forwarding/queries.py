"""Which targets have something to send, and how far each is behind."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from lms.lib.clock import now
from lms.records.forwarding.models import Aside, Target
from lms.records.statements.models import Statement
from lms.records.statements.queries import settled_ms

MOST_AT_ONCE = 200


def due(settle_ms: int | None = None) -> QuerySet[Target]:
    """Those that are on, do not wait, and have a statement after their position or one to send again."""
    before = settled_ms() if settle_ms is None else settled_ms(settle_ms)
    rested = Q(next_try_at__isnull=True) | Q(next_try_at__lte=now())
    return (
        Target.objects.filter(rested, on=True)
        .filter(
            Exists(_ahead().filter(stored_ms__lt=before)) | Exists(_asked().filter(target=OuterRef("pk")))
        )
        .order_by("pk")
    )[:MOST_AT_ONCE]


def asked_again(target_id: int) -> QuerySet[Aside]:
    """What was set aside and is to be sent again, in the order it was stored."""
    return _asked().filter(target=target_id).order_by("statement")


def _asked() -> QuerySet[Aside]:
    return Aside.objects.filter(asked_at__isnull=False, sent_at__isnull=True)


def _ahead() -> QuerySet[Statement]:
    here, number = OuterRef("position_ms"), OuterRef("position")
    return Statement.objects.filter(
        Q(stored_ms__gt=here) | Q(stored_ms=here, pk__gt=number),
        # Said once more alone: by these the index is read from the place on.
        store_id=OuterRef("store_id"),
        stored_ms__gte=here,
    )
