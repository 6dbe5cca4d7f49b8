"""Migrating takes half a minute; copying takes a second: the test database of a worker is a copy.

Owns: the copy (on SQLite of a file in the cache folder, on PostgreSQL of a database on the same server, which goes with it),
and the hash that says when it is stale (migrations, models, apps, what migrations import, settings, packages).
Refuses: a database that already holds something.
"""

import fcntl
import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partialmethod
from pathlib import Path
from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from tools.common import ROOT, cache_folder, digest, files_below

PACKAGES = ("lms", "courses", "creditbank", "search", "themes")
KEEP = 4
_IMPORTED = re.compile(rf"^\s*(?:from|import) ((?:{'|'.join(PACKAGES)})(?:\.\w+)+)(?: import (.+))?", re.M)


def fingerprint() -> str:
    """A hash over everything that decides what a migrated database holds."""
    files = files_below(*(ROOT / name for name in PACKAGES))
    migrations = [path for path in files if path.parent.name == "migrations" and path.suffix == ".py"]
    wanted = {path for path in files if path.name in {"models.py", "apps.py"} or "settings" in path.name}
    for path in migrations:
        for module, names in _IMPORTED.findall(path.read_text(encoding="utf-8")):
            wanted |= _sources(module, names)
    return digest(sorted({*migrations, *wanted, ROOT / "requirements" / "base.txt"}), sqlite3.sqlite_version)[
        :20
    ]


def _sources(module: str, names: str) -> set[Path]:
    """The files of `module`, and of those of `names` that are modules below it."""
    base = ROOT / module.replace(".", "/")
    found = {base.with_suffix(".py"), base / "__init__.py"}
    found |= {base / f"{name.split(' as ')[0].strip(' ()')}.py" for name in names.split(",") if name}
    return {path for path in found if path.is_file()}


def _migrate_or_copy(command: migrate.Command, original: Any, *args: Any, **options: Any) -> Any:
    connection = connections[options["database"]]
    if connection.introspection.table_names():
        return original(command, *args, **options)
    folder = cache_folder() / "test-databases"
    folder.mkdir(parents=True, exist_ok=True)
    copied = _file_copied if connection.vendor == "sqlite" else _server_copied
    # Several workers start at once: one migrates, the others wait for its copy.
    with (folder / f"lock-{connection.vendor}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return copied(connection, folder, lambda: original(command, *args, **options))


def _file_copied(connection: Any, folder: Path, migrated: Callable[[], Any]) -> Any:
    template = folder / f"{fingerprint()}.sqlite3"
    if template.exists():
        template.touch()
        with closing(sqlite3.connect(template)) as source:
            source.backup(connection.connection)
        return None
    result = migrated()
    draft = folder / f".{os.getpid()}"
    draft.unlink(missing_ok=True)
    with closing(sqlite3.connect(draft)) as target:
        connection.connection.backup(target)
    draft.replace(template)
    for old in sorted(folder.glob("*.sqlite3"), key=lambda path: path.stat().st_mtime)[:-KEEP]:
        old.unlink(missing_ok=True)
    return result


def _server_copied(connection: Any, folder: Path, migrated: Callable[[], Any]) -> Any:
    template, mine = f"rongtong_template_{fingerprint()}", connection.settings_dict["NAME"]
    creation = connection.creation
    with creation._nodb_cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [template])
        (found,) = cursor.fetchone()
    result = None if found else migrated()
    # A database is copied only while nobody is connected to it.
    connection.close()
    with creation._nodb_cursor() as cursor:
        if found:
            cursor.execute(f'DROP DATABASE "{mine}"')
            cursor.execute(f'CREATE DATABASE "{mine}" TEMPLATE "{template}"')
            return None
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'rongtong\\_template\\_%'")
        for (old,) in cursor.fetchall():
            cursor.execute(f'DROP DATABASE "{old}"')
        cursor.execute(f'CREATE DATABASE "{template}" TEMPLATE "{mine}"')
    return result


migrate.Command.handle = partialmethod(_migrate_or_copy, migrate.Command.handle)
