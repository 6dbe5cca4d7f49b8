"""The raw reports by month (PostgreSQL): where they lie, what is refused there, and how months are made."""

from datetime import date, timedelta
from importlib import import_module

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import Error, IntegrityError, connection, transaction
from psycopg import errors

from lms.learning.study import projection
from lms.learning.study.models import LessonProgress, StudyReport
from lms.learning.study.partitions import REPORTS
from lms.lib import partitions
from lms.lib.clock import today
from tests.factories.learning import MINUTE, enrolment, opened, send
from tests.learning.study.ground import as_new_role

TABLE = REPORTS.table


def reported(reports=3):
    """A session with some reports, its progress as it stands."""
    page = opened(enrolment())
    for seq in range(1, reports + 1):
        send(page.session, seq, until=seq * 100)
    return page.session


def part_of(report):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tableoid::regclass::text FROM {TABLE} WHERE id = %s", [report.pk])
        (name,) = cursor.fetchone()
    return name


def parts():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [TABLE]
        )
        return {name for (name,) in cursor.fetchall()}


def test_months_and_their_bounds():
    assert partitions.month_of(date(2026, 1, 31), -1) == date(2025, 12, 1)
    assert partitions.month_of(date(2026, 11, 30), 24) == date(2028, 11, 1)
    found = partitions.months_between(date(2025, 11, 21), date(2026, 2, 1))
    assert found == [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
    # Shanghai's midnight; a month ends where the next begins.
    assert partitions.bounds_ms(date(2026, 3, 1))[0] == 1772294400000
    assert partitions.bounds_ms(date(2025, 12, 1))[1] == partitions.bounds_ms(date(2026, 1, 1))[0]


@pytest.mark.django_db
def test_a_report_keeps_the_opening_of_its_session():
    session = reported()
    assert set(StudyReport.objects.values_list("opened_ms", flat=True)) == {session.opened_ms}
    call_command("months", "--check")


@pytest.mark.postgres
@pytest.mark.django_db
class TestMonths:
    def test_a_report_lies_in_the_month_its_session_was_opened_in(self):
        reported()
        day = today()
        assert part_of(StudyReport.objects.first()) == f"{TABLE}_{day:%Y_%m}"

    def test_months_stand_two_years_ahead(self):
        found = REPORTS.standing()
        assert found == partitions.Standing(ahead=24, outside=False)
        assert REPORTS.make_ahead() == []

    @pytest.mark.parametrize("statement", ["UPDATE {} SET seq = seq + 1", "DELETE FROM {}"])
    def test_nothing_is_changed_in_the_table_or_in_a_month(self, statement):
        reported()
        for table in (TABLE, part_of(StudyReport.objects.first())):
            with (
                pytest.raises(Error, match="append-only"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement.format(table))

    def test_a_month_made_later_is_guarded_too(self):
        later = partitions.month_of(today(), 30)
        made = REPORTS.make_ahead(later, first=later)
        assert made == partitions.months_between(later, partitions.month_of(later, 24))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(DISTINCT tgrelid) FROM pg_trigger WHERE tgname = 'rt_append_only' AND tgenabled = 'O' "
                "AND tgrelid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = %s::regclass)",
                [TABLE],
            )
            assert cursor.fetchone() == (len(parts()),)

    def test_another_moment_than_the_sessions_is_refused(self):
        # Or the same number could be written twice, once in each of two months.
        session = reported(1)
        kept = StudyReport.objects.get()
        kept.pk, kept._state.adding = None, True
        kept.opened_ms = session.opened_ms + 40 * 24 * 60 * MINUTE
        with pytest.raises(IntegrityError), transaction.atomic():
            kept.save()
            connection.check_constraints()

    def test_a_look_at_one_session_opens_one_month(self):
        session = reported()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        for rows in (
            session.reports.filter(seq=2, opened_ms=session.opened_ms),
            projection.reports_of([session.progress_id]),
        ):
            plan = rows.explain(analyze=True, costs=False, timing=False, summary=False)
            scans = [
                line for line in plan.splitlines() if f"on {TABLE}" in line and "never executed" not in line
            ]
            assert [line for line in scans if f"on {TABLE}_{today():%Y_%m} " in line], plan
            assert len({line.split(f"on {TABLE}")[1][:8] for line in scans}) == 1, plan

    def test_what_lay_outside_all_months_finds_its_own(self):
        later = partitions.month_of(today(), 30)
        with time_machine.travel(later + timedelta(days=3)):
            session = reported()
            assert part_of(StudyReport.objects.first()) == f"{TABLE}_beyond"
            with pytest.raises(CommandError, match="outside"):
                call_command("months", "--check")
            before = list(StudyReport.objects.order_by("seq").values())
            call_command("months")
            assert list(StudyReport.objects.order_by("seq").values()) == before
            assert part_of(StudyReport.objects.first()) == f"{TABLE}_{later:%Y_%m}"
            assert projection.differences(LessonProgress.objects.get(pk=session.progress_id)) == {}
            send(session, 4, until=400)

    def test_few_months_ahead_are_told(self):
        with (
            time_machine.travel(partitions.month_of(today(), 22)),
            pytest.raises(CommandError, match="2 ahead"),
        ):
            call_command("months", "--check")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
class TestOfProduction:
    def test_the_role_of_the_application_writes_and_does_nothing_else(self):
        """By the rights that deploy/sql gives: in the table alone, not past it into a month."""
        session = reported()
        with as_new_role() as role:
            assert role.execute(f"SELECT count(*) FROM {TABLE}").fetchone() == (3,)
            role.execute(
                f"INSERT INTO {TABLE} (session_id, seq, payload_hash, received_ms, elapsed_ms, active_ms_total, "
                "active, inactive, coverage, opened_ms) VALUES (%s, 9, '', 1, 1, 1, '[]', '[]', '{}', %s)",
                [session.pk, session.opened_ms],
            )
            REPORTS.make_ahead(partitions.month_of(today(), 30))
            for table in (TABLE, *sorted(parts())):
                for statement in (
                    f"UPDATE {table} SET seq = 7",
                    f"DELETE FROM {table}",
                    f"TRUNCATE {table}",
                    f"ALTER TABLE {table} DISABLE TRIGGER ALL",
                    f"DROP TABLE {table}",
                ):
                    with pytest.raises(errors.InsufficientPrivilege):
                        role.execute(statement)
            month = f"{TABLE}_{today():%Y_%m}"
            for statement in (
                f"INSERT INTO {month} SELECT * FROM {TABLE}",
                f"SELECT count(*) FROM {month}",
                f"ALTER TABLE {TABLE} DETACH PARTITION {month}",
                f"CREATE TABLE {TABLE}_1999_01 PARTITION OF {TABLE} FOR VALUES FROM (0) TO (1)",
            ):
                with pytest.raises(errors.InsufficientPrivilege):
                    role.execute(statement)

    def test_one_table_becomes_months_and_back_with_every_report(self, monkeypatch):
        migration = import_module("lms.learning.migrations.0420_partitions")
        monkeypatch.setattr(migration, "AT_ONCE", 2)
        with time_machine.travel(partitions.month_of(today(), -2)):
            old = reported(5)
        new = reported(2)
        before = list(StudyReport.objects.order_by("id").values())
        with connection.schema_editor(atomic=False) as editor:
            migration.join(None, editor)
            assert not parts()
            migration.cut(None, editor)
        assert list(StudyReport.objects.order_by("id").values()) == before
        names = {f"{TABLE}_{day:%Y_%m}" for day in (partitions.month_of(today(), -2), today())}
        assert {part_of(row) for row in StudyReport.objects.all()} == names
        assert REPORTS.standing() == partitions.Standing(ahead=24, outside=False)
        send(new, 3, until=300)
        assert StudyReport.objects.latest("seq").seq == 5
        assert StudyReport.objects.order_by("id").last().session_id == new.pk
        for session in (old, new):
            assert projection.differences(LessonProgress.objects.get(pk=session.progress_id)) == {}
        with pytest.raises(Error, match="append-only"), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {TABLE}")
