"""The demo's plans: every course of public subjects earns hours this year; loaded again, nothing is doubled."""

import pytest

from lms.accounts.demo import load_demo_people
from lms.learning.permits.queries import permit_on
from lms.lib.clock import today
from lms.training.bases.models import Base, ReportStrike
from lms.training.bases.queries import reports as reports_in_force
from lms.training.board import consumers
from lms.training.board.models import Posting
from lms.training.bundles.models import Bundle, Target
from lms.training.demo import load_demo_plans
from lms.training.education_funds.models import FundStatement
from lms.training.grants.models import Grant
from lms.training.grants.services import totals_of
from lms.training.lifecycle import services
from lms.training.lifecycle.models import Case, Objection
from lms.training.policies.demo import ENTRIES
from lms.training.policies.models import PolicyDocument
from lms.training.posts.models import PostPayment, SkillPost
from lms.training.suggestions.models import Suggestion
from lms.training.yearly_plans.models import YearlyPlan
from tests.factories.courses import released_course


@pytest.mark.long
@pytest.mark.django_db
def test_the_demos_courses_earn_hours(clock):
    people, organisations = load_demo_people()
    release = released_course(kind="public", theme="ethics", year=2025, planned=False)
    for _again in range(2):
        load_demo_plans(people, organisations)
    assert permit_on(release.course_id, today()) is not None
    assert sorted(YearlyPlan.objects.values_list("year", "version")) == [(2025, 1), (2026, 1)]
    assert Bundle.objects.count() == Target.objects.count() == 1
    # One base stands and was re-checked, one is in its notice with an objection, one was taken back.
    bases = Case.objects.filter(process="skills-base")
    assert sorted(bases.values_list("state", flat=True)) == ["named", "notice", "removed"]
    assert [base.active for base in Base.objects.order_by("named_on")] == [False, True]
    assert Objection.objects.filter(state="open").count() == 1
    # Its grant is spent by use, and a voucher of another use waits; two posts at the base.
    grant = Grant.objects.get()
    assert (grant.case.state, totals_of(grant).spent_in_all) == ("other", 13_840_050)
    assert SkillPost.objects.count() == 2
    # A payment and a report were entered wrongly and struck; what counts is told without them.
    assert PostPayment.objects.filter(strike__isnull=True).count() == ReportStrike.objects.count() == 1
    assert sum(row.people for row in reports_in_force(Base.objects.get(removed_on=None))) == 71
    # Last year's statement was corrected, this year's falls short of the ratio.
    stated = FundStatement.objects.order_by("year", "version")
    assert list(stated.values_list("year", "version")) == [(2025, 1), (2025, 2), (2026, 1)]
    assert services.tend()["closed"] == 0
    # The open side: what was made public stands on the board once, and the library has each document once.
    assert consumers.catch_up() == 0
    assert {"plan", "notice", "named", "removed", "other"} <= set(
        Posting.objects.values_list("kind", flat=True)
    )
    assert PolicyDocument.objects.count() == len(ENTRIES)
    assert sorted(Suggestion.objects.values_list("state", flat=True)) == ["open", "replied"]
