"""What hours know of the books: every completion, top-up and accepted claim whose delivery is done stands in them, once
and with its hours.

Owns: that proof, for the ledger's audit. It knows completions, top-ups and claims only by their events.
"""

from typing import Any

from creditbank.hours.services import CONSUMER, hours_unit
from creditbank.ledger.audit import Report, batches, further
from creditbank.ledger.models import Entry, Transaction
from creditbank.ledger.queries import reversed_uuids
from creditbank.ledger.reading import STREAM
from lms.lib.outbox.models import OutboxDelivery


def check(report: Report) -> None:
    """Delivered events against the postings of their completions, top-ups and claims; a batch in two queries."""
    report.count("completions", 0)
    done = OutboxDelivery.objects.filter(consumer=CONSUMER, done_at__isnull=False).select_related("event")
    for chunk in batches(done.order_by("id").iterator(chunk_size=STREAM)):
        _completions(report, [item.event.payload for item in chunk if item.event.payload["centihours"] > 0])
        _replaced(
            report, [item.event.payload for item in chunk if item.event.payload.get("replaced_centihours")]
        )


def _source(data: dict[str, Any]) -> tuple[str, str]:
    """("completion", its uuid), and so on. A top-up names its completion too: the more special word comes first."""
    words = ("class_hours", "correction", "top_up", "declaration", "completion")
    word = next(word for word in words if word in data)
    return word, str(data[word])


def _completions(report: Report, told: list[dict[str, Any]]) -> None:
    keys = {f"hours:{_source(data)[1]}" for data in told}
    rows = dict(Transaction.objects.filter(idempotency_key__in=keys).values_list("idempotency_key", "uuid"))
    booked = {
        uuid: (str(holder), str(unit), amount)
        for uuid, holder, unit, amount in Entry.objects.filter(
            transaction__in=rows.values(), account__holder__isnull=False
        ).values_list("transaction_id", "account__holder", "account__unit_id", "amount")
    }
    for data in told:
        word, source = _source(data)
        report.count(word if word.endswith("s") else f"{word}s")
        uuid = rows.get(f"hours:{source}")
        wanted = (data["person"], hours_unit(str(data["kind"])), data["centihours"])
        if uuid is None:
            report.fail(f"{word} {source}: its hours were delivered and never booked")
        elif booked.get(uuid) != wanted:
            report.fail(f"{word} {source}: other hours are booked than it was worth")


def _replaced(report: Report, told: list[dict[str, Any]]) -> None:
    """What a delivered correction replaces stands in the books no more."""
    keys = {f"hours:{data['replaces']}": data for data in told}
    rows = dict(Transaction.objects.filter(idempotency_key__in=keys).values_list("idempotency_key", "uuid"))
    undone = reversed_uuids(list(rows.values()))
    for key, data in keys.items():
        if rows.get(key) not in undone:
            report.fail(f"correction {data['correction']}: what it replaces was never reversed")


def register() -> None:
    """Called when the application is ready."""
    if check not in further:
        further.append(check)
