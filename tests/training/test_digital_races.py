"""Real connections at the same moment: results published twice, hours sent twice, the last place, the same level from two lists."""

import pytest

from lms.learning.declarations.models import HoursDeclaration, WorkCredit
from lms.training.digital import contest, engineers, results
from lms.training.digital.models import ContestEntry, DigitalAchievement, DigitalTrainee
from lms.training.merits import queries, services
from lms.training.merits.models import MeritStatement
from tests.factories.accounts import UserFactory
from tests.races import at_once, won
from tests.training.digitals import Lab, later, line, ruled

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_a10_a_result_published_by_two_and_sent_by_four_gives_hours_once(clock):
    lab = Lab()
    item = lab.opened()
    people = [UserFactory(), UserFactory()]
    entry = lab.entered(item, *people)
    later(clock)
    lab.published(item, 0, {entry: "advance"})
    sheet = lab.checked(item, 1, {entry: "first"})
    found = at_once(
        *[lambda user=user: contest.publish_results(user, sheet) for user in (lab.officer, lab.second)]
    )
    assert len(won(found)) == 1
    assert DigitalAchievement.objects.count() == 2
    # The rule comes afterwards: until then the event has found nothing to give.
    ruled("市级一等奖")
    given = at_once(*[lambda: results.give(item)] * 4, refused=())
    assert sum(row.new for row in given) == 2
    assert HoursDeclaration.objects.filter(state="accepted").count() == 2
    assert sorted(WorkCredit.objects.values_list("number", flat=True)) == [1, 1]


def test_a10_the_last_place_of_a_contest_is_given_once(clock):
    lab = Lab()
    item = lab.opened(people=1)
    people = [UserFactory() for _n in range(4)]
    found = at_once(*[lambda user=user: contest.enter(user, item, f"{user}的队") for user in people])
    assert len(won(found)) == 1
    assert ContestEntry.objects.count() == 1


def test_a89_two_lists_with_the_same_level_one_is_published(clock):
    lab = Lab()
    item = lab.opened("national")
    trainee = lab.trainee(item)
    later(clock)
    lists = [lab.handed_in(item, line(trainee, mark=mark)) for mark in ("80", "81")]
    found = at_once(
        *[
            lambda user=user, row=row: engineers.publish_list(user, row)
            for user, row in zip((lab.officer, lab.second), lists, strict=True)
        ]
    )
    assert len(won(found)) == 1
    ruled("数字技术工程师初级", activity="project")
    at_once(*[lambda: results.give(item)] * 3, refused=())
    assert HoursDeclaration.objects.count() == DigitalAchievement.objects.count() == 1


def test_a89_the_last_place_of_the_project_is_given_once(clock):
    lab = Lab()
    item = lab.opened("national", people=1)
    people = [UserFactory() for _n in range(3)]
    found = at_once(*[lambda user=user: engineers.sign_up(user, item, "junior") for user in people])
    assert len(won(found)) == 1
    assert DigitalTrainee.objects.count() == 1


def test_a23_a_statement_is_decided_once(clock):
    lab = Lab()
    lab.listed("leaders")
    keys = [entry.key for entry in queries.entries(lab.officer)]
    statement = services.hand_in(lab.officer, lab.authority, "title", keys)
    found = at_once(
        lambda: services.confirm(lab.second, statement),
        lambda: services.give_back(lab.second, statement, "再核对"),
    )
    assert len(won(found)) == 1
    assert MeritStatement.objects.get().state in ("confirmed", "returned")
