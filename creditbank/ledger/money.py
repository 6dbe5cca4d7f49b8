"""Money in the books: public funds and what became of each grant, in fen, for the packages that give it.

Owns: the unit `fen`, and the accounts that are named by the uuid of a row of another package: a *fund*, unbounded, whose
negative balance is all that was promised out of it and not let go; a *purse*, never below zero. Refuses: what the books
refuse (`services.post`): sums that are not zero, a purse below zero, a key that was used for something else, a second undoing.

A person has no account of money: nothing here is anybody's wage or wallet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext as _

from creditbank.ledger import services
from creditbank.ledger.models import Account, AccountHead, Entry, Transaction
from lms.lib.actor import Actor
from lms.lib.errors import NotFound

FEN = "fen"


@dataclass(frozen=True)
class Transfer:
    """fen: owner's uuid → what is added to its account (negative: taken), in sum zero. evidence, rule_code and rule_version: what
    it rests on, kept and hashed with it."""

    kind: str
    occurred_on: date
    fen: Mapping[UUID, int]
    memo: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)
    rule_code: str = ""
    rule_version: int = 0


def open_fund(owner: UUID) -> None:
    """The account that a fund's money comes from; opened once."""
    services.open_account(Account.Kind.POOL, FEN, organisation=owner)


def open_purse(owner: UUID) -> None:
    """An account that holds money and is never below zero; opened once."""
    services.open_account(Account.Kind.INSTITUTION, FEN, organisation=owner, lower_bound=0)


def transfer(asked: Transfer, *, key: str, actor: Actor) -> UUID:
    """Move money between accounts that were opened; the same key again is the same transfer. The transaction's uuid.

    Raises NotFound (an owner without account), Conflict (a purse holds too little; the key used for something else), Invalid.
    """
    accounts = _accounts(asked.fen)
    if missing := set(asked.fen) - set(accounts):
        raise NotFound(_("没有这个资金账户：%(uuid)s。") % {"uuid": min(map(str, missing))})
    posting = services.Posting(
        kind=asked.kind,
        occurred_on=asked.occurred_on,
        lines=tuple(services.Line(accounts[owner], amount) for owner, amount in asked.fen.items()),
        memo=asked.memo,
        evidence=asked.evidence,
        rule_code=asked.rule_code,
        rule_version=asked.rule_version,
    )
    return services.post(posting, idempotency_key=key, actor=actor).uuid


def undo_transfer(transaction: UUID, *, reason: str, actor: Actor) -> UUID:
    """Take a transfer back by its exact negative, once; who may, the caller has judged. The reversal's uuid.

    Raises NotFound (no transfer of money), Conflict (undone already; its money has gone on)."""
    original = Transaction.objects.filter(uuid=transaction, reverses__isnull=True).first()
    entries = list(Entry.objects.filter(transaction_id=transaction).select_related("account").order_by("id"))
    if original is None or any(entry.account.unit_id != FEN for entry in entries):
        raise NotFound
    posting = services.Posting(
        kind="reversal",
        occurred_on=original.occurred_on,
        lines=tuple(services.Line(entry.account, -entry.amount) for entry in entries),
        memo=reason.strip(),
        evidence={"reverses": str(original.uuid)},
        rule_code=original.rule_code,
        rule_version=original.rule_version,
        reverses=original.uuid,
    )
    return services.post(posting, idempotency_key=f"reverse:{original.uuid}", actor=actor).uuid


def money_of(owners: Iterable[UUID]) -> dict[UUID, int]:
    """What stands on the accounts of these owners, in fen; an owner without account is left out. Two queries: purses by their
    heads, funds summed from their entries."""
    accounts = _accounts(owners)
    purses = {account.pk: owner for owner, account in accounts.items() if account.lower_bound is not None}
    funds = {account.pk: owner for owner, account in accounts.items() if account.lower_bound is None}
    found = dict.fromkeys(accounts, 0)
    heads = AccountHead.objects.filter(account__in=purses).values_list("account", "balance")
    found |= {purses[pk]: balance for pk, balance in heads}
    if funds:
        sums = (
            Entry.objects.filter(account__in=funds).order_by().values("account").annotate(sum=Sum("amount"))
        )
        found |= {funds[row["account"]]: row["sum"] for row in sums}
    return found


def _accounts(owners: Iterable[UUID]) -> dict[UUID, Account]:
    """The accounts of money by owner. One query."""
    kinds = (Account.Kind.POOL, Account.Kind.INSTITUTION)
    keys = [services.account_key(kind, None, owner, FEN) for owner in owners for kind in kinds]
    rows = Account.objects.filter(key__in=keys)
    return {row.organisation: row for row in rows if row.organisation is not None}
