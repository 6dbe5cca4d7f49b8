"""`python -m tests.bench [--full]`: JSON lines, each figure beside its limit measured in the same run.

Needs DATABASE_URL of a PostgreSQL with fsync on (make bench brings one). Absolute times say little on a shared
machine; the ratios do.
"""

import argparse
import json
import os
import platform
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from time import monotonic

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.config.settings")
os.environ.setdefault("ALLOWED_HOSTS", "127.0.0.1")
# Production brings its own; a bench's data lasts as long as its run.
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
os.environ.setdefault("RONGTONG_FIELD_KEYS", urlsafe_b64encode(secrets.token_bytes(32)).decode())
os.environ.setdefault("RONGTONG_LOOKUP_KEY", secrets.token_urlsafe(32))

import django

PARTS = [
    "pages",
    "study",
    "door",
    "ledger",
    "planner",
    "deposits",
    "packs",
    "h5p",
    "week",
    "year",
    "records",
    "lists",
    # The last: the index is left with documents of its own.
    "search",
]


BEGAN = monotonic()


def say(name: str, **figures: object) -> None:
    """One line; `at`: seconds since the bench began, which tells where its time goes."""
    at = round(monotonic() - BEGAN)
    print(json.dumps({"name": name} | figures | {"at": at}, ensure_ascii=False), flush=True)


def ratio(value: float, limit: float) -> float:
    return round(value / limit, 3) if limit else 0.0


def collect_static() -> None:
    """Static files under their hashed names, as production has them, without the half minute that squeezing them takes: what
    is measured here asks for none squeezed.
    """
    from django.conf import settings
    from django.core.management import call_command
    from django.test import override_settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    with override_settings(STORAGES=settings.STORAGES | {"staticfiles": plain}):
        call_command("collectstatic", verbosity=0, interactive=False)


def durable() -> None:
    """Ends the bench where a commit would not outlive the power."""
    from django.db import connection

    with connection.cursor() as cursor:
        for name in ("fsync", "synchronous_commit"):
            cursor.execute(f"SHOW {name}")
            if cursor.fetchone() != ("on",):
                raise SystemExit(f"{name} is off: what is acknowledged would not be durable")


def pages(size: int, seconds: int, folder: Path, *, unkept: bool) -> None:
    """Catalogue, course and lesson over HTTP, against a bare view on the same server; `unkept`: also as it would be if no
    search were kept for a moment.
    """
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from lms.accounts.api import actor
    from lms.learning.enrolment.services import enrol
    from tests.bench import data
    from tests.bench.load import press, served

    made = data.catalogue(size)
    (learner,) = data.people(1)
    enrolment = enrol(learner, made[0].course, actor(learner))
    long_enrolment = enrol(learner, made[-1].course, actor(learner))
    cookie = data.session_cookie(learner)
    addresses = {
        "course page, signed in": made[0].course.get_url(),
        "course page of 60 lessons, signed in": made[-1].course.get_url(),
        "lesson page, signed in": f"/learn/{enrolment.uuid}/{made[0].lessons.first().uuid}/",
        "lesson page of 60 lessons, signed in": f"/learn/{long_enrolment.uuid}/{made[-1].lessons.first().uuid}/",
    }
    client = Client(HTTP_HOST="127.0.0.1", headers={"Cookie": cookie})
    client.cookies.load(cookie)
    queries = {}
    for name, address in addresses.items():
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            status = client.get(address).status_code
        queries[name] = (len(captured), status)
    unseen = 'n = 0\nrequest = function() n = n + 1; return wrk.format("GET", "/courses/?n=" .. n) end\n'
    with served("tests.bench.bare:application", folder) as bare:
        limit = press(bare + "/", seconds=seconds)
    say("limit: bare Django view", **limit)
    with served("lms.config.wsgi:application", folder) as site:
        # What runs in virtual machines (Elasticsearch) is slow in its first seconds; pages are kept by address, so that
        # these addresses are not asked for again.
        press(site + "/courses/", seconds=3, script=unseen.replace("?n=", "?warm="))
        press(site + "/courses/", seconds=2)
        warm = press(site + "/courses/", seconds=seconds)
        say(
            "catalogue, visitor, warm cache",
            courses=size,
            **warm,
            limit=limit["per_second"],
            ratio=ratio(warm["per_second"], limit["per_second"]),
            aim_per_second=2000,
        )
        cold = press(site + "/courses/", seconds=seconds, script=unseen)
        say(
            "catalogue, visitor, page not cached",
            courses=size,
            **cold,
            limit=limit["per_second"],
            ratio=ratio(cold["per_second"], limit["per_second"]),
            aim_per_second=150,
        )
        # Each process reads its templates once, and what the flood of searches woke in Elasticsearch comes to rest.
        for address in addresses.values():
            press(site + address, seconds=1, headers={"Cookie": cookie})
        for name, address in addresses.items():
            count, status = queries[name]
            figures = press(site + address, seconds=seconds, headers={"Cookie": cookie})
            say(
                name,
                **figures,
                queries=count,
                status=status,
                limit=limit["per_second"],
                ratio=ratio(figures["per_second"], limit["per_second"]),
                aim_p95_ms=50,
                aim_queries=8,
            )
    if not unkept:
        return
    with served("lms.config.wsgi:application", folder, SEARCH_KEPT_SECONDS="0") as site:
        press(site + "/courses/", seconds=3, script=unseen.replace("?n=", "?warm="))
        bare_cold = press(site + "/courses/", seconds=seconds, script=unseen)
        say(
            "catalogue, visitor, page not cached and each search asked anew",
            courses=size,
            **bare_cold,
            limit=limit["per_second"],
            ratio=ratio(bare_cold["per_second"], limit["per_second"]),
            aim_per_second=150,
        )


def study(seconds: int, sessions: int) -> None:
    """Study reports, acknowledged and durable, against rows inserted raw."""
    from lms.learning.study.services import open_session
    from tests.bench import data, writers

    opened = [
        (user, session.token, block) for user, session, block in data.opened_sessions(sessions, open_session)
    ]
    writers.make_raw_table()
    limit = writers.together(writers.raw_rows, seconds)
    say("limit: raw durable inserts", per_second=round(limit))
    found = writers.together(writers.reports(opened), seconds)
    say(
        "study reports, durable",
        per_second=round(found),
        limit=round(limit),
        ratio=ratio(found, limit),
        aim_per_second=1200,
    )


def door(seconds: int, sessions: int, folder: Path) -> None:
    """Study reports over HTTP through the door of production, 64 connections, against an endpoint that only inserts."""
    from django.db import connection

    from lms.learning.study.services import open_session
    from tests.bench import data, writers
    from tests.bench.load import press, reporting, study_door

    durable()
    opened = data.opened_sessions(sessions, open_session)
    lines = [f"{data.session_cookie(user)}\t{session.token}\t{block}" for user, session, block in opened]
    writers.make_raw_table()
    with (
        reporting(folder, lines) as script,
        study_door("tests.bench.bare_asgi:application", folder) as bare,
    ):
        limit = press(bare + "/", seconds=seconds, clients=64, script=script)
        say("limit: an endpoint that inserts and commits", **limit)
    with reporting(folder, lines) as script, study_door("lms.config.asgi:application", folder) as site:
        found = press(site + "/learn/study/report", seconds=seconds, clients=64, script=script)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM learning_studyreport")
        (kept,) = cursor.fetchone()
    say(
        "study reports over HTTP, durable",
        **found,
        limit=limit["per_second"],
        ratio=ratio(found["per_second"], limit["per_second"]),
        rows_kept=kept,
        aim_per_second=5000,
        aim_ratio=0.5,
        aim_p99_ms=50,
    )


def ledger(seconds: int, holders: int) -> None:
    """Ledger postings of 8 clients, one by one and in batches, against raw inserts of the same rows."""
    from django.db import connection

    from creditbank.ledger.services import issuer_account
    from tests.bench import books, writers

    durable()
    unit = "study_hour.public"
    accounts = books.accounts(holders)
    issuer = issuer_account(unit)
    writers.make_raw_books()
    # Plans are made for tables that hold something, as they do in use.
    for work in (writers.raw_books, writers.postings(accounts, issuer, 1)):
        writers.together(work, 2, writers.CLIENTS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    limit = writers.together(writers.raw_books, seconds, writers.CLIENTS, warm=2)
    say("limit: raw inserts of a posting's rows", clients=writers.CLIENTS, per_second=round(limit))
    for batch in (1, 50):
        found = writers.together(writers.postings(accounts, issuer, batch), seconds, writers.CLIENTS, warm=2)
        say(
            f"ledger postings, {batch} to a transaction",
            clients=writers.CLIENTS,
            per_second=round(found),
            limit=round(limit),
            ratio=ratio(found, limit),
            aim_per_second=3000,
            aim_ratio=0.4,
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="the large sizes")
    parser.add_argument("--only", choices=PARTS, action="append")
    options = parser.parse_args()
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from tests.bench import books, deposits, h5p, lists, packs, planner, records, search, week, year
    from tests.bench.load import keeping

    if connection.vendor != "postgresql":
        raise SystemExit("The bench measures the production shape: set DATABASE_URL (make bench does).")
    call_command("migrate", verbosity=0)
    settings.HOME.mkdir(parents=True, exist_ok=True)
    collect_static()
    say(
        "machine",
        cores=os.cpu_count(),
        python=platform.python_version(),
        system=platform.platform(),
        size="full" if options.full else "short",
    )
    full, home = options.full, settings.HOME

    def bank() -> None:
        ledger(30 if full else 5, 2000)
        sizes = [books.ENTRIES // 9, *([books.ENTRIES // 3] if full else []), books.ENTRIES]
        books.run(sizes, 100_000 if full else 10_000, say)

    def packed() -> None:
        packs.big(say, files=2000, mebibytes=500)
        packs.many(say, count=50)

    def years() -> None:
        everybody = year.EVERYBODY if full else year.SHORT
        sizes = [everybody // 9, everybody // 3, everybody] if full else [everybody // 9, everybody]
        year.run(sizes, 15 if full else 2, home, say)

    parts: dict[str, Callable[[], None]] = {
        "pages": lambda: pages(2000 if full else 150, 20 if full else 3, home, unkept=full),
        "study": lambda: study(30 if full else 6, 2000 if full else 200),
        "door": lambda: door(30 if full else 6, 2000 if full else 300, home),
        "ledger": bank,
        "planner": lambda: planner.run(300 if full else 100, planner.FULL if full else planner.SHORT, say),
        "deposits": lambda: deposits.run(deposits.FULL if full else deposits.SHORT, say),
        "packs": packed,
        "h5p": lambda: h5p.start(say, home, times=20 if full else 3),
        "week": lambda: week.run(*(week.FULL if full else week.SHORT), home, say),
        "year": years,
        "records": lambda: records.run(records.FULL if full else records.SHORT, 20 if full else 6, say),
        "search": lambda: search.run(
            search.FULL if full else search.SHORT, 15 if full else 4, home, say, anew=full
        ),
        "lists": lambda: lists.run(lists.CASES, 5 if full else 1, home, say, drawn=None if full else 10),
    }
    with keeping():
        for name in options.only or PARTS:
            began = monotonic()
            parts[name]()
            say("part", part=name, seconds=round(monotonic() - began))


if __name__ == "__main__":
    main()
