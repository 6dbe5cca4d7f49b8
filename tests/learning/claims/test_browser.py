"""The page of contradicted claims in a real browser: nothing is lost at its edges, nothing axe-core finds, no script needed."""

from pathlib import Path

import pytest
from django.test import Client

from lms.accounts.api import staff_group
from tests.factories.accounts import member
from tests.learning.claims.test_contradictions import URL, attempt_at, ends

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
AXE = (Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
# What sticks out where nobody can push it: Wagtail's own frame cuts it off and says nothing.
LOST = """[...document.querySelectorAll('#main *')].filter((node) => {
  if (node.getBoundingClientRect().right <= innerWidth + 1) return false;
  for (let at = node.parentElement; at && at.id !== 'main'; at = at.parentElement) {
    if (getComputedStyle(at).overflowX !== 'visible') return false;
  }
  return true;
}).length"""


def test_the_page_is_as_wide_as_its_window_and_accessible(chromium, live_server, course):
    ends(course, passed="PT2H", terminated="PT2H")
    attempt_at(course, claimed_ms=3_600_000)
    teacher = member("teacher", course.release.provider)
    teacher.groups.add(staff_group())
    client = Client()
    client.force_login(teacher)
    session = client.cookies["sessionid"].value
    for width, scheme in ((360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")):
        context = chromium.new_context(
            locale="zh-CN", viewport={"width": width, "height": 800}, color_scheme=scheme
        )
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        try:
            page = context.new_page()
            page.goto(live_server.url + URL)
            assert page.get_by_role("row").count() == 3
            root = "document.documentElement"
            assert page.evaluate(f"{root}.scrollWidth - {root}.clientWidth") <= 0
            assert page.evaluate(LOST) == 0
            page.evaluate(AXE)
            found = page.evaluate("axe.run('#main', {resultTypes: ['violations']})")["violations"]
            assert [one["id"] for one in found] == []
            page.get_by_role("link", name="cmi5", exact=True).click()
            page.wait_for_url("**?kind=cmi5")
            assert page.get_by_role("row").count() == 2
        finally:
            context.close()
