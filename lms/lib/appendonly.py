"""Rows that are only ever added, refused in Python and by triggers in the database itself.

Owns: the abstract model and the migration operation. TRUNCATE is not covered by a row trigger: production's role
lacks that privilege (deploy/), and a TRUNCATE trigger would stop Django's test flush.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NoReturn, Self

from django.db import models
from django.db.migrations.operations.base import Operation

# What a migration does to tables: (None, schema editor).
OnTables = Callable[[Any, Any], None]


class AppendOnlyError(TypeError):
    """Programming error: something tried to change or delete a row that only grows."""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(f"{self.model.__name__} rows are never changed")

    def delete(self) -> NoReturn:
        raise AppendOnlyError(f"{self.model.__name__} rows are never deleted")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(f"{self.model.__name__} rows are never changed")

    def select_for_update(self, *args: Any, **kwargs: Any) -> Self:
        """To lock a row PostgreSQL asks for the right to change it, which production's role has not: nothing would show it before."""
        if not issubclass(self.model, ErasableModel):
            raise AppendOnlyError(f"{self.model.__name__} rows are never locked: lock what they hang on")
        return super().select_for_update(*args, **kwargs)


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


class ErasableModel(AppendOnlyModel):
    """Rows that stay for ever, of which the words may be removed, once, when the person they are about is erased; then
    `erased` says so. blank: field → what it holds afterwards, "" or {}. docs/decisions/erasure.md.
    """

    blank: ClassVar[dict[str, Any]]
    erased = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        abstract = True


def erase_words(model: type[ErasableModel], about: models.Q) -> int:
    """Remove the words of the rows that are `about` somebody; the number of rows changed."""
    # Past the manager that refuses every change: the triggers let exactly this one pass.
    rows: models.QuerySet[Any] = models.QuerySet(model)
    return rows.filter(about, erased=False).update(erased=True, **model.blank)


class OnDatabase(Operation):
    """A migration operation on tables and triggers alone: `code(None, schema_editor)`, and the same back.

    RunPython hands its code the models of that moment, and to make all of them anew takes longer than most migrations.
    """

    reduces_to_sql = False

    def __init__(self, code: OnTables, reverse_code: OnTables | None = None) -> None:
        self.code, self.reverse_code = code, reverse_code

    @staticmethod
    def noop(apps: Any, schema_editor: Any) -> None:
        """A way back on which nothing is to be done."""

    @property
    def reversible(self) -> bool:  # type: ignore[override]
        return self.reverse_code is not None

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self.code(None, schema_editor)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if self.reverse_code is None:
            raise NotImplementedError("this operation has no way back")
        self.reverse_code(None, schema_editor)

    def describe(self) -> str:
        return "On tables and triggers"


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


def append_only(table: str) -> OnDatabase:
    """Migration operation: UPDATE and DELETE on `table` are refused by the database from here on."""
    return OnDatabase(_create(table), _drop(table))


def _erasable(table: str, columns: Sequence[str]) -> Any:
    def forwards(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                # Triggers of before the columns could be named are the audit's.
                "CREATE OR REPLACE FUNCTION rt_erasable() RETURNS trigger LANGUAGE plpgsql AS $$ "
                "DECLARE blanked text[] := '{reason,data}'; "
                "BEGIN IF TG_NARGS > 0 THEN blanked := TG_ARGV; END IF; "
                "IF TG_OP = 'UPDATE' AND NOT OLD.erased AND NEW.erased "
                "AND NOT EXISTS (SELECT FROM unnest(blanked) name "
                """WHERE to_jsonb(NEW) -> name NOT IN ('""'::jsonb, '{}'::jsonb)) """
                "AND to_jsonb(NEW) - blanked - 'erased' = to_jsonb(OLD) - blanked - 'erased' "
                "THEN RETURN NEW; END IF; "
                "RAISE EXCEPTION 'append-only: % refused on %', TG_OP, TG_TABLE_NAME "
                "USING ERRCODE = 'integrity_constraint_violation'; END $$",
                params=None,
            )
            schema_editor.execute(
                f'CREATE OR REPLACE TRIGGER rt_append_only BEFORE UPDATE OR DELETE ON "{table}" '
                f"FOR EACH ROW EXECUTE FUNCTION rt_erasable({', '.join(columns)})",
                params=None,
            )
            return
        with schema_editor.connection.cursor() as cursor:
            described = schema_editor.connection.introspection.get_table_description(cursor, table)
        kept = [column.name for column in described if column.name not in (*columns, "erased")]
        same = " AND ".join(f'NEW."{column}" IS OLD."{column}"' for column in kept)
        blank = " AND ".join(f"NEW.\"{column}\" IN ('', '{{}}')" for column in columns)
        schema_editor.execute(f'DROP TRIGGER IF EXISTS "rt_append_only_update_{table}"', params=None)
        schema_editor.execute(
            f'CREATE TRIGGER "rt_append_only_update_{table}" BEFORE UPDATE ON "{table}" '
            f"WHEN NOT (OLD.erased = 0 AND NEW.erased = 1 AND {blank} AND {same}) "
            f"BEGIN SELECT RAISE(ABORT, 'append-only: update refused on {table}'); END",
            params=None,
        )
        schema_editor.execute(
            f'CREATE TRIGGER IF NOT EXISTS "rt_append_only_delete_{table}" BEFORE DELETE ON "{table}" '
            f"BEGIN SELECT RAISE(ABORT, 'append-only: delete refused on {table}'); END",
            params=None,
        )

    return forwards


def append_only_but_erasable(table: str, *columns: str) -> OnDatabase:
    """Migration operation, for the table of an ErasableModel: as `append_only`, and `columns` (text or JSON, the audit's
    where none are named) of a row may be emptied, once. Production's grants follow from the trigger (deploy/sql).
    """

    def backwards(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            schema_editor.execute(f'DROP TRIGGER IF EXISTS "rt_append_only_update_{table}"', params=None)
        _create(table)(apps, schema_editor)

    return OnDatabase(_erasable(table, columns or ("reason", "data")), backwards)


def append_only_again(table: str) -> OnDatabase:
    """Migration operation, as the first and the last one around a change of `table`: SQLite changes some things of a
    table by building it anew, and its triggers go with the old one. Where they stand already, nothing changes.
    """
    return OnDatabase(_create(table), _create(table))
