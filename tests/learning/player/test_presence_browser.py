"""The presence prompt in a real browser: announced, answered by key and by tap, missed and gone on from, without a line."""

import pytest

from lms.learning.study import projection
from lms.learning.study.barred import rebar
from lms.learning.study.models import LessonProgress, StudyReport, StudyRule, StudySession
from lms.learning.study.presence.models import PresenceAnswer, PresencePrompt
from lms.learning.study.services import rule_in_force
from lms.lib.clock import epoch_ms, now, today
from tests.learning.player.test_browser import (
    PHONE,
    eventually,
    item,
    learner,
    lesson_url,
    study,
    violations,
    waiting,
)

__all__ = ["item", "learner"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
SECOND = 1000
PC = {"width": 1280, "height": 860}


def asked_again(page, *, due, until):
    """Ask the page's session as if half a lesson had gone by, and reload: the question is there (seconds from now)."""
    session = StudySession.objects.order_by("-pk").first()
    at = epoch_ms(now())
    times = {"due_ms": at + due * SECOND, "expires_ms": at + until * SECOND}
    prompt = PresencePrompt.objects.create(session=session, issued_ms=at - SECOND, **times)
    session.prompt = {"id": prompt.uuid.hex, "issued_ms": at - SECOND, **times}
    session.save(update_fields=["prompt"])
    rebar([session.pk])
    with page.expect_response("**/study/open"):
        page.reload()
    return prompt


@pytest.fixture
def page(learner, live_server, item):
    """A lesson on a phone, studied for a moment."""
    found = learner()
    study(found, live_server.url + lesson_url(item))
    return found


def bar(page):
    return page.locator("#presence")


def state(page, name):
    page.locator(f"#presence[data-state='{name}']").wait_for(timeout=30000)


def test_the_server_announces_it_and_nothing_of_the_page_is_disturbed(learner, live_server, item):
    first = rule_in_force()
    values = {f.name: getattr(first, f.name) for f in StudyRule._meta.fields if f.name != "id"}
    StudyRule.objects.create(
        **values
        | {
            "version": 3,
            "valid_from": today(),
            "presence_every_ms": 6 * SECOND,
            # Long enough to be seen where the server is slow to answer.
            "presence_notice_ms": 6 * SECOND,
            "presence_answer_ms": 6 * SECOND,
        }
    )
    page = learner()
    study(page, live_server.url + lesson_url(item))
    page.locator(".lesson h1").evaluate("node => { node.tabIndex = -1; node.focus(); }")
    # With the answer to the first report.
    state(page, "soon")
    assert "分钟后会问一次你是否还在学习" in bar(page).inner_text()
    state(page, "asked")
    assert "已计入的时间不变" in bar(page).inner_text()
    assert page.title().startswith("（还在学习吗）")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    page.mouse.move(50, 400)
    state(page, "missed")
    assert page.locator("#study-state").get_attribute("data-state") == "off"
    prompt = PresencePrompt.objects.get()
    eventually(lambda: StudyReport.objects.count() >= 2)
    page.wait_for_timeout(2500)
    page.get_by_role("button", name="我在学习").click()
    assert eventually(lambda: PresenceAnswer.objects.count() == 1)
    assert prompt.answer.at_ms > prompt.expires_ms
    page.mouse.move(60, 420)
    assert eventually(lambda: page.locator("#study-state").get_attribute("data-state") == "counting")
    row = LessonProgress.objects.get()
    assert (projection.differences(row), row.barred_ms) == ({}, 0)
    assert row.active_ms >= 10 * SECOND


def test_answered_by_key_and_by_tap(page):
    first = asked_again(page, due=0, until=600)
    state(page, "asked")
    assert "还有约" in bar(page).inner_text()
    button = page.get_by_role("button", name="我在学习")
    for _ in range(12):
        page.keyboard.press("Tab")
        if button.evaluate("node => document.activeElement === node"):
            break
    page.keyboard.press("Enter")
    assert eventually(lambda: PresenceAnswer.objects.filter(prompt=first).exists())
    assert "收到" in bar(page).inner_text()
    assert page.evaluate("document.activeElement.id") == "presence-text"
    second = asked_again(page, due=0, until=600)
    state(page, "asked")
    box = button.bounding_box()
    assert box["height"] >= 48
    assert box["width"] >= PHONE["width"] / 2
    button.click()
    assert eventually(lambda: PresenceAnswer.objects.filter(prompt=second).exists())
    assert not button.is_visible()


@pytest.mark.parametrize("viewport", [PHONE, PC])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_is_accessible(learner, live_server, item, viewport, scheme):
    page = learner(viewport=viewport, color_scheme=scheme)
    study(page, live_server.url + lesson_url(item))
    for name, due, until in (("soon", 110, 700), ("asked", 0, 500), ("missed", -700, -60)):
        asked_again(page, due=due, until=until)
        state(page, name)
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
        PresenceAnswer.objects.create(
            prompt=PresencePrompt.objects.latest("pk"), at_ms=0, received_ms=epoch_ms(now()), how="button"
        )
        StudySession.objects.update(prompt={}, carried_prompt=None)


def test_missed_it_stays_so_over_a_reload_and_goes_on_with_a_tap(page):
    prompt = asked_again(page, due=-700, until=-100)
    state(page, "missed")
    assert "计时已暂停（自" in bar(page).inner_text()
    with page.expect_response("**/study/open"):
        page.reload()
    state(page, "missed")
    page.mouse.move(80, 300)
    page.wait_for_timeout(1500)
    assert page.locator("#study-state").get_attribute("data-state") == "off"
    page.get_by_role("button", name="我在学习").click()
    assert eventually(lambda: PresenceAnswer.objects.filter(prompt=prompt).exists())
    assert eventually(lambda: page.locator("#study-state").get_attribute("data-state") == "counting")
    page.wait_for_timeout(2500)
    page.goto("about:blank")
    assert eventually(lambda: LessonProgress.objects.get().active_ms >= 2 * SECOND)
    assert projection.differences(LessonProgress.objects.get()) == {}


def test_a_tap_without_a_line_is_kept_and_holds_from_when_it_was(page, item):
    prompt = asked_again(page, due=0, until=600)
    state(page, "asked")
    page.context.set_offline(True)
    page.get_by_role("button", name="我在学习").click()
    tapped = epoch_ms(now())
    assert [one["kind"] for one in waiting(page, item.person) if "kind" in one] == ["presence"]
    page.wait_for_timeout(2000)
    assert PresenceAnswer.objects.count() == 0
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    assert eventually(lambda: PresenceAnswer.objects.filter(prompt=prompt).exists())
    answer = PresenceAnswer.objects.get()
    assert answer.received_ms - answer.at_ms >= SECOND
    assert abs(answer.at_ms - tapped) < 2 * SECOND
    assert eventually(lambda: not waiting(page, item.person))
