"""Everybody's year: the same as the sum of each one's records, chunk by chunk, and every change past it is found."""

from datetime import date, datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from lms.accounts.models import User
from lms.learning.classes.hours_models import ClassHoursTaken
from lms.learning.completion.models import CompletionTopUp
from lms.learning.statements import figures
from lms.learning.statements.models import YearFigure, YearReckoning
from lms.learning.statements.records import records_of
from lms.learning.statements.rules import sums
from lms.learning.statements.tasks import order_figures
from lms.lib.clock import SHANGHAI, now
from lms.lib.jobs.models import Job
from lms.lib.jobs.services import run
from tests.conftest import guards_aside
from tests.factories.accounts import UserFactory, member
from tests.learning.statements.years import attended, claimed, completed, topped_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock"), pytest.mark.long]


NOW = datetime(2026, 3, 10, 12, tzinfo=SHANGHAI)
CLOCK = NOW


@pytest.fixture
def people(keys):
    """Five with study of two years, one with none."""
    return list(User.objects.filter(pk__in=keys).order_by("pk"))


@pytest.fixture(scope="module")
def keys(world):
    with time_machine.travel(NOW, tick=False):
        return [user.pk for user in studied()]


def studied():
    found = [UserFactory() for _ in range(6)]
    for number, user in enumerate(found[:5], 1):
        before = completed(user, date(2025, 6, 1), 100 * number, kind="public")
        topped_up(before, date(2026, 1, 2), number)
        completed(user, date(2026, 2, 1), 1000 * number)
        claimed(user, date(2026, 2, 2), 10 * number)
        claimed(user, date(2026, 2, 3), 7, state="department")
    return found


def reckon(year=2026, chunk=2):
    written = 0
    while True:
        done = figures.step(year, chunk)
        written += done.written
        if not done.more:
            return written


def stored(year=2026):
    return {(row.person_id, row.category): row.centihours for row in YearFigure.objects.filter(year=year)}


def of_records(people, year=2026):
    return {
        (user.pk, category): hours
        for user in people
        for category, hours in sums(records_of(user, year)).items()
        if hours
    }


def test_they_are_the_sums_of_everybodys_records(people):
    reckon()
    reckon(2025)
    assert stored() == of_records(people) != {}
    assert stored(2025) == of_records(people, 2025) != {}
    assert list(figures.differences()) == []


def test_again_writes_only_what_is_new(people, clock):
    assert reckon() == 10
    clock.shift(3600)
    assert reckon() == 0
    completed(people[0], date(2026, 3, 1), 5)
    completed(people[5], date(2026, 3, 2), 5)
    clock.shift(3600)
    assert reckon() == 2
    assert stored() == of_records(people)


def test_what_was_written_a_moment_ago_waits_for_the_next_night(people, clock):
    late = completed(people[5], date(2026, 3, 9), 5)
    with guards_aside(connection), connection.cursor() as cursor:
        moment = connection.ops.adapt_datetimefield_value(datetime(2026, 3, 10, 11, 55, tzinfo=SHANGHAI))
        cursor.execute("UPDATE learning_completion SET completed_at = %s WHERE id = %s", [moment, late.pk])
    reckon()
    assert people[5].pk not in {person for person, _category in stored()}
    assert list(figures.differences()) == []
    clock.shift(3600)
    reckon()
    assert stored()[people[5].pk, "specialty"] == 5


def test_a_killed_run_goes_on_and_is_right_in_both_halves(people, clock):
    reckon()
    clock.shift(3600)
    # At noon: after the moment of the first run, before that of the second.
    completed(people[0], date(2026, 3, 10), 5)
    completed(people[4], date(2026, 3, 10), 5)
    first = figures.step(2026, 3)
    assert first.more
    before = stored()
    assert list(figures.differences(chunk=2)) == []
    assert stored() == before != of_records(people)
    assert reckon() == 1
    assert stored() == of_records(people)
    assert YearReckoning.objects.get().cursor is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE learning_yearfigure SET centihours = centihours + 1",
        "UPDATE learning_yearfigure SET records = records + 1",
        "UPDATE learning_yearfigure SET category = 'vocational' WHERE category = 'public'",
        "DELETE FROM learning_yearfigure",
        "UPDATE learning_completion SET centihours = centihours - 1",
        "UPDATE learning_workcredit SET counted_centihours = counted_centihours + 1",
        "DELETE FROM learning_completiontopup",
    ],
)
def test_the_audit_finds_a_change(people, change):
    reckon()
    with guards_aside(connection), connection.cursor() as cursor:
        cursor.execute(change)
    assert list(figures.differences(chunk=2))
    assert list(figures.differences(str(people[0].uuid)))
    assert not list(figures.differences(str(people[5].uuid)))
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("audit_study", stderr=said)
    assert "year figure 2026/" in said.getvalue()
    if "learning_year" in change:
        # The projection is mended by reckoning; its sources never are.
        reckon()
        assert not list(figures.differences())


def test_a_chunk_asks_as_often_for_many_people_as_for_few(people, django_assert_max_num_queries):
    for user in [UserFactory() for _ in range(12)]:
        completed(user, date(2026, 2, 1), 100)
    with django_assert_max_num_queries(17):
        figures.step(2026, 100)


def test_each_day_orders_each_year_once_and_the_job_does_it(people, clock):
    claimed(people[5], date(2021, 5, 1), 50)
    with guards_aside(connection), connection.cursor() as cursor:
        moment = connection.ops.adapt_datetimefield_value(datetime(2026, 3, 9, 12, tzinfo=SHANGHAI))
        cursor.execute("UPDATE learning_workcredit SET at = %s WHERE person_id = %s", [moment, people[5].pk])
    assert order_figures() == 3
    order_figures()
    jobs = list(Job.objects.filter(kind="learning.year_figures").order_by("id"))
    assert [row.args["year"] for row in jobs] == [2026, 2025, 2021]
    for row in jobs:
        run(row.pk)
        row.refresh_from_db()
        assert row.state == Job.State.DONE, row.error
    assert stored() == of_records(people)
    assert stored(2021) == {(people[5].pk, "specialty"): 50}
    clock.shift(86_400)
    order_figures()
    assert Job.objects.filter(kind="learning.year_figures").count() == 5


class TestLateNews:
    """What is written today about a year long gone brings that year's figures up to date the next night."""

    @pytest.fixture
    def late(self, people, clock):
        """A course completed in 2022, whose figures are reckoned; the clock stands a day later."""
        self.person = people[5]
        self.done = completed(self.person, date(2022, 6, 1), 100)
        reckon(2022)
        clock.shift(86_400)
        assert figures.years_due() == [2026, 2025]
        return clock

    def test_hours_given_late(self, late):
        CompletionTopUp.objects.create(
            completion=self.done, number=1, counted_ms=1, centihours=7, day=date(2022, 7, 1), at=now()
        )
        assert figures.years_due() == [2026, 2025, 2022]
        late.shift(3600)
        reckon(2022)
        assert stored(2022) == {(self.person.pk, "specialty"): 107}
        assert list(figures.differences()) == []
        assert figures.years_due() == [2026, 2025]

    def test_class_hours_given_late_and_taken_back(self, late):
        row = attended(self.person, date(2022, 8, 1), 40)
        assert 2022 in figures.years_due()
        late.shift(3600)
        reckon(2022)
        assert stored(2022) == {(self.person.pk, "specialty"): 140}
        assert 2022 not in figures.years_due()
        late.shift(86_400)
        ClassHoursTaken.objects.create(hours=row, reason="出席更正", at=now())
        assert 2022 in figures.years_due()
        late.shift(3600)
        reckon(2022)
        assert stored(2022) == {(self.person.pk, "specialty"): 100}
        assert list(figures.differences()) == []
        assert 2022 not in figures.years_due()


class TestOverview:
    def test_sums_and_who_reached_the_goal(self, people, clock):
        completed(people[5], date(2026, 3, 1), 9000, kind="vocational")
        completed(people[4], date(2026, 3, 2), 3945, kind="public")
        reckon()
        found = figures.overview(2026)
        assert (found.people, found.reached) == (6, 1)
        assert found.centihours == {"public": 3960, "specialty": 15_150, "vocational": 9000}
        assert figures.overview(2014).reached is None

    @pytest.mark.parametrize(("role", "status"), [("officer", 200), ("auditor", 200), ("hr", 403)])
    def test_the_screen(self, people, role, status):
        from django.contrib.auth.models import Permission

        reckon()
        user = member(role)
        user.user_permissions.add(Permission.objects.get(codename="access_admin"))
        client = Client()
        client.force_login(user)
        answer = client.get(reverse("learning_years"))
        assert answer.status_code == status
        assert ("151.5 学时" in answer.content.decode()) == (status == 200)


def test_the_command(people):
    out = StringIO()
    call_command("reckon_year", "2026", stdout=out)
    assert "10 figures written" in out.getvalue()
