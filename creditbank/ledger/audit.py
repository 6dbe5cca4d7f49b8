"""Proving the books: every transaction, every chain, every cached balance, from the rows alone.

Owns: the proof. It trusts neither the service nor the triggers: hashes are computed again, sums are made again, and
the triggers themselves are looked for. A chain alone does not know of postings cut off at its end together with its
head; the events that announced them do. What other applets know of postings they add (`further`, `guarded`). Reads in
streams, so that memory stays flat with the size of the books.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Protocol, TypeVar

from django.db import DatabaseError, connection, transaction
from django.db.models import F, Sum

from creditbank.ledger import functions, reading, rules, triggers
from creditbank.ledger.models import LEDGER_TABLES, Account, AccountHead, Entry, Transaction
from creditbank.ledger.reading import STREAM, Leg, Read, uuid_sql
from creditbank.ledger.services import account_key, fingerprint

# Named one by one up to here; beyond, only counted.
MOST_NAMED = 50
Row = TypeVar("Row")


@dataclass
class Report:
    """checked: what was looked at, with its number; breaks: one sentence each; broken: how many in all; thorough: what
    was published before is made again to the beginning, however long that takes."""

    thorough: bool = False
    checked: dict[str, int] = field(default_factory=dict)
    breaks: list[str] = field(default_factory=list)
    broken: int = 0

    def fail(self, sentence: str) -> None:
        self.broken += 1
        if len(self.breaks) < MOST_NAMED:
            self.breaks.append(sentence)

    def count(self, what: str, number: int = 1) -> None:
        self.checked[what] = self.checked.get(what, 0) + number


# Append-only tables whose triggers must stand, further triggers by name, and checks of other applets: added when the
# application is ready.
guarded: set[str] = set(LEDGER_TABLES)
named: set[str] = set()
further: list[Callable[[Report], None]] = []


class Watcher(Protocol):
    """Looks at each posting as it passes, and says at the end what it found; made anew for each audit."""

    def posting(self, row: Read, legs: list[Leg]) -> None: ...

    def end(self) -> None: ...


watchers: list[Callable[[Report], Watcher]] = []
# What comes of a value that is not even of its column's sort; SQLite gives None for a day that is none.
UNREADABLE = (TypeError, ValueError, AttributeError, LookupError)


def audit(*, thorough: bool = False) -> Report:
    """Check everything, on one snapshot of the database."""
    report = Report(thorough)
    with transaction.atomic():
        if connection.vendor == "postgresql" and len(connection.savepoint_ids) == 0:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        own = (_triggers, _accounts, _postings, _orphans, _reversals, _chains, _announced)
        for check in (*own, *further):
            try:
                check(report)
            except (DatabaseError, *UNREADABLE) as error:
                report.fail(f"{check.__module__}.{check.__name__}: cannot be read ({error})")
    return report


def _triggers(report: Report) -> None:
    """The guards of the tables are in place and switched on."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                "WHERE c.relname = ANY(%s) AND t.tgenabled IN ('O', 'A') AND NOT t.tgisinternal",
                [sorted(guarded)],
            )
            found = {(table, name) for table, name in cursor.fetchall()}
            wanted = {(table, "rt_append_only") for table in guarded}
        else:
            cursor.execute("SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'")
            found = {(table, name) for table, name in cursor.fetchall()}
            wanted = {
                (table, f"rt_append_only_{verb}_{table}")
                for table in guarded
                for verb in ("update", "delete")
            }
    names = {name for _table, name in found}
    expected = triggers.EXPECTED[connection.vendor] | functions.EXPECTED[connection.vendor] | named
    for table, name in sorted(wanted - found):
        report.fail(f"trigger {name} on {table} is missing or switched off")
    for name in sorted(expected - names):
        report.fail(f"trigger {name} is missing or switched off")
    report.count("triggers", len(wanted) + len(expected))


def _postings(report: Report) -> None:
    """Each transaction: number of entries, sum per unit, payload hash, own hash; shown to the watchers as it passes."""
    watching = [watch(report) for watch in watchers]
    # Accounts that many postings share; those of holders are met once and again, never kept.
    prints: dict[int, str] = {}
    report.count("transactions", 0)
    report.count("entries", 0)
    transactions = entries = 0
    for row, legs in reading.postings():
        transactions += 1
        entries += len(legs)
        try:
            _posting(report, row, legs, prints)
        except UNREADABLE as error:
            report.fail(f"transaction {row.uuid}: cannot be read ({error})")
        for watcher in watching:
            watcher.posting(row, legs)
    report.count("transactions", transactions)
    report.count("entries", entries)
    for watcher in watching:
        watcher.end()


def _fingerprint(leg: Leg, prints: dict[int, str]) -> str:
    if leg.lower_bound is not None:
        return rules.fingerprint(*leg.what)
    if leg.account_id not in prints:
        prints[leg.account_id] = rules.fingerprint(*leg.what)
    return prints[leg.account_id]


def _posting(report: Report, row: Read, legs: list[Leg], prints: dict[int, str]) -> None:
    if len(legs) != row.entry_count:
        report.fail(f"transaction {row.uuid}: {len(legs)} entries, sealed with {row.entry_count}")
    for unit, total in rules.unbalanced((leg.unit, leg.amount) for leg in legs).items():
        report.fail(f"transaction {row.uuid}: {unit} sums to {total}, not to zero")
    evidence = json.loads(row.evidence) if row.evidence != "{}" else {}
    if connection.vendor == "sqlite" and row.evidence != json.dumps(evidence):
        report.fail(f"transaction {row.uuid}: its evidence is not as it was written")
    payload = rules.payload_hash(
        kind=row.kind,
        occurred_on=row.occurred_on,
        memo=row.memo,
        evidence=evidence,
        rule_code=row.rule_code,
        rule_version=row.rule_version,
        reverses=row.reverses,
        lines=[(_fingerprint(leg, prints), leg.amount) for leg in legs if leg.account is not None],
    )
    if payload != row.payload_hash:
        report.fail(f"transaction {row.uuid}: its content or entries differ from the payload hash")
    own = rules.transaction_hash(
        uuid=row.uuid,
        key=row.key,
        payload=row.payload_hash,
        posted_at=row.posted_at,
        person=row.person,
        role=row.role,
        body=row.body,
    )
    if own != row.hash:
        report.fail(f"transaction {row.uuid}: who, when or key differ from its hash")


def _reversals(report: Report) -> None:
    """Each reversal: the exact negative of an original that is no reversal."""
    report.count("reversals", Transaction.objects.filter(reverses__isnull=False).count())
    for uuid, original in reading.crooked_reversals():
        report.fail(f"transaction {uuid}: is not the negative of {original}, or reverses a reversal")


def _orphans(report: Report) -> None:
    """Entries without their transaction or account (joins pass them by)."""
    for sentence in reading.orphans():
        report.fail(sentence)


def _announced(report: Report) -> None:
    """Every posting that was announced is there: its event was written with it, and no event is ever taken away."""
    number, missing = reading.announced()
    report.count("announced", number)
    for uuid in missing:
        report.fail(f"transaction {uuid}: was announced and does not exist")


def _accounts(report: Report) -> None:
    """Each account stands under the key that its other columns make; unbounded ones are not chained."""
    for key, *what in reading.stream(
        f"SELECT a.key, a.kind, {uuid_sql('a.holder')}, {uuid_sql('a.organisation')}, a.unit "  # noqa: S608
        "FROM creditbank_account a ORDER BY a.id"
    ):
        if key != account_key(*what):
            report.fail(f"account {key}: its key says something else than its columns")
    strays = Entry.objects.filter(account__lower_bound=None).exclude(seq=None, prev_hash="", hash="").count()
    if strays:
        report.fail(f"{strays} entries of unbounded accounts are chained")


def batches(rows: Iterator[Row], size: int = 500) -> Iterator[list[Row]]:
    """The rows in lists short enough for one IN (…)."""
    while chunk := list(islice(rows, size)):
        yield chunk


def _chains(report: Report) -> None:
    """Each bounded account: unbroken chain, never below its bound, head equal to what the entries say."""
    groups = groupby(reading.chained(), key=itemgetter(0))
    account_id, group = next(groups, (None, iter(())))
    seen = 0
    for head in reading.heads():
        while account_id is not None and account_id < head[0]:
            report.fail(f"account {account_id}: has entries and no head")
            account_id, group = next(groups, (None, iter(())))
        mine: Iterator[tuple[Any, ...]] = group if account_id == head[0] else iter(())
        try:
            _chain(report, head, mine)
        except UNREADABLE as error:
            report.fail(f"account {head[5]}: cannot be read ({error})")
        if account_id == head[0]:
            account_id, group = next(groups, (None, iter(())))
        seen += 1
    if account_id is not None:
        report.fail(f"account {account_id}: has entries and no head")
    report.count("chains", seen)
    bounded = Account.objects.filter(lower_bound__isnull=False).count()
    if bounded != seen:
        report.fail(f"{bounded} bounded accounts, {seen} heads")


def _chain(report: Report, head: tuple[Any, ...], entries: Iterator[tuple[Any, ...]]) -> None:
    _id, cached, number, hashed, head_bound, account, kind, holder, organisation, unit, bound = head
    last = rules.fingerprint(account, kind, holder, organisation, unit, bound)
    seq = balance = 0
    for _account, said, amount, previous, own, transaction_hash in entries:
        seq += 1
        balance += amount
        if said != seq:
            report.fail(f"account {account}, entry {said}: number {seq} expected")
        if previous != last:
            report.fail(f"account {account}, entry {said}: does not follow the entry before it")
        last = rules.entry_hash(
            previous=previous, seq=said or 0, amount=amount, transaction=transaction_hash or ""
        )
        if own != last:
            report.fail(f"account {account}, entry {said}: differs from its hash")
            last = own
        if balance < (bound or 0):
            report.fail(f"account {account}, entry {said}: balance {balance} is below the bound {bound}")
    if bound is None or (cached, number, hashed, head_bound) != (balance, seq, last, bound):
        report.fail(f"account {account}: cached {cached} (no. {number}), entries say {balance} (no. {seq})")


def rebuild_balances() -> int:
    """Write every head anew from the entries; returns how many differed. Postings wait meanwhile, head by head."""
    changed = 0
    for account in Account.objects.filter(lower_bound__isnull=False).iterator(chunk_size=STREAM):
        with transaction.atomic():
            head = AccountHead.objects.select_for_update().filter(account=account).first()
            entries = Entry.objects.filter(account=account)
            last = entries.order_by(F("seq").desc()).values_list("seq", "hash").first()
            right = {
                "lower_bound": account.lower_bound,
                "balance": entries.aggregate(total=Sum("amount"))["total"] or 0,
                "seq": last[0] if last else 0,
                "hash": last[1] if last else fingerprint(account),
            }
            if head is None or any(getattr(head, name) != value for name, value in right.items()):
                AccountHead.objects.update_or_create(account=account, defaults=right)
                changed += 1
    return changed
