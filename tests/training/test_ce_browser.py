"""A11, A14 in a real browser: a base's clerk files the year's plan on a phone, an expert marks, the officer accepts and makes the score on
a PC."""

import pytest

from lms.training.ce_bases import reviews
from lms.training.ce_bases.models import BaseFiling, BaseReview, ReviewSeat
from lms.training.lifecycle.models import Case
from tests.training.ce import Region
from tests.training.test_cases_browser import PC, PHONE, fits, opened, press

__all__ = ["opened"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_a14_a_base_files_on_a_phone_and_the_officer_accepts(opened, clock):
    region = Region(notice_days=None)
    base = region.base()
    phone = opened(region.clerk, PHONE)
    phone.goto("/ce-bases/")
    fits(phone)
    phone.get_by_role("link", name="备案、对应班次、横向交流、共享资源").click()
    fits(phone)
    phone.get_by_role("link", name="报备案，或补充备案").click()
    press(phone, "建立草稿")
    phone.get_by_role("link", name="填写申报内容").click()
    fits(phone)
    phone.get_by_label("班次或课程名称").fill("产线联调研修班")
    phone.get_by_label("学时").fill("16")
    phone.get_by_label("人数").fill("30")
    phone.get_by_label("开始").fill("2026-03-20")
    phone.get_by_label("结束").fill("2026-03-21")
    phone.get_by_label("授课教师").fill("吴工")
    phone.get_by_label("地点").fill("3 号楼")
    press(phone, "保存")
    fits(phone)
    press(phone, "报送备案")
    assert "待审核" in phone.inner_text("main")

    case = Case.objects.get(process="ce-filing")
    desk = opened(region.officer, PC)
    desk.goto("/admin/training/ce-bases/")
    assert "2026 年度还没有备案的基地" in desk.inner_text("main")
    desk.goto(f"/admin/training/cases/{case.uuid}/")
    press(desk, "准予备案")
    filing = BaseFiling.objects.get(base=base)
    phone.goto(f"/ce-bases/filings/{filing.uuid}/")
    fits(phone)
    assert "产线联调研修班" in phone.inner_text("main")
    phone.goto(f"/ce-bases/{base.uuid}/manage/")
    fits(phone)
    phone.get_by_text("登记一项共享资源").click()
    phone.get_by_label("类别").select_option("equipment")
    phone.get_by_label("名称").fill("柔性产线实训台")
    phone.get_by_label("开放给").select_option("bases")
    phone.get_by_label("联系人").fill("吴老师")
    phone.get_by_label("联系电话").fill("021-60000123")
    press(phone, "登记")
    fits(phone)
    phone.goto("/ce-bases/exchange/2026/")
    fits(phone)
    assert "柔性产线实训台" in phone.inner_text("main")


def test_a11_an_expert_marks_on_a_phone_and_the_officer_makes_the_score(opened, clock):
    region = Region()
    case = region.by(region.officer, region.submitted(), "accept")
    region.marked(case, 80, experts=region.experts[1:])
    review = region.review(case)
    desk = opened(region.officer, PC)
    desk.goto(f"/admin/training/ce-bases/reviews/{review.uuid}/")
    desk.get_by_label("评审专家").select_option(label=str(region.experts[0]))
    press(desk, "邀请")
    expert = region.experts[0]
    phone = opened(expert, PHONE)
    phone.goto("/ce-bases/reviews/")
    fits(phone)
    phone.get_by_role("link", name="青溪技师学院").click()
    phone.get_by_label("没有，可以公正评审").check()
    press(phone, "声明")
    fits(phone)
    for number in (1, 2, 3):
        phone.locator(f"[name=mark_c{number}]").fill("90")
        phone.locator(f"[name=reason_c{number}]").fill("有案例支撑")
    press(phone, "交回评分")
    fits(phone)
    assert "你交回的评分" in phone.inner_text("main")
    assert ReviewSeat.objects.filter(handed_in_at__isnull=False).count() == 2
    desk.goto(f"/admin/training/cases/{case.uuid}/")
    press(desk, "汇总评审得分")
    found = BaseReview.objects.get(pk=reviews.last_review(case).pk)
    assert (found.centimarks, found.passed) == (8500, True)
