"""Rows that are only ever added, refused in Python and by triggers in the database itself.

Owns: the abstract model and the migration operation. TRUNCATE is not covered by a row trigger: production's role
lacks that privilege (deploy/), and a TRUNCATE trigger would stop Django's test flush.
"""

from typing import Any, NoReturn, Self

from django.db import migrations, models


class AppendOnlyError(TypeError):
    """Programming error: something tried to change or delete a row that only grows."""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(f"{self.model.__name__} rows are never changed")

    def delete(self) -> NoReturn:
        raise AppendOnlyError(f"{self.model.__name__} rows are never deleted")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(f"{self.model.__name__} rows are never changed")


class AppendOnlyModel(models.Model):
    objects: models.Manager[Self] = models.Manager.from_queryset(AppendOnlyQuerySet)()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError(f"{type(self).__name__} rows are never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(f"{type(self).__name__} rows are never deleted")


def _create(table: str) -> Any:
    def forwards(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                "CREATE OR REPLACE FUNCTION rt_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
                "BEGIN RAISE EXCEPTION 'append-only: % refused on %', TG_OP, TG_TABLE_NAME "
                "USING ERRCODE = 'integrity_constraint_violation'; END $$",
                params=None,
            )
            schema_editor.execute(
                f'CREATE OR REPLACE TRIGGER rt_append_only BEFORE UPDATE OR DELETE ON "{table}" '
                "FOR EACH ROW EXECUTE FUNCTION rt_append_only()",
                params=None,
            )
        else:
            for verb in ("update", "delete"):
                schema_editor.execute(
                    f'CREATE TRIGGER IF NOT EXISTS "rt_append_only_{verb}_{table}" BEFORE {verb.upper()} ON "{table}" '
                    f"BEGIN SELECT RAISE(ABORT, 'append-only: {verb} refused on {table}'); END",
                    params=None,
                )

    return forwards


def _drop(table: str) -> Any:
    def backwards(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f'DROP TRIGGER rt_append_only ON "{table}"', params=None)
        else:
            for verb in ("update", "delete"):
                schema_editor.execute(f'DROP TRIGGER "rt_append_only_{verb}_{table}"', params=None)

    return backwards


def append_only(table: str) -> migrations.RunPython:
    """Migration operation: UPDATE and DELETE on `table` are refused by the database from here on."""
    return migrations.RunPython(_create(table), _drop(table))


# What may be done to a record of the audit, once: its free text goes, and it says so. Everything else stays as it is.
_KEPT = ("id", "uuid", "at", "person", "role", "body", "action", "target_type", "target")


def _erasable(table: str) -> Any:
    def forwards(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                "CREATE OR REPLACE FUNCTION rt_erasable() RETURNS trigger LANGUAGE plpgsql AS $$ "
                "BEGIN IF TG_OP = 'UPDATE' AND NOT OLD.erased AND NEW.erased "
                "AND NEW.reason = '' AND NEW.data = '{}'::jsonb "
                "AND to_jsonb(NEW) - '{reason,data,erased}'::text[] = to_jsonb(OLD) - '{reason,data,erased}'::text[] "
                "THEN RETURN NEW; END IF; "
                "RAISE EXCEPTION 'append-only: % refused on %', TG_OP, TG_TABLE_NAME "
                "USING ERRCODE = 'integrity_constraint_violation'; END $$",
                params=None,
            )
            schema_editor.execute(
                f'CREATE OR REPLACE TRIGGER rt_append_only BEFORE UPDATE OR DELETE ON "{table}" '
                "FOR EACH ROW EXECUTE FUNCTION rt_erasable()",
                params=None,
            )
            return
        same = " AND ".join(f'NEW."{column}" IS OLD."{column}"' for column in _KEPT)
        blank = "OLD.erased = 0 AND NEW.erased = 1 AND NEW.reason = '' AND NEW.data = '{}'"
        schema_editor.execute(f'DROP TRIGGER IF EXISTS "rt_append_only_update_{table}"', params=None)
        schema_editor.execute(
            f'CREATE TRIGGER "rt_append_only_update_{table}" BEFORE UPDATE ON "{table}" '
            f"WHEN NOT ({blank} AND {same}) "
            f"BEGIN SELECT RAISE(ABORT, 'append-only: update refused on {table}'); END",
            params=None,
        )
        schema_editor.execute(
            f'CREATE TRIGGER IF NOT EXISTS "rt_append_only_delete_{table}" BEFORE DELETE ON "{table}" '
            f"BEGIN SELECT RAISE(ABORT, 'append-only: delete refused on {table}'); END",
            params=None,
        )

    return forwards


def append_only_but_erasable(table: str) -> migrations.RunPython:
    """Migration operation, for tables with AuditRow's columns: as `append_only`, and the free text of a row may be
    removed, once. Production's grants allow the role UPDATE of these three columns alone (deploy/sql).
    """

    def backwards(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            schema_editor.execute(f'DROP TRIGGER IF EXISTS "rt_append_only_update_{table}"', params=None)
        _create(table)(apps, schema_editor)

    return migrations.RunPython(_erasable(table), backwards)


def append_only_again(table: str) -> migrations.RunPython:
    """Migration operation, as the first and the last one around a change of `table`: SQLite changes some things of a
    table by building it anew, and its triggers go with the old one. Where they stand already, nothing changes.
    """
    return migrations.RunPython(_create(table), _create(table))
