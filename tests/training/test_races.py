"""Real connections at the same moment: targets that several bodies set, and who publishes the plans of a region."""

from datetime import date

import pytest

from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.training.bundles import services as bundles
from lms.training.bundles.models import Target
from lms.training.yearly_plans import queries, services
from lms.training.yearly_plans.models import PlanRight
from tests.factories.accounts import member
from tests.races import at_once, won
from tests.training.house import House

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
TIMES = 4
FIGURES = bundles.Figures(10)


def test_each_body_sets_its_target_once_and_keeps_nobody_from_theirs(clock):
    house = House()
    district, department = house.body("青溪区"), house.body("经信委")
    chief, clerk = member("officer", district), member("officer", department)
    city = bundles.set_target(house.officer, 2026, house.authority, None, FIGURES)
    above = bundles.set_target(clerk, 2026, department, None, FIGURES)
    at_once(
        *[lambda: bundles.set_target(chief, 2026, district, None, FIGURES)] * TIMES,
        *[lambda: bundles.set_target(house.officer, 2026, district, city, FIGURES)] * TIMES,
        *[lambda: bundles.set_target(clerk, 2026, district, above, FIGURES)] * TIMES,
        refused=(),
    )
    assert sorted(Target.objects.filter(body=district).values_list("parent", flat=True), key=str) == sorted(
        [None, city.pk, above.pk], key=str
    )
    assert AuditRow.objects.filter(action="target.set").count() == 5


def test_no_part_hangs_on_a_target_that_is_dropped(clock):
    house = House()
    district = house.body("青溪区")
    city = bundles.set_target(house.officer, 2026, house.authority, None, FIGURES)
    results = at_once(
        lambda: bundles.drop_target(house.officer, city),
        lambda: bundles.set_target(house.officer, 2026, district, city, FIGURES),
    )
    assert len(won(results)) == 1
    assert Target.objects.count() in (0, 2)


def test_a_right_set_by_several_has_one_row_a_version(clock):
    house = House()
    new = services.NewRight("申江市", house.other, date(2026, 1, 1), "文件")
    results = at_once(*[lambda: services.set_right(Actor.system("tests"), new)] * TIMES)
    assert won(results)
    rows = list(
        PlanRight.objects.filter(region="申江市").order_by("version").values_list("version", flat=True)
    )
    assert rows == list(range(1, len(won(results)) + 2))
    assert queries.may_publish(house.other, date(2026, 3, 2))
