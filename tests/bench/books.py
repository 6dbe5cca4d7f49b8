"""The books at large: audits at three sizes, statements of ten and ten thousand entries, a day's root over many accounts.

Rows go straight into the tables, right in every hash, with the triggers aside: what is measured is the reading.
"""

import resource
import statistics
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from io import StringIO
from itertools import count
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import connection

from tests.bench.writers import forked

ENTRIES = 1_000_000
UNIT = "study_hour.public"
_numbers = count(1)


def accounts(number: int) -> list[Any]:
    """Accounts of so many people nobody knows."""
    from creditbank.ledger.models import Account, AccountHead
    from creditbank.ledger.services import account_key, fingerprint
    from lms.lib.clock import now
    from lms.lib.ids import uuid7

    moment = now()
    rows = []
    for _ in range(number):
        holder = uuid7()
        key = account_key("holder", holder, None, UNIT)
        rows.append(
            Account(
                key=key,
                kind="holder",
                holder=holder,
                unit_id=UNIT,
                lower_bound=0,
                opened_at=moment,
            )
        )
    made = Account.objects.bulk_create(rows, batch_size=2000)
    AccountHead.objects.bulk_create(
        [AccountHead(account=row, lower_bound=0, hash=fingerprint(row)) for row in made], batch_size=2000
    )
    return made


def fill(holders: list[Any], postings: int) -> None:
    """So many postings, holder after holder, each of two entries and an event; by two processes, each with half of the holders."""
    halves = [holders[0::2], holders[1::2]] if len(holders) > 1 else [holders]
    forked([partial(_fill, half, (postings + number) // len(halves)) for number, half in enumerate(halves)])
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE creditbank_transaction, creditbank_entry, creditbank_accounthead, lib_outboxevent"
        )


def _fill(holders: list[Any], postings: int) -> None:
    """In the order of time."""
    from creditbank.ledger import rules
    from creditbank.ledger.models import AccountHead
    from creditbank.ledger.services import fingerprint, issuer_account
    from lms.lib.clock import now, today
    from lms.lib.ids import uuid7

    issuer = issuer_account(UNIT)
    prints = {row.pk: fingerprint(row) for row in (*holders, issuer)}
    heads = {head.pk: head for head in AccountHead.objects.filter(account__in=[row.pk for row in holders])}
    day, moment = today(), now()
    transactions, entries, events = [], [], []
    for number in range(postings):
        account = holders[number % len(holders)]
        head, uuid, key = heads[account.pk], uuid7(), f"bench-{next(_numbers)}-{uuid7()}"
        moment += timedelta(microseconds=1)
        payload = rules.payload_hash(
            kind="hours",
            occurred_on=day,
            memo="",
            evidence={"course": key, "title": "电工基础"},
            rule_code="hours",
            rule_version=1,
            reverses=None,
            lines=[(prints[account.pk], 5), (prints[issuer.pk], -5)],
        )
        whole = rules.transaction_hash(
            uuid=uuid,
            key=key,
            payload=payload,
            posted_at=moment,
            person=None,
            role="system:bench",
            body="",
        )
        head.seq, previous = head.seq + 1, head.hash
        head.hash = rules.entry_hash(previous=previous, seq=head.seq, amount=5, transaction=whole)
        head.balance += 5
        evidence = f'{{"course": "{key}", "title": "电工基础"}}'
        transactions.append(
            (uuid, key, payload, "hours", day, moment, "", evidence, "hours", 1, 2, "system:bench", "", whole)
        )
        entries.append((uuid, account.pk, 5, head.seq, previous, head.hash))
        entries.append((uuid, issuer.pk, -5, None, "", ""))
        events.append((uuid7(), "hours.posted", f"hours.posted:{uuid}", "{}", moment, moment, moment))
        if len(transactions) == 20_000 or number == postings - 1:
            _copy(transactions, entries, events)
            transactions, entries, events = [], [], []
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE creditbank_accounthead SET balance = %s, seq = %s, hash = %s WHERE account_id = %s",
            [(head.balance, head.seq, head.hash, head.pk) for head in heads.values()],
        )


def _copy(*rows: list[tuple[Any, ...]]) -> None:
    from tests.bench.writers import BOOKS

    columns = BOOKS | {"lib_outboxevent": (*BOOKS["lib_outboxevent"], "done_at")}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for (table, names), lines in zip(columns.items(), rows, strict=True):
            with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
                copy.write("".join(map(_line, lines)))
        cursor.execute("SET session_replication_role = DEFAULT")


def _line(values: tuple[Any, ...]) -> str:
    """A row in COPY's words; no text of ours holds what would need an escape. The driver's own takes six times as long."""
    return "\t".join(["\\N" if value is None else str(value) for value in values]) + "\n"


def p95(work: Callable[[], Any], times: int = 40) -> float:
    """Milliseconds, of so many calls after two that warm up."""
    took = []
    for _ in range(times + 2):
        began = monotonic()
        work()
        took.append((monotonic() - began) * 1000)
    return round(statistics.quantiles(took[2:], n=20)[-1], 1)


def memory_mib() -> float:
    """This process's largest memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def audit() -> dict[str, float]:
    """One `audit_ledger` in a process of its own: its seconds, its memory, and by how much that grew."""
    from django.core.management import call_command

    start, began = memory_mib(), monotonic()
    call_command("audit_ledger", stdout=StringIO())
    took = monotonic() - began
    return {"seconds": took, "memory_mib": memory_mib(), "memory_growth_mib": memory_mib() - start}


def audits(sizes: list[int], say: Callable[..., None]) -> None:
    """`audit_ledger` at so many entries, one size after the other: seconds, memory, growth."""
    holders = accounts(20_000)
    filled, before = 0, 0.0
    for size in sizes:
        fill(holders, (size - filled) // 2)
        filled = size
        (found,) = forked([audit])
        took = found.pop("seconds")
        say(
            "ledger audit",
            entries=size,
            seconds=round(took, 1),
            per_second=round(size / took),
            growth=round(took / before, 2) if before else None,
            **{name: round(value) for name, value in found.items()},
            aim_seconds=30,
        )
        before = took


def statements(say: Callable[..., None]) -> None:
    """The page of an account with ten entries and of one with ten thousand; and the balance, one row in both."""
    from django.test import Client
    from django.urls import reverse

    from creditbank.ledger import queries
    from creditbank.ledger.services import holder_account
    from tests.bench import data

    for number in (10, 10_000):
        (learner,) = data.people(1)
        account = holder_account(UUID(str(learner.uuid)), UNIT)
        fill([account], number)
        client = Client(HTTP_HOST="127.0.0.1")
        client.force_login(learner)
        address = reverse("credit:statement", args=[account.uuid])
        say(
            "statement page",
            entries=number,
            p95_ms=p95(lambda client=client, address=address: client.get(address)),
            last_page_p95_ms=p95(
                lambda client=client, address=address: client.get(address, {"page": 99_999})
            ),
            balance_p95_ms=p95(lambda account=account: queries.balance(account)),
        )


def roots(number: int, say: Callable[..., None]) -> None:
    """A day's root over so many accounts, and one proof out of it."""
    import time_machine

    from creditbank.proofs.queries import proof_of
    from creditbank.proofs.services import make_roots
    from lms.lib.clock import now

    holders = accounts(number)
    fill(holders, number)
    someone = holders[number // 2].holder

    def a_day() -> dict[str, float]:
        start = memory_mib()
        with time_machine.travel(now() + timedelta(days=1)):
            began = monotonic()
            (row,) = make_roots()
            took = monotonic() - began
        return {
            "accounts": row.accounts,
            "seconds": round(took, 1),
            "memory_mib": round(memory_mib()),
            "memory_growth_mib": round(memory_mib() - start),
            "proof_p95_ms": p95(lambda: proof_of(someone, row.day), 15),
        }

    (found,) = forked([a_day])
    say("daily root", **found)


def run(sizes: list[int], rooted: int, say: Callable[..., None]) -> None:
    """sizes: entries that are audited; rooted: accounts that have a posting on the day of the root."""
    statements(say)
    audits(sizes, say)
    roots(rooted, say)
