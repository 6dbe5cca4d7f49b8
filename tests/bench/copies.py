"""Many learners out of a few: every row of some template learners, copied set-wise in SQL under new ids.

The templates are made by the real services, so their copies are as consistent as they are. Columns are found from the
models, so a new one comes along by itself. Owns: which rows hang on a learner, and how they are told apart.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection, models

from lms.accounts.models import User
from lms.learning.completion.models import Completion, CompletionTopUp
from lms.learning.enrolment.models import Enrolment
from lms.learning.study.models import (
    LessonProgress,
    OpenTurn,
    StreamClaim,
    StudyReport,
    StudySession,
    StudyStream,
)
from lms.learning.study.offline.models import StudyTicket
from lms.lib.outbox.models import OutboxEvent

# Each after those it points at, with what says whose it is.
OWNED: list[tuple[type[models.Model], str]] = [
    (User, "id"),
    (Enrolment, "person"),
    (LessonProgress, "person"),
    (StudySession, "person"),
    (StudyReport, "session__person"),
    (StudyStream, "person"),
    (StreamClaim, "person"),
    (OpenTurn, "person"),
    (StudyTicket, "person"),
    (Completion, "person"),
    (CompletionTopUp, "completion__person"),
]
# What was announced of them, by the key of its event.
ANNOUNCED: dict[type[models.Model], str] = {
    Completion: "course.completed:",
    CompletionTopUp: "course.topped_up:",
}
COPIED = {model for model, _owner in OWNED}
PEOPLE_AT_ONCE = 500


class Copies:
    """Learners numbered from 0; number n is like template n modulo their count."""

    def __init__(self, templates: list[User]) -> None:
        self.templates = len(templates)
        self.made = 0
        self.sizes: dict[type[models.Model], int] = {}
        self.bases: dict[type[models.Model], int] = {}
        with connection.cursor() as cursor:
            for model, owner in OWNED:
                self._keep(cursor, model, owner, [user.pk for user in templates])
            self._keep_events(cursor)

    def _keep(self, cursor: Any, model: type[models.Model], owner: str, people: list[int]) -> None:
        """The templates' rows of a table beside it, numbered within each template."""
        rows = model._default_manager.filter(**{f"{owner}__in": people}).order_by("pk")
        owners = dict(rows.values_list("pk", owner if owner != "id" else "pk"))
        number = {pk: place for place, pk in enumerate(people)}
        seen = [0] * len(people)
        lines = []
        for pk, person in owners.items():
            place = number[person]
            lines.append((pk, place, seen[place]))
            seen[place] += 1
        name, key = _source(model), model._meta.pk.column  # type: ignore[union-attr]
        cursor.execute(f"DROP TABLE IF EXISTS {name}, {name}_no, {name}_said")
        cursor.execute(f"CREATE TEMP TABLE {name}_no (old_id bigint, template int, place int)")
        for pk, place, rank in lines:
            cursor.execute(f"INSERT INTO {name}_no VALUES (%s, %s, %s)", [pk, place, rank])
        cursor.execute(
            f"CREATE TEMP TABLE {name} AS SELECT n.*, t.* FROM {model._meta.db_table} t "
            f"JOIN {name}_no n ON n.old_id = t.{key}"
        )
        cursor.execute(f"ANALYZE {name}")
        self.sizes[model] = max(seen, default=0) or 1
        cursor.execute(f"SELECT coalesce(max({key}), 0) + 1 FROM {model._meta.db_table}")
        self.bases[model] = cursor.fetchone()[0]

    def _keep_events(self, cursor: Any) -> None:
        for model, key in ANNOUNCED.items():
            completion = "t.completion_id" if model is CompletionTopUp else "t.id"
            cursor.execute(
                f"CREATE TEMP TABLE {_source(model)}_said AS "
                "SELECT t.template, t.place, c.place AS of, e.kind, e.payload, e.at "
                f"FROM {OutboxEvent._meta.db_table} e JOIN {_source(model)} t ON e.key = '{key}' || t.uuid "
                f"JOIN {_source(Completion)}_no c ON c.old_id = {completion}"
            )

    def make(self, until: int) -> int:
        """Copies up to number `until` (out); returns how many reports were entered."""
        before = self.made
        with connection.cursor() as cursor:
            # Copies point at copies: the checks of each key would only cost time, and nothing is lost by a crash.
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("SET synchronous_commit = off")
            cursor.execute("SET work_mem = '128MB'")
            # A checkpoint a gigabyte would write every page of every index again and again.
            cursor.execute("ALTER SYSTEM SET max_wal_size = '8GB'")
            cursor.execute("SELECT pg_reload_conf()")
            try:
                while self.made < until:
                    high = min(self.made + PEOPLE_AT_ONCE, until)
                    for model, _owner in OWNED:
                        cursor.execute(self._copy(model), [self.made, high - 1])
                    for model, key in ANNOUNCED.items():
                        cursor.execute(self._copy_events(model, key), [self.made, high - 1])
                    self.made = high
            finally:
                for name in ("session_replication_role", "synchronous_commit", "work_mem"):
                    cursor.execute(f"RESET {name}")
                cursor.execute("ALTER SYSTEM RESET max_wal_size")
                cursor.execute("SELECT pg_reload_conf()")
            for model, _owner in OWNED:
                if model is not StudyStream:
                    self._go_on(cursor, model)
            tables = ", ".join(model._meta.db_table for model in COPIED | {OutboxEvent})
            cursor.execute(f"VACUUM ANALYZE {tables}")
            cursor.execute("CHECKPOINT")
        return (self.made - before) * self.sizes[StudyReport]

    def _go_on(self, cursor: Any, model: type[models.Model]) -> None:
        last = self.bases[model] + self.made * self.sizes[model]
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [model._meta.db_table, last])

    def people(self, numbers: Iterable[int]) -> list[User]:
        """The copied learners of those numbers."""
        ids = [self.bases[User] + number for number in numbers]
        found = User.objects.in_bulk(ids)
        return [found[pk] for pk in ids]

    # --- statements --------------------------------------------------------------------------------------

    def _copy(self, model: type[models.Model]) -> str:
        fields = model._meta.concrete_fields
        joins, values = [], []
        for number, field in enumerate(fields):
            target = field.related_model if field.remote_field else None
            if field.primary_key and target is None:
                values.append(self._id(model, "s"))
            elif target in COPIED:
                joins.append(
                    f"LEFT JOIN {_source(target)}_no f{number} ON f{number}.old_id = s.{field.column}"
                )
                values.append(self._id(target, f"f{number}"))
            elif field.name == "uuid":
                values.append(_uuid(model, self._id(model, "s")))
            elif field.name == "device":
                # Nobody shares one: that would be odd, and be looked into.
                values.append(f"s.{field.column} || c")
            elif model is User and field.name == "email":
                values.append(f"'copy' || {self._id(model, 's')} || '@example.com'")
            else:
                values.append(f"s.{field.column}")
        columns = ", ".join(field.column for field in fields)
        return (
            f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {', '.join(values)} "
            f"FROM generate_series(%s::bigint, %s::bigint) c "
            f"JOIN {_source(model)} s ON s.template = c %% {self.templates} {' '.join(joins)} ORDER BY c, s.place"
        )

    def _copy_events(self, model: type[models.Model], key: str) -> str:
        size, base = self.sizes[Completion], self.bases[Completion]
        completion = _uuid(Completion, f"({base} + c * {size} + s.of)")
        own = _uuid(model, self._id(model, "s"))
        person = _uuid(User, f"({self.bases[User]} + c)")
        return (
            f"INSERT INTO {OutboxEvent._meta.db_table} (uuid, kind, key, payload, at, done_at, next_try_at) "
            f"SELECT gen_random_uuid(), s.kind, '{key}' || {own}, s.payload || "
            f"jsonb_build_object('completion', {completion}, 'person', {person}), s.at, s.at, s.at "
            f"FROM generate_series(%s::bigint, %s::bigint) c "
            f"JOIN {_source(model)}_said s ON s.template = c %% {self.templates}"
        )

    def _id(self, model: type[models.Model], alias: str) -> str:
        """The new id of a copied row: those of one learner lie together, in the order of the template's."""
        return f"({self.bases[model]} + c * {self.sizes[model]} + {alias}.place)"


def _source(model: type[models.Model]) -> str:
    return f"bench_{model._meta.model_name}"


def _uuid(model: type[models.Model], key: str) -> str:
    return f"md5('{model._meta.model_name}:' || {key})::uuid"
