"""A year's cap counts by the day of the application, so that a decision after New Year does not open it again."""

import pytest
import time_machine

from creditbank.applications.services import Wish, decide, submit
from creditbank.outcomes.models import LearningOutcome
from lms.lib.clock import now
from lms.lib.errors import Conflict
from tests.factories.creditbank import certificate, college, member, person, programme, rule_version

pytestmark = pytest.mark.django_db


def test_a_years_cap_is_the_year_of_the_application():
    home, user, reviewer = programme(), person(), member("reviewer", college())
    first = rule_version(home, cap_per_year=800)
    second = rule_version(
        home,
        code="welder-3",
        occupation_code="6-18-02-04",
        occupation_name="焊工",
        courses=[{"code": "WE101", "name": "焊接工艺", "centicredits": 400}],
        cap_per_year=800,
    )
    papers = (certificate(user), certificate(user, title="焊工 三级/高级工", occupation_code="6-18-02-04"))
    LearningOutcome.objects.filter(holder=user).update(
        status="verified", verified_by=reviewer, verified_at=now()
    )
    with time_machine.travel("2025-12-30T04:00:00Z", tick=False):
        waiting = [
            submit(user, Wish(paper.uuid, version.rule.code, version.number))
            for paper, version in zip(papers, (first, second), strict=True)
        ]
    with time_machine.travel("2026-01-05T04:00:00Z", tick=False):
        decide(reviewer, waiting[0], approve=True, reason="与规则相符")
        with pytest.raises(Conflict) as refused:
            decide(reviewer, waiting[1], approve=True, reason="与规则相符")
    assert refused.value.code == "cap_reached"
