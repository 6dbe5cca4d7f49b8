"""Each of the four modes from end to end in a real browser: the learner on a phone, staff on a PC, from the first step to a
paper that anybody can verify.
"""

from datetime import date
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from tests.browser.screens import fits
from tests.factories.creditbank import (
    college,
    entitled,
    member,
    person,
    programme,
    rule_version,
    skill_number,
)
from tests.factories.dual import GOOD, assessor, exempting, recombined, staff, through_train

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
PHONE = {"width": 360, "height": 780}
PC = {"width": 1280, "height": 900}


@pytest.fixture
def signed_in(chromium, live_server):
    """signed_in(person, size) → a page of theirs, in a browser of their own."""
    contexts = []

    def opened(user, size=PC):
        context = chromium.new_context(locale="zh-CN", viewport=size, base_url=live_server.url)
        context.set_default_timeout(60_000)
        contexts.append(context)
        if size == PC:
            user.user_permissions.add(Permission.objects.get(codename="access_admin"))
        client = Client()
        client.force_login(user)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        context.add_cookies([cookie])
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def enter(page, *, title, number="", **fields):
    """Fill the form of a learning outcome."""
    page.get_by_label("名称").first.fill(title)
    for label, value in fields.items():
        field = page.get_by_label(label).first
        field.select_option(value) if field.evaluate("e => e.tagName") == "SELECT" else field.fill(value)
    if number:
        page.get_by_label("证书编号").fill(number)
    fits(page)
    press(page, "登记，看值多少学分")


def verified_paper(page, *told):
    """The learner makes a transcript; a stranger checks its code and reads the same sum."""
    page.goto("/credit/transcript/")
    for words in told:
        assert words in page.content()
    fits(page)
    press(page, "生成清单")
    # Printed under the site's public address; here the test's server answers for it.
    page.goto(urlsplit(page.locator("article a.code").first.get_attribute("href")).path)
    fits(page)
    return page.inner_text("main")


def join(learner, version):
    learner.goto("/credit/dual/")
    fits(learner)
    learner.get_by_role("link", name=version.title).click()
    fits(learner)
    press(learner, "报名参加")
    return learner.url


def open_case(page, title, state=""):
    page.goto(f"/admin/credit/dual/{state}")
    page.get_by_role("link", name=title).first.click()


def assess(page, course):
    page.get_by_label("课程", exact=True).select_option(course)
    for label, score in (("理论知识", "82.5"), ("操作技能", "70"), ("综合素养", "90")):
        page.get_by_label(label).fill(score)
    press(page, "登记")


def test_course_recombination(signed_in):
    """课程重组型: one assessment for the course and the certificate."""
    crew, user, version = staff(), person(), recombined()
    learner = signed_in(user, PHONE)
    mine = join(learner, version)
    admin, assesses, reviews = signed_in(crew.admin), signed_in(crew.assessor), signed_in(crew.reviewer)
    open_case(admin, version.title)
    press(admin, "录取")
    open_case(assesses, version.title, "?state=admitted")
    for course in ("RB101", "RB102"):
        assess(assesses, course)
    open_case(reviews, version.title, "?state=admitted")
    for _course in range(2):
        reviews.get_by_role("button", name="确认并记学分").first.click()
    assesses.reload()
    assesses.get_by_label("证书编号").fill(skill_number(3))
    assesses.get_by_label("发证日期").fill(date.today().isoformat())
    press(assesses, "记入证书")
    learner.goto(mine)
    fits(learner)
    assert "已取得：工业机器人系统操作员 三级/高级工" in learner.content()
    assert "31" in verified_paper(learner, "工业机器人操作与编程", "工作站系统集成", version.certificate)


def test_through_train(signed_in):
    """直通车式: certificate and credits in one act."""
    crew, user, version = staff(), person(), through_train()
    learner = signed_in(user, PHONE)
    mine = join(learner, version)
    admin, assesses, reviews = signed_in(crew.admin), signed_in(crew.assessor), signed_in(crew.reviewer)
    open_case(admin, version.title)
    press(admin, "录取")
    open_case(assesses, version.title, "?state=admitted")
    for course in ("RB101", "RB102"):
        assess(assesses, course)
    open_case(reviews, version.title, "?state=admitted")
    reviews.get_by_label("证书编号").fill(skill_number(3))
    reviews.get_by_label("发证日期").fill(date.today().isoformat())
    press(reviews, "证书与学分同时记入")
    learner.goto(mine)
    fits(learner)
    assert "同时记入 31 学分。" in learner.content()
    assert "31" in verified_paper(learner, "工业机器人操作与编程", version.certificate)


def test_credit_recognition(signed_in):
    """学分认可型: a verified course result exempts from the theory part."""
    crew, user, plan = staff(), person(), exempting()
    entitled(college(), "degree_course")
    teaches = signed_in(member("reviewer", college(), "郑洁"))
    learner = signed_in(user, PHONE)
    learner.goto("/credit/apply/?kind=degree_course")
    enter(
        learner,
        title="电工技术基础",
        课程代码="EL101",
        学校=college().name,
        学分="4",
        成绩="85",
        日期="2026-01-10",
    )
    teaches.goto("/admin/credit/outcomes/")
    teaches.get_by_role("link", name="电工技术基础").click()
    teaches.get_by_label("核实方式").select_option("original")
    press(teaches, "已核实，属实")
    learner.goto("/credit/dual/")
    learner.get_by_role("link", name=plan.title).click()
    press(learner, "提交免考申请")
    mine = learner.url
    decides = signed_in(crew.assessor)
    decides.goto("/admin/credit/exemptions/")
    decides.get_by_role("link", name="电工技术基础").click()
    decides.get_by_label("理由").fill("成绩符合规则")
    press(decides, "同意免考")
    learner.goto(mine)
    fits(learner)
    learner.get_by_role("link", name="看可核对的凭证").click()
    told = learner.inner_text("main")
    fits(learner)
    for words in ("理论知识考试", "电工技术基础（EL101），85 分", "exempt-theory v1", assessor().name):
        assert words in told


def test_certificate_recognition(signed_in):
    """证书认可型: a held, verified certificate gives course credits."""
    home = programme()
    rule_version(home)
    user, reviewer = person(), member("reviewer", college())
    learner = signed_in(user, PHONE)
    learner.goto("/credit/apply/?kind=vocational_skill_certificate")
    enter(
        learner,
        title="电工 三级/高级工",
        number=skill_number(3),
        职业编码="6-31-01-03",
        等级="3",
        发证机构="申江职业技能评价中心",
        发证日期="2024-06-01",
    )
    fits(learner)
    learner.get_by_role("button", name="申请").first.click()
    reviews = signed_in(reviewer)
    reviews.goto("/admin/credit/applications/")
    reviews.get_by_role("link", name="电工 三级/高级工").click()
    reviews.get_by_label("核实方式").select_option("register")
    press(reviews, "已核实，证书属实")
    reviews.get_by_label("理由").last.fill("与规则相符")
    reviews.locator("button[value=approve]").click()
    assert "8" in verified_paper(learner, "电工技术基础", "电气控制实训")


def test_pages_of_the_modes_are_readable_by_everybody(signed_in, chromium, live_server):
    version = recombined()
    page = chromium.new_page(locale="zh-CN", viewport=PHONE, base_url=live_server.url)
    page.goto("/credit/dual/")
    assert "课程重组型" in page.content()
    page.get_by_role("link", name=version.title).click()
    fits(page)
    assert GOOD.keys() <= {"theory", "operation", "competence"}
    assert "操作技能 60 分" in page.content()
    page.close()
