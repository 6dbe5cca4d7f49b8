"""A11, A14: real connections at the same moment: two officers decide and one wins, one base and one version come of it, an expert marks once,
a class is held as one run."""

import pytest

from lms.lib.errors import Conflict
from lms.training.ce_bases import filings, reviews
from lms.training.ce_bases.models import BaseFiling, BaseReview, EducationBase, FiledRun, ReviewSeat
from lms.training.ce_bases.reviews import Mark
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Act, Case
from lms.training.lifecycle.services import Said
from tests.races import at_once, won
from tests.training.cases import after
from tests.training.ce import TERMS, Region, only_class

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_a11_two_officers_decide_at_once_and_one_wins(clock):
    region = Region()
    case = region.reviewed(80, 80)
    cases.delegate(region.officer, case, region.second, case.opened_on, case.opened_on, "同时办理（测试）")
    seen = Case.objects.get(pk=case.pk)
    before = Act.objects.filter(case=case).count()
    results = at_once(
        *[
            lambda user=user, name=name: cases.act(user, seen, name, Said("理由"))
            for user, name in ((region.officer, "pass"), (region.second, "refuse")) * 3
        ]
    )
    assert len(won(results)) == 1
    lost = [result for result in results if result not in won(results)]
    assert {(type(item), item.code) for item in lost} == {(Conflict, "moved_on")}
    assert Act.objects.filter(case=case).count() == before + 1


def test_a11_one_base_though_several_press(clock):
    region = Region()
    case = region.by(region.officer, region.reviewed(80, 80), "pass")
    after(clock, case.due_on)
    seen = Case.objects.get(pk=case.pk)
    results = at_once(*[lambda: cases.act(region.officer, seen, "name")] * 4)
    assert len(won(results)) == 1
    assert EducationBase.objects.count() == 1


def test_a11_an_expert_marks_once_and_before_the_score(clock):
    region = Region()
    case = region.by(region.officer, region.submitted(), "accept")
    region.marked(case, 80, 80)
    expert = region.experts[2]
    seat = reviews.appoint(region.officer, region.review(case), expert)
    reviews.declare(expert, seat, independent=True)
    given = {item.code: Mark(50, "理由充分") for item in TERMS.criteria}
    seen = Case.objects.get(pk=case.pk)
    results = at_once(
        *[lambda: reviews.hand_in(expert, seat, given)] * 3,
        *[lambda: cases.act(region.officer, seen, "score", Said("汇总"))] * 3,
    )
    review = BaseReview.objects.get(case=case)
    handed = ReviewSeat.objects.filter(review=review, handed_in_at__isnull=False).count()
    # The score has everybody's marks in it, or does not stand yet.
    assert handed == 3
    assert review.centimarks in (None, 7000)
    assert len(won(results)) in (1, 2)


def test_a14_one_filing_though_two_officers_accept(clock):
    region = Region(notice_days=None)
    region.base()
    one = region.by(region.clerk, region.plan(), "submit")
    two = region.by(region.clerk, region.plan(region.planned(title="另一个班")), "submit")
    seen = [Case.objects.get(pk=case.pk) for case in (one, two)]
    results = at_once(
        *[
            lambda user=user, case=case: cases.act(user, case, "accept", Said())
            for user in (region.officer, region.second)
            for case in seen
        ]
    )
    assert len(won(results)) == 2
    assert sorted(BaseFiling.objects.values_list("version", flat=True)) == [1, 2]


def test_a14_a_class_is_held_as_one_run(clock):
    region = Region(notice_days=None)
    region.base()
    course = region.course()
    row = only_class(region.filed(region.planned(course=course.code)))
    runs = [region.run(course) for _run in range(3)]
    results = at_once(
        *[lambda run=run: filings.hold_as(region.clerk, row, run.uuid) for run in runs for _twice in range(2)]
    )
    assert len(won(results)) == 1
    assert FiledRun.objects.count() == 1
