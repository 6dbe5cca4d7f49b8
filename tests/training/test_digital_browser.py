"""Digital items in a real browser: a learner on a phone looks at the model and enters a contest; an officer publishes a result."""

import pytest

from lms.training.digital import skills
from lms.training.digital.models import ContestEntry, ResultSheet
from lms.training.digital.skills import About, NewRung
from tests.factories.accounts import UserFactory
from tests.factories.courses import released_course
from tests.training.digitals import DIRECTION, Lab, fresh, later
from tests.training.test_cases_browser import PC, PHONE, fits, opened, press

__all__ = ["opened"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_a_learner_on_a_phone_sees_what_is_missing_and_enters_a_contest(opened, clock):
    lab = Lab()
    course = released_course(kind="specialty", sector="industry", title="数据标注入门").course
    draft = skills.begin(
        lab.officer, lab.authority, About("人工智能能力素质模型", DIRECTION, "编制组（测试）")
    )
    rungs = [NewRung("junior", "会按规范标注数据", [course.code])]
    skills.publish(lab.officer, skills.set_skill(lab.officer, draft, "数据", "数据标注", rungs))
    item = lab.opened()
    phone = opened(UserFactory(display_name="林小雨"), PHONE)
    phone.goto("/digital/")
    fits(phone)
    phone.get_by_role("link", name="人工智能能力素质模型").click()
    assert "还缺 1 门课程" in phone.inner_text("main")
    assert phone.get_by_role("link", name="数据标注入门").is_visible()
    fits(phone)
    phone.goto(f"/digital/{item.uuid}/")
    fits(phone)
    phone.get_by_label("参赛队或作品名称").fill("云上队")
    press(phone, "报名")
    phone.get_by_text("队伍码：").wait_for()
    fits(phone)
    assert ContestEntry.objects.get().name == "云上队"
    phone.goto("/digital/engineers/")
    fits(phone)


def test_the_host_enters_a_result_and_the_officer_publishes_it(opened, clock):
    lab = Lab()
    item = lab.opened(stages=("决赛",))
    lab.entered(item, name="云上队")
    later(clock)
    desk = opened(lab.teacher, PHONE)
    desk.goto(f"/digital/{item.uuid}/host/")
    fits(desk)
    desk.get_by_label("比赛日期").fill("2026-03-12")
    desk.get_by_label("1 云上队：成绩").fill("91.5")
    desk.get_by_label("1 云上队：结果").select_option("first")
    press(desk, "录入")
    desk.get_by_text("由本单位另一个人核对").first.wait_for()
    fits(desk)
    other = opened(lab.dean, PHONE)
    other.goto(f"/digital/{item.uuid}/host/")
    press(other, "核对无误")
    other.get_by_text("已核对，由主管部门公布").wait_for()
    office = opened(lab.officer, PC)
    office.goto("/admin/training/digital/")
    office.get_by_role("link", name=item.title).click()
    office.get_by_text("待公布的成绩：决赛").wait_for()
    press(office, "公布成绩")
    office.get_by_text("成绩已公布，学时按规则记入。").wait_for()
    assert ResultSheet.objects.get().state == "published"
    phone = opened(UserFactory(), PHONE)
    phone.goto(f"/digital/{item.uuid}/")
    assert "一等奖" in phone.inner_text("main")
    fits(phone)
    assert fresh(item).case.state == "open"
