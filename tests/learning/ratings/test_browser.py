"""Rating a course in a real browser: by keyboard on a phone, and without any script."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from lms.learning.enrolment.models import Enrolment
from lms.learning.ratings.models import CourseRating
from tests.factories.learning import enrolment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
AXE = (Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def item():
    found = enrolment()
    Enrolment.objects.filter(pk=found.pk).update(state=Enrolment.State.ACTIVE)
    for progress in found.release.lessons.all():
        found.progress.create(
            lesson=progress,
            person=found.person,
            percent=100,
            required_percent=90,
            counted_ms=60_000,
            lengths={},
            updated_at=found.started_at,
        )
    return found


@pytest.mark.parametrize(
    ("width", "script"), [(360, True), (360, False), (1280, True)], ids=["phone", "no-script", "desktop"]
)
def test_a_course_is_rated_by_keyboard_changed_and_taken_back(chromium, live_server, item, width, script):
    context = chromium.new_context(
        locale="zh-CN", viewport={"width": width, "height": 780}, java_script_enabled=script
    )
    client = Client()
    client.force_login(item.person)
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    try:
        page = context.new_page()
        page.goto(live_server.url + reverse("learning:course", args=[item.uuid]))
        # The group has a name, and each choice one.
        group = page.get_by_role("group", name="你对这门课满意吗？")
        group.get_by_role("radio", name="很不满意").focus()
        for _step in range(4):
            page.keyboard.press("ArrowDown")
        assert group.get_by_role("radio", name="很满意").is_checked()
        page.get_by_label("想说的话（可以不填）").fill("讲得清楚")
        if script:
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.evaluate(AXE)
            found = page.evaluate("async () => (await axe.run('#rating')).violations.map(one => one.id)")
            assert found == []
        page.get_by_role("button", name="提交评分").click()
        page.get_by_text("谢谢，评分已记下").first.wait_for()
        assert CourseRating.objects.get().stars == 5
        page.locator("#rating summary").click()
        page.get_by_role("radio", name="一般").check()
        page.get_by_role("button", name="保存修改").click()
        page.get_by_text("一般 · 修改或收回").wait_for()
        assert CourseRating.objects.get().stars == 3
        page.locator("#rating summary").click()
        page.get_by_role("button", name="收回评分").click()
        page.get_by_text("评分已收回").first.wait_for()
        assert CourseRating.objects.get().stars is None
    finally:
        context.close()
