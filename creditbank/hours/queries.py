"""Reading posted hours."""

from uuid import UUID

from django.db.models import Sum

from creditbank.hours.services import KINDS, hours_unit
from creditbank.ledger.models import AccountHead, Entry, Transaction
from creditbank.ledger.queries import by_key


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


def posting_of_completion(completion: UUID) -> Transaction | None:
    """The transaction that booked a completion, once the outbox has delivered it."""
    return by_key(f"hours:{completion}")
