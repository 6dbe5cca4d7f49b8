"""A05, A6: the yearly call for topics has a last day by the authority's dated rule; where it is missing, officers are told on their list of
topics, on the page of calls and on the dashboard."""

from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.lib.clock import SHANGHAI
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.conduct import alarms_of
from lms.training.lifecycle.services import NewRule
from lms.training.programmes import queries, services
from lms.training.programmes.process import CODE, DOCUMENT
from lms.training.programmes.rules import CallDue, call_due
from tests.factories.accounts import OrganisationFactory, member
from tests.training.advanced import VALUES, City
from tests.training.cases import SYSTEM
from tests.training.ce import office

PAGES = (
    ("training_cases", (CODE,)),
    ("training_calls", ()),
    ("training_supervision", ()),
)


@pytest.mark.parametrize(
    ("day", "month", "called", "due"),
    [
        (date(2026, 3, 31), 4, False, None),
        (date(2026, 4, 1), 4, False, CallDue(2026, date(2026, 4, 30), False)),
        (date(2026, 4, 30), 4, False, CallDue(2026, date(2026, 4, 30), False)),
        (date(2026, 5, 1), 4, False, CallDue(2026, date(2026, 4, 30), True)),
        (date(2026, 12, 31), 12, False, CallDue(2026, date(2026, 12, 31), False)),
        (date(2024, 2, 29), 2, False, CallDue(2024, date(2024, 2, 29), False)),
        (date(2026, 5, 1), 4, True, None),
        (date(2026, 5, 1), None, False, None),
    ],
)
def test_a05_the_call_is_asked_for_a_month_ahead_and_late_after_its_last_day(day, month, called, due):
    assert call_due(day, month, called) == due


def told(client, officer, authority):
    """What the pages say of the call, one after the other."""
    office(client, officer)
    found = []
    for name, args in PAGES:
        page = client.get(reverse(name, args=args), {"authority": authority.code})
        assert page.status_code == 200
        found.append("选题征集还没有发布" in page.content.decode())
    return found


@pytest.mark.django_db
def test_a05_a_missing_call_stands_on_the_officers_pages_until_it_is_made(clock, client):
    authority = OrganisationFactory(kind="authority")
    officer = member("officer", authority)
    assert told(client, officer, authority) == [False] * 3
    rule = NewRule(CODE, authority, date(2026, 3, 1), VALUES | {"call_month": 2}, DOCUMENT)
    cases.set_rule(SYSTEM, rule)
    assert told(client, officer, authority) == [True] * 3
    ((text, url),) = alarms_of(authority, date(2026, 3, 2))
    assert ("2026-02-28" in text, "逾期" in text, DOCUMENT in text) == (True, True, True)
    assert url == reverse("training_calls")
    new = services.NewCall(
        authority, 2026, "urgent", "2026 年选题征集", "面向全市征集。", date(2026, 3, 2), date(2026, 3, 31)
    )
    services.call(officer, new)
    assert told(client, officer, authority) == [False] * 3
    # The next year's is asked for by the rule of its own days.
    clock.move_to(datetime(2027, 2, 1, 9, tzinfo=SHANGHAI))
    assert [due.late for _body, due in queries.calls_missing([authority], date(2027, 2, 1))] == [False]
    cases.set_rule(SYSTEM, NewRule(CODE, authority, date(2027, 1, 1), VALUES | {"call_month": 6}, DOCUMENT))
    assert queries.calls_missing([authority], date(2027, 2, 1)) == []


@pytest.mark.django_db
def test_a05_another_authoritys_call_answers_nothing_and_many_are_asked_at_once(clock):
    City(call_month=1)
    others = [OrganisationFactory(kind="authority") for _number in range(3)]
    for authority in others:
        rule = NewRule(CODE, authority, date(2026, 1, 1), VALUES | {"call_month": 1}, DOCUMENT)
        cases.set_rule(SYSTEM, rule)
    with CaptureQueriesContext(connection) as found:
        missing = queries.calls_missing(others, date(2026, 3, 2))
    assert [body for body, _due in missing] == others
    assert len(found) == 2
