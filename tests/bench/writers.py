"""Writers for the bench: processes with a connection each, going round as fast as commits allow."""

import json
import multiprocessing
from collections.abc import Callable
from functools import partial
from time import monotonic, monotonic_ns
from typing import Any

from django.db import connection, connections, transaction
from django.utils import timezone

from lms.config.garbage import settle

# One writer per connection; commits of several share a flush of the log.
PROCESSES = 4
_FORK = multiprocessing.get_context("fork")
# The ledger's clients.
CLIENTS = 8


def together(
    work: Callable[[int, float], int], seconds: float, processes: int = PROCESSES, *, warm: float = 0
) -> float:
    """Acknowledged units per second of so many writers; `work(number, until)` returns how many it did.

    warm: seconds of the same work before it counts, in which connections are made, statements planned, modules loaded.
    """
    ready = _FORK.Barrier(processes)

    def run(number: int) -> float:
        if warm:
            work(number, monotonic() + warm)
        ready.wait()
        began = monotonic()
        units = work(number, began + seconds)
        return units / (monotonic() - began)

    return float(sum(forked([partial(run, number) for number in range(processes)])))


def forked(works: list[Callable[[], Any]]) -> list[Any]:
    """What each work returns (small plain values, in any order), done at once by a process of its own with connections of its
    own. The largest memory of a process is never less than what it once was: what fills tables and what is measured may not
    share one.
    """
    # As every web process does when it has loaded what it needs.
    settle()
    connections.close_all()
    # Forked, so that a closure over prepared rows needs no pickling.
    told = _FORK.SimpleQueue()
    processes = [_FORK.Process(target=lambda work=work: told.put(work())) for work in works]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise SystemExit("a process of the bench failed; see above")
    return [told.get() for _ in works]


def raw_rows(number: int, until: float) -> int:
    """The limit: one row inserted and committed through the same driver, nothing around it."""
    done = 0
    statement = "INSERT INTO bench_raw (writer, body, at) VALUES (%s, %s, %s)"
    body = json.dumps({"active": [[0, 30_000]], "coverage": {"block": [[0, 30_000]]}})
    while monotonic() < until:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [number, body, timezone.now()])
        done += 1
    return done


# The tables of a posting, as copies with all their indexes and none of their triggers: table, columns.
BOOKS = {
    "creditbank_transaction": (
        *("uuid", "idempotency_key", "payload_hash", "kind", "occurred_on", "posted_at", "memo", "evidence"),
        *("rule_code", "rule_version", "entry_count", "role", "body", "hash"),
    ),
    "creditbank_entry": ("transaction_id", "account_id", "amount", "seq", "prev_hash", "hash"),
    "lib_outboxevent": ("uuid", "kind", "key", "payload", "at", "next_try_at"),
}


def make_raw_books() -> None:
    with connection.cursor() as cursor:
        for table in BOOKS:
            cursor.execute(f"DROP TABLE IF EXISTS bench_{table}")
            cursor.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")


def raw_books(number: int, until: float) -> int:
    """The limit of a posting: the rows it writes (transaction, two entries, event), in one prepared statement that is
    its own transaction, through the same driver."""
    from lms.lib import prepared
    from lms.lib.ids import uuid7

    inserts = [
        f"INSERT INTO bench_{table} ({', '.join(columns)}) VALUES "
        + ", ".join([f"({', '.join(['%s'] * len(columns))})"] * (2 if table == "creditbank_entry" else 1))
        for table, columns in BOOKS.items()
    ]
    statement = f"WITH a AS ({inserts[0]}), b AS ({inserts[1]}) {inserts[2]}"
    digest, moment, seq = "0" * 64, timezone.now(), 0
    first = monotonic_ns()
    payload = json.dumps(
        {"account": str(uuid7()), "holder": str(uuid7()), "unit": "study_hour.public", "amount": 5}
    )
    while monotonic() < until:
        uuid, seq = uuid7(), seq + 1
        values = (
            *(
                uuid,
                f"bench:{uuid}",
                digest,
                "hours",
                moment.date(),
                moment,
                "",
                "{}",
                "",
                0,
                2,
                "system:bench",
                "",
            ),
            *(digest, uuid, number, 5, first + seq, digest, digest, uuid, -1, -5, None, "", ""),
            *(uuid, "hours.posted", f"hours.posted:{uuid}", payload, moment, moment),
        )
        prepared.run(statement, values)
    return seq


def make_raw_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_raw")
        cursor.execute(
            "CREATE TABLE bench_raw (id bigserial PRIMARY KEY, writer int, body jsonb, at timestamptz NOT NULL)"
        )


def reports(sessions: list[tuple[Any, str, str]]) -> Callable[[int, float], int]:
    """Study reports through the service, each a transaction of its own: (user, token, block id) per session."""

    def work(number: int, until: float) -> int:
        from lms.learning.study.reports import parse
        from lms.learning.study.services import take_report

        mine = sessions[number::PROCESSES]
        done = 0
        while monotonic() < until:
            user, token, block = mine[done % len(mine)]
            seq = done // len(mine) + 1
            body = {
                "session": token,
                "seq": seq,
                "elapsed_ms": seq,
                "active_ms_total": seq,
                "active": [[0, seq]],
                "coverage": {block: [[0, seq]]},
            }
            take_report(user, parse(json.dumps(body).encode()))
            done += 1
        return done

    return work


def postings(accounts: list[Any], issuer: Any, batch: int) -> Callable[[int, float], int]:
    """Ledger postings, `batch` of them to a database transaction, by CLIENTS writers."""

    def work(number: int, until: float) -> int:
        from creditbank.ledger.services import Line, Posting, post_many
        from lms.lib.actor import Actor
        from lms.lib.clock import today
        from lms.lib.ids import uuid7

        actor, day = Actor.system("bench"), today()
        mine = accounts[number::CLIENTS]
        done = 0
        while monotonic() < until:
            items = []
            for _ in range(batch):
                account = mine[done % len(mine)]
                lines = (Line(account, 5), Line(issuer, -5))
                items.append((f"bench:{uuid7()}", Posting("hours", day, lines)))
                done += 1
            post_many(items, actor=actor)
        return done

    return work
