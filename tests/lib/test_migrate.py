"""`migrate` as this project has it: the same tables as Django's own makes, and nothing where it finds nothing to do."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

# What is migrated by both; the long form takes all of it.
APPS = ("",) if os.environ.get("RONGTONG_SOAK") else ("wagtailimages",)
PROGRAM = """
import sys
from contextlib import nullcontext
import django
django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from lms.lib.management.commands.migrate import quickly
with quickly() if sys.argv[1] == "ours" else nullcontext():
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes(*sys.argv[2:]))
"""


@pytest.mark.long
@pytest.mark.django_db
def test_migrating_again_says_that_nothing_is_left() -> None:
    # Django compares the models of the application with what was migrated then: those, too, are copied.
    said = StringIO()
    call_command("migrate", stdout=said)
    assert "No migrations to apply" in said.getvalue()
    assert "not yet reflected" not in said.getvalue()


@pytest.mark.long
@pytest.mark.parametrize("app", APPS)
def test_the_tables_are_those_that_django_makes(app: str, tmp_path: Path) -> None:
    def made(who: str) -> list[tuple[str, ...]]:
        home = tmp_path / who
        home.mkdir()
        env = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        command = [sys.executable, "-c", PROGRAM, who, *([app] if app else [])]
        subprocess.run(
            command,
            env=env | {"RONGTONG_HOME": str(home), "DJANGO_SETTINGS_MODULE": "lms.config.settings"},
            check=True,
        )
        with closing(sqlite3.connect(home / "rongtong.sqlite3")) as database:
            rows = database.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master")
            return sorted(rows.fetchall())

    ours = made("ours")
    assert ours
    assert ours == made("own")
