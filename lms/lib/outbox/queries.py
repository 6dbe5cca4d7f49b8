"""Reading the outbox: what does not get through."""

from django.db.models import QuerySet

from lms.lib.outbox.models import OutboxDelivery

MOST_SHOWN = 20
# The first tries fail for a moment's reasons; from here on somebody should look.
WORTH_A_LOOK = 3


def stuck() -> QuerySet[OutboxDelivery]:
    """Deliveries that failed several times and are not done, the oldest first. They are tried again by themselves."""
    rows = OutboxDelivery.objects.select_related("event")
    waiting = rows.filter(done_at__isnull=True, event__done_at__isnull=True, attempts__gte=WORTH_A_LOOK)
    return waiting.order_by("event_id", "consumer")[:MOST_SHOWN]
