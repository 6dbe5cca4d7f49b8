"""A SCO of each version played in Chromium from its beginning to its end, left and gone on with, also without a line."""

import copy
import io

import pytest
from django.test import Client
from django.urls import reverse

from courses.activities.api import install_package
from courses.models import ReleaseLesson
from lms.learning.models import ScormAttempt, ScormSession
from lms.learning.study.models import StudyGrant
from lms.lib.actor import Actor
from tests.courses.activities import making
from tests.factories.courses import released_course
from tests.factories.learning import enrolment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@pytest.fixture
def item(settings, tmp_path, live_server):
    """The site by one name of the machine, what others wrote by another."""
    settings.HOME = tmp_path
    settings.PUBLIC_URL = live_server.url
    port = live_server.url.rpartition(":")[2]
    settings.CONTENT_URL = f"http://127.0.0.1:{port}"
    assert settings.PUBLIC_URL != settings.CONTENT_URL
    policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["frame-src"] = ["'self'", settings.CONTENT_URL]
    settings.CONTENT_SECURITY_POLICY = policy
    return enrolment(release=released_course())


@pytest.fixture
def learner(chromium, live_server, item):
    contexts = []

    def device():
        context = chromium.new_context(locale="zh-CN", viewport={"width": 360, "height": 780})
        contexts.append(context)
        client = Client()
        client.force_login(item.person)
        value = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
        return context.new_page()

    yield device
    for context in contexts:
        context.close()


def address(item, data, part):
    row = install_package(io.BytesIO(data), actor=Actor.system("tests"))
    value = {"package": str(row.uuid), "kind": row.kind, "part": part, "title": "课件"}
    lesson = ReleaseLesson.objects.create(
        release=item.release,
        key="scorm",
        chapter_title="第一章",
        position=9,
        title="课件",
        nominal_ms=600_000,
        block_kinds=["package"],
        blocks=[{"id": "sco", "type": "package", "nominal_ms": 600_000, "value": value}],
    )
    return reverse("learning:player", args=[item.uuid, lesson.uuid])


def opened(page, url):
    """The SCO's own frame, once it has begun."""
    page.goto(url)
    frame = page.frame_locator("iframe.scorm-frame").frame_locator("#scorm-content")
    frame.locator("#was", has_text="|").wait_for(timeout=15_000)
    return frame


def committed(page, act):
    with page.expect_response(lambda answer: answer.url.endswith("/commit") and answer.ok, timeout=15_000):
        act()


@pytest.mark.parametrize("edition", making.VERSIONS)
def test_left_on_one_device_and_ended_on_another(learner, live_server, item, edition):
    url = live_server.url + address(item, making.simple(edition), "i1")
    phone = learner()
    sco = opened(phone, url)
    assert sco.locator("#was").inner_text() == "ab-initio||"
    committed(phone, lambda: sco.locator("#half").click())
    phone.wait_for_timeout(500)
    computer = learner()
    sco = opened(computer, url)
    assert sco.locator("#was").inner_text() == "resume|page-2|半程"
    with computer.expect_response(lambda answer: answer.url.endswith("/commit") and answer.json()["granted"]):
        sco.locator("#done").click()
    attempt = ScormAttempt.objects.get()
    assert (attempt.completion, attempt.success, attempt.score_scaled) == ("completed", "passed", 9000)
    assert attempt.claimed_ms == 15 * 60_000
    assert StudyGrant.objects.get().source == "package"


def test_what_is_said_without_a_line_is_sent_when_it_is_back(learner, live_server, item):
    url = live_server.url + address(item, making.simple("1.2"), "i1")
    first = [item.uuid, item.release.lessons.order_by("position").first().uuid]
    page = learner()
    sco = opened(page, url)
    page.wait_for_timeout(500)
    page.context.set_offline(True)
    sco.locator("#done").click()
    page.wait_for_timeout(500)
    assert ScormAttempt.objects.get().success == ""
    # The page goes before the line is back; the next one of this person sends what waits.
    context = page.context
    page.close()
    context.set_offline(False)
    later = context.new_page()
    committed(later, lambda: later.goto(live_server.url + reverse("learning:player", args=first)))
    assert ScormAttempt.objects.get().success == "passed"


def test_rules_of_a_package_lead_from_part_to_part(learner, live_server, item):
    url = live_server.url + address(item, making.sequenced(), "org")
    page = learner()
    sco = opened(page, url)
    committed(page, lambda: sco.locator("#done").click())
    outer = page.frame_locator("iframe.scorm-frame")
    outer.locator("button[data-id=b][aria-current]").wait_for(state="attached", timeout=10_000)
    again = outer.frame_locator("#scorm-content")
    again.locator("#was", has_text="ab-initio").wait_for(timeout=10_000)
    committed(page, lambda: again.locator("#half").click())
    page.wait_for_timeout(800)
    assert set(ScormSession.objects.get().state["items"]) == {"a", "b"}
    sco = opened(page, url)
    assert sco.locator("#was").inner_text() == "resume|page-2|半程"
