"""A check in a real browser (A17): two officers on their phones, with pictures, also while there is no network; the body answers on its own
phone; everybody recomputes. And the dashboard (A18) on a PC."""

from datetime import timedelta

import pytest

from lms.training.lifecycle.models import Case
from lms.training.supervision.models import Check, CheckPhoto
from tests.training.cases import pdf
from tests.training.grants import House
from tests.training.inspected import Inspection, picture
from tests.training.test_cases_browser import PC, PHONE, fits, opened, press

__all__ = ["opened"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def _photo(name: str = "现场.jpg") -> dict:
    return {"name": name, "mimeType": "image/jpeg", "buffer": picture(name).read()}


def test_a17_a_check_on_a_phone_with_photos_and_without_a_network(opened, clock):
    city = Inspection()
    city.delivered(clock)
    check = city.visiting()
    phone = opened(city.officer, PHONE)
    phone.goto("/supervision/checks/")
    fits(phone)
    phone.get_by_role("link", name=check.title).click()
    fits(phone)
    marks = phone.get_by_label("分数（0 到 100）")
    marks.nth(0).fill("80")
    phone.get_by_text("已保存").first.wait_for()
    # No network: what is typed and taken stays on the phone, also when the page is left.
    phone.context.set_offline(True)
    marks.nth(1).fill("70")
    phone.get_by_label("从相册选").set_input_files([_photo(), _photo("签到台.jpg")])
    phone.get_by_text("没有网络。填的内容和照片都留在这台手机上").wait_for()
    press(phone, "报送")
    phone.locator("#check-notice-text", has_text="没有网络，现在不能报送").wait_for()
    assert Check.objects.get().answers["i01"]["mark"] == 80
    phone.context.set_offline(False)
    phone.reload()
    assert marks.nth(1).input_value() == "70"
    phone.locator("#check-photos a").nth(1).wait_for()
    assert CheckPhoto.objects.count() == 2
    for number in range(2, 5):
        marks.nth(number).fill("75")
    phone.get_by_label("检查情况", exact=True).fill("现场与材料一致")
    phone.get_by_label("要整改的问题").fill("签到表缺两天")
    fits(phone)
    press(phone, "报送")
    phone.get_by_text("等另一位检查人员确认", exact=False).first.wait_for()
    other = opened(city.second, PHONE)
    other.goto(f"/supervision/checks/{check.uuid}/")
    fits(other)
    assert "照片 2" in other.inner_text("main")
    press(other, "确认")
    other.get_by_role("link", name="检查结果").first.wait_for()
    assert Check.objects.get().verdict == "pass"

    body = opened(city.answerer, PHONE)
    case = Case.objects.get(process="check-finding")
    body.goto(f"/cases/{case.uuid}/")
    fits(body)
    body.locator("#id_correct_reason").fill("已补齐")
    paper = pdf("整改.pdf")
    body.locator("#id_correct_evidence").set_input_files(
        [{"name": "整改.pdf", "mimeType": "application/pdf", "buffer": paper.read()}]
    )
    press(body, "报送整改")
    body.get_by_text("待复查").first.wait_for()
    # Looked at again on the spot by a third officer, and closed there.
    third = opened(city.third, PHONE)
    third.goto(f"/admin/training/cases/{case.uuid}/")
    fits(third)
    assert "已补齐" in third.inner_text("main")
    third.locator("#id_close_reason").fill("现场复看签到表，两天已补齐")
    press(third, "复查合格，销号")
    third.get_by_text("已销号").first.wait_for()
    fits(third)
    body.reload()
    body.get_by_text("现场复看签到表，两天已补齐").first.wait_for()
    for address in ("/supervision/", f"/supervision/draws/{check.draw.frame.uuid}/", "/supervision/results/"):
        body.goto(address)
        fits(body)
    body.goto(f"/supervision/results/{check.uuid}/")
    fits(body)


def test_a18_the_dashboard_opens_its_lists(opened, clock):
    city = Inspection()
    city.delivered(clock)
    office = opened(city.officer, PC)
    office.goto("/admin/training/supervision/")
    assert "今年批准的研修项目资助" in office.inner_text("main")
    office.get_by_role("link", name="今年批准的研修项目", exact=True).click()
    office.get_by_text("智能制造系统集成").first.wait_for()


def test_a18_the_dashboard_is_drawn_anew_while_it_is_looked_at(opened, clock):
    house = House()
    office = opened(house.officer, PC)
    office.clock.install()
    office.goto("/admin/training/supervision/")
    open_cases = office.locator("section", has=office.get_by_role("heading", name="没有办结的事项"))
    assert open_cases.get_by_role("row", name="7 天内到期").inner_text().split()[-1] == "0"
    open_cases.get_by_text("怎样数").click()
    house.filed()
    clock.shift(timedelta(seconds=31))
    office.clock.run_for(31_000)
    open_cases.get_by_role("row", name="7 天内到期 1").wait_for()
    # What somebody has opened stays open.
    open_cases.get_by_text("已经受理、还没有办结的全部事项").wait_for()
