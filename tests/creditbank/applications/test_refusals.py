"""Every refusal names its rule: title, number and version, and the dates, levels, marks or caps that decided."""

from datetime import date, timedelta

import pytest

from creditbank.applications.models import Application
from creditbank.applications.services import decide, submit
from creditbank.ledger.models import Transaction
from creditbank.outcomes.models import LearningOutcome
from lms.lib.clock import today
from lms.lib.errors import Conflict
from tests.creditbank.applications.cases import House
from tests.factories.creditbank import certificate, person, programme, rule_version

pytestmark = pytest.mark.django_db


def refusal(user, wish):
    """What applying is told; nothing is written."""
    before = Application.objects.count()
    with pytest.raises(Conflict) as found:
        submit(user, wish)
    assert Application.objects.count() == before
    assert not Transaction.objects.exists()
    return found.value


def test_an_expired_certificate_is_told_its_last_day():
    house, user = House(), person()
    yesterday = today() - timedelta(days=1)
    paper = certificate(user, expires_on=yesterday)
    found = refusal(user, house.wish(paper))
    assert found.code == "expired"
    assert f"第 {house.version.number} 版" in found.message
    assert house.version.rule.code in found.message
    assert str(yesterday) in found.message
    assert found.details["rule"] == house.version.rule.code


def test_a_level_too_low_is_told_both_levels():
    house, user = House(), person()
    paper = certificate(user, level=5)
    found = refusal(user, house.wish(paper))
    assert found.code == "level_too_low"
    assert "要求三级/高级工" in found.message
    assert "五级/初级工" in found.message


def test_a_rule_outside_its_dates_says_from_when_to_when():
    house, user = House(), person()
    over = rule_version(
        programme(house.home, "over"),
        code="over",
        valid_from=date(2025, 1, 1),
        valid_until=today() - timedelta(days=1),
    )
    early = rule_version(programme(house.home, "early"), code="early", valid_from=today() + timedelta(days=9))
    paper = certificate(user)
    for version, word in ((over, "2025-01-01 至"), (early, f"自 {today() + timedelta(days=9)} 起有效")):
        found = refusal(user, house.wish(paper, version))
        assert found.code == "rule_not_in_force"
        assert word in found.message
        assert version.rule.title in found.message


def test_a_rule_for_something_else_says_what_it_asks():
    house, user = House(), person()
    paper = certificate(user, occupation_code="6-18-01-01")
    found = refusal(user, house.wish(paper))
    assert found.code == "no_rule"
    assert house.version.rule.code in found.message


def test_a_cap_is_named_with_its_height():
    house, user = House(), person()
    capped = rule_version(programme(house.home, "capped"), code="capped", programme_cap_centicredits=100)
    found = refusal(user, house.wish(certificate(user), capped))
    assert found.code == "cap_reached"
    assert "最多认定 1 学分" in found.message
    assert found.details["limit"] == 100


def test_the_reviewer_is_told_the_rule_too():
    house = House(reviewers=1)
    _learner, made = house.case()
    LearningOutcome.objects.filter(pk=made.outcome_id).update(expires_on=today() - timedelta(days=1))
    with pytest.raises(Conflict) as found:
        decide(house.first, made, approve=True, reason="证书与规则相符。")
    assert found.value.code == "expired"
    assert house.version.rule.code in found.value.message
    assert not Transaction.objects.exists()
    made.refresh_from_db()
    assert made.state == "submitted"
