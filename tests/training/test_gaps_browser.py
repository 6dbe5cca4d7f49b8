"""In a real browser: an expert agrees on a phone, an officer on a PC asks them, a visitor on a phone reads what was called off, the host corrects a result."""

import pytest

from lms.training.digital.models import ResultSheet
from lms.training.experts.models import Expert
from tests.factories.accounts import UserFactory
from tests.training.digitals import Lab, fresh
from tests.training.tendering import Market
from tests.training.test_cases_browser import PC, PHONE, fits, opened, press

__all__ = ["opened"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_a12_an_expert_is_asked_into_the_register_and_agrees_on_a_phone(opened, clock):
    market = Market()
    person = UserFactory(display_name="崔专家")
    office = opened(market.officer, PC)
    office.goto("/admin/training/experts/")
    office.get_by_label("专家的手机号或邮箱").fill(person.email or person.phone)
    office.get_by_label("工业信息").check()
    office.get_by_label("入库依据").fill("推荐函 3 号")
    press(office, "邀请")
    office.get_by_role("link", name="崔专家").wait_for()
    phone = opened(person, PHONE)
    phone.goto("/experts/")
    fits(phone)
    phone.get_by_role("button", name="同意进入申江市人社局的专家库").click()
    phone.get_by_text("在库", exact=True).wait_for()
    phone.get_by_label("单位全称或机构代码").fill("青溪技师学院")
    phone.get_by_label("是什么关系").fill("联合课题")
    press(phone, "声明")
    phone.get_by_text("联合课题").wait_for()
    fits(phone)
    assert Expert.objects.get(person=person).state == "listed"


def test_a10_the_host_corrects_a_result_on_a_phone_and_visitors_read_both(opened, clock):
    lab = Lab()
    item = lab.opened()
    first, second = (
        lab.entered(item, UserFactory(), name="甲队"),
        lab.entered(item, UserFactory(), name="乙队"),
    )
    sheet = lab.final(clock, item, {first: "first", second: "second"})
    phone = opened(lab.teacher, PHONE)
    phone.goto(f"/digital/{item.uuid}/host/")
    fits(phone)
    phone.get_by_role("link", name="更正决赛的成绩").click()
    fits(phone)
    phone.get_by_label("1 甲队：结果").select_option("second")
    phone.get_by_label("2 乙队：结果").select_option("first")
    phone.get_by_label("更正的理由").fill("两队名次录反")
    press(phone, "提交更正")
    dean = opened(lab.dean, PHONE)
    dean.goto(f"/digital/{item.uuid}/host/")
    fits(dean)
    press(dean, "核对无误")
    office = opened(lab.officer, PC)
    office.goto(f"/admin/training/digital/{item.uuid}/")
    office.get_by_text("更正已公布的成绩").wait_for()
    press(office, "公布成绩")
    office.get_by_text("现在没有待公布的结果").wait_for()
    assert ResultSheet.objects.get(corrects=sheet).state == "published"
    visitor = opened(UserFactory(), PHONE)
    visitor.goto("/board/")
    visitor.get_by_role("link", name="智慧社区创意大赛：决赛结果（更正）").click()
    fits(visitor)
    visitor.get_by_role("link", name="GG-2026-").click()
    visitor.get_by_text("看更正后的公告").wait_for()
    fits(visitor)
    # Called off afterwards: it stays, marked.
    other = lab_item(lab)
    visitor.goto("/board/?state=archived")
    visitor.get_by_text("撤回：不再实施").first.wait_for()
    fits(visitor)
    visitor.get_by_role("link", name=other.title).first.click()
    visitor.get_by_role("link", name="看撤回的事项").wait_for()
    fits(visitor)


def lab_item(lab):
    item = lab.opened("leaders", title="引领人才研修营")
    lab.by(lab.officer, item.case, "cancel", reason="不再实施")
    return fresh(item)
