"""Reading the books: balances, statements, single transactions."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet, Sum

from creditbank.ledger.models import Account, AccountHead, Entry, Transaction, Unit


@dataclass(frozen=True)
class Balance:
    """balance: in 1/scale of the unit; from the head where the account has one, else summed."""

    account: Account
    unit: Unit
    balance: int


def balance(account: Account) -> int:
    """The balance in 1/scale of the unit: one row for bounded accounts, a sum over the entries for unbounded ones."""
    if account.lower_bound is None:
        return derived_balance(account)
    return AccountHead.objects.values_list("balance", flat=True).get(account=account)


def derived_balance(account: Account) -> int:
    """The balance from the entries alone: the truth that every cached one is compared with."""
    return Entry.objects.filter(account=account).aggregate(total=Sum("amount"))["total"] or 0


def balances_of(person: UUID) -> list[Balance]:
    """All accounts of a person with their balances, hours first; one query."""
    heads = (
        AccountHead.objects.filter(account__holder=person)
        .select_related("account__unit")
        .order_by("account__unit__id", "account_id")
    )
    return [Balance(head.account, head.account.unit, head.balance) for head in heads]


def account_of(person: UUID, uuid: UUID) -> Account | None:
    return Account.objects.filter(uuid=uuid, holder=person).select_related("unit").first()


def statement(account: Account) -> QuerySet[Entry]:
    """The entries of a bounded account, newest first, with their transactions; read along one index."""
    return Entry.objects.filter(account=account).select_related("transaction").order_by("-seq")


def by_key(key: str) -> Transaction | None:
    return Transaction.objects.filter(idempotency_key=key).first()


def reversed_uuids(uuids: list[UUID]) -> set[UUID]:
    """Which of these transactions have been reversed."""
    found = Transaction.objects.filter(reverses__in=uuids).values_list("reverses_id", flat=True)
    return set(found)
