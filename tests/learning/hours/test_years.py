"""Learning years by a dated rule: every day in exactly one year, whatever follows on what; nothing set, the calendar's."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import example, given
from hypothesis import strategies as st

from lms.learning.hours.models import LearningYear
from lms.learning.hours.queries import year as hours_page
from lms.learning.hours.years import (
    CALENDAR,
    NewLearningYear,
    Turn,
    Year,
    Years,
    publish_year,
    span,
    this_year,
    year_of,
)
from lms.learning.statements import figures
from lms.learning.statements.queries import facts
from lms.learning.statements.readiness import readiness
from lms.learning.statements.services import issue
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI
from lms.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories.accounts import UserFactory, member
from tests.learning.statements.years import claimed, completed, topped_up

SOURCE = "申江市专业技术人员继续教育办法（演示）"
DAYS = st.dates(date(2001, 1, 1), date(2049, 12, 28)).map(lambda day: day.replace(day=min(day.day, 28)))


# --- plain ------------------------------------------------------------------------------------------------


def test_nothing_set_is_the_calendar():
    assert Years().of(date(2026, 12, 31)) == Year(2026, date(2026, 1, 1), date(2026, 12, 31))
    assert Years().year(2027).is_calendar
    assert Years().year(2026).months() == [(2026, month) for month in range(1, 13)]


def test_from_july_on_with_a_short_year_before():
    years = Years([Turn(date(2027, 7, 1), 2028)])
    assert [years.year(number) for number in (2026, 2027, 2028, 2029)] == [
        Year(2026, date(2026, 1, 1), date(2026, 12, 31)),
        Year(2027, date(2027, 1, 1), date(2027, 6, 30)),
        Year(2028, date(2027, 7, 1), date(2028, 6, 30)),
        Year(2029, date(2028, 7, 1), date(2029, 6, 30)),
    ]
    assert years.year(2028).months()[0] == (2027, 7)
    assert len(years.year(2028).months()) == 12


def test_from_july_on_with_a_long_year_before():
    years = Years([Turn(date(2027, 7, 1), 2027)])
    assert years.year(2026) == Year(2026, date(2026, 1, 1), date(2027, 6, 30))
    assert years.of(date(2027, 3, 1)).number == 2026
    assert years.year(2027).first == date(2027, 7, 1)


def test_a_later_version_that_begins_no_later_takes_the_place():
    assert Years([Turn(date(2027, 7, 1), 2028), Turn(date(2027, 7, 1), 2027)]).turns == [
        CALENDAR,
        Turn(date(2027, 7, 1), 2027),
    ]


@example([(date(2048, 2, 2), False), (date(2049, 2, 1), False)], date(2047, 1, 1))
@given(st.lists(st.tuples(DAYS, st.booleans()), max_size=4), st.dates(date(2000, 1, 1), date(2052, 1, 1)))
def test_every_day_lies_in_exactly_one_year(changes, day):
    turns = []
    for start, short in changes:
        eve = Years(turns).number(start - timedelta(days=1))
        turn = Turn(start, eve + 1 if short else eve)
        if Years(turns).takes(turn):
            turns.append(turn)
    years = Years(turns)
    found = years.of(day)
    assert found.first <= day <= found.last
    assert years.year(found.number) == found
    assert years.number(found.last + timedelta(days=1)) == found.number + 1
    assert years.number(found.first - timedelta(days=1)) == found.number - 1
    assert (found.last - found.first).days < 2 * 366


# --- as the rule stands ----------------------------------------------------------------------------------

NOW = datetime(2026, 11, 21, 12, tzinfo=SHANGHAI)


@pytest.fixture
def clock(db):
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def published(day, first_year, by=None, **changes):
    return publish_year(by or Actor.system("tests"), NewLearningYear(day, first_year, SOURCE, **changes))


@pytest.fixture
def july(clock):
    """Years from July on: today is in 2027's, the year before it ended in June."""
    return published(date(2026, 7, 1), 2027)


@pytest.fixture
def user(july):
    """Hours on both sides of July and of New Year."""
    found = UserFactory()
    before = completed(found, date(2026, 6, 30), 1000)
    topped_up(before, date(2026, 7, 1), 50)
    completed(found, date(2026, 8, 1), 2000)
    claimed(found, date(2026, 6, 1), 300)
    claimed(found, date(2026, 7, 2), 400)
    return found


def test_everything_follows_it(user):
    assert this_year() == year_of(date(2026, 7, 1)) == 2027
    assert str(span(2027)) == "2026-07-01 — 2027-06-30"
    pages = {number: hours_page(user, number) for number in (2026, 2027)}
    assert {number: page["yearly"] for number, page in pages.items()} == {2026: 1300, 2027: 2450}
    assert {number: facts(user, number)["yearly_centihours"] for number in pages} == {2026: 1300, 2027: 2450}
    assert facts(user, 2027)["span"] == {"first": "2026-07-01", "last": "2027-06-30"}
    found = readiness(user, level="", series="", years=2).years
    assert [(item.year, item.yearly, item.gap.total, item.open) for item in found] == [
        (2027, 2450, 6550, True),
        (2026, 1300, 7700, False),
    ]
    for number in pages:
        while figures.step(number).more:
            pass
    assert figures.overview(2027).centihours == {"specialty": 2450}
    assert figures.overview(2026).centihours == {"specialty": 1300}
    assert list(figures.differences()) == []


def test_pages_say_from_when_to_when(user, client):
    client.force_login(user)
    for name in ("hours:year", "hours:statements", "hours:readiness"):
        assert "2026-07-01 — 2027-06-30" in client.get(reverse(name)).content.decode(), name
    made = issue(user, 2027)
    assert (
        "2026-07-01 — 2027-06-30" in client.get(reverse("hours:statement", args=[made.uuid])).content.decode()
    )
    assert client.get(reverse("hours:statement_pdf", args=[made.uuid])).content.startswith(b"%PDF")
    answer = client.get("/api/v1/learning/hours").json()
    assert (answer["year"], answer["span"]["first"]) == (2027, "2026-07-01")
    assert [(item["year"], item["month"]) for item in answer["months"]][:1] == [(2026, 7)]


def test_figures_of_a_year_whose_days_changed_are_reckoned_anew(clock):
    user = UserFactory()
    completed(user, date(2025, 3, 1), 100)
    completed(user, date(2025, 8, 1), 900)
    figures.step(2025)
    assert figures.overview(2025).centihours == {"specialty": 1000}
    published(date(2025, 7, 1), 2026)
    # As they were reckoned, they are right still.
    assert list(figures.differences()) == []
    assert 2025 in figures.years_due()
    figures.step(2025)
    assert figures.overview(2025).centihours == {"specialty": 100}
    assert list(figures.differences()) == []


def test_what_cannot_be_is_refused(clock):
    for day, first_year in (
        (date(2027, 7, 1), 2029),
        (date(2027, 7, 1), 2026),
        (date(2027, 7, 31), 2028),
        (date(1999, 7, 1), 2000),
        (date(2032, 7, 1), 2033),
        # Two whole years in a row are not one.
        (date(2027, 1, 1), 2026),
    ):
        with pytest.raises(Invalid):
            published(day, first_year)
    with pytest.raises(Invalid):
        publish_year(Actor.system("tests"), NewLearningYear(date(2027, 7, 1), 2028, " "))
    assert not LearningYear.objects.exists()


def test_a_rule_that_would_move_a_claim_is_refused(clock):
    claimed(UserFactory(), date(2026, 8, 1), 100)
    with pytest.raises(Conflict):
        published(date(2026, 7, 1), 2027)
    # The year under way would belong to the one before.
    with pytest.raises(Conflict):
        published(date(2026, 12, 1), 2026)
    assert published(date(2027, 7, 1), 2028).version == 1


@pytest.mark.parametrize("role", ["hr", "reviewer", "teacher", "auditor", "admin"])
def test_only_officers_publish(clock, role):
    with pytest.raises(NotAllowed):
        published(date(2027, 7, 1), 2028, by=member(role))
    assert published(date(2027, 7, 1), 2028, by=member("officer")).version == 1
    assert AuditRow.objects.get(action="learning_year.publish").data == {
        "rule": "learning_year",
        "version": 1,
    }


def test_nobody_edits_one(july):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE learning_learningyear SET first_year = 1")


def test_the_officers_page(clock):
    client, officer = Client(), member("officer")
    officer.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(officer)
    address = reverse("learning_year_rule")
    assert "尚未设定：按公历年。" in client.get(address).content.decode()
    form = {"valid_from": "2027-07-01", "first_year": "2028", "source": SOURCE}
    assert client.post(address, form | {"first_year": "2031"}).status_code == 422
    assert client.post(address, form).status_code == 302
    page = client.get(address).content.decode()
    assert "2027 年度：2027-01-01 — 2027-06-30" in page
    assert "2028 年度：2027-07-01 — 2028-06-30" in page
    teacher = member("teacher")
    teacher.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(teacher)
    assert client.get(address).status_code == 403
    assert client.post(address, form).status_code == 403
