"""On a phone: staff record a reward, the winner reads it; an invitation to a cohort is accepted."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from tests.creditbank.honours.test_a49 import employed, office, rule
from tests.creditbank.honours.test_a66 import cohort, invited
from tests.creditbank.promotion.test_browser import PHONE, opened
from tests.creditbank.promotion.test_promotions import award
from tests.factories.creditbank import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_a_reward_and_a_cohort(chromium, live_server):
    holder, who = employed(person("王芳")), office()
    prize, found, member = award(holder), rule(), invited(cohort(), holder)
    who.user_permissions.add(Permission.objects.get(codename="access_admin"))

    theirs = opened(chromium, live_server, who)
    desk = theirs.new_page()
    desk.goto(reverse("creditbank_honours"))
    desk.get_by_role("link", name=found.honour).click()
    desk.get_by_role("link", name="记录奖励").click()
    desk.get_by_label("理由").fill("全市第一名")
    desk.get_by_role("button", name="记录奖励").click()
    desk.get_by_text("奖励已记录，本人能看到。").wait_for()
    assert desk.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    mine = opened(chromium, live_server, holder)
    page = mine.new_page()
    page.goto(reverse("credit:outcome", args=[prize.uuid]))
    page.get_by_text("全市第一名").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.goto(reverse("credit:cohorts"))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("link", name=member.cohort.name).click()
    page.get_by_role("button", name="加入", exact=True).click()
    page.get_by_text("你已加入这个计划。").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for context in (theirs, mine):
        context.close()
