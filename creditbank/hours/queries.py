"""Reading posted hours."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Sum
from django.db.models.functions import TruncDate

from creditbank.hours.services import KINDS, hours_unit
from creditbank.ledger.models import AccountHead, Entry, Transaction
from creditbank.ledger.queries import by_key, reversed_uuids
from lms.lib.clock import SHANGHAI, day_bounds


def posted_hours(person: UUID) -> dict[str, int]:
    """Hundredths of a 学时 that stand in the books, by kind; every kind is named."""
    units = {hours_unit(kind): kind for kind in KINDS}
    heads = AccountHead.objects.filter(account__holder=person, account__unit__in=list(units))
    found = {units[unit]: balance for unit, balance in heads.values_list("account__unit__code", "balance")}
    return {kind: found.get(kind, 0) for kind in KINDS}


def posted_in_all(person: UUID) -> int:
    """Hundredths of a 学时 that were ever posted for the person, whether they stand or were reversed since."""
    rows = Entry.objects.filter(
        account__holder=person,
        account__unit__in=[hours_unit(kind) for kind in KINDS],
        transaction__kind="hours",
    )
    return rows.aggregate(total=Sum("amount"))["total"] or 0


def hours_by_day(first: date, last: date) -> dict[tuple[date, str], int]:
    """(Shanghai day of posting, kind) → hundredths of a 学时 that were posted to people on it, what was reversed taken off. One query, along
    the index of the moments of posting."""
    units = {hours_unit(kind): kind for kind in KINDS}
    rows = Entry.objects.filter(
        transaction__posted_at__gte=day_bounds(first)[0],
        transaction__posted_at__lt=day_bounds(last)[1],
        account__holder__isnull=False,
        account__unit__in=list(units),
    )
    days = rows.order_by().annotate(day=TruncDate("transaction__posted_at", tzinfo=SHANGHAI))
    sums = days.values_list("day", "account__unit_id").annotate(total=Sum("amount"))
    return {(day, units[unit]): total for day, unit, total in sums}


def posting_of_completion(completion: UUID) -> Transaction | None:
    """The transaction that booked a completion, once the outbox has delivered it."""
    return by_key(f"hours:{completion}")


@dataclass(frozen=True)
class Posting:
    """How a source of hours stands in the books. kind: the category; undone: it was reversed since."""

    transaction: UUID
    holder: UUID
    kind: str
    centihours: int
    undone: bool


def postings_of(sources: Collection[UUID]) -> dict[UUID, Posting]:
    """Completions, top-ups and claims → how each was booked; those not booked (yet) are missing. Three queries."""
    keys = {f"hours:{source}": source for source in sources}
    rows = Transaction.objects.filter(idempotency_key__in=keys).values_list("uuid", "idempotency_key")
    source_of = {uuid: keys[key] for uuid, key in rows}
    units = {hours_unit(kind): kind for kind in KINDS}
    booked = Entry.objects.filter(
        transaction__in=source_of, account__holder__isnull=False, account__unit__in=list(units)
    ).values_list("transaction_id", "account__holder", "account__unit_id", "amount")
    undone = reversed_uuids(list(source_of))
    return {
        source_of[uuid]: Posting(uuid, holder, units[str(unit)], amount, uuid in undone)
        for uuid, holder, unit, amount in booked
        if holder is not None
    }
