"""Plans, targets and training money in a real browser, on a phone and on a desk: a department publishes its plan and everybody reads it; an employer
states what it set aside and reads what is missing.
"""

from datetime import date

import pytest
from django.test import Client

from lms.lib.actor import Actor
from lms.lib.clock import today
from lms.training.bundles import services as bundles
from lms.training.education_funds import services as funds
from lms.training.education_funds.models import FundStatement
from lms.training.yearly_plans.specialty import services
from tests.factories.accounts import OrganisationFactory, member
from tests.factories.courses import released_course

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
SYSTEM = Actor.system("tests")


def fits(page):
    """Nothing sticks out of the screen, once its styles are there."""
    page.wait_for_load_state("load")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


@pytest.fixture(params=[(360, 780), (1280, 800)], ids=["phone", "desk"])
def screen(request, chromium, live_server):
    width, height = request.param
    context = chromium.new_context(
        locale="zh-CN", viewport={"width": width, "height": height}, base_url=live_server.url
    )
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def test_a04_everybody_reads_a_departments_plan(screen):
    department = OrganisationFactory(name="住房城乡建设委", kind="authority")
    clerk = member("officer", department)
    year = today().year
    bundles.set_target(clerk, year, department, None, bundles.Figures(600, 120_000, kind="specialty"))
    words = services.Words(
        f"{year} 年度建设交通行业专业科目培训规划", "construction_transport", assessing="年末按指标考核。"
    )
    draft = services.begin(clerk, department, year, words)
    release = released_course(kind="specialty", sector="construction_transport")
    services.set_course(clerk, draft, release.code, date(year, 1, 1), date(year, 12, 31))
    services.review(clerk, services.publish(clerk, draft), "三季度到两家开课单位听课，进度正常。")
    screen.goto("/plans/")
    fits(screen)
    screen.get_by_role("link", name="专业科目", exact=True).click()
    fits(screen)
    screen.get_by_role("link", name=words.title).click()
    fits(screen)
    assert screen.get_by_text("600 人次").first.is_visible()
    assert screen.get_by_text("年末按指标考核。").is_visible()
    screen.goto("/board/?q=建设交通")
    fits(screen)
    assert screen.get_by_role("link", name=words.title).is_visible()


def test_a24_an_employer_states_and_reads_what_is_missing(screen, live_server):
    authority = OrganisationFactory(name="市人社局", kind="authority")
    firm = OrganisationFactory(name="松陵精密机械厂", kind="enterprise")
    funds.set_ratio(SYSTEM, funds.NewRatio(authority, date(2022, 1, 1), 150, 6000, "测试文件〔2022〕1 号"))
    client = Client()
    client.force_login(member("hr", firm))
    screen.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    screen.goto("/education-funds/")
    fits(screen)
    for label, value in (
        ("全年工资总额（元）", "10000000"),
        ("提取的职工培训费（元）", "120000"),
        ("使用的（元）", "100000"),
        ("其中用于一线职工（元）", "100001"),
    ):
        screen.get_by_label(label).fill(value)
    screen.get_by_role("button", name="填报").click()
    assert screen.get_by_text("不能超过使用的").first.is_visible()
    fits(screen)
    screen.get_by_label("其中用于一线职工（元）").fill("55000")
    screen.get_by_role("button", name="填报").click()
    screen.get_by_text("少提 30000.00").wait_for()
    fits(screen)
    assert FundStatement.objects.get().frontline_fen == 5_500_000
