"""Real connections at the same moment (A03): a body hands a commissioned course in while the authority takes the commission back."""

import pytest

from lms.lib.errors import Conflict
from lms.training.yearly_plans.commissions import services
from lms.training.yearly_plans.commissions.models import CommissionDelivery, CommissionEnd
from tests.factories.accounts import OrganisationFactory, member
from tests.races import at_once, won
from tests.training.test_commissions import given_out

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_a03_handed_in_or_taken_back_and_never_both(house):
    house.college = OrganisationFactory(name="申江开放学院", kind="college")
    editor = member("editor", house.college)
    made = house.course(provider=house.college)
    for _round in range(4):
        found = given_out(house)
        results = at_once(
            lambda found=found: services.deliver(editor, found, made.code),
            lambda found=found: services.end(house.officer, found, "双方同意收回"),
        )
        assert len(won(results)) == 1
        assert {type(item) for item in results if item not in won(results)} == {Conflict}
        handed = CommissionDelivery.objects.filter(commission=found).count()
        taken = CommissionEnd.objects.filter(commission=found).count()
        assert handed + taken == 1
