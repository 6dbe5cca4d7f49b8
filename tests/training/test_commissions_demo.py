"""The demo's commissions: loaded twice, there once; one handed in, one under way, one taken back."""

import pytest

from lms.accounts.demo import load_demo_people
from lms.training.demo import AUTHORITY, load_demo_plans
from lms.training.yearly_plans.commissions.demo import MADE, load_demo_commissions
from lms.training.yearly_plans.commissions.models import Commission, CommissionDelivery, CommissionEnd
from tests.factories.courses import released_course

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_a03_the_demo_twice(clock):
    people, organisations = load_demo_people()
    released_course(
        kind="public", theme="knowledge", code=MADE, provider=organisations["hxpx"], planned=False
    )
    load_demo_plans(people, organisations)
    assert load_demo_commissions(organisations, organisations[AUTHORITY]) == 3
    assert Commission.objects.count() == 3
    assert CommissionDelivery.objects.get().course.code == MADE
    assert CommissionEnd.objects.count() == 1
