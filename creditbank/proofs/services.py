"""Closing days and making their roots. The only writer of the three tables.

A day is closed first, in an instant, so that nothing can be added to it; its root is then made at leisure from the
entries, and would come out the same at any later time. Both can be asked for again and again: what is there stays.
"""

from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from creditbank.ledger import reading
from creditbank.ledger.functions import CLOSING_LOCK
from creditbank.ledger.models import Transaction, Unit
from creditbank.ledger.reading import Leg, Read
from creditbank.proofs import queries, rules
from creditbank.proofs.models import LedgerBranch, LedgerDay, LedgerRoot
from lms.lib.clock import day_bounds, local_day, now, today

UnitRows = dict[str, list[object]]
# [first account, hash] of each twig of a part.
Twigs = list[list[str]]


def make_roots(*, limit: int | None = None) -> list[LedgerRoot]:
    """The roots of all days that have ended and have none, oldest first, from the day of the first posting; at most
    `limit` of them. The next call goes on from there."""
    made: list[LedgerRoot] = []
    while (day := _next_day()) is not None and (limit is None or len(made) < limit):
        # All days that have ended are closed at once: it is the last of them that counts.
        close_until(today() - timedelta(days=1))
        row = _make(day)
        if row is not None:
            made.append(row)
    return made


def _next_day() -> date | None:
    """The first day without a root, if it has ended."""
    newest = LedgerRoot.objects.order_by("-day").values_list("day", flat=True).first()
    if newest is not None:
        day = newest + timedelta(days=1)
    else:
        first = Transaction.objects.order_by("posted_at").values_list("posted_at", flat=True).first()
        if first is None:
            return None
        day = local_day(first)
    return day if day < today() else None


def close_until(last: date) -> None:
    """From here on nothing is posted to `last`, which has ended, or a day before it; what is being posted at this
    moment is waited for."""
    if LedgerDay.objects.filter(day__gte=last).exists():
        return
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLOSING_LOCK])
        LedgerDay.objects.get_or_create(day=last, defaults={"ends_at": day_bounds(last)[1]})


def _make(day: date) -> LedgerRoot | None:
    """The root of a closed day; None where another process was faster."""
    with transaction.atomic():
        previous = (
            LedgerRoot.objects.filter(day__lt=day).order_by("-day").values_list("hash", flat=True).first()
        )
        heads, inside = tree_of(day)
        values = heads | books_of(day) | {"day": day, "previous": previous or "", "made_at": now()}
        # Parts in which nothing happened since are there already.
        branches = (LedgerBranch(hash=hashed, twigs=twigs) for hashed, twigs in inside.items())
        LedgerBranch.objects.bulk_create(branches, ignore_conflicts=True, batch_size=200)
        row, made = LedgerRoot.objects.get_or_create(
            day=day, defaults=values | {"hash": rules.row_hash(**values)}
        )
    return row if made else None


def heads_of(day: date) -> dict[str, Any]:
    """accounts, entries, root and parts of a day, from the entries."""
    return tree_of(day)[0]


def tree_of(day: date) -> tuple[dict[str, Any], dict[str, Twigs]]:
    """What `heads_of` says, and the inside of each part by the part's hash. Holds one part's leaves, never all of them."""
    _start, end = day_bounds(day)
    tree, part = rules.Tree(), _Part()
    parts: list[list[str]] = []
    inside: dict[str, Twigs] = {}
    accounts, entries = 0, 0

    def close() -> None:
        twigs, hashed = part.end()
        parts.append([twigs[0][0], hashed.hex()])
        tree.add(hashed)
        inside[hashed.hex()] = twigs

    for head in queries.heads_at(end):
        if part.size == rules.PART:
            close()
            part = _Part()
        part.add(head)
        accounts += 1
        entries += head[1]
    if part.size:
        close()
    found = {"accounts": accounts, "entries": entries, "root": tree.root().hex(), "parts": parts}
    return found, inside


class _Part:
    """A part while its leaves come: the twigs that are whole, and the one that grows."""

    def __init__(self) -> None:
        self.size = 0
        self._first = ""
        self._twig = rules.Tree()
        self._twigs: Twigs = []

    def add(self, head: queries.Head) -> None:
        if self._twig.size == rules.TWIG:
            self._close()
        self._first = self._first if self._twig.size else head[0]
        self._twig.add(rules.leaf_hash(rules.leaf_data(*head)))
        self.size += 1

    def _close(self) -> None:
        self._twigs.append([self._first, self._twig.root().hex()])
        self._twig = rules.Tree()

    def end(self) -> tuple[Twigs, bytes]:
        """The twigs, and the hash over them, which is the hash over the leaves."""
        self._close()
        return self._twigs, rules.root_of(bytes.fromhex(hashed) for _first, hashed in self._twigs)


def books_of(day: date) -> dict[str, Any]:
    """transactions and books of a day: every posting of it in one hash."""
    books, units = rules.DayBooks(), unit_rows()
    for row, legs in reading.postings(*day_bounds(day)):
        take(books, row, legs, units)
    return {"transactions": books.transactions, "books": books.hash()}


def unit_rows() -> UnitRows:
    return {unit.code: [unit.pk, unit.code, unit.label, unit.scale] for unit in Unit.objects.all()}


def take(books: rules.DayBooks, row: Read, legs: list[Leg], units: UnitRows) -> None:
    """One posting into its day's hash."""
    described = [[leg.id, leg.account_id, leg.opened_at if leg.seq in (1, None) else None] for leg in legs]
    books.add(row.uuid, row.hash, described)
    for leg in legs:
        books.unit(leg.unit, units.get(leg.unit, []))
