"""What every test shares: the flush that knows append-only triggers, and the markers' conditions."""

import gc
import os
import random
import shutil
from collections import Counter
from contextlib import contextmanager
from itertools import groupby
from unittest import TestCase

# Hardly anything that is loaded before the first test is garbage; looking for it takes a fifth of the start.
gc.disable()
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

import pytest
from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.core.management.commands import flush
from django.db import connections, transaction
from django.db.backends.base.creation import BaseDatabaseCreation
from django.test import override_settings
from django.utils import translation
from hypothesis import settings as hypothesis_settings

import tests.template_database  # noqa: F401 -- copies the migrated database instead of migrating for every run
from lms.config.garbage import settle
from tests.examples import profile

# How long an example takes says nothing here: two cores are shared. `make soak` looks at many more examples, the short form
# of .ci/run at half of them, `make test-fast` at a few; a test that wants a number of its own asks tests.examples for it.
hypothesis_settings.register_profile("quick", deadline=None, print_blob=True, max_examples=20)
hypothesis_settings.register_profile("drawn", deadline=None, print_blob=True, max_examples=50)
hypothesis_settings.register_profile("short", deadline=None, print_blob=True)
hypothesis_settings.register_profile("soak", deadline=None, print_blob=True, max_examples=2000)
hypothesis_settings.load_profile(profile())


@contextmanager
def guards_aside(connection):
    """Append-only triggers step aside for the flush and the restoring of transactional tests, for nothing else."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
        else:
            cursor.execute("SET session_replication_role = replica")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                for _name, sql in triggers:
                    cursor.execute(sql)
            else:
                cursor.execute("SET session_replication_role = DEFAULT")


def remembered_records():
    """The record store remembers what it has written, which is gone now."""
    from lms.records.statements.services import forget

    forget()


def _empty(connection):
    """Deletes the rows of tables that have any. Django's own way goes through hundreds of tables, and PostgreSQL gives each
    a new file; nothing is lost by the other, since no trigger and no key is in force meanwhile."""
    quote = connection.ops.quote_name
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with connection.cursor() as cursor:
        for start in range(0, len(tables), 100):
            asked = [
                f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)})"
                for table in tables[start : start + 100]
            ]
            cursor.execute(" UNION ALL ".join(asked))
            for (table,) in cursor.fetchall():
                cursor.execute(f"DELETE FROM {quote(table)}")


def _fill(connection, contents):
    """Writes serialised rows, those of a table at once; one by one where a row stands in several tables."""
    with connection.constraint_checks_disabled(), transaction.atomic(using=connection.alias):
        rows = serializers.deserialize("json", contents, using=connection.alias)
        for model, these in groupby(rows, key=lambda row: type(row.object)):
            found = list(these)
            if model._meta.parents or any(row.m2m_data for row in found):
                for row in found:
                    row.save()
            else:
                model._base_manager.using(connection.alias).bulk_create([row.object for row in found])


def _flush(self, **options):
    from django.contrib.contenttypes.models import ContentType  # not before the applications are loaded

    connection = connections[options["database"]]
    # What hears of a restored row asks for its type: found here, it is not made anew under a number of its own.
    ContentType.objects.get_for_models(*apps.get_models(), for_concrete_models=False)
    with guards_aside(connection):
        with connection.constraint_checks_disabled(), transaction.atomic(using=connection.alias):
            _empty(connection)
        remembered_records()
        # What migrations made comes back at once: with several workers, files of ordinary tests follow those of
        # transactional ones.
        contents = getattr(connection, "_test_serialized_contents", None)
        if contents:
            _fill(connection, contents)


def _serialize(self, _original=BaseDatabaseCreation.serialize_db_to_string):
    """Django keeps what migrations made on the connection object, of which Playwright's event loop has another than
    the tests before it: on the class, a browser test after an ordinary one finds it too."""
    contents = type(self.connection)._test_serialized_contents = _original(self)
    return contents


def _there_already(self, data):
    """serialized_rollback would write the rows that migrations made once more over those that every flush brings back."""


flush.Command.handle = _flush
BaseDatabaseCreation.deserialize_db_from_string = _there_already
BaseDatabaseCreation.serialize_db_to_string = _serialize


_DATABASE = {"db", "transactional_db", "live_server", "world", "django_db_setup"}


def _touches_a_service(item):
    if any(item.get_closest_marker(name) for name in ("django_db", "postgres", "redis", "elasticsearch")):
        return True
    return bool(_DATABASE & set(item.fixturenames)) or issubclass(
        getattr(item, "cls", None) or object, TestCase
    )


def _is_of_services(item):
    """Made for the services: SQLite says nothing about these."""
    return any(item.get_closest_marker(name) for name in ("postgres", "redis", "elasticsearch"))


# How much of what may be left to chance a short form runs, by the run that asks.
_SHARES = {"database": 1 / 4, "browser": 1 / 5, "engine": 1 / 2, "long": 1 / 3}


def _drawn(item, what):
    """Whether a file is in the short form, drawn by the seed of this run: each process of the run draws the same.
    Without a seed every file is."""
    seed = os.environ.get("RONGTONG_SAMPLE", "")
    return not seed or random.Random(f"{seed} {what} {item.location[0]}").random() < _SHARES[what]


def _is_run(item):
    """In the run on a second database (tools/run_tests.py) there is nothing to learn from tests that touch none. The short
    form draws which database a file's tests run on; what is made for the services runs on the second one in any case, of what asks
    the search engine half. The walk through everything is run always."""
    if item.get_closest_marker("browser"):
        return item.location[0].startswith("tests/browser/") or _drawn(item, "browser")
    if os.environ.get("RONGTONG_TESTS") == "near":
        return True
    second = os.environ.get("RONGTONG_TESTS") == "database"
    if second and not _touches_a_service(item):
        return False
    if second and _is_of_services(item):
        return not item.get_closest_marker("elasticsearch") or _drawn(item, "engine")
    if item.get_closest_marker("long") and not _drawn(item, "long"):
        return False
    if not os.environ.get("RONGTONG_SAMPLE"):
        return True
    return second == (_touches_a_service(item) and _drawn(item, "database"))


# So many tests that touch a database have a place in the inner loop.
_NEAR = 150


def _near(items):
    """For the inner loop: all tests that touch no database; of the others whole files, first those near what was changed
    (tools/run_tests.py names them), then any, by the seed of this run."""
    near = set(os.environ.get("RONGTONG_NEAR", "").split(os.pathsep))
    chance = random.Random(os.environ.get("RONGTONG_SAMPLE", ""))
    held = Counter(item.location[0] for item in items if _touches_a_service(item))
    files = sorted(held)
    chance.shuffle(files)
    taken, room = set(), _NEAR
    for file in sorted(files, key=lambda file: file not in near):
        if room > 0:
            taken.add(file)
            room -= held[file]
    return [item for item in items if not _touches_a_service(item) or item.location[0] in taken]


# Behind pytest's own, so that the marks have chosen before.
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Leaves out what this run is not about. Every transactional test gets its initial data back: the flush would delete
    Wagtail's root page."""
    chosen = [item for item in items if _is_run(item)]
    if os.environ.get("RONGTONG_TESTS") == "near":
        chosen = _near(chosen)
    kept = set(map(id, chosen))
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept])
    items[:] = chosen
    for item in items:
        marker = item.get_closest_marker("django_db")
        asked = marker.kwargs if marker else {}
        transactional = asked.get("transaction") or {"transactional_db", "live_server"} & set(
            item.fixturenames
        )
        if transactional and not asked.get("serialized_rollback"):
            raise pytest.UsageError(f"{item.nodeid}: transactional tests need serialized_rollback=True")


def pytest_collection_finish():
    """What is loaded by now stays to the end of the run: no collection walks through it again."""
    settle()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory):
    """Settings of every test. They are set once: each change of one empties caches that cost time to fill."""
    # Files of tests go to a folder of this process, never to the developer's own: what one process clears away, another one
    # may be working on.
    root = tmp_path_factory.getbasetemp() / "home"
    root.mkdir()
    with override_settings(
        HOME=root,
        MEDIA_ROOT=root / "media",
        H5P_ROOT=root / "h5p",
        # Tests of the cluster say so; all others search where the database is.
        ELASTICSEARCH_URL="",
        # Argon2id as shipped takes a tenth of a second on purpose; the same with small costs is enough here.
        PASSWORD_HASHERS=["tests.hashers.QuickArgon2"],
        # Static files are looked for when they are asked for, not all of them by every test's client.
        WHITENOISE_AUTOREFRESH=True,
    ):
        yield


@pytest.fixture(autouse=True)
def _language(_home):
    # A page in English leaves its language behind in the thread; the next test starts in ours.
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(scope="module")
def world(_home, django_db_setup, django_db_blocker):
    """For a module's fixtures that build once what many of its tests read: a transaction around all of these tests, each
    of which still has its own inside.

    Such a fixture hands out keys, or what nobody changes; tests fetch the rows themselves. Not beside transactional tests.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium, driven by Playwright; one for the whole run, since Playwright starts only once."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("RONGTONG_CHROMIUM") or shutil.which("chromium")
    assert path, "Chromium is missing: apt-get install chromium fonts-noto-cjk"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
