"""Emitting events and delivering them, at least once, each consumer in a transaction of its own."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from lms.lib.clock import now
from lms.lib.outbox.models import OutboxDelivery, OutboxEvent
from lms.lib.outbox.nudge import Nudge, in_a_thread, never
from lms.lib.outbox.registry import Event, consumers_of

logger = logging.getLogger(__name__)
FIRST_RETRY_S = 5
LONGEST_RETRY_S = 3600
# Events that one wake-up delivers before it wakes the next.
AT_A_TIME = 200
# Of each process; a learner hardly notices it, and it keeps the messages of a busy one below a percent of its time.
NUDGE_EVERY_S = 0.25
NUDGE_EVERY_S_ON_THE_SPOT = 0.05


def emit(kind: str, payload: dict[str, Any], *, key: str) -> None:
    """Write the event in the caller's transaction. The same key again adds nothing."""
    emit_many([(kind, key, payload)])


def emit_many(events: Iterable[tuple[str, str, dict[str, Any]]]) -> None:
    """Write several events, (kind, key, payload) each, with one statement and one wake-up."""
    rows = event_rows(events)
    if rows:
        OutboxEvent.objects.bulk_create(rows, ignore_conflicts=True)
        wake_on_commit()


def event_rows(events: Iterable[tuple[str, str, dict[str, Any]]]) -> list[OutboxEvent]:
    """The rows, not yet written: for a writer that sends them with its own (and then calls `wake_on_commit`)."""
    moment = now()
    return [
        OutboxEvent(kind=kind, key=key, payload=payload, at=moment, next_try_at=moment)
        for kind, key, payload in events
    ]


def wake_on_commit() -> None:
    transaction.on_commit(_wake, robust=True)


def _send() -> None:
    from lms.lib.tasks import deliver_outbox

    try:
        deliver_outbox.delay()
    except Exception:  # the row is what counts, and the beat finds it if this message is lost
        logger.exception("No worker could be told of new events")


_nudge = (
    Nudge(_send, NUDGE_EVERY_S_ON_THE_SPOT, later=never)
    if settings.CELERY_TASK_ALWAYS_EAGER
    else Nudge(_send, NUDGE_EVERY_S, later=in_a_thread)
)


def _wake() -> None:
    _nudge()


def deliver_pending(limit: int = AT_A_TIME) -> int:
    """Deliver due events in order of writing; returns how many were finished. Safe to run in several processes."""
    finished = 0
    due = OutboxEvent.objects.filter(done_at__isnull=True, next_try_at__lte=now()).order_by(
        "next_try_at", "id"
    )
    for event_id in list(due.values_list("id", flat=True)[:limit]):
        try:
            finished += _deliver(event_id)
        except Exception:  # an event that cannot even be put off must not keep those behind it waiting
            logger.exception("Event %s could not be delivered", event_id)
    return finished


def _deliver(event_id: int) -> bool:
    """Run each outstanding consumer of one event; the delivery row is locked so that two workers don't both run it."""
    row = OutboxEvent.objects.get(id=event_id)
    event = Event(uuid=row.uuid, kind=row.kind, key=row.key, payload=row.payload, at=row.at)
    all_done = True
    for name, function in consumers_of(row.kind).items():
        OutboxDelivery.objects.bulk_create([OutboxDelivery(event=row, consumer=name)], ignore_conflicts=True)
        try:
            with transaction.atomic():
                deliveries = OutboxDelivery.objects.filter(event=row, consumer=name, done_at__isnull=True)
                if connection.features.has_select_for_update:
                    deliveries = deliveries.select_for_update()
                delivery = deliveries.first()
                if delivery is None:
                    continue
                function(event)
                delivery.done_at = now()
                delivery.attempts += 1
                delivery.save(update_fields=["done_at", "attempts"])
        except Exception as error:  # one consumer's failure must not keep the others from their event
            logger.exception("Consumer %s failed on %s", name, row.key)
            all_done = False
            _postpone(row, name, error)
    if all_done:
        OutboxEvent.objects.filter(id=event_id).update(done_at=now())
    return all_done


def _postpone(row: OutboxEvent, name: str, error: Exception) -> None:
    delivery = OutboxDelivery.objects.get(event=row, consumer=name)
    delivery.attempts += 1
    # PostgreSQL stores no NUL, and some errors quote what they choked on.
    delivery.last_error = f"{type(error).__name__}: {error}".replace("\0", "")[:2000]
    delivery.save(update_fields=["attempts", "last_error"])
    wait = min(FIRST_RETRY_S * 2 ** min(delivery.attempts, 12), LONGEST_RETRY_S)
    OutboxEvent.objects.filter(id=row.id).update(next_try_at=now() + timedelta(seconds=wait))
