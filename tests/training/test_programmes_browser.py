"""A programme in a real browser: somebody applies on a phone, the host admits, the officer works through the call on a PC."""

import pytest

from lms.training.programmes.models import HostChoice, ProgrammeApplication, ProgrammePlan
from tests.factories.accounts import OrganisationFactory, UserFactory
from tests.training.advanced import City
from tests.training.test_cases_browser import PC, PHONE, fits, opened, press

__all__ = ["opened"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_somebody_applies_on_a_phone_and_the_host_admits(opened, clock):
    city = City()
    programme = city.enrolling()
    user = UserFactory(display_name="林小雨")
    phone = opened(user, PHONE)
    phone.goto("/programmes/")
    fits(phone)
    phone.get_by_role("link", name="智能制造系统集成").click()
    fits(phone)
    phone.get_by_label("职称", exact=True).select_option("assistant")
    press(phone, "报名")
    assert "你不属于这个项目的主要对象" in phone.inner_text("main")
    phone.get_by_label("特别说明").fill("负责产线改造，单位推荐")
    phone.get_by_label("我在基层一线工作").check()
    press(phone, "报名")
    assert "待审核" in phone.inner_text("main")
    fits(phone)

    desk = opened(city.teacher, PHONE)
    desk.goto(f"/programmes/{programme.uuid}/host/")
    fits(desk)
    desk.get_by_label("理由（特别录取或不录取时填写）").fill("岗位确实需要")
    press(desk, "录取")
    assert "录取 1 人，其中基层一线 100%" in desk.inner_text("main")
    phone.reload()
    assert "已录取" in phone.inner_text("main")
    assert ProgrammeApplication.objects.get().exception == "负责产线改造，单位推荐"
    for address in ("/programmes/count/", f"/programmes/plans/{programme.plan.uuid}/"):
        phone.goto(address)
        fits(phone)


def test_the_officer_chooses_a_host_and_publishes_the_plan(opened, clock):
    city = City()
    other = OrganisationFactory(name="青申精机", kind="enterprise")
    case = city.submitted(candidates=(city.candidate(), city.candidate(other, "leading")))
    office = opened(city.officer, PC)
    office.goto("/admin/training/calls/")
    office.get_by_role("link", name=city.call.title).click()
    office.get_by_text("1. 青溪技师学院 · 市级继续教育基地").wait_for()
    office.get_by_label("承办单位").select_option(other.code)
    office.get_by_label("理由").fill("设备只有这一家具备")
    press(office, "选定承办单位")
    assert HostChoice.objects.get(case=case).host == other
    office.goto(f"/admin/training/cases/{case.uuid}/")
    office.locator("#id_approve_reason").fill("选题符合需求")
    press(office, "审核批准，列入年度计划")
    office.goto(f"/admin/training/calls/{city.call.uuid}/")
    office.get_by_label("计划名称").fill("2026 年度高级研修项目计划")
    office.get_by_label("文号").fill("申人社专〔2026〕9 号（测试）")
    press(office, "公布计划")
    assert ProgrammePlan.objects.get().lines[0]["host"] == "青申精机"
