"""The record store: statements a second in batches, beside the same rows inserted raw; a filtered query however many there are.

The statements of the query are copies made by the database itself: of a thousand that came through the store's own door, each
with its rows, as often as is wanted, spread over the year behind.
"""

import json
from collections.abc import Callable
from hashlib import md5
from statistics import quantiles
from time import monotonic, process_time
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from tests.bench import writers

if TYPE_CHECKING:
    from lms.records.statements.queries import Wanted

BATCH = 50
# First questions, which warm what is kept.
WARM = 2
SHORT, FULL = 300_000, 5_000_000
# Statements copied, people among them and things they did.
SEEDS, PEOPLE, THINGS = 1_000, 50, 20
SAME = 10
# From one copy to the one before it: five thousand of them fill a year.
STEP_MS = 6_300_000
Say = Callable[..., None]


def _statement(number: int) -> dict[str, Any]:
    verb = ("answered", "completed", "experienced", "passed")[number % 4]
    return {
        "id": str(uuid4()),
        "actor": {
            "account": {"homePage": "https://rongtong.example.cn", "name": f"2026{number % PEOPLE:04d}"}
        },
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}", "display": {"en": verb}},
        "object": {
            "id": f"https://rongtong.example.cn/parts/{number // PEOPLE % THINGS}",
            "definition": {
                "name": {"zh-Hans": "叉车安全操作"},
                "type": "http://adlnet.gov/expapi/activities/lesson",
            },
        },
        "result": {"score": {"scaled": 0.9}, "success": True, "duration": "PT4M30S"},
        "context": {
            "registration": f"5b1c7a40-93a9-4d2f-9c6a-{number % PEOPLE:012d}",
            "contextActivities": {"parent": [{"id": "https://rongtong.example.cn/courses/forklift"}]},
        },
        "timestamp": "2026-11-20T08:30:00.000Z",
    }


def _door(store_id: int) -> Callable[[int, float], int]:
    """Batches through the service, from their bytes on: read, checked, kept, committed."""
    from lms.records.credentials.services import platform_grant
    from lms.records.statements.reading_in import read_statements
    from lms.records.statements.services import take_in

    def work(number: int, until: float) -> int:
        done, grant = 0, platform_grant(store_id)
        while monotonic() < until:
            body = json.dumps([_statement(number * 7 + at) for at in range(BATCH)]).encode()
            received, _batch = read_statements(body)
            take_in(grant, received, version="1.0.3")
            done += BATCH
        return done

    return work


_TABLES = ("records_statementkey", "records_statement", "records_mention")


def _raw(store_id: int) -> Callable[[int, float], int]:
    """The limit: the rows of such a batch, into tables of the same shape and indexes without triggers, in one commit."""
    from lms.lib import prepared
    from lms.records.credentials.services import platform_grant
    from lms.records.statements import keys
    from lms.records.values import dumps

    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS bench_{table}")
            cursor.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")
        cursor.execute("DROP SEQUENCE IF EXISTS bench_records_id")
        cursor.execute("CREATE SEQUENCE bench_records_id")
    authority = platform_grant(store_id).authority
    samples = [_statement(number) for number in range(BATCH)]
    named = [list(keys.mentions(one, authority).items()) for one in samples]
    texts = [dumps(one) for one in samples]

    def work(_number: int, until: float) -> int:
        done = 0
        while monotonic() < until:
            with transaction.atomic():
                (first,) = prepared.fetch(
                    "SELECT array_agg(nextval('bench_records_id')) FROM generate_series(1, %b)", [BATCH]
                )[0:1]
                ids, moment = first[0], int(monotonic() * 1000)
                prepared.run(
                    "INSERT INTO bench_records_statementkey (id, store_id, statement_id, digest, stored_ms) "
                    "SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::uuid[], %b::bytea[], %b::bigint[])",
                    [ids, [store_id] * BATCH, [uuid4() for _ in ids], [b"x" * 32] * BATCH, [moment] * BATCH],
                )
                prepared.run(
                    "INSERT INTO bench_records_statement (id, stored_ms, store_id, statement_id, authority_id, "
                    "version, given, raw, text, erased) SELECT i, m, s, u, 1, '1.0.3', 3, r, '', false FROM "
                    "unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::uuid[], %b::text[]) AS t (i, m, s, u, r)",
                    [ids, [moment] * BATCH, [store_id] * BATCH, [uuid4() for _ in ids], texts],
                )
                rows = [
                    (which, at, role) for at, some in zip(ids, named, strict=True) for which, role in some
                ]
                columns = [list(column) for column in zip(*rows, strict=True)]
                prepared.run(
                    "INSERT INTO bench_records_mention (store_id, key, stored_ms, statement, roles) "
                    "SELECT * FROM unnest(%b::bigint[], %b::uuid[], %b::bigint[], %b::bigint[], %b::smallint[])",
                    [[store_id] * len(rows), columns[0], [moment] * len(rows), columns[1], columns[2]],
                )
            done += BATCH
        return done

    return work


def _copies(store_id: int, count: int) -> None:
    """Copies of the seeds up to so many statements, numbered behind each other, each an hour and three quarters earlier."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM records_statement WHERE store_id = %s", [store_id])
        have = cursor.fetchone()[0]
        first, last = have // SEEDS, count // SEEDS
        if last <= first:
            return
        cursor.execute("SELECT min(id), max(id) FROM (SELECT id FROM bench_seeds) s")
        low, high = cursor.fetchone()
        span = high - low + 1
        wanted = {
            "store": store_id,
            "first": first,
            "last": last - 1,
            "span": span,
            "people": SAME,
            "step": STEP_MS,
        }
        cursor.execute(
            "INSERT INTO records_statement (id, stored_ms, store_id, statement_id, authority_id, version, given, raw, text) "
            "SELECT s.id + 1000000000 - n * %(span)s, s.stored_ms - n * %(step)s, s.store_id, gen_random_uuid(), "
            "s.authority_id, s.version, s.given, s.raw, s.text FROM bench_seeds s, "
            "generate_series(%(first)s::bigint, %(last)s::bigint) n",
            wanted,
        )
        cursor.execute(
            "INSERT INTO records_mention (store_id, key, stored_ms, statement, roles) "
            # Whoever acts is somebody else every ten copies: a store grows by people more than by what each of them does.
            "SELECT m.store_id, CASE WHEN (m.roles & 33) <> 0 AND n >= %(people)s "
            "THEN md5(m.key::text || (n / %(people)s)::text)::uuid ELSE m.key END, "
            "m.stored_ms - n * %(step)s, m.statement + 1000000000 - n * %(span)s, m.roles "
            "FROM bench_seed_mentions m, generate_series(%(first)s::bigint, %(last)s::bigint) n",
            wanted,
        )
        cursor.execute("ANALYZE records_statement, records_mention")


def _seeds(store_id: int) -> None:
    from lms.records.credentials.services import platform_grant
    from lms.records.statements.reading_in import Received
    from lms.records.statements.services import take_in

    data = [_statement(number) for number in range(SEEDS)]
    take_in(platform_grant(store_id), [Received(one, json.dumps(one)) for one in data], version="1.0.3")
    with connection.cursor() as cursor:
        for name, table in (("bench_seeds", "records_statement"), ("bench_seed_mentions", "records_mention")):
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(f"CREATE TABLE {name} AS SELECT * FROM {table} WHERE store_id = %s", [store_id])


def _questions(store_id: int, count: int, number: int) -> "dict[str, Wanted]":
    """What is asked for, a page each; number: which person, thing and time."""
    from lms.lib.clock import epoch_ms, now
    from lms.records.credentials.services import platform_grant
    from lms.records.statements import keys
    from lms.records.statements.keys import Role
    from lms.records.statements.queries import Wanted

    def renewed(key: UUID) -> UUID:
        generation = number * 7919 % max(count // SEEDS // SAME, 1)
        return (
            UUID(md5(f"{key}{generation}".encode(), usedforsecurity=False).hexdigest()) if generation else key
        )

    def verb(name: str) -> tuple[UUID, Role]:
        return keys.key("verb", f"http://adlnet.gov/expapi/verbs/{name}"), Role.VERB

    one = _statement(number)
    person = renewed(keys.agent_key(one["actor"])), Role.AGENT
    time = renewed(keys.registration_key(one["context"]["registration"])), Role.REGISTRATION
    thing = keys.activity_key(_statement(number * PEOPLE)["object"]["id"])
    course = keys.activity_key("https://rongtong.example.cn/courses/forklift")
    related = Role.ACTIVITY | Role.RELATED_ACTIVITY
    mine = keys.agent_key(platform_grant(store_id).authority), Role.RELATED_AGENT
    middle = epoch_ms(now()) - count // SEEDS * STEP_MS // 2
    asked: dict[str, tuple[list[tuple[UUID, Role]], dict[str, Any]]] = {
        "nothing": ([], {}),
        "a person": ([person], {}),
        "a person and a verb": ([person, verb("completed")], {}),
        "a person, also related": ([(person[0], Role.AGENT | Role.RELATED_AGENT)], {}),
        "a registration": ([time], {}),
        "a verb": ([verb("answered")], {}),
        "a verb that nobody used": ([verb("shared")], {}),
        "a verb, from the middle on, oldest first": (
            [verb("answered")],
            {"since": middle, "ascending": True},
        ),
        "an activity and a verb": ([(thing, Role.ACTIVITY), verb("completed")], {}),
        "a course, also related, and a verb": ([(course, related), verb("passed")], {}),
        "a course itself, of which nobody said anything": ([(course, Role.ACTIVITY)], {}),
        "a course, also related, up to the middle": ([(course, related)], {"until": middle}),
        "what a credential wrote, a verb": ([mine, verb("answered")], {}),
        "what a credential wrote of a person": ([mine, person], {}),
        # One in eighty of everything there is; each of the three is common.
        "what a credential wrote of an activity, a verb": (
            [mine, (thing, Role.ACTIVITY), verb("completed")],
            {},
        ),
    }
    return {name: Wanted(store_id, wanted, **more) for name, (wanted, more) in asked.items()}


def _asked(store_id: int, count: int, times: int) -> dict[str, dict[str, float]]:
    """p50 and p95 of each question and of all of them, ms; and how much of it the processor worked on both sides."""
    from lms.records.statements.queries import find

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    took: dict[str, list[float]] = {}
    worked: dict[str, list[float]] = {}
    for number in range(times + WARM):
        for name, wanted in _questions(store_id, count, number).items():
            began, before = monotonic(), _processor_ms(backend)
            find(wanted)
            if number >= WARM:
                took.setdefault(name, []).append((monotonic() - began) * 1000)
                worked.setdefault(name, []).append(_processor_ms(backend) - before)
    for of in (took, worked):
        of["all of them"] = [value for some in of.values() for value in some]
    return {
        name: _cut(values) | {f"processor_{key}": value for key, value in _cut(worked[name]).items()}
        for name, values in took.items()
    }


def _processor_ms(backend: int) -> float:
    """What this process and its server's have worked so far; of a server elsewhere nothing is known."""
    try:
        with open(f"/proc/{backend}/schedstat", encoding="ascii") as file:
            there = int(file.read().split()[0]) / 1e6
    except OSError:
        there = 0.0
    return there + process_time() * 1000


def _cut(took: list[float]) -> dict[str, float]:
    cut = quantiles(took, n=20)
    return {"p50_ms": round(cut[9], 1), "p95_ms": round(cut[18], 1)}


def run(statements: int, seconds: int, say: Say) -> None:
    from lms.accounts.api import Organisation
    from lms.records.credentials.services import store_of

    def store(code: str) -> int:
        organisation, _made = Organisation.objects.get_or_create(
            code=code, defaults={"name": code, "kind": Organisation.Kind.COLLEGE}
        )
        return int(store_of(organisation).pk)

    written, asked = store("bench-records-in"), store(f"bench-records-{uuid4().hex[:6]}")
    limit = writers.together(_raw(written), seconds, warm=2)
    found = writers.together(_door(written), seconds, warm=2)
    say(
        f"statements, {BATCH} to a batch, durable",
        per_second=round(found),
        limit=round(limit),
        ratio=round(found / limit, 3) if limit else 0,
        aim_per_second=2000,
    )
    _a_year_of_months(asked)
    _seeds(asked)
    for count in (statements // 50, statements // 5, statements):
        _copies(asked, count)
        for name, figures in _asked(asked, count, 20).items():
            say(f"statements by {name}", statements=count, **figures, aim_p95_ms=100)


def _a_year_of_months(store_id: int) -> None:
    """A store that is a year old, and the months for it."""
    from datetime import timedelta

    from lms.lib.clock import now, today
    from lms.records.models import Store
    from lms.records.partitions import MENTIONS, STATEMENTS

    Store.objects.filter(pk=store_id).update(made_at=now() - timedelta(days=370))
    for table in (STATEMENTS, MENTIONS):
        table.make_ahead(first=today() - timedelta(days=400))
