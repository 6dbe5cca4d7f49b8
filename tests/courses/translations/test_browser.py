"""The switch between translation and original as a reader presses it, without script, on a phone."""

import pytest

from tests.courses.translations.work import course, translated

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_to_the_original_and_back(chromium, live_server):
    page = course().course
    translated(page)
    context = chromium.new_context(
        locale="en-GB", java_script_enabled=False, viewport={"width": 360, "height": 780}
    )
    tab = context.new_page()
    try:
        tab.goto(live_server.url + page.get_url())
        assert tab.locator("h1").inner_text() == "Safe work at low voltage"
        tab.locator("button[name=words]").click()
        assert tab.locator("h1").inner_text() == "低压电工安全作业"
        assert tab.locator("h1").get_attribute("lang") == "zh-Hans"
        tab.locator("button[name=words]").click()
        assert tab.locator("h1").inner_text() == "Safe work at low voltage"
    finally:
        context.close()
