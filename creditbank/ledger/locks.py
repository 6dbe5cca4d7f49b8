"""The locks of a reversal, and what other rooms prepare before one.

Owns: that everything a reversal and its preparations will touch is held before anything is read, in the order of the
accounts' ids, in which every writer holds them. Refuses: nothing; who may reverse what is judged in `services`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import transaction

from creditbank.ledger.models import Account, AccountHead, Entry, Transaction
from creditbank.ledger.sql import select
from lms.lib.actor import Actor


@dataclass(frozen=True)
class Preparation:
    """What another room does before a posting is reversed, in its transaction, e.g. bring back what it carried elsewhere.

    touches: the accounts it will post to, of a reversal of entries on these; they are locked with them, before anything
    is read."""

    touches: Callable[[Iterable[Account]], Iterable[Account]]
    prepare: Callable[[Transaction, Actor], None]


before_reversal: list[Preparation] = []


def lock_for_reversal(original: Transaction, *further: Account) -> None:
    """Hold every bounded account that the reversal of a posting will touch, and further ones, for the rest of the
    caller's transaction, in the order in which every writer holds them. What is read next cannot change.
    """
    entries = Entry.objects.filter(transaction_id=original.uuid).select_related("account")
    own = {entry.account.pk: entry.account for entry in entries} | {
        account.pk: account for account in further
    }

    def touched() -> set[int]:
        found = dict(own)
        for room in before_reversal:
            found |= {account.pk: account for account in room.touches(own.values())}
        return {pk for pk, account in found.items() if account.lower_bound is not None}

    while wanted := touched():
        # Whoever held the locks until now may have made it more (a merge): then they are let go and taken in order.
        with transaction.atomic():
            select(AccountHead, ("balance",), "account_id", sorted(wanted), order="account_id", lock=True)
            more = touched() - wanted
            transaction.set_rollback(bool(more))
        if not more:
            return
