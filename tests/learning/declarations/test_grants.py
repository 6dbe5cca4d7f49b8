"""Hours that an authority's process gives: once, above what a claim of one's own has counted, within the year's cap."""

from datetime import date

import pytest
from django.db.models import Sum

from lms.learning.declarations.grants import Granted, grant, granted
from lms.learning.declarations.models import HoursDeclaration, WorkCredit
from tests.factories.accounts import OrganisationFactory, UserFactory
from tests.learning.declarations.claims import SYSTEM, House, rule
from tests.races import at_once


def project(number, host, authority, centihours=4000):
    return Granted(
        activity="project",
        grade="市级",
        category="specialty",
        title=f"智能制造系统集成 {number}",
        identifier=number,
        host=host,
        authority=authority,
        starts_on=date(2026, 3, 2),
        ends_on=date(2026, 3, 4),
        centihours=centihours,
    )


@pytest.mark.django_db
def test_a20_an_own_claim_under_the_projects_number_does_not_take_its_hours_away():
    house = House()
    rule(activity="project", grade="市级", centihours_per_unit=5600, unit_word="项")
    house.accepted(800, activity="training", identifier="YX-2026-00001", centihours=800)
    assert granted(house.worker, "YX-2026-00001") is None
    new = project("YX-2026-00001", house.employer, house.department)
    for _again in range(2):
        assert grant(SYSTEM, house.worker, new).counted_centihours == 3200
    counted = WorkCredit.objects.filter(person=house.worker).aggregate(all=Sum("counted_centihours"))
    assert (counted["all"], WorkCredit.objects.count()) == (4000, 2)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a20_projects_given_at_once_to_somebody_without_claims_keep_the_years_cap():
    host, authority = OrganisationFactory(kind="college"), OrganisationFactory(kind="authority")
    rule(
        activity="project",
        grade="市级",
        centihours_per_unit=5600,
        unit_word="项",
        yearly_cap_centihours=5000,
    )
    person = UserFactory()
    at_once(
        *(
            lambda number=number: grant(SYSTEM, person, project(number, host, authority))
            for number in ("YX-2026-00001", "YX-2026-00001", "YX-2026-00002", "YX-2026-00003")
        ),
        refused=(),
    )
    rows = HoursDeclaration.objects.filter(person=person, state="accepted")
    assert sorted(rows.values_list("counted_centihours", flat=True)) == [0, 1000, 4000]
