"""The way to a plaque in a real browser: the firm's clerk on a phone, the officer on a PC, and somebody who checks the code."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from lms.lib.clock import now, today
from lms.lib.workdays import add_working_days
from lms.training.bases.models import Base
from lms.training.bases.rules import dump
from lms.training.lifecycle import services
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import Said
from tests.browser.screens import fits
from tests.training.cases import CONDITIONS, FACTS, SYSTEM, Bureau, pdf

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


def test_a_firm_applies_on_a_phone_and_the_office_names_it(opened):
    bureau = Bureau()
    phone = opened(bureau.clerk, PHONE)
    phone.goto("/cases/")
    fits(phone)
    phone.get_by_role("link", name="申报技能人才培育实训基地").click()
    fits(phone)
    press(phone, "建立草稿")
    fits(phone)
    assert "没有“实训场地设备”的证明材料" in phone.content()
    phone.get_by_role("link", name="填写申报内容").click()
    fits(phone)
    phone.get_by_label("实训场地和设备").fill("实训车间 600 平方米")
    phone.get_by_label("负责培训的部门").fill("培训部")
    phone.get_by_label("专职人员").fill("3")
    phone.get_by_label("相关领域专家").fill("4")
    phone.get_by_label("本单位技能岗位从业人员").check()
    phone.get_by_label("项目名称").first.fill("数控车削")
    phone.get_by_label("类别").first.select_option("key_industry")
    phone.get_by_label("职业（工种）代码").first.fill("6-18-01-01")
    phone.get_by_label("培育模式").first.select_option("own")
    phone.get_by_label("每年计划").first.fill("60")
    press(phone, "保存")
    for number, kind in enumerate(CONDITIONS):
        file = pdf(f"{kind}.pdf")
        phone.locator(f"#file-{kind}").set_input_files(
            {"name": file.name, "mimeType": "application/pdf", "buffer": file.read()}
        )
        phone.locator("button[value=attach]").nth(number).click()
        phone.get_by_role("link", name=f"{kind}.pdf").wait_for()
    fits(phone)
    press(phone, "提交申报")
    assert "受理编号 JD-" in phone.inner_text("main")
    fits(phone)

    case = Case.objects.get()
    office = opened(bureau.officer, PC)
    office.goto("/admin/training/cases/")
    office.get_by_role("link", name=case.number).click()
    press(office, "受理")
    office.locator("#id_pass_reason").fill("四项条件都具备")
    press(office, "评审通过，公示")
    case.refresh_from_db()
    assert case.due_on == add_working_days(today(), 5)
    phone.goto(f"/cases/notices/{case.notices.get().uuid}/")
    fits(phone)

    # Before its end the plaque has no button; the days themselves pass in the test of services.
    office.reload()
    assert office.get_by_role("button", name="认定授牌", exact=True).count() == 0
    office.goto("/admin/training/processes/skills-base/")
    assert office.locator("svg.process-diagram").count() == 1


def test_the_plaque_is_checked_by_anybody(opened):
    bureau = Bureau()
    past = now() - timedelta(days=40)
    case = services.replay_begin(SYSTEM, bureau.clerk, "skills-base", bureau.firm, bureau.authority, past)
    services.describe(bureau.clerk, case, dump(FACTS))
    for kind in CONDITIONS:
        services.attach(bureau.clerk, case, kind, [pdf()])
    for days, user, name in (
        (39, bureau.clerk, "submit"),
        (38, bureau.officer, "accept"),
        (37, bureau.officer, "pass"),
        (5, bureau.officer, "name"),
    ):
        case.refresh_from_db()
        services.replay(SYSTEM, user, case, name, Said("符合条件"), now() - timedelta(days=days))
    base = Base.objects.get()
    page = opened(bureau.clerk, PHONE)
    page.goto(f"/bases/{base.uuid}/")
    fits(page)
    page.locator("a.code").click()
    assert "是真的，有效" in page.inner_text("main")
    page.goto(f"/bases/{base.uuid}/training/")
    fits(page)
    page.get_by_label("人数", exact=True).fill("12")
    for label in ("开始", "结束"):
        page.get_by_label(label).fill((today() - timedelta(days=1)).isoformat())
    press(page, "登记")
    assert "累计 12 人次" in page.inner_text("main")
    fits(page)
