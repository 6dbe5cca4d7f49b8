"""The page of everything that can be found, as it is used: by keyboard on a PC, on a phone, and without scripts."""

import os
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from lms.accounts.api import staff_group
from lms.lib.outbox.services import deliver_pending
from search.synonyms import services as synonyms
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.courses import released_course, text
from tests.factories.creditbank import programme, rule_version
from tests.themes.test_browser import DESK, PHONE, open_page, violations

__all__ = ["open_page"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@pytest.fixture
def found(live_server):
    cache.clear()
    for number in range(24):
        kind = ("public", "specialty", "vocational")[number % 3]
        released_course(
            [[text("<p>货叉与门架的检查。</p>"), text()]],
            title=f"叉车安全第 {number} 期",
            kind=kind,
            sector="trade",
        )
    rule_version(programme(name="叉车与物流技术"), code="forklift-3", occupation_name="叉车司机")
    deliver_pending()


def shoot(page, name):
    """A picture of the page, where somebody wants to look at it."""
    folder = os.environ.get("RONGTONG_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_the_page_is_accessible_with_and_without_results(open_page, found, viewport, scheme):
    size = f"{viewport['width']}-{scheme}"
    for name, path in (
        ("results", "/search/?q=叉车"),
        ("narrowed", "/search/?q=叉车&type=course&kind=public"),
        ("nothing", "/search/?q=叉车 量子&type=rule"),
    ):
        page = open_page(path, viewport=viewport, color_scheme=scheme)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth - screen.width") <= 0, path
        shoot(page, f"{name}-{size}")


def test_suggestions_by_keyboard_alone(open_page, found):
    page = open_page("/search/", viewport=DESK)
    box = page.get_by_role("combobox")
    box.focus()
    page.keyboard.type("chache", delay=30)
    page.get_by_role("option").first.wait_for()
    assert box.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]")
    assert chosen.get_attribute("id") == box.get_attribute("aria-activedescendant")
    shoot(page, "suggestions")
    page.keyboard.press("Escape")
    assert box.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=chache**")
    assert "叉车" in page.locator(".found .card-title").first.inner_text()


def test_recent_searches_stay_on_the_device_and_with_the_person(open_page, found, client, live_server):
    page = open_page("/search/", viewport=DESK)
    page.locator("#q").fill("门架")
    page.locator("#q").press("Enter")
    page.wait_for_url("**/search/?q=*")
    page.goto(live_server.url + "/search/")
    page.locator("#q").focus()
    assert page.get_by_role("option").first.inner_text().startswith("门架")
    # Somebody signs in on the same machine: nothing is left for them.
    client.force_login(UserFactory())
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page.goto(live_server.url + "/search/")
    page.locator("#q").focus()
    assert page.evaluate("localStorage.getItem('rt.searches')") is None
    # Their own can be forgotten by the keyboard.
    page.locator("#q").fill("货叉")
    page.locator("#q").press("Enter")
    page.wait_for_url("**/search/?q=*")
    page.goto(live_server.url + "/search/")
    page.locator("#q").focus()
    page.get_by_role("option").last.wait_for()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert page.evaluate("localStorage.getItem('rt.searches')") is None


def test_what_was_taken_is_remembered_and_long_words_stay_in_the_box(open_page, found, live_server):
    page = open_page("/courses/", viewport=PHONE)
    page.locator("#q").press_sequentially("叉车", delay=30)
    page.get_by_role("option").first.wait_for()
    # The catalogue's box offers courses alone.
    notes = page.locator("[role=option] .suggestion-note").all_inner_texts()
    assert set(notes) <= {"课程", "职业"}
    taken = page.locator("[role=option] span").first.inner_text()
    page.get_by_role("option").first.click()
    page.wait_for_url("**/courses/**")
    page.evaluate(
        """() => {
          const kept = JSON.parse(localStorage.getItem("rt.searches"));
          kept.words.push({ text: "叉".repeat(100), at: Date.now() });
          localStorage.setItem("rt.searches", JSON.stringify(kept));
        }"""
    )
    page.goto(live_server.url + "/search/")
    page.locator("#q").focus()
    page.get_by_role("option").first.wait_for()
    assert page.get_by_role("option").first.inner_text().startswith(taken)
    assert page.evaluate("document.documentElement.scrollWidth - screen.width") <= 0
    sizes = page.locator("[role=option]").evaluate_all(
        "rows => rows.map((row) => row.scrollWidth - row.clientWidth)"
    )
    assert max(sizes) <= 0
    # One line, though it is long.
    heights = page.locator("[role=option]").evaluate_all("rows => rows.map((row) => row.clientHeight)")
    assert heights[1] <= heights[0] + 1
    shoot(page, "recent-long")


def test_all_of_it_works_without_scripts(open_page, found):
    page = open_page("/search/", viewport=PHONE, java_script_enabled=False)
    page.locator("#q").fill("叉车")
    page.locator("#q").press("Enter")
    page.wait_for_url("**/search/?q=*")
    page.locator(".found-tabs a").nth(1).click()
    page.wait_for_url("**type=course**")
    page.locator(".sheet-open").click()
    page.locator("#filter").get_by_label("公需科目").check()
    page.locator("#filter button[type=submit]").click()
    page.wait_for_url("**kind=public**")
    assert page.locator("#found").inner_text() == "找到 8 条"
    page.goto(page.url.split("?")[0] + "?q=叉车&type=course")
    page.get_by_role("link", name="下一页").click()
    page.wait_for_url("**after=**")
    assert page.locator(".found").count() == 4


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_staffs_page_of_synonyms_is_accessible_on_a_phone(open_page, live_server, language):
    officer = MembershipFactory(role="officer").user
    officer.groups.add(staff_group())
    synonyms.add(officer, "月嫂", "母婴护理员", both_ways=False)
    client = Client()
    client.force_login(officer)
    cookies = [("sessionid", client.cookies["sessionid"].value), ("django_language", language)]
    page = open_page("/admin/find/synonyms/", cookies=cookies)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    shoot(page, f"synonyms-{language}")


def test_a_sheet_that_is_closed_by_key_gives_the_focus_back(open_page, found):
    page = open_page("/search/?q=叉车&type=course", viewport=PHONE)
    page.locator(".sheet-open").click()
    page.locator("#filter").get_by_label("公需科目").focus()
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('.sheet-open')")
    page.wait_for_function("!document.querySelector('.sheet:target')")


def test_each_reason_says_of_which_result_it_is_and_sorting_fits_a_phone_in_english(open_page, found):
    page = open_page("/search/?q=叉车&type=course", viewport=PHONE, cookies=[("django_language", "en")])
    said = page.locator("details.explain summary").all_text_contents()
    assert len(said) == len(set(said)) > 1
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    heights = page.locator(".sorts a").evaluate_all("links => links.map((link) => link.scrollHeight)")
    assert max(heights) <= 48
