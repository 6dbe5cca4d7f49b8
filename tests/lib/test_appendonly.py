"""Every append-only table is guarded in the database itself: production's grants (deploy/sql) go by these triggers."""

import pytest
from django.apps import apps
from django.db import Error, connection, transaction

from creditbank.api import APPEND_ONLY_TABLES
from lms.lib.appendonly import AppendOnlyError, AppendOnlyModel, ErasableModel
from lms.lib.audit.models import AuditRow
from lms.lib.ids import uuid7

MODELS = [model for model in apps.get_models() if issubclass(model, AppendOnlyModel)]
TABLES = {model._meta.db_table for model in MODELS}


def test_the_credit_banks_list_is_complete():
    assert {table for table in TABLES if table.startswith("creditbank_")} == set(APPEND_ONLY_TABLES)


@pytest.mark.django_db
def test_each_table_has_both_guards():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT c.relname, t.tgtype FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                "WHERE t.tgname = 'rt_append_only' AND t.tgenabled IN ('O', 'A')"
            )
            # Before (2), for each row (1), on delete (8) and update (16).
            guarded = {table for table, kind in cursor.fetchall() if kind == 2 + 1 + 8 + 16}
            # The parts of a table are guarded each by its own, or they would be a way past it.
            cursor.execute(
                "SELECT c.relname, p.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
                "JOIN pg_class p ON p.oid = i.inhparent WHERE c.relkind = 'r'"
            )
            parts = dict(cursor.fetchall())
            assert {part for part, table in parts.items() if table in TABLES} <= guarded
            found = guarded - set(parts)
        else:
            cursor.execute("SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'")
            names = set(cursor.fetchall())
            found = {
                table
                for table, _name in names
                if all((table, f"rt_append_only_{verb}_{table}") in names for verb in ("update", "delete"))
            }
    assert found == TABLES


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE lib_auditrow SET reason = 'x'", "DELETE FROM lib_auditrow"])
def test_the_guards_bite(statement):
    AuditRow.objects.create(at="2026-03-02T00:00:00Z", role="x", action="x", target_type="x", target=uuid7())
    with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


ERASABLE = [model for model in MODELS if issubclass(model, ErasableModel)]


@pytest.mark.django_db
@pytest.mark.parametrize("model", ERASABLE, ids=lambda model: model.__name__)
def test_the_guard_lets_those_words_go_that_the_model_names(model):
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgargs FROM pg_trigger WHERE tgname = 'rt_append_only' AND tgrelid = %s::regclass",
                [table],
            )
            (names,) = cursor.fetchone()
            assert bytes(names).decode().split("\0")[:-1] == list(model.blank)
            return
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [f"rt_append_only_update_{table}"])
        (text,) = cursor.fetchone()
    kept = {field.column for field in model._meta.concrete_fields} - {*model.blank, "erased"}
    assert all(f'NEW."{name}" IS OLD."{name}"' in text for name in kept)
    assert all(f"NEW.\"{name}\" IN ('', '{{}}')" in text for name in model.blank)


def test_no_code_locks_a_row_that_only_grows():
    """Production's role may not (it has no UPDATE on such tables), and no other shape would show it."""
    for model in MODELS:
        if issubclass(model, ErasableModel):
            assert model._default_manager.select_for_update().query.select_for_update
        else:
            with pytest.raises(AppendOnlyError, match="never locked"):
                model._default_manager.select_for_update()
