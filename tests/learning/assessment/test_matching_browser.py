"""A matching question answered on a phone with the keyboard alone, with our script and without any."""

from contextlib import nullcontext
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
# Under the ids that a release gives them.
USES = {"c": "确认没有电压", "b": "短接并接地，让突然来的电流流进大地", "a": "灭火"}
TOOLS = {"验电笔": "c", "接地线": "b"}


@pytest.fixture
def attempt():
    def lessons(course):
        tools = question(
            course,
            key="tools",
            kind="matching",
            options=[{"id": key, "text": words} for key, words in USES.items()],
            answer=[
                {"id": str(n), "text": tool, "option": key} for n, (tool, key) in enumerate(TOOLS.items(), 1)
            ],
            stem="这些工具各有什么用？",
        )
        return [[text()], [quiz([tools])]]

    item = enrolment(release=released_course(lessons))
    place = item.release.lessons.all()[1]
    block = next(found["id"] for found in place.blocks if found["type"] == "quiz")
    return services.begin(item.person, item, place, block)


def letter_of(page, place, key):
    """The letter before an option of a prompt's list, by which a keyboard finds it."""
    option = page.locator("select").nth(place).locator(f"option[value={key}]")
    return option.inner_text()[0]


@pytest.mark.parametrize("script", [True, False])
def test_with_the_keyboard_alone(chromium, live_server, attempt, script):
    url = live_server.url
    client = Client()
    client.force_login(attempt.person)
    context = chromium.new_context(locale="zh-CN", viewport=PHONE, java_script_enabled=script)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])
    page = context.new_page()
    try:
        place = [attempt.enrolment.uuid, attempt.lesson.uuid, attempt.block, attempt.uuid]
        page.goto(url + reverse("learning:attempt", args=place))
        # Each list is known by the words of its prompt, and is one tab from the last.
        first = page.get_by_label("验电笔")
        first.focus()
        for number, (tool, key) in enumerate(TOOLS.items()):
            assert page.get_by_label(tool).evaluate("item => item === document.activeElement")
            letter = letter_of(page, number, key)
            # The page hands answers in by itself, which may come before the next key does.
            with page.expect_response("**/answers") if script and number == 0 else nullcontext():
                page.keyboard.type(letter)
                assert page.get_by_label(tool).input_value() == key
                page.keyboard.press("Tab")
        if script:
            page.wait_for_function("document.querySelector('#quiz-saved').textContent.trim() !== ''")
            page.evaluate(AXE)
            wrong = page.evaluate("axe.run('main').then(found => found.violations.map(one => one.id))")
            assert wrong == []
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
            page.reload()
            assert page.get_by_label("验电笔").input_value() == "c"
            page.locator("button[value=submit]").focus()
        assert page.evaluate("document.activeElement.value") == "submit"
        page.keyboard.press("Enter")
        page.wait_for_selector("#quiz-result")
        assert page.locator(".match-row[data-state=right]").count() == 2
    finally:
        context.close()
    attempt.refresh_from_db()
    assert (attempt.percent, attempt.passed) == (100, True)
    assert QuizAnswer.objects.get(attempt=attempt).response == ["c", "b"]
