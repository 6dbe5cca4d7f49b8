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


def append_only_again(table: str) -> migrations.RunPython:
    """Migration operation, as the first and the last one around a change of `table`: SQLite changes some things of a
    table by building it anew, and its triggers go with the old one. Where they stand already, nothing changes.
    """
    return migrations.RunPython(_create(table), _create(table))
