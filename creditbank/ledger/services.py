"""The only writer of the books: opening accounts, posting, reversing.

On PostgreSQL a posting alone is one call of a function in the database; elsewhere, and in batches, the same is done
here. Order of a posting: its key is looked up first (same key and payload: the first result; other payload: 409), then the
heads of the bounded accounts are locked in the order of their ids, then bounds are checked, and the entries, the
heads and the sealing transaction are written. Unbounded accounts are neither locked nor given a running balance, so
that writers who share an issuing account do not queue.

The transaction's row says who posted it, in which role and for which body: it is its own audit row. Every new
transaction writes its events (`hours.posted`, `credit.posted`, `money.posted`) into the outbox; a repeated one writes nothing.
"""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NoReturn
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from creditbank.ledger import rules, writer
from creditbank.ledger.functions import CLOSED
from creditbank.ledger.locks import before_reversal, lock_for_reversal
from creditbank.ledger.models import Account, AccountHead, Entry, Transaction
from creditbank.ledger.sql import column, select
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.ids import uuid7
from lms.lib.outbox.services import event_rows, wake_on_commit

CORRECTORS = frozenset({"admin"})
# By unit, which event tells of a posting; all others are hours.
FAMILIES = {"credit": "credit.posted", "fen": "money.posted"}


@dataclass(frozen=True)
class Line:
    """amount: in 1/scale of the account's unit (hundredths of an hour or credit); positive adds to the account."""

    account: Account
    amount: int


@dataclass(frozen=True)
class Posting:
    """What is to be booked. evidence: plain JSON without floats; event: added to the outbox payload, not hashed."""

    kind: str
    occurred_on: date
    lines: tuple[Line, ...]
    memo: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)
    rule_code: str = ""
    rule_version: int = 0
    reverses: UUID | None = None
    event: dict[str, Any] = field(default_factory=dict)


def account_key(kind: str, holder: UUID | str | None, organisation: UUID | str | None, unit: str) -> str:
    return f"{kind}:{holder or '-'}:{organisation or '-'}:{unit}"


def open_account(
    kind: str,
    unit: str,
    *,
    holder: UUID | None = None,
    organisation: UUID | None = None,
    lower_bound: int | None = None,
) -> Account:
    """The account of that sort, opened on the first call and the same ever after. lower_bound None: unbounded."""
    key = account_key(kind, holder, organisation, unit)
    found = Account.objects.filter(key=key).first()
    if found is not None:
        return found
    with transaction.atomic():
        account, made = Account.objects.get_or_create(
            key=key,
            defaults={
                "kind": kind,
                "unit_id": unit,
                "holder": holder,
                "organisation": organisation,
                "lower_bound": lower_bound,
                "opened_at": now(),
            },
        )
        if made and lower_bound is not None:
            AccountHead.objects.create(account=account, lower_bound=lower_bound, hash=fingerprint(account))
    return account


def holder_account(person: UUID, unit: str, organisation: UUID | None = None) -> Account:
    """A person's account: never below zero. Credits stand per college, hours stand for themselves."""
    return open_account(Account.Kind.HOLDER, unit, holder=person, organisation=organisation, lower_bound=0)


def issuer_account(unit: str, organisation: UUID | None = None) -> Account:
    """Where new amounts come from: unbounded, its negative balance is all that was ever issued."""
    return open_account(Account.Kind.ISSUER, unit, organisation=organisation)


# Accounts are never changed; those of issuers are in every posting.
_fingerprint = lru_cache(maxsize=4096)(rules.fingerprint)


def fingerprint(account: Account) -> str:
    return _fingerprint(
        account.uuid, account.kind, account.holder, account.organisation, account.unit_id, account.lower_bound
    )


def post(posting: Posting, *, idempotency_key: str, actor: Actor) -> Transaction:
    """Book one posting. Raises Conflict (key used for something else, balance too small), Invalid (never bookable)."""
    return post_many([(idempotency_key, posting)], actor=actor)[0]


def post_many(items: Sequence[tuple[str, Posting]], *, actor: Actor) -> list[Transaction]:
    """Book (key, posting) pairs in one database transaction, all or none; in order, the result too."""
    payloads: dict[str, str] = {}
    for key, posting in items:
        payload = _payload(posting, key)
        if payloads.setdefault(key, payload) != payload:
            raise _key_reused(key)
    # One posting alone, the usual case, goes in one call, which looks for the key itself.
    book = _book_one if len(payloads) == 1 and writer.in_one_call() else _book
    done = {} if book is _book_one else _already(payloads)
    while fresh := {key: posting for key, posting in items if key not in done}:
        began = now()
        try:
            with _savepoint(needed=book is _book):
                done |= book(fresh, payloads, actor)
        except (IntegrityError, _TooSmall) as error:
            # Somebody else was faster with some of these keys (the rest is tried again): their posting may be what made
            # the balance too small. Or with the same reversal.
            known = len(done)
            done = _already(payloads)
            if len(done) == known and not _day_closed_since(began, error):
                _explain(error, list(fresh.values()))
    return [done[key] for key, _posting in items]


def _savepoint(*, needed: bool) -> Any:
    """What a refusal by the database is rolled back to; one statement outside a transaction needs none."""
    return transaction.atomic() if needed or connection.in_atomic_block else nullcontext()


def _day_closed_since(began: datetime, error: Exception) -> bool:
    """Whether the posting only came too late for a day that was being closed: its moment is then taken anew."""
    return CLOSED in str(error) and local_day(began) < local_day(now())


def _payload(posting: Posting, key: str) -> str:
    """The payload's hash, after refusing what can never be booked."""
    if not key or len(key) > 200:
        raise Invalid(_("记账请求缺少有效的幂等键（1–200 个字符）。"), code="bad_key")
    if len(posting.lines) < 2 or len({line.account.pk for line in posting.lines}) != len(posting.lines):
        raise Invalid(_("一笔记账至少涉及两个账户，每个账户只出现一次。"), code="bad_lines")
    for line in posting.lines:
        if type(line.amount) is not int or not 0 < abs(line.amount) <= rules.LARGEST_AMOUNT:
            raise Invalid(_("记账数额必须是不为零的整数（以最小单位计）。"), code="bad_amount")
    if rules.unbalanced((line.account.unit_id, line.amount) for line in posting.lines):
        raise Invalid(_("借贷不平：每种单位的合计必须为零。"), code="unbalanced")
    if why := rules.unplain([posting.evidence, posting.memo]):
        raise Invalid(
            _("记账依据只能包含文字、整数和真假值（问题：%(why)s）。") % {"why": why}, code="bad_evidence"
        )
    return rules.payload_hash(
        kind=posting.kind,
        occurred_on=posting.occurred_on,
        memo=posting.memo,
        evidence=posting.evidence,
        rule_code=posting.rule_code,
        rule_version=posting.rule_version,
        reverses=posting.reverses,
        lines=((fingerprint(line.account), line.amount) for line in posting.lines),
    )


def _key_reused(key: str) -> Conflict:
    return Conflict(
        _("同一个请求编号（%(key)s）已用于另一笔内容不同的记账。请核对后用新的编号重试。") % {"key": key},
        code="idempotency_key_reused",
        details={"key": key},
    )


def _already(payloads: dict[str, str]) -> dict[str, Transaction]:
    # Most keys are new: the look for them is one bare statement, the rows are read only when there are any.
    if not select(Transaction, ("uuid",), "idempotency_key", list(payloads)):
        return {}
    found = {}
    for row in Transaction.objects.filter(idempotency_key__in=list(payloads)):
        if row.payload_hash != payloads[row.idempotency_key]:
            raise _key_reused(row.idempotency_key)
        found[row.idempotency_key] = row
    return found


def _explain(error: Exception, postings: Iterable[Posting]) -> NoReturn:
    if CLOSED in str(error):
        # Another server's clock is ahead of this one's: in a moment the new day has begun here too.
        raise Conflict(_("当天的账刚刚结转，没有记账。请稍后再试一次。"), code="day_closed") from error
    originals = [posting.reverses for posting in postings if posting.reverses]
    if originals and Transaction.objects.filter(reverses__in=originals).exists():
        raise Conflict(_("这笔记账已经冲正过，不能再冲正一次。"), code="already_reversed") from error
    raise error


def _lock(postings: Iterable[Posting]) -> dict[int, AccountHead]:
    """The heads of all bounded accounts, locked in the order of their ids: two writers never wait in a circle."""
    ids = {
        line.account.pk
        for posting in postings
        for line in posting.lines
        if line.account.lower_bound is not None
    }
    if not ids:
        return {}
    names = tuple(column(AccountHead))
    rows = select(AccountHead, names, "account_id", sorted(ids), order="account_id", lock=True)
    return {row[0]: AccountHead(**dict(zip(names, row, strict=True))) for row in rows}


def lock_account(account: Account) -> int:
    """Hold a bounded account for the rest of the caller's transaction: what is read next cannot change. Its balance."""
    if account.lower_bound is None:
        raise ValueError("unbounded accounts are never locked")
    rows = select(AccountHead, ("balance",), "account_id", [account.pk], lock=True)
    return int(rows[0][0])


def _book(fresh: dict[str, Posting], payloads: dict[str, str], actor: Actor) -> dict[str, Transaction]:
    heads = _lock(fresh.values())
    moment = now()
    booked: dict[str, Transaction] = {}
    entries: list[Entry] = []
    events: list[writer.Event] = []
    for key, posting in fresh.items():
        row = _row(key, posting, payloads[key], moment, actor)
        booked[key] = row
        entries += [_entry(row, line, heads) for line in posting.lines]
        events += _events(row, posting)
    # In one order, so that two writers of the same keys never wait in a circle.
    rows = [booked[key] for key in sorted(booked)]
    writer.write(rows, entries, list(heads.values()), event_rows(events))
    wake_on_commit()
    return booked


def _book_one(fresh: dict[str, Posting], payloads: dict[str, str], actor: Actor) -> dict[str, Transaction]:
    """As `_book` for one posting, in one round trip; the database does what is between the key and the seal."""
    ((key, posting),) = fresh.items()
    row = _row(key, posting, payloads[key], now(), actor)
    lines = [(line.account.pk, line.amount) for line in posting.lines]
    bounded = {line.account.pk for line in posting.lines if line.account.lower_bound is not None}
    answer, *poor = writer.call(row, lines, bounded, _events(row, posting)).split(":")
    if answer == "known":
        return _already(payloads)
    if answer == "poor":
        account, balance = map(int, poor)
        raise _too_small(next(line for line in posting.lines if line.account.pk == account), balance)
    wake_on_commit()
    return {key: row}


def _row(key: str, posting: Posting, payload: str, moment: datetime, actor: Actor) -> Transaction:
    uuid = uuid7()
    return Transaction(
        uuid=uuid,
        idempotency_key=key,
        payload_hash=payload,
        kind=posting.kind,
        occurred_on=posting.occurred_on,
        posted_at=moment,
        memo=posting.memo,
        evidence=posting.evidence,
        rule_code=posting.rule_code,
        rule_version=posting.rule_version,
        reverses_id=posting.reverses,
        entry_count=len(posting.lines),
        person=actor.person,
        role=actor.role,
        body=actor.body,
        hash=rules.transaction_hash(
            uuid=uuid,
            key=key,
            payload=payload,
            posted_at=moment,
            person=actor.person,
            role=actor.role,
            body=actor.body,
        ),
    )


def _entry(row: Transaction, line: Line, heads: dict[int, AccountHead]) -> Entry:
    entry = Entry(transaction_id=row.uuid, account_id=line.account.pk, amount=line.amount)
    if line.account.lower_bound is None:
        return entry
    head = heads[line.account.pk]
    if line.amount < 0 and head.balance + line.amount < head.lower_bound:
        raise _too_small(line, head.balance)
    entry.seq, entry.prev_hash = head.seq + 1, head.hash
    entry.hash = rules.entry_hash(previous=head.hash, seq=entry.seq, amount=line.amount, transaction=row.hash)
    head.seq, head.hash, head.balance = entry.seq, entry.hash, head.balance + line.amount
    return entry


class _TooSmall(Conflict):
    """Of which one looks for the key once more before anybody hears of it."""


def _too_small(line: Line, balance: int) -> _TooSmall:
    return _TooSmall(
        _("余额不足：这个账户不能低于它的下限，没有记账。"),
        code="balance_too_small",
        details={"account": str(line.account.uuid), "balance": balance, "amount": line.amount},
    )


def _events(row: Transaction, posting: Posting) -> list[writer.Event]:
    """One event for each family of units that the posting moves: (kind, key, payload)."""
    lines: dict[str, list[dict[str, Any]]] = {}
    for line in posting.lines:
        family = FAMILIES.get(line.account.unit_id, "hours.posted")
        lines.setdefault(family, []).append(
            {
                "account": str(line.account.uuid),
                "holder": str(line.account.holder) if line.account.holder else None,
                "unit": line.account.unit_id,
                "amount": line.amount,
            }
        )
    common = {
        "transaction": str(row.uuid),
        "kind": row.kind,
        "occurred_on": row.occurred_on.isoformat(),
        "reverses": str(row.reverses_id) if row.reverses_id else None,
    }
    return [
        (family, f"{family}:{row.uuid}", posting.event | common | {"lines": moved})
        for family, moved in lines.items()
    ]


def reverse(original: Transaction, *, reason: str, actor: Actor) -> Transaction:
    """Undo a posting by its exact negative, once; asked for again with the same reason, the first reversal.

    Raises NotAllowed, Invalid (no reason), Conflict (spent by its holder, reversed for another reason, a reversal).
    """
    if actor.role not in CORRECTORS and not actor.role.startswith("system:"):
        raise NotAllowed
    if not reason.strip():
        raise Invalid(_("请写明冲正的原因。"), code="reason_missing")
    if original.reverses_id is not None:
        raise Conflict(_("冲正本身不能再冲正，请重新记一笔。"), code="is_reversal")
    entries = Entry.objects.filter(transaction_id=original.uuid).select_related("account").order_by("id")
    posting = Posting(
        kind="reversal",
        occurred_on=original.occurred_on,
        lines=tuple(Line(entry.account, -entry.amount) for entry in entries),
        memo=reason.strip(),
        evidence={"reverses": str(original.uuid)},
        rule_code=original.rule_code,
        rule_version=original.rule_version,
        reverses=original.uuid,
    )
    with transaction.atomic():
        # Before anything is looked up: of two reversals at once, the second finds the first one whole.
        lock_for_reversal(original)
        before = Transaction.objects.filter(reverses=original.uuid).first()
        if before is not None and before.memo != posting.memo:
            raise Conflict(_("这笔记账已经冲正过，不能再冲正一次。"), code="already_reversed")
        for room in before_reversal if before is None else ():
            room.prepare(original, actor)
        row = post(posting, idempotency_key=f"reverse:{original.uuid}", actor=actor)
        if before is None:
            record(
                actor,
                action="ledger.reverse",
                target_type="creditbank.Transaction",
                target=original.uuid,
                reason=posting.memo,
                data={"reversal": str(row.uuid)},
            )
    return row
