"""Real connections at the same moment: the same facts open one hold, a case is decided once, a completion waits or is
there before.
"""

from datetime import timedelta

import pytest

from creditbank.api import audit, posted_hours
from lms.learning.completion.models import Completion, CompletionCorrection
from lms.learning.completion.services import consider, settle
from lms.learning.holds import detect, queries
from lms.learning.holds.detect import Window
from lms.learning.holds.models import HoldStep, StudyHold
from lms.learning.holds.services import appeal, explain, look_at, open_hold, scan
from lms.learning.study.models import LessonProgress
from tests.factories.learning import enrolment
from tests.learning.holds import cases
from tests.learning.holds.cases import DAY, House, confirm, course, delivered, held, release
from tests.races import at_once, won

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@pytest.fixture
def item(clock):
    return enrolment(release=course(min_coverage_percent=25))


def test_the_night_and_two_officers_look_at_once(item, clock):
    cases.overlapping(clock, item)
    cases.next_day(clock)
    at_once(
        lambda: scan(DAY),
        lambda: scan(DAY, late=True),
        lambda: look_at(item.person, DAY),
        lambda: look_at(item.person, DAY),
        refused=(),
    )
    assert StudyHold.objects.count() == 1
    assert HoldStep.objects.count() == 1


def test_two_workers_with_the_same_day(clock):
    release_ = course()
    for _ in range(3):
        cases.overlapping(clock, enrolment(release=release_))
    cases.next_day(clock)
    at_once(lambda: scan(DAY, chunk=1), lambda: scan(DAY, chunk=2), refused=())
    assert StudyHold.objects.count() == 3


def test_two_decide_at_once_and_one_decision_stands(item, clock):
    house = House()
    hold = held(clock, item)
    results = at_once(lambda: confirm(house.officer, hold), lambda: release(house.second, hold))
    assert len(won(results)) == 1
    assert HoldStep.objects.filter(act__in=("confirm", "release")).count() == 1


def test_explaining_while_it_is_decided(item, clock):
    house = House()
    hold = held(clock, item)
    results = at_once(
        lambda: release(house.officer, hold), lambda: explain(item.person, hold, text="是女儿在用")
    )
    assert len(won(results)) in (1, 2)
    numbers = list(HoldStep.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_two_appeals_are_one(item, clock):
    house = House()
    hold = confirm(house.officer, held(clock, item))
    results = at_once(*(lambda: appeal(item.person, hold, text="不同意") for _ in range(3)))
    assert len(won(results)) == 1
    assert StudyHold.objects.get().state == "appealed"


def test_completing_while_a_hold_is_opened(item, clock):
    """Either the course was completed before, or it waits: never a completion after the hold."""
    cases.overlapping(clock, item)
    cases.next_day(clock)
    LessonProgress.objects.filter(enrolment=item).update(percent=100)
    rule = queries.rule_on(DAY)
    (found,) = detect.found_in(Window(DAY, item.person_id - 1, item.person_id), rule.plain())
    at_once(lambda: consider(item.pk), lambda: open_hold(found, rule), refused=())
    hold, completion = StudyHold.objects.get(), Completion.objects.first()
    assert consider(item.pk) == completion
    release(House().officer, hold)
    assert Completion.objects.count() == 1


def test_deciding_while_more_is_studied_and_settled(item, clock):
    house = House()
    for place in (0, 1):
        cases.studies(clock, item, 5 + place * 2, 81, place=place, device="desk")
    clock.move_to(cases.at(9), tick=False)
    pages = [cases.opened(item, place, device=f"machine-{place}") for place in (0, 1)]
    for place, page in enumerate(pages):
        cases.reports(clock, item, page, 200, place=place, first=81, state="here")
    (hold,) = cases.looked(clock)
    clock.move_to(cases.at(9, day=DAY + timedelta(days=2)), tick=False)
    page = cases.opened(item, 1, device="desk")
    at_once(
        lambda: confirm(house.officer, hold),
        lambda: settle(item.pk),
        lambda: cases.reports(clock, item, page, 1, place=1, first=300, state="leaving"),
    )
    settle(item.pk)
    delivered()
    clock.shift(timedelta(hours=2))
    delivered()
    completion = Completion.objects.get()
    counted = sum(LessonProgress.objects.filter(enrolment=item).values_list("counted_ms", flat=True))
    assert completion.total_centihours == counted * 100 // 2_700_000
    assert posted_hours(item.person.uuid)["vocational"] == completion.total_centihours
    assert CompletionCorrection.objects.count() <= 2
    assert audit().breaks == []
