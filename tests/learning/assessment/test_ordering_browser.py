"""Items put in order on a phone with the keyboard alone, with our script and without any."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from lms.learning.assessment import services
from lms.learning.assessment.models import QuizAnswer
from tests.factories.courses import question, quiz, released_course, text
from tests.factories.learning import enrolment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
AXE = (Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
PHONE = {"width": 360, "height": 780}
# In their right order, under the ids that a release gives them; one too long for a closed list, so that all have letters.
STEPS = {"b": "断开电源，挂牌上锁，钥匙由作业人自己保管", "c": "验电", "a": "接地"}


@pytest.fixture
def attempt():
    def lessons(course):
        options = [{"id": str(n), "text": words} for n, words in enumerate(STEPS.values())]
        safe = question(
            course,
            key="safe",
            kind="ordering",
            options=options,
            answer=["0", "1", "2"],
            stem="停电检修的先后？",
        )
        return [[text()], [quiz([safe])]]

    item = enrolment(release=released_course(lessons))
    place = item.release.lessons.all()[1]
    block = next(found["id"] for found in place.blocks if found["type"] == "quiz")
    return services.begin(item.person, item, place, block)


@pytest.fixture
def opened(chromium, live_server, attempt):
    """The attempt's page, with or without script."""
    contexts = []

    def open_(*, script=True):
        client = Client()
        client.force_login(attempt.person)
        context = chromium.new_context(locale="zh-CN", viewport=PHONE, java_script_enabled=script)
        contexts.append(context)
        cookie = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page = context.new_page()
        place = [attempt.enrolment.uuid, attempt.lesson.uuid, attempt.block, attempt.uuid]
        page.goto(live_server.url + reverse("learning:attempt", args=place))
        return page

    yield open_
    for context in contexts:
        context.close()


def put(page):
    return page.locator("select").evaluate_all("lists => lists.map(list => list.value)")


def test_without_script_each_place_is_a_list(opened, attempt):
    page = opened(script=False)
    assert page.locator(".order-moves").first.is_hidden()
    page.get_by_label("第 1 位", exact=True).focus()
    for number, key in enumerate(STEPS, 1):
        place = page.get_by_label(f"第 {number} 位", exact=True)
        assert place.evaluate("item => item === document.activeElement")
        page.keyboard.type(
            page.locator("select").nth(number - 1).locator(f"option[value={key}]").inner_text()[0]
        )
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#quiz-result")
    assert page.locator(".match-row[data-state=right]").count() == 3
    attempt.refresh_from_db()
    assert (attempt.percent, attempt.passed) == (100, True)
    assert QuizAnswer.objects.get(attempt=attempt).response == list(STEPS)


def test_with_script_items_change_places(opened, attempt):
    page = opened()
    first, second = page.get_by_label("第 1 位", exact=True), page.get_by_label("第 2 位", exact=True)
    first.select_option("a")
    second.select_option("c")
    page.get_by_label("第 3 位", exact=True).select_option("b")
    # What stands elsewhere already changes places: no item stands twice.
    first.select_option("b")
    assert put(page) == ["b", "c", "a"]
    down = page.get_by_role("button", name="第 1 位下移")
    down.focus()
    page.keyboard.press("Enter")
    assert put(page) == ["c", "b", "a"]
    # The focus goes with the item.
    page.keyboard.press("Enter")
    assert put(page) == ["c", "a", "b"]
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "第 3 位上移"
    assert page.get_by_role("button", name="第 1 位上移").is_disabled()
    with page.expect_response("**/answers"):
        page.keyboard.press("Enter")
    assert put(page) == ["c", "b", "a"]
    page.wait_for_function("document.querySelector('#quiz-saved').textContent.trim() !== ''")
    page.evaluate(AXE)
    wrong = page.evaluate("axe.run('main').then(found => found.violations.map(one => one.id))")
    assert wrong == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.reload()
    assert put(page) == ["c", "b", "a"]
    page.get_by_role("button", name="第 2 位上移").click()
    page.locator("button[value=submit]").click()
    page.wait_for_selector("#quiz-result")
    attempt.refresh_from_db()
    assert attempt.percent == 100
