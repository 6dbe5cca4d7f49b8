"""A07, A11: who is asked to host a programme first goes by the register of bases and their scores, not by the proposer's word."""

from datetime import date

import pytest

from lms.training.ce_bases.models import BaseReview
from lms.training.programmes import rules
from lms.training.programmes.models import Programme
from lms.training.programmes.rules import Candidate, Facts
from lms.training.programmes.standings import checked
from tests.factories.accounts import OrganisationFactory
from tests.training.advanced import City
from tests.training.ce import Region, listed

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


@pytest.fixture
def region(clock):
    return Region()


def scored(region, base, centimarks):
    """The last evaluation of a listed base."""
    return BaseReview.objects.create(
        case=base.case,
        number=1,
        purpose="periodic",
        standard=region.standard,
        opened_on=DAY,
        closed_on=DAY,
        centimarks=centimarks,
        passed=centimarks >= 6000,
    )


def order(*candidates):
    facts = checked(Facts(candidates=candidates), DAY)
    return [(row.code, row.standing) for row in rules.ranked(facts.candidates)], facts.candidates


def said(body, standing):
    return Candidate(body.code, body.name, standing, "申报写的依据")


def test_a07_a11_the_register_says_who_is_a_base(region):
    called, real, firm = (OrganisationFactory(kind="college") for _body in range(3))
    listed(region.authority, real, national=True)
    found, rows = order(said(called, "national_base"), said(firm, "leading"), said(real, "other"))
    assert found == [(real.code, "national_base"), (firm.code, "leading"), (called.code, "other")]
    grounds = {row.code: row.ground for row in rows}
    assert "名录里没有" in grounds[called.code]
    assert "2024-03-01 认定" in grounds[real.code]
    assert grounds[firm.code] == "申报写的依据"


def test_a07_a11_bases_of_one_level_go_by_score_and_those_on_their_way_out_last(region):
    bodies = [OrganisationFactory(kind="college") for _body in range(3)]
    marks = (7000, 9000, 5000)
    for body, mark in zip(bodies, marks, strict=True):
        scored(region, listed(region.authority, body), mark)
    found, rows = order(*(said(body, "city_base") for body in bodies))
    assert [code for code, _standing in found] == [bodies[1].code, bodies[0].code, bodies[2].code]
    assert "退出程序中" in rows[-1].ground


def test_a07_a11_a_base_that_has_left_is_none(region):
    body = OrganisationFactory(kind="college")
    base = listed(region.authority, body)
    base.removed_on = DAY
    base.save()
    assert order(said(body, "city_base"))[0] == [(body.code, "other")]


def test_a07_a11_the_programme_keeps_the_ground_of_the_register(clock):
    city = City()
    row = city.approved()
    assert Programme.objects.get(pk=row.pk).host_standing == "city_base"
    assert "名录" in row.host_ground
