"""Hours that an authority's process gives: once, above what a claim of one's own has counted, within the year's cap."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.db.models import Sum

from lms.learning.declarations.grants import Granted, grant, granted, take_back
from lms.learning.declarations.models import HoursDeclaration, WorkCredit
from lms.learning.declarations.queries import explanation
from lms.learning.hours.years import years
from lms.learning.statements import figures
from lms.lib.clock import SHANGHAI, now
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


@pytest.mark.django_db
@pytest.mark.parametrize("year", [2026, 2022])
def test_a10_hours_that_were_taken_back_stand_in_no_years_figures(clock, year):
    clock.move_to(datetime(2026, 4, 1, 12, tzinfo=SHANGHAI))
    house = House()
    rule(
        activity="project",
        grade="市级",
        centihours_per_unit=5600,
        unit_word="项",
        valid_from=date(2020, 1, 1),
    )
    days = {"starts_on": date(year, 3, 2), "ends_on": date(year, 3, 4)}

    def given(centihours):
        new = project("YX-00001", house.employer, house.department, centihours)
        return grant(SYSTEM, house.worker, replace(new, **days))

    def counted(as_of):
        found = figures.reckoned(years().year(year), 0, house.worker.pk, as_of)
        return found.get((house.worker.pk, "specialty"))

    def due():
        clock.move_to(now() + timedelta(days=2))
        found = year in figures.years_due()
        while figures.step(year).more:
            pass
        return found

    first = given(4000)
    assert (due(), counted(now())) == (True, (4000, 1))
    clock.move_to(now() + timedelta(days=40))
    before = now()
    clock.move_to(before + timedelta(days=1))
    take_back(SYSTEM, house.worker, first.uuid, "名次录反")
    assert counted(now()) is None
    assert counted(before) == (4000, 1)
    assert due()
    assert not list(figures.differences())
    given(1500)
    assert counted(now()) == (1500, 1)
    told = explanation(HoursDeclaration.objects.get(pk=first.pk))
    assert told[-1] == "这一结果后来更正，这些学时已经收回，不再计入。"
    assert "收回" not in "".join(explanation(granted(house.worker, "YX-00001")))


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
