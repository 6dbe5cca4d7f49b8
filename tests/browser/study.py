"""How the walk studies: reading at a reader's pace in real seconds, and answering a quiz."""

import re
import time
from collections.abc import Mapping

from playwright.sync_api import Page, expect

from tests.browser.visitor import Visitor

# Content counts at most twice as fast as the clock runs (the study rule).
SPEED = 2
LEAST = 0.92

# The right answers of the course "start-here", by a piece of the question and of each option.
ANSWERS: dict[str, list[str]] = {
    "1 学时是多少分钟": ["45 分钟"],
    "同一段时间会算两次": ["错误"],
    "需要做到哪几条": ["看过至少 90% 的内容", "通过测验"],
}


def enter(visitor: Visitor, slug: str) -> str:
    """From the course page into the course; returns the address of the enrolment's page."""
    visitor.go(f"/courses/{slug}/")
    visitor.press("加入学习")
    visitor.page.wait_for_url(re.compile(r"/learn/[0-9a-f-]{36}/"))
    visitor.look()
    found = re.search(r"/learn/[0-9a-f-]{36}/", visitor.page.url)
    assert found, visitor.page.url
    return found[0]


def open_lesson(visitor: Visitor, enrolment: str, title: str) -> Page:
    """From the course's own page to one of its lessons, until its study session stands."""
    visitor.go(enrolment)
    with visitor.page.expect_response("**/learn/study/open") as answer:
        visitor.follow(title)
    assert answer.value.ok, answer.value.status
    visitor.look()
    return visitor.page


def shown_percent(page: Page) -> int:
    """What the line under the header says of this lesson."""
    return int(page.get_attribute("#study-stream", "data-percent") or 0)


def percent_rises_above(visitor: Visitor, before: int) -> None:
    """The answer to a report is drawn in the moment after it has come; there is one every half minute."""
    visitor.until(f"Number(document.querySelector('#study-stream').dataset.percent) > {before}", seconds=40)


def scroll_to(page: Page, share: float) -> None:
    """Moves the page as a finger or wheel does: a step, not a jump to the end."""
    page.mouse.move(180, 400)
    page.evaluate("share => scrollTo({top: share * (document.body.scrollHeight - innerHeight)})", share)


def read(page: Page, seconds: float | None = None) -> float:
    """Reads the open lesson from top to bottom in real seconds: as long as its texts need at the fastest counted
    pace, or `seconds`. Returns how long it took.
    """
    blocks = page.locator(".lesson-block[data-kind=text]")
    length_ms = sum(int(block.get_attribute("data-ms") or 0) for block in blocks.all())
    wanted = length_ms / 1000 / SPEED * LEAST + 1.5 if seconds is None else seconds
    began = time.monotonic()
    while (gone := time.monotonic() - began) < wanted:
        scroll_to(page, min(gone / wanted * 1.1, 1.0))
        page.wait_for_timeout(500)
    return time.monotonic() - began


def begin_quiz(visitor: Visitor) -> Page:
    """From the lesson into an open attempt."""
    page = visitor.page
    page.locator(".lesson-block[data-kind=quiz] a.btn").first.click()
    page.wait_for_url("**/quiz/**")
    visitor.look()
    page.locator("main form button.btn-primary").click()
    page.wait_for_selector("#quiz-form")
    visitor.look()
    return page


def answer(page: Page, answers: Mapping[str, list[str]]) -> None:
    """Chooses the options that hold these words, in the questions that hold those."""
    for question, options in answers.items():
        box = page.locator(".quiz-question", has_text=question)
        expect(box).to_have_count(1)
        for option in options:
            box.locator(".option", has_text=option).locator("input").check()


def answer_wrongly(page: Page) -> None:
    """The first option that is not right, everywhere."""
    for question, right in ANSWERS.items():
        box = page.locator(".quiz-question", has_text=question)
        for option in box.locator(".option").all():
            if not any(word in option.inner_text() for word in right):
                option.locator("input").check()
                break
