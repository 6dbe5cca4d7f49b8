"""The open side in a real browser on a phone: a visitor reads the board and a document, and hands in a suggestion and follows it."""

from datetime import date

import pytest

from lms.lib.actor import Actor
from lms.training.board import api as board
from lms.training.policies.demo import load_demo_policies
from lms.training.suggestions import services
from lms.training.suggestions.models import Suggestion
from tests.browser.screens import fits
from tests.factories.accounts import OrganisationFactory, member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
SYSTEM = Actor.system("tests")
PHONE = {"width": 360, "height": 780}


@pytest.fixture
def phone(chromium, live_server):
    context = chromium.new_context(locale="zh-CN", viewport=PHONE, base_url=live_server.url)
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def test_a16_a_visitor_reads_the_board_and_the_document_behind_it(phone):
    authority = OrganisationFactory(name="区人社局", kind="authority")
    load_demo_policies()
    board.post(
        SYSTEM,
        kind=board.Kind.ENROLMENT,
        title="工业互联网高级研修班招收学员通知",
        body="依据沪人社专〔2022〕372号举办，面向具有中、高级职称的专业技术人才。",
        authority=authority,
    )
    phone.goto("/board/")
    fits(phone)
    phone.get_by_text("筛选").click()
    phone.get_by_label("种类").select_option("enrolment")
    phone.get_by_role("button", name="查看结果").click()
    fits(phone)
    phone.get_by_role("link", name="工业互联网高级研修班招收学员通知").click()
    fits(phone)
    phone.get_by_role("link", name="沪人社专〔2022〕372号").click()
    fits(phone)
    assert phone.get_by_text("2022-12-02").first.is_visible()
    phone.goto("/policies/")
    fits(phone)
    phone.goto("/board/data/")
    fits(phone)


def test_a86_a_visitor_hands_in_a_suggestion_and_follows_it(phone):
    authority = OrganisationFactory(name="区人社局", kind="authority")
    officer = member("officer", authority)
    services.set_rule(SYSTEM, authority, date(2022, 1, 1), 15, "测试设定")
    phone.goto("/suggestions/")
    fits(phone)
    phone.get_by_role("link", name="提建议").click()
    fits(phone)
    phone.get_by_role("button", name="提交建议").click()
    fits(phone)
    assert phone.locator("[aria-invalid=true]").count() >= 2
    phone.get_by_label("建议什么").fill("周末也开班")
    phone.get_by_label("内容").fill("上夜班的人希望周末有面授。")
    phone.get_by_role("button", name="提交建议").click()
    phone.get_by_role("heading", name="建议已收到").wait_for()
    fits(phone)
    number, code = (phone.locator("dd.num").nth(place).inner_text() for place in (0, 1))
    row = Suggestion.objects.get(number=number)
    services.reply(officer, row, "五月起周六开班。")
    phone.get_by_role("link", name="查办理情况").click()
    phone.get_by_label("建议编号").fill(number)
    phone.get_by_label("查询码").fill(code)
    phone.get_by_role("button", name="查询").click()
    phone.get_by_text("五月起周六开班。").wait_for()
    fits(phone)
    phone.get_by_role("button", name="满意，办结", exact=True).click()
    phone.get_by_text("谢谢，已经办结。").wait_for()
    row.refresh_from_db()
    assert row.satisfied is True
