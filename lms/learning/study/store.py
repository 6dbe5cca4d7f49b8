"""The quick way of a report to the disk: one statement to lock and read, one to write (three on SQLite).

A report arrives every half minute from every page, so its door is written in SQL; everything else uses the ORM. On
PostgreSQL the statements are prepared, and insert and updates are one statement, so that a report costs four round
trips with BEGIN and COMMIT. Owns: those statements. Refuses: deciding anything.
"""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, models

from lms.learning.study.models import LessonProgress, StudyReport, StudySession, StudyStream
from lms.lib import prepared

REPORT_FIELDS = (
    "session_id",
    "seq",
    "payload_hash",
    "received_ms",
    "elapsed_ms",
    "active_ms_total",
    "active",
    "inactive",
    "coverage",
)
SESSION_FIELDS = ("active", "attributed_ms", "last_seq", "seen_ms")
PROGRESS_FIELDS = (
    "coverage",
    "active_ms",
    "overlap_ms",
    "budget_hundredths",
    "covered_ms",
    "met_ms",
    "counted_ms",
    "percent",
    "days",
    "last_day",
    "position",
    "updated_at",
)
Converter = Callable[[Any, Any, Any], Any]


def load(session_uuid: str) -> tuple[StudyStream, StudySession] | None:
    """The session with its progress, and the person's stream: read and locked in this order, stream first.

    The stream row is made when a person opens their first session, so every session has one. All three rows are named
    in FOR UPDATE: what was waited for is then read as it is after the wait.
    """
    rows = prepared.fetch(_load_sql(connection.vendor), [_uuid(session_uuid)])
    if not rows:
        return None
    (row,) = rows
    session_part, progress_part = _readers(connection.vendor)
    cut = 1 + len(session_part.names)
    session: StudySession = session_part.build(row[1:cut])
    session.progress = progress_part.build(row[cut:])
    return StudyStream(person_id=session.person_id, session_id=row[0]), session


def write(report: StudyReport, session: StudySession, progress: LessonProgress) -> None:
    """Insert the report, and save what `projection.applied` changed in session and progress."""
    params = [
        [_dump(StudyReport, name, getattr(report, name)) for name in REPORT_FIELDS],
        [*(_dump(StudySession, name, getattr(session, name)) for name in SESSION_FIELDS), session.pk],
        [*(_dump(LessonProgress, name, getattr(progress, name)) for name in PROGRESS_FIELDS), progress.pk],
    ]
    insert, *updates = _write_sql(connection.vendor)
    if connection.vendor == "postgresql":
        prepared.run(
            f"WITH r AS ({insert}), s AS ({updates[0]}) {updates[1]}",
            [item for part in params for item in part],
        )
        return
    for statement, part in zip((insert, *updates), params, strict=True):
        prepared.run(statement, part)


# --- the statements --------------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def _load_sql(vendor: str) -> str:
    session = ", ".join(f's."{field.column}"' for field in StudySession._meta.concrete_fields)
    progress = ", ".join(f'p."{field.column}"' for field in LessonProgress._meta.concrete_fields)
    lock = " FOR UPDATE OF st, s, p" if vendor == "postgresql" else ""
    return (
        f"SELECT st.session_id, {session}, {progress} FROM learning_studystream st "  # noqa: S608 - our own names
        "JOIN learning_studysession s ON s.person_id = st.person_id "
        f"JOIN learning_lessonprogress p ON p.id = s.progress_id WHERE s.uuid = %s{lock}"
    )


@lru_cache(maxsize=2)
def _write_sql(vendor: str) -> tuple[str, str, str]:
    def mark(model: type[models.Model], name: str) -> str:
        is_json = isinstance(model._meta.get_field(name.removesuffix("_id")), models.JSONField)
        return "%s::jsonb" if is_json and vendor == "postgresql" else "%s"

    def update(model: type[models.Model], names: Sequence[str]) -> str:
        sets = ", ".join(f"{name} = {mark(model, name)}" for name in names)
        return f"UPDATE {model._meta.db_table} SET {sets} WHERE id = %s"  # noqa: S608 - our own names

    values = ", ".join(mark(StudyReport, name) for name in REPORT_FIELDS)
    return (
        f"INSERT INTO learning_studyreport ({', '.join(REPORT_FIELDS)}) VALUES ({values})",  # noqa: S608
        update(StudySession, SESSION_FIELDS),
        update(LessonProgress, PROGRESS_FIELDS),
    )


# --- values on their way ---------------------------------------------------------------------------------


class _Reader:
    """Builds one model's instances out of a part of a row, with the converters of field and database."""

    def __init__(self, model: type[models.Model]) -> None:
        fields = model._meta.concrete_fields
        self.model = model
        self.names = [field.attname for field in fields]
        self.converters: list[tuple[int, Any, list[Converter]]] = []
        for place, field in enumerate(fields):
            column = field.get_col(model._meta.db_table)
            found = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
            if found:
                self.converters.append((place, column, found))

    def build(self, part: Sequence[Any]) -> Any:
        values = list(part)
        for place, column, converters in self.converters:
            for convert in converters:
                values[place] = convert(values[place], column, connection)
        return self.model.from_db(connection.alias, self.names, values)


@lru_cache(maxsize=2)
def _readers(vendor: str) -> tuple[_Reader, _Reader]:
    return _Reader(StudySession), _Reader(LessonProgress)


@lru_cache(maxsize=64)
def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    return model._meta.get_field(name.removesuffix("_id"))  # type: ignore[return-value]


def _dump(model: type[models.Model], name: str, value: Any) -> Any:
    field = _field(model, name)
    if isinstance(field, models.JSONField):
        return json.dumps(value, separators=(",", ":"))
    if isinstance(field, models.DateField):
        return field.get_db_prep_save(value, connection)
    return value


def _uuid(text: str) -> Any:
    return StudySession._meta.get_field("uuid").get_db_prep_value(text, connection)
