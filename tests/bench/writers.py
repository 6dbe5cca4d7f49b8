"""Writers for the bench: processes with a connection each, going round as fast as commits allow."""

import json
import multiprocessing
from collections.abc import Callable
from time import monotonic
from typing import Any

from django.db import connection, connections, transaction
from django.utils import timezone

# One writer per connection; commits of several share a flush of the log.
PROCESSES = 4


def together(work: Callable[[int, float], int], seconds: float) -> float:
    """Acknowledged units per second of PROCESSES writers; `work(number, until)` returns how many it did."""
    connections.close_all()
    # Forked, so that a closure over prepared rows needs no pickling.
    context = multiprocessing.get_context("fork")
    done = context.SimpleQueue()
    began = monotonic()

    def run(number: int) -> None:
        done.put(work(number, began + seconds))

    writers = [context.Process(target=run, args=(number,)) for number in range(PROCESSES)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    if any(writer.exitcode for writer in writers):
        raise SystemExit("a writer of the bench failed; see above")
    return sum(done.get() for _ in writers) / (monotonic() - began)


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


def raw_postings(number: int, until: float) -> int:
    """The limit of a posting: one transaction row and two entries, committed together."""
    done = 0
    while monotonic() < until:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO bench_raw (writer, body, at) VALUES (%s, %s, %s)",
                [[number, "{}", timezone.now()]] * 3,
            )
        done += 1
    return done


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
    """Ledger postings, `batch` of them to a database transaction."""

    def work(number: int, until: float) -> int:
        from creditbank.ledger.services import Line, Posting, post_many
        from lms.lib.actor import Actor
        from lms.lib.clock import today
        from lms.lib.ids import uuid7

        actor, day = Actor.system("bench"), today()
        mine = accounts[number::PROCESSES]
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
