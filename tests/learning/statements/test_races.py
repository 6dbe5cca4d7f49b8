"""Real connections at the same moment: versions follow one another, a record is handed over once, a chunk counts once."""

from datetime import date
from functools import partial

import pytest

from lms.accounts.api import real_name
from lms.learning.certificates.models import CertificateReissue
from lms.learning.certificates.services import issue as certify
from lms.learning.hours.models import LearningYear
from lms.learning.hours.years import NewLearningYear, publish_year
from lms.learning.statements import figures, names, packages, reissues
from lms.learning.statements.models import (
    NameRequest,
    PackageReceipt,
    ReviewPackage,
    StatementReissue,
    YearFigure,
    YearReckoning,
    YearStatement,
)
from lms.learning.statements.services import issue
from lms.lib.clock import today
from lms.lib.ids import uuid7
from tests.factories.accounts import UserFactory, member
from tests.learning.declarations.claims import picture
from tests.learning.statements.test_packages import Context, booked, ordered
from tests.learning.statements.years import completed, named
from tests.races import at_once, won

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@pytest.fixture
def user():
    return named(UserFactory(), "吴明达")


def day():
    return date(today().year, 1, 1)


def test_four_clicks_make_one_statement(user):
    made = at_once(*(lambda: issue(user, today().year) for _ in range(4)))
    assert len({row.pk for row in made}) == 1
    assert YearStatement.objects.get().version == 1


def test_four_clicks_make_one_package_and_two_workers_hand_over_once(user):
    for _ in range(60):
        booked(user, completed(user, day(), 100))
    key = uuid7()
    made = at_once(*(lambda: ordered(user, years=[today().year], key=key) for _ in range(4)))
    assert len({row.pk for row in made}) == 1
    package = ReviewPackage.objects.get()
    at_once(*(lambda: packages.hand_over(Context(package)) for _ in range(3)))
    assert set(package.items.values_list("state", "attempts")) == {("taken", 1)}
    assert PackageReceipt.objects.count() == 60


def test_accepting_refusing_and_withdrawing_a_name_at_once(user):
    made = names.ask(user, name="吴明理", why="写错了", files=[picture()])
    first, second = member("officer"), member("officer")
    results = at_once(
        lambda: names.decide(first, made.uuid, accept=True, reason="已核对原件"),
        lambda: names.decide(second, made.uuid, accept=False, reason="看不清楚"),
        lambda: names.withdraw(user, made.uuid),
    )
    assert len(won(results)) == 1
    assert (NameRequest.objects.get().state == "accepted") == (real_name(user) == "吴明理")


def test_two_requests_at_once(user):
    results = at_once(
        *(lambda: names.ask(user, name="吴明理", why="写错了", files=[picture()]) for _ in range(3))
    )
    assert len(won(results)) == 1
    assert NameRequest.objects.count() == 1


def test_two_workers_reckon_the_same_year(user):
    people = [UserFactory() for _ in range(7)]
    for person in people:
        completed(person, day(), 100)

    def work():
        while figures.step(today().year, 2).more:
            pass

    at_once(work, work, work)
    assert YearFigure.objects.filter(person__in=people).count() == 7
    while YearReckoning.objects.get().cursor is not None:
        figures.step(today().year, 2)
    assert list(figures.differences(chunk=3)) == []


def test_four_clicks_replace_each_paper_once(user):
    certificate = certify(completed(user, day(), 100).uuid)
    statement = issue(user, today().year)
    made = names.ask(user, name="吴明理", why="写错了", files=[picture()])
    names.decide(member("officer"), made.uuid, accept=True, reason="已核对原件")
    papers = at_once(*(lambda: reissues.reissue_certificate(user, certificate.uuid) for _ in range(4)))
    assert len({row.pk for row in papers}) == 1
    again = at_once(*(lambda: reissues.reissue_statement(user, statement.uuid) for _ in range(4)))
    assert len({row.pk for row in again}) == 1
    assert CertificateReissue.objects.count() == StatementReissue.objects.count() == 1
    assert YearStatement.objects.count() == 2


def test_two_officers_publish_the_learning_year_at_once(user):
    officers = [member("officer") for _ in range(3)]
    new = NewLearningYear(date(today().year + 1, 7, 1), today().year + 2, "申江市办法（演示）")
    results = at_once(*(partial(publish_year, officer, new) for officer in officers))
    assert sorted(row.version for row in won(results)) == list(range(1, len(won(results)) + 1))
    assert LearningYear.objects.count() == len(won(results)) >= 1
