"""The record store: statements a second in batches, beside the same rows inserted raw; a filtered query however many there are.

The statements of the query are copies made by the database itself: of a thousand that came through the store's own door, each
with its rows, as often as is wanted, spread over the weeks behind.
"""

import json
from collections.abc import Callable
from hashlib import md5
from statistics import quantiles
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from tests.bench import writers

BATCH = 50
SHORT, FULL = 300_000, 5_000_000
# Statements copied, people among them and things they did.
SEEDS, PEOPLE, THINGS = 1_000, 50, 20
SAME = 10
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
    """Copies of the seeds up to so many statements, numbered behind each other, five minutes apart."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM records_statement WHERE store_id = %s", [store_id])
        have = cursor.fetchone()[0]
        first, last = have // SEEDS, count // SEEDS
        if last <= first:
            return
        cursor.execute("SELECT min(id), max(id) FROM (SELECT id FROM bench_seeds) s")
        low, high = cursor.fetchone()
        span = high - low + 1
        wanted = {"store": store_id, "first": first, "last": last - 1, "span": span, "people": SAME}
        cursor.execute(
            "INSERT INTO records_statement (id, stored_ms, store_id, statement_id, authority_id, version, given, raw, text) "
            "SELECT s.id + 1000000000 + n * %(span)s, s.stored_ms - n * 300000, s.store_id, gen_random_uuid(), "
            "s.authority_id, s.version, s.given, s.raw, s.text FROM bench_seeds s, "
            "generate_series(%(first)s::bigint, %(last)s::bigint) n",
            wanted,
        )
        cursor.execute(
            "INSERT INTO records_mention (store_id, key, stored_ms, statement, roles) "
            # Whoever acts is somebody else every ten copies: a store grows by people more than by what each of them does.
            "SELECT m.store_id, CASE WHEN (m.roles & 1) <> 0 AND n >= %(people)s "
            "THEN md5(m.key::text || (n / %(people)s)::text)::uuid ELSE m.key END, m.stored_ms - n * 300000, m.statement + 1000000000 + n * %(span)s, m.roles "
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


def _asked(store_id: int, count: int, times: int) -> dict[str, dict[str, float]]:
    """p50 and p95 of two questions, a page each: a person's statements with one verb, and those of one activity with it."""
    from lms.records.statements import keys
    from lms.records.statements.keys import Role
    from lms.records.statements.queries import Wanted, find

    def timed(wanted: list[tuple[UUID, Role]]) -> float:
        began = monotonic()
        find(Wanted(store_id, wanted))
        return (monotonic() - began) * 1000

    verb = (keys.key("verb", "http://adlnet.gov/expapi/verbs/completed"), Role.VERB)
    person, thing = [], []
    for number in range(times + 5):
        agent = keys.agent_key(_statement(number)["actor"])
        generation = number * 7919 % max(count // SEEDS // SAME, 1)
        if generation:
            agent = UUID(md5(f"{agent}{generation}".encode(), usedforsecurity=False).hexdigest())
        person.append(timed([(agent, Role.AGENT), verb]))
        activity = keys.activity_key(_statement(number * PEOPLE)["object"]["id"])
        thing.append(timed([(activity, Role.ACTIVITY), verb]))
    return {"a person": _cut(person), "an activity": _cut(thing)}


def _cut(took: list[float]) -> dict[str, float]:
    """Without the first ones, which warm what is kept."""
    cut = quantiles(took[5:], n=20)
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
    _seeds(asked)
    for count in (statements // 9, statements // 3, statements):
        _copies(asked, count)
        for name, figures in _asked(asked, count, 200).items():
            say(f"statements of {name} with one verb", statements=count, **figures, aim_p95_ms=100)
