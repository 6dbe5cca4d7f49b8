"""The way of a grant in a real browser: the firm's clerk on a phone, the officer on a PC, and somebody who checks the paper."""

from contextlib import closing

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from lms.lib.clock import today
from lms.training.grants import services
from lms.training.grants.models import Grant
from lms.training.lifecycle.models import Case
from tests.browser.screens import fits
from tests.training.cases import pdf
from tests.training.grants import House

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
PHONE = {"width": 360, "height": 780}
PC = {"width": 1280, "height": 900}


@pytest.fixture
def opened(chromium, live_server):
    contexts = []

    def sign_in(user, size):
        context = chromium.new_context(locale="zh-CN", viewport=size, base_url=live_server.url)
        context.set_default_timeout(60_000)
        contexts.append(context)
        user.user_permissions.add(Permission.objects.get(codename="access_admin"))
        client = Client()
        client.force_login(user)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        context.add_cookies([cookie])
        return context.new_page()

    yield sign_in
    for context in contexts:
        context.close()


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def give(page, selector, name):
    with closing(pdf(name)) as file:
        content = file.read()
    page.locator(selector).set_input_files({"name": name, "mimeType": "application/pdf", "buffer": content})


def test_a_grant_from_the_application_on_a_phone_to_its_first_voucher(opened):
    house = House()
    phone, office = opened(house.clerk, PHONE), opened(house.officer, PC)
    phone.goto("/cases/new/base-grant/")
    press(phone, "建立草稿")
    phone.get_by_role("link", name="填写申报内容").click()
    fits(phone)
    phone.get_by_label("资金用来做什么").fill("添置实训耗材")
    phone.get_by_label("用途").first.select_option("materials")
    phone.get_by_label("金额（元）").first.fill("200,000.00")
    press(phone, "保存")
    give(phone, "#file-plan", "计划.pdf")
    press(phone, "上传")
    phone.get_by_role("link", name="计划.pdf").wait_for()
    press(phone, "提交资助申请")
    fits(phone)
    phone.get_by_role("link", name="受理回执").click()
    fits(phone)
    phone.locator("a.code").click()
    assert "是真的，有效" in phone.inner_text("main")
    fits(phone)

    case = Case.objects.get(process="base-grant")
    office.goto(f"/admin/training/cases/{case.uuid}/")
    office.locator("#id_check_reason").fill("预算与项目相符")
    press(office, "审核通过，报协调小组")
    for person in house.group[1:]:
        member = opened(person, PHONE)
        member.goto("/group/")
        member.get_by_role("link", name="等你表态").click()
        fits(member)
        member.get_by_role("link", name="计划.pdf").wait_for()
        member.get_by_label("同意", exact=True).check()
        press(member, "提交意见")
        member.get_by_text("已表态").wait_for()
        fits(member)
    office.reload()
    office.get_by_text("同意 2，不同意 0").wait_for()
    office.locator("#id_approve_fund").select_option(label=house.fund.name)
    office.locator("#id_approve_decided_on").fill(today().isoformat())
    give(office, "#id_approve_evidence", "纪要.pdf")
    press(office, "登记协调小组决定：同意资助")
    office.locator("#id_pay_paid_on").fill(today().isoformat())
    office.locator("#id_pay_voucher").fill("BK-1")
    give(office, "#id_pay_evidence", "拨款.pdf")
    press(office, "登记拨付")
    office.get_by_role("link", name="资金明细").wait_for()

    phone.goto(f"/cases/{case.uuid}/")
    fits(phone)
    phone.locator("#id_spend_use").select_option("materials")
    phone.locator("#id_spend_fen").fill("1234.56")
    phone.locator("#id_spend_payee").fill("青申工具店")
    phone.locator("#id_spend_voucher").fill("FP-1")
    phone.locator("#id_spend_paid_on").fill(today().isoformat())
    give(phone, "#id_spend_evidence", "发票.pdf")
    press(phone, "登记支出")
    phone.get_by_role("link", name="资金明细").click()
    assert "1,234.56 元" in phone.inner_text("main")
    fits(phone)
    assert services.totals_of(Grant.objects.get()).spent == (("materials", 123_456),)
