"""Proving the books: every transaction, every chain, every cached balance, from the rows alone.

Owns: the proof. It trusts neither the service nor the triggers: hashes are computed again, sums are made again, and
the triggers themselves are looked for. A chain alone does not know of postings cut off at its end together with its
head; the events that announced them do. What other applets know of postings they add (`further`, `guarded`). Reads in
streams, so that memory stays flat with the size of the books.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Sum

from creditbank.ledger import rules
from creditbank.ledger.models import LEDGER_TABLES, Account, AccountHead, Entry, Transaction
from creditbank.ledger.services import fingerprint
from creditbank.ledger.triggers import EXPECTED
from lms.lib.outbox.models import OutboxEvent

# Named one by one up to here; beyond, only counted.
MOST_NAMED = 50
STREAM = 2000
Row = TypeVar("Row")


@dataclass
class Report:
    """checked: what was looked at, with its number; breaks: one sentence each; broken: how many in all."""

    checked: dict[str, int] = field(default_factory=dict)
    breaks: list[str] = field(default_factory=list)
    broken: int = 0

    def fail(self, sentence: str) -> None:
        self.broken += 1
        if len(self.breaks) < MOST_NAMED:
            self.breaks.append(sentence)

    def count(self, what: str, number: int = 1) -> None:
        self.checked[what] = self.checked.get(what, 0) + number


# Append-only tables whose triggers must stand, and checks of other applets: added when the application is ready.
guarded: set[str] = set(LEDGER_TABLES)
further: list[Callable[[Report], None]] = []


def audit() -> Report:
    """Check everything, on one snapshot of the database."""
    report = Report()
    with transaction.atomic():
        if connection.vendor == "postgresql" and len(connection.savepoint_ids) == 0:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        _triggers(report)
        prints = {account.pk: fingerprint(account) for account in Account.objects.filter(lower_bound=None)}
        _transactions(report, prints)
        _orphans(report)
        _reversals(report)
        _chains(report)
        _announced(report)
        for check in further:
            check(report)
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
    for table, name in sorted(wanted - found):
        report.fail(f"trigger {name} on {table} is missing or switched off")
    for name in sorted(EXPECTED[connection.vendor] - names):
        report.fail(f"trigger {name} is missing or switched off")
    report.count("triggers", len(wanted) + len(EXPECTED[connection.vendor]))


def _entries_by_transaction() -> Iterator[tuple[Any, list[tuple[Any, ...]]]]:
    rows = Entry.objects.order_by("transaction_id", "id").values_list(
        "transaction_id",
        "amount",
        "account__unit_id",
        "account_id",
        "account__uuid",
        "account__kind",
        "account__holder",
        "account__organisation",
        "account__lower_bound",
    )
    for uuid, group in groupby(rows.iterator(chunk_size=STREAM), key=lambda row: row[0]):
        yield uuid, list(group)


def _transactions(report: Report, prints: dict[int, str]) -> None:
    """Each transaction: number of entries, sum per unit, payload hash, own hash. Two streams merged on the uuid."""
    legs = _entries_by_transaction()
    uuid, group = next(legs, (None, []))
    for row in Transaction.objects.order_by("uuid").iterator(chunk_size=STREAM):
        while uuid is not None and uuid < row.uuid:
            uuid, group = next(legs, (None, []))
        mine = group if uuid == row.uuid else []
        report.count("transactions")
        report.count("entries", len(mine))
        _transaction(report, row, mine, prints)


def _transaction(
    report: Report, row: Transaction, legs: list[tuple[Any, ...]], prints: dict[int, str]
) -> None:
    if len(legs) != row.entry_count:
        report.fail(f"transaction {row.uuid}: {len(legs)} entries, sealed with {row.entry_count}")
    for unit, total in rules.unbalanced((leg[2], leg[1]) for leg in legs).items():
        report.fail(f"transaction {row.uuid}: {unit} sums to {total}, not to zero")
    lines = []
    for _uuid, amount, unit, account_id, account, kind, holder, organisation, bound in legs:
        known = prints.get(account_id) or rules.fingerprint(account, kind, holder, organisation, unit, bound)
        lines.append((known, amount))
    payload = rules.payload_hash(
        kind=row.kind,
        occurred_on=row.occurred_on,
        memo=row.memo,
        evidence=row.evidence,
        rule_code=row.rule_code,
        rule_version=row.rule_version,
        reverses=row.reverses_id,
        lines=lines,
    )
    if payload != row.payload_hash:
        report.fail(f"transaction {row.uuid}: its content or entries differ from the payload hash")
    own = rules.transaction_hash(
        uuid=row.uuid,
        key=row.idempotency_key,
        payload=row.payload_hash,
        posted_at=row.posted_at,
        person=row.person,
        role=row.role,
        body=row.body,
    )
    if own != row.hash:
        report.fail(f"transaction {row.uuid}: who, when or key differ from its hash")


def _orphans(report: Report) -> None:
    """Entries without their transaction or account (the merge above passes them by)."""
    sealed = Exists(Transaction.objects.filter(uuid=OuterRef("transaction_id")))
    for entry in Entry.objects.filter(~sealed).values_list("id", flat=True)[:MOST_NAMED]:
        report.fail(f"entry {entry}: its transaction does not exist")
    opened = Exists(Account.objects.filter(id=OuterRef("account_id")))
    for entry in Entry.objects.filter(~opened).values_list("id", flat=True)[:MOST_NAMED]:
        report.fail(f"entry {entry}: its account does not exist")


def _reversals(report: Report) -> None:
    """Each reversal: the exact negative of an original that is no reversal."""
    report.count("reversals", 0)
    for row in Transaction.objects.filter(reverses__isnull=False).select_related("reverses").iterator(STREAM):
        report.count("reversals")
        if row.reverses is not None and row.reverses.reverses_id is not None:
            report.fail(f"transaction {row.uuid}: reverses a reversal")
        both = Entry.objects.filter(transaction_id__in=[row.uuid, row.reverses_id])
        crooked = (
            both.values("account_id").annotate(total=Sum("amount"), legs=Count("id")).exclude(total=0, legs=2)
        )
        if crooked.exists():
            report.fail(f"transaction {row.uuid}: is not the negative of {row.reverses_id}")


def _announced(report: Report) -> None:
    """Every posting that was announced is there: its event was written with it, and no event is ever taken away."""
    report.count("announced", 0)
    keys = (
        OutboxEvent.objects.filter(kind__in=("hours.posted", "credit.posted"))
        .order_by("id")
        .values_list("key", flat=True)
    )
    for chunk in batches(keys.iterator(chunk_size=STREAM)):
        uuids = {UUID(key.partition(":")[2]) for key in chunk}
        there = set(Transaction.objects.filter(uuid__in=uuids).values_list("uuid", flat=True))
        report.count("announced", len(chunk))
        for uuid in sorted(uuids - there):
            report.fail(f"transaction {uuid}: was announced and does not exist")


def batches(rows: Iterator[Row], size: int = 500) -> Iterator[list[Row]]:
    """The rows in lists short enough for one IN (…)."""
    while chunk := list(islice(rows, size)):
        yield chunk


def _chains(report: Report) -> None:
    """Each bounded account: unbroken chain, never below its bound, head equal to what the entries say."""
    report.count("chains", 0)
    rows = (
        Entry.objects.filter(account__lower_bound__isnull=False)
        .order_by("account_id", "seq")
        .values_list("account_id", "seq", "amount", "prev_hash", "hash", "transaction__hash")
    )
    heads = AccountHead.objects.select_related("account").order_by("account_id").iterator(chunk_size=STREAM)
    head = next(heads, None)
    seen = 0
    for account_id, group in groupby(rows.iterator(chunk_size=STREAM), key=lambda row: row[0]):
        while head is not None and head.account_id < account_id:
            _chain(report, head, iter(()))
            seen += 1
            head = next(heads, None)
        if head is None or head.account_id != account_id:
            report.fail(f"account {account_id}: has entries and no head")
            continue
        _chain(report, head, group)
        seen += 1
        head = next(heads, None)
    while head is not None:
        _chain(report, head, iter(()))
        seen += 1
        head = next(heads, None)
    bounded = Account.objects.filter(lower_bound__isnull=False).count()
    if bounded != seen:
        report.fail(f"{bounded} bounded accounts, {seen} heads")
    strays = Entry.objects.filter(account__lower_bound=None, seq__isnull=False).count()
    if strays:
        report.fail(f"{strays} entries of unbounded accounts are chained")


def _chain(report: Report, head: AccountHead, entries: Iterator[tuple[Any, ...]]) -> None:
    account = head.account
    bound = account.lower_bound or 0
    last, seq, balance = fingerprint(account), 0, 0
    for _account, number, amount, previous, own, transaction_hash in entries:
        seq += 1
        balance += amount
        where = f"account {account.uuid}, entry {number}"
        if number != seq:
            report.fail(f"{where}: number {seq} expected")
        if previous != last:
            report.fail(f"{where}: does not follow the entry before it")
        if own != rules.entry_hash(
            previous=previous, seq=number or 0, amount=amount, transaction=transaction_hash or ""
        ):
            report.fail(f"{where}: differs from its hash")
        if balance < bound:
            report.fail(f"{where}: balance {balance} is below the bound {bound}")
        last = own
    report.count("chains")
    if (head.balance, head.seq, head.hash, head.lower_bound) != (balance, seq, last, bound):
        report.fail(
            f"account {account.uuid}: cached {head.balance} (no. {head.seq}), entries say {balance} (no. {seq})"
        )


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
