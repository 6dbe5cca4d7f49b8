"""What hours know of the books: every completion whose delivery is done stands in them, once and with its hours.

Owns: that proof, for the ledger's audit. It knows completions only by their events.
"""

from typing import Any

from creditbank.hours.services import CONSUMER, hours_unit
from creditbank.ledger.audit import STREAM, Report, batches, further
from creditbank.ledger.models import Entry, Transaction
from lms.lib.outbox.models import OutboxDelivery


def check(report: Report) -> None:
    """Delivered `course.completed` events against the postings of their completions; a batch in two queries."""
    report.count("completions", 0)
    done = OutboxDelivery.objects.filter(consumer=CONSUMER, done_at__isnull=False).select_related("event")
    for chunk in batches(done.order_by("id").iterator(chunk_size=STREAM)):
        _completions(report, [item.event.payload for item in chunk if item.event.payload["centihours"] > 0])


def _completions(report: Report, told: list[dict[str, Any]]) -> None:
    keys = {f"hours:{data['completion']}" for data in told}
    rows = dict(Transaction.objects.filter(idempotency_key__in=keys).values_list("idempotency_key", "uuid"))
    booked = {
        uuid: (str(holder), str(unit), amount)
        for uuid, holder, unit, amount in Entry.objects.filter(
            transaction__in=rows.values(), account__holder__isnull=False
        ).values_list("transaction_id", "account__holder", "account__unit_id", "amount")
    }
    for data in told:
        report.count("completions")
        uuid = rows.get(f"hours:{data['completion']}")
        wanted = (data["person"], hours_unit(str(data["kind"])), data["centihours"])
        if uuid is None:
            report.fail(f"completion {data['completion']}: its hours were delivered and never booked")
        elif booked.get(uuid) != wanted:
            report.fail(f"completion {data['completion']}: other hours are booked than it was worth")


def register() -> None:
    """Called when the application is ready."""
    if check not in further:
        further.append(check)
