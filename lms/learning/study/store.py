"""The quick way of a report to the disk: one statement to lock and read, one to write (three on SQLite).

A report arrives every half minute from every page, so its door is written in SQL; everything else uses the ORM. On
PostgreSQL the statements are prepared, and insert and updates are one statement, so that a report costs four round
trips with BEGIN and COMMIT, and many reports together cost the same four. Owns: those statements. Refuses: deciding
anything.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeVar

import orjson
from django.contrib.auth import get_user_model
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.base import ModelState

from lms.learning.study.models import LessonProgress, StudyReport, StudySession, StudyStream
from lms.lib import prepared

Row = TypeVar("Row", bound=models.Model)

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
    "opened_ms",
)
SESSION_FIELDS = ("active", "attributed_ms", "barred_ms", "last_seq", "seen_ms")
PROGRESS_FIELDS = (
    "coverage",
    "active_ms",
    "overlap_ms",
    "barred_ms",
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
    if connection.vendor == "postgresql":
        write_many([report], [session], [progress])
        return
    params = [
        [_dump(StudyReport, name, getattr(report, name)) for name in REPORT_FIELDS],
        [*(_dump(StudySession, name, getattr(session, name)) for name in SESSION_FIELDS), session.pk],
        [*(_dump(LessonProgress, name, getattr(progress, name)) for name in PROGRESS_FIELDS), progress.pk],
    ]
    for statement, part in zip(_write_sql(), params, strict=True):
        prepared.run(statement, part)


# --- many together (PostgreSQL) --------------------------------------------------------------------------


@dataclass(frozen=True)
class Loaded:
    """A session with its progress and its person's stream, locked; and what the sign-in is checked against."""

    stream: StudyStream
    session: StudySession
    password: str
    is_active: bool


def load_many(session_uuids: Sequence[str]) -> dict[str, Loaded]:
    """By the session's uuid (hex), all that are free: what is locked elsewhere is left out, not waited for.

    Locked in the order of the persons, so that two writers never wait for each other in a ring. Sessions of one person
    share the stream, sessions of one learner's lesson the progress: there is one of each to change.
    """
    rows = prepared.fetch(_load_many_sql(), [list(session_uuids)])
    session_part, progress_part = _readers("postgresql")
    cut = 3 + len(session_part.names)
    streams: dict[int, StudyStream] = {}
    progresses: dict[int, LessonProgress] = {}
    found: dict[str, Loaded] = {}
    for row in rows:
        session: StudySession = session_part.build(row[3:cut])
        progress = progresses.get(session.progress_id)
        if progress is None:
            progress = progresses[session.progress_id] = progress_part.build(row[cut:])
        session.progress = progress
        stream = streams.setdefault(
            session.person_id, StudyStream(person_id=session.person_id, session_id=row[0])
        )
        found[session.uuid.hex] = Loaded(stream, session, row[1], row[2])
    return found


def write_many(
    reports: Sequence[StudyReport], sessions: Sequence[StudySession], progresses: Sequence[LessonProgress]
) -> None:
    """Insert the reports, and save what `projection.applied` changed in their sessions and progress."""
    prepared.run(
        _write_many_sql(),
        [
            _document(reports, REPORT_FIELDS),
            _document(sessions, ("id", *SESSION_FIELDS)),
            _document(progresses, ("id", *PROGRESS_FIELDS)),
        ],
    )


def _document(rows: Sequence[models.Model], names: Sequence[str]) -> str:
    # One JSON document for all rows: written in one go, and taken apart by the database.
    return orjson.dumps([{name: getattr(row, name) for name in names} for row in rows]).decode()


@lru_cache(maxsize=1)
def _load_many_sql() -> str:
    people = get_user_model()._meta.db_table
    session, progress = _columns("s", StudySession), _columns("p", LessonProgress)
    return (
        f"SELECT st.session_id, u.password, u.is_active, {session}, {progress} "  # noqa: S608 - our own names
        "FROM learning_studystream st "
        "JOIN learning_studysession s ON s.person_id = st.person_id "
        "JOIN learning_lessonprogress p ON p.id = s.progress_id "
        f"JOIN {people} u ON u.id = st.person_id "
        "WHERE s.uuid = ANY(%s::uuid[]) ORDER BY st.person_id, s.id FOR UPDATE OF st, s, p SKIP LOCKED"
    )


@lru_cache(maxsize=1)
def _write_many_sql() -> str:
    def rows(model: type[models.Model], names: Sequence[str]) -> str:
        columns = ", ".join(f'"{name}" {_column_type(model, name)}' for name in names)
        return f"jsonb_to_recordset(%s::jsonb) AS x({columns})"

    def update(model: type[models.Model], names: Sequence[str]) -> str:
        sets = ", ".join(f"{name} = x.{name}" for name in names)
        source = rows(model, ("id", *names))
        return f"UPDATE {model._meta.db_table} t SET {sets} FROM {source} WHERE t.id = x.id"  # noqa: S608

    columns = ", ".join(REPORT_FIELDS)
    return (
        f"WITH r AS (INSERT INTO learning_studyreport ({columns}) "  # noqa: S608 - our own names
        f"SELECT {columns} FROM {rows(StudyReport, REPORT_FIELDS)}), "
        f"s AS ({update(StudySession, SESSION_FIELDS)}) {update(LessonProgress, PROGRESS_FIELDS)}"
    )


def _column_type(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name.removesuffix("_id"))
    found = field.rel_db_type(connection) if name == "id" else field.db_type(connection)  # type: ignore[union-attr]
    return str(found)


# --- the statements --------------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def _load_sql(vendor: str) -> str:
    session, progress = _columns("s", StudySession), _columns("p", LessonProgress)
    lock = " FOR UPDATE OF st, s, p" if vendor == "postgresql" else ""
    return (
        f"SELECT st.session_id, {session}, {progress} FROM learning_studystream st "  # noqa: S608 - our own names
        "JOIN learning_studysession s ON s.person_id = st.person_id "
        f"JOIN learning_lessonprogress p ON p.id = s.progress_id WHERE s.uuid = %s{lock}"
    )


def _columns(alias: str, model: type[models.Model]) -> str:
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


@lru_cache(maxsize=1)
def _write_sql() -> tuple[str, str, str]:
    """SQLite's three: elsewhere one statement writes any number."""

    def update(model: type[models.Model], names: Sequence[str]) -> str:
        sets = ", ".join(f"{name} = %s" for name in names)
        return f"UPDATE {model._meta.db_table} SET {sets} WHERE id = %s"  # noqa: S608 - our own names

    marks = ", ".join(["%s"] * len(REPORT_FIELDS))
    return (
        f"INSERT INTO learning_studyreport ({', '.join(REPORT_FIELDS)}) VALUES ({marks})",  # noqa: S608
        update(StudySession, SESSION_FIELDS),
        update(LessonProgress, PROGRESS_FIELDS),
    )


# --- values on their way ---------------------------------------------------------------------------------


def known(model: type[Row], values: dict[str, Any]) -> Row:
    """A row all of whose columns are given, as an instance: past __init__, which asks every field for defaults and
    relations and costs more than what is then reckoned with the row.
    """
    row = model.__new__(model)
    row.__dict__ = values
    row._state = ModelState()
    row._state.adding = False
    row._state.db = DEFAULT_DB_ALIAS
    return row


def _converted(convert: Callable[[Any, Any, Any], Any], column: Any, value: Any) -> Any:
    return convert(value, column, connection)


class _Reader:
    """Builds one model's instances out of a part of a row, with the converters of field and database."""

    def __init__(self, model: type[models.Model]) -> None:
        fields = model._meta.concrete_fields
        self.model = model
        self.names = [field.attname for field in fields]
        self.converters: list[tuple[int, Callable[[Any], Any]]] = []
        for place, field in enumerate(fields):
            self.converters += [(place, convert) for convert in self._converters(field)]

    def _converters(self, field: models.Field[Any, Any]) -> list[Callable[[Any], Any]]:
        if type(field) is models.JSONField and field.decoder is None:
            return [orjson.loads]
        column = field.get_col(self.model._meta.db_table)
        found = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
        return [partial(_converted, convert, column) for convert in found]

    def build(self, part: Sequence[Any]) -> Any:
        values = list(part)
        for place, convert in self.converters:
            values[place] = convert(values[place])
        return known(self.model, dict(zip(self.names, values, strict=True)))


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
