"""Reading the books: balances, statements, single transactions."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Sum

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


class Statement:
    """The entries of a bounded account, newest first, with their transactions; to be cut into pages.

    Entries are numbered without a gap, so that each page is a stretch of the index (account, seq) and the number of all
    is the last one's, in the head: a page of ten thousand entries is read like one of ten. balance: as `balance()`.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self.balance, self._last = AccountHead.objects.values_list("balance", "seq").get(account=account)

    def count(self) -> int:
        return self._last

    def __len__(self) -> int:
        return self._last

    def __getitem__(self, cut: slice) -> list[Entry]:
        start, stop, _step = cut.indices(self._last)
        rows = Entry.objects.filter(
            account=self._account, seq__gt=self._last - stop, seq__lte=self._last - start
        )
        return list(rows.select_related("transaction").order_by("-seq"))


def statement(account: Account) -> Statement:
    return Statement(account)


def by_key(key: str) -> Transaction | None:
    return Transaction.objects.filter(idempotency_key=key).first()


def reversed_uuids(uuids: list[UUID]) -> set[UUID]:
    """Which of these transactions have been reversed."""
    found = Transaction.objects.filter(reverses__in=uuids).values_list("reverses_id", flat=True)
    return set(found)
