"""A89: a list of level results with lines that cannot both be right, in it or beside another list, is not taken; and the officer who makes
it count reads who it is about."""

from datetime import timedelta

import pytest

from lms.training.digital import engineers
from tests.training.digitals import HELD, Lab, csv_of, fresh, later, line

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(clock):
    return Lab()


def ready(lab, clock, people=1):
    """A national item with trainees, on a day on which they have been evaluated."""
    item = lab.opened("national")
    trainees = [lab.trainee(item) for _number in range(people)]
    later(clock)
    return fresh(item), *trainees


def texts(found):
    return [text for _row, _column, text in found.faults]


def test_a89_a_trainee_has_one_evaluation_a_day_of_the_level_they_signed_up_for(lab, clock):
    item, one = ready(lab, clock)
    found = lab.handed_in(item, line(one), line(one, grade="高级", mark="12"))
    assert found.state == "faulty"
    assert sorted(texts(found)) == ["与第 2 行是同一个学员同一天的评价。", "这个学员报名的是初级。"]
    assert lab.handed_in(item, line(one)).state == "waiting"
    again = lab.handed_in(item, line(one, passed="不合格", mark="50"))
    assert texts(again) == ["这个学员这一天已有另一份名单的评价结果。"]
    # On another day they may have come again.
    later = lab.handed_in(item, line(one, passed="不合格", mark="50", day=HELD - timedelta(days=1)))
    assert later.state == "waiting"


def test_a89_a_certificate_has_one_number(lab, clock):
    item, one, two, three = ready(lab, clock, 3)
    twice = lab.handed_in(item, line(one, number="SZ-1"), line(two, number="SZ-1"))
    assert texts(twice) == ["与第 2 行的证书编号相同。"]
    assert lab.handed_in(item, line(one, number="SZ-1"), line(two, number="SZ-2")).state == "waiting"
    taken = lab.handed_in(item, line(three, number="SZ-2"))
    assert texts(taken) == ["这个证书编号已在另一份名单里。"]


def test_a89_a_correction_says_the_same_day_and_number_again(lab, clock):
    item, one = ready(lab, clock)
    found = lab.handed_in(item, line(one, number="SZ-1"))
    engineers.publish_list(lab.officer, found)
    found.refresh_from_db()
    right = csv_of(line(one, mark="95", number="SZ-1"))
    new = engineers.upload(lab.assessor, fresh(item), lab.assessors, right, corrects=found, why="登分错误")
    assert new.state == "waiting"
