"""From the award on a phone to the certificate that the assessor's confirmation brings."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from tests.creditbank.deposits.lists import assessor, issuer
from tests.creditbank.promotion.test_promotions import award, rule
from tests.factories.creditbank import person, skill_number

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
PHONE = {"width": 360, "height": 780}


def opened(chromium, live_server, user):
    context = chromium.new_context(locale="zh-CN", viewport=PHONE, base_url=live_server.url)
    context.set_default_timeout(60_000)
    client = Client()
    client.force_login(user)
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return context


def test_an_award_becomes_a_level(chromium, live_server):
    holder = person()
    issuer()
    rule()
    found = award(holder)
    who = assessor()
    who.user_permissions.add(Permission.objects.get(codename="access_admin"))

    mine = opened(chromium, live_server, holder)
    page = mine.new_page()
    page.goto(f"/credit/outcomes/{found.uuid}/")
    page.get_by_label("评价机构").select_option(label=issuer().name)
    page.get_by_role("button", name="申请晋级", exact=True).click()
    page.get_by_text("待评价机构确认").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    theirs = opened(chromium, live_server, who)
    desk = theirs.new_page()
    desk.goto("/admin/credit/promotions/")
    desk.get_by_role("link", name=found.title).click()
    desk.get_by_label("证书编号").fill(skill_number(2))
    desk.get_by_label("发证日期").fill("2026-01-05")
    desk.get_by_role("button", name="确认并发证", exact=True).click()
    desk.get_by_text("已晋级，证书已记入本人的学习账户。").wait_for()
    assert desk.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    page.reload()
    page.get_by_role("link", name="电工 二级/技师").click()
    page.get_by_text("已核实").first.wait_for()
    for context in (mine, theirs):
        context.close()
