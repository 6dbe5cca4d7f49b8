"""Our pages in a real browser: no violations by axe-core, nothing scrolls sideways, all works without scripts."""

import json
from pathlib import Path

import pytest

from lms.lib.clock import today
from tests.factories.accounts import UserFactory
from tests.factories.courses import course_page, released_course

ROOT = Path(__file__).parents[2]
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
PHONE = {"width": 360, "height": 780}
DESK = {"width": 1280, "height": 860}

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@pytest.fixture
def open_page(chromium, live_server):
    """open_page("/courses/", viewport=PHONE) → a page of its own context; contexts close with the test."""
    contexts = []

    def opened(path, cookies=(), **options):
        context = chromium.new_context(locale="zh-CN", **{"viewport": PHONE, **options})
        context.add_cookies([{"name": n, "value": v, "url": live_server.url} for n, v in cookies])
        contexts.append(context)
        page = context.new_page()
        page.goto(live_server.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def course():
    return released_course(with_quiz=True).course


def violations(page):
    page.evaluate(AXE)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [f"{one['id']}: {json.dumps(one['nodes'][0]['target'])}" for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_pages_are_accessible(open_page, course, viewport, scheme):
    for path in ("/", "/courses/", course.get_url(), "/preferences/", "/nowhere/", "/accounts/login/"):
        page = open_page(path, viewport=viewport, color_scheme=scheme)
        assert violations(page) == [], path


def test_nothing_scrolls_sideways_even_in_large_type(open_page, course):
    for path in ("/", "/courses/", course.get_url(), "/preferences/", "/nowhere/"):
        page = open_page(path, cookies=[("rt_text", "large")])
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path


def test_pages_of_a_person_with_a_long_name_and_nothing_yet(open_page, client):
    person = UserFactory(
        display_name="VeryLongNameWithoutAnyBlank" * 2, email="a.rather.long.address@example.com"
    )
    client.force_login(person)
    cookies = [("sessionid", client.cookies["sessionid"].value), ("rt_text", "large")]
    day = f"/hours/{today()}/"
    for path in ("/me/", "/me/looks/", "/hours/", day, "/hours/declarations/", "/credit/", "/credit/rules/"):
        page = open_page(path, cookies=cookies)
        assert page.locator("h1").count() == 1, path
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth - screen.width") <= 0, path


def test_a_provider_s_name_is_read_whole_on_a_card(open_page, course):
    course.provider.name = "Shenjiang Vocational College of Electrical and Mechanical Engineering"
    course.provider.save()
    page = open_page("/courses/")
    name = page.locator(".course-card .card-foot > :first-child").first
    assert name.evaluate(
        "node => [node.scrollWidth - node.clientWidth, node.scrollHeight - node.clientHeight]"
    ) == [0, 0]
    assert name.evaluate("node => getComputedStyle(node).whiteSpace") == "normal"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_edge_with_more_behind_it_is_shaded(open_page, scheme):
    page = open_page("/preferences/", color_scheme=scheme)
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', "
        "'<div class=table-scroll id=wide><table class=table><tr>' + '<td>一二三四五六七八</td>'.repeat(20) + '</tr></table></div>')"
    )
    wide = page.locator("#wide")
    at = wide.evaluate("node => getComputedStyle(node).backgroundAttachment")
    assert at == "local, local, scroll, scroll"
    # The last pixels of the right edge, at the top: shaded while there is more, not at the end.
    wide.scroll_into_view_if_needed()

    def edge():
        box = wide.bounding_box()
        clip = {"x": box["x"] + box["width"] - 2, "y": box["y"] + 2, "width": 1, "height": 1}
        return page.screenshot(clip=clip)

    more = edge()
    wide.evaluate("node => { node.scrollLeft = node.scrollWidth }")
    assert edge() != more


def test_colours_and_type_change_at_once_and_stay(open_page):
    page = open_page("/")
    page.click(".pop > summary")
    page.click("button[name=theme][value=dark]")
    page.click("button[name=text][value=large]")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.reload()
    assert (page.get_attribute("html", "data-theme"), page.get_attribute("html", "data-text")) == (
        "dark",
        "large",
    )
    page.click(".pop > summary")
    page.keyboard.press("Escape")
    assert page.locator(".pop[open]").count() == 0


def test_filter_is_a_sheet_on_phones_and_a_column_on_desks(open_page):
    course_page(kind="public", theme="ethics")
    page = open_page("/courses/")
    assert not page.locator("#filter").is_visible()
    page.click(".sheet-open")
    assert page.locator("#filter").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#filter").is_visible()
    assert open_page("/courses/", viewport=DESK).locator("#filter").is_visible()


def test_a_form_is_sent_once(open_page):
    page = open_page("/preferences/")
    sent = []

    def slowly(route):
        sent.append(route.request.method)
        page.wait_for_timeout(200)
        route.continue_()

    page.route("**/preferences/", slowly)
    page.dblclick("main button[value=en]")
    page.wait_for_selector('html[lang="en"]')
    assert sent.count("POST") == 1


def test_everything_works_without_scripts(open_page, live_server):
    page = open_page("/preferences/", java_script_enabled=False)
    page.click("main button[value=dark]")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.goto(live_server.url + "/courses/")
    page.click(".sheet-open")
    assert page.locator("#filter").is_visible()
