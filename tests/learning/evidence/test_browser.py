"""A look with consent, the whole way on two phones: asked, consented, looked at, seen in the list, taken back."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from lms.learning.evidence.models import RecordLook
from lms.lib.clock import today
from tests.factories.accounts import member
from tests.factories.learning import enrolment
from tests.learning.evidence.packs import study

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
AXE = (Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
PURPOSE = "评职称时核对学时"
# What sticks out where nobody can push it: Wagtail's own frame cuts it off and says nothing.
LOST = """[...document.querySelectorAll('#main *')].filter((node) => {
  if (node.getBoundingClientRect().right <= innerWidth + 1) return false;
  for (let at = node.parentElement; at && at.id !== 'main'; at = at.parentElement) {
    if (getComputedStyle(at).overflowX !== 'visible') return false;
  }
  return true;
}).length"""


@pytest.fixture
def phone(chromium, live_server):
    """phone(person, **options) → a page of somebody signed in, on a phone of their own."""
    contexts = []

    def signed(person, **options):
        context = chromium.new_context(base_url=live_server.url, locale="zh-CN", **PHONE, **options)
        contexts.append(context)
        client = Client()
        client.force_login(person)
        value = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
        return context.new_page()

    yield signed
    for context in contexts:
        context.close()


def fits(page):
    """Nothing beside the screen, nothing grave by axe."""
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth - {root}.clientWidth") <= 0, page.url
    assert page.evaluate(LOST) == 0, page.url
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations'], iframes: false})")
    assert not [one["id"] for one in found["violations"] if one["impact"] in ("serious", "critical")], (
        page.url
    )


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_asked_consented_looked_at_and_taken_back(phone, scripts, clock):
    item = enrolment()
    study(item, clock, 0)
    reviewer = member("reviewer", display_name="何静")
    reviewer.user_permissions.add(Permission.objects.get(codename="access_admin"))
    staff = phone(reviewer, color_scheme="dark")
    learner = phone(item.person, java_script_enabled=scripts)

    staff.goto(reverse("learning_records"))
    fits(staff)
    staff.get_by_role("link", name="请一个人同意").tap()
    staff.get_by_label("用途").fill(PURPOSE)
    staff.get_by_label("到哪一天为止").fill("2026-12-31")
    staff.get_by_role("button", name="制作网址和二维码").tap()
    address = staff.get_by_label("网址").input_value()
    fits(staff)

    learner.goto(address)
    assert learner.get_by_label("用途").input_value() == PURPOSE
    if scripts:
        fits(learner)
    learner.get_by_role("button", name="同意", exact=True).tap()
    learner.get_by_text("已同意").wait_for()

    staff.goto(reverse("learning_records"))
    fits(staff)
    staff.get_by_role("button", name="打开").tap()
    staff.get_by_text("本人同意的用途").wait_for()
    fits(staff)
    staff.get_by_role("link", name=str(today())).tap()
    staff.get_by_role("heading", name="时间线").wait_for()
    fits(staff)

    learner.goto(reverse("hours:record"))
    assert learner.get_by_text(f"本人同意：{PURPOSE}").count() == RecordLook.objects.count() + 1 == 2
    learner.get_by_role("button", name="收回").tap()
    learner.get_by_text("已收回，从现在起不能再看").wait_for()
    assert staff.reload().status == 404
