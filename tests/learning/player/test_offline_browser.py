"""A lesson taken along, in a real browser without a line: downloaded, studied, handed in, counted once."""

import pytest
from django.urls import reverse

from lms.learning.study import projection
from lms.learning.study.models import LessonProgress
from lms.learning.study.offline.models import OfflinePart, OfflineSession, StudyTicket
from tests.factories.learning import enrolment
from tests.learning.player.test_browser import (
    A_WHILE_MS,
    eventually,
    lesson_url,
    sign_in,
    study,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
PHONE = {"width": 360, "height": 780}


@pytest.fixture
def browse(chromium, live_server):
    """browse(item) → a page of its learner, in a browser of their own."""
    contexts = []

    def signed(item, **options):
        context = chromium.new_context(locale="zh-CN", **{"viewport": PHONE, **options})
        contexts.append(context)
        sign_in(context, item.person, live_server.url)
        return context.new_page()

    yield signed
    for context in contexts:
        context.close()


def download(page, address):
    study(page, address)
    page.get_by_role("button", name="下载离线学习").click()
    page.get_by_text("天内没有网络也可以学").wait_for()
    page.evaluate("navigator.serviceWorker.ready")


def study_offline(page, address):
    """No line, and the page opened anew: out of the device's own cache."""
    page.context.set_offline(True)
    page.goto(address)
    page.get_by_text("正在离线学习").wait_for()
    page.mouse.move(100, 300)
    page.wait_for_timeout(2 * A_WHILE_MS)
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    page.wait_for_timeout(500)


def back_online(page):
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")


def is_right():
    for row in LessonProgress.objects.all():
        assert projection.differences(row) == {}


def test_downloaded_studied_without_a_line_and_counted(browse, live_server):
    item = enrolment()
    page = browse(item)
    address = live_server.url + lesson_url(item)
    download(page, address)
    study_offline(page, address)
    assert not OfflinePart.objects.exists()
    back_online(page)
    assert eventually(OfflinePart.objects.exists)
    offline = eventually(lambda: OfflineSession.objects.filter(session__isnull=False).first())
    assert offline.session.attributed_ms >= A_WHILE_MS
    assert LessonProgress.objects.get().active_ms >= offline.session.attributed_ms
    is_right()


KEPT_SCRIPT = """async () => {
  for (const name of await caches.keys()) {
    const kept = await (await caches.open(name)).keys();
    const found = kept.find((request) => request.url.includes("/js/"));
    if (found) return found.url;
  }
}"""
PART = """async ([url, range]) => {
  const answer = await fetch(url, { headers: { Range: range } });
  const bytes = await answer.arrayBuffer();
  return [answer.status, answer.headers.get("content-range"), new TextDecoder().decode(bytes)];
}"""


def test_a_player_that_seeks_without_a_line_gets_the_bytes_it_asks_for(browse, live_server):
    item = enrolment()
    page = browse(item)
    address = live_server.url + lesson_url(item)
    download(page, address)
    page.context.set_offline(True)
    page.goto(address)
    page.get_by_text("正在离线学习").wait_for()
    url = page.evaluate(KEPT_SCRIPT)
    whole = page.evaluate("async (url) => (await fetch(url)).text()", url)
    size = len(whole.encode())
    assert whole.isascii()
    for asked, start, end in (("bytes=0-", 0, size), ("bytes=7-15", 7, 16), ("bytes=-9", size - 9, size)):
        assert page.evaluate(PART, [url, asked]) == [206, f"bytes {start}-{end - 1}/{size}", whole[start:end]]
    assert page.evaluate(PART, [url, f"bytes={size}-"])[:2] == [416, f"bytes */{size}"]
    for whole_instead in ("bytes=0-1,4-5", "lines=1-2"):
        assert page.evaluate(PART, [url, whole_instead]) == [200, None, whole]


def test_what_waits_for_the_quiz_is_said(browse, live_server):
    item = enrolment(with_quiz=True)
    page = browse(item)
    address = live_server.url + lesson_url(item)
    download(page, address)
    study_offline(page, address)
    back_online(page)
    page.get_by_text("待确认").wait_for()
    assert OfflineSession.objects.filter(session__isnull=True).exists()
    page.goto(address)
    page.get_by_text("通过测验（小测验）后计入学时").wait_for()


def test_two_devices_one_stream(browse, live_server):
    """The phone studies without a line while a computer studies with one: every moment counts once."""
    item = enrolment()
    phone, desk = browse(item), browse(item, viewport={"width": 1280, "height": 860})
    address = live_server.url + lesson_url(item)
    download(phone, address)
    phone.evaluate("window.dispatchEvent(new Event('pagehide'))")
    study(desk, live_server.url + lesson_url(item, 1))
    study_offline(phone, address)
    desk.goto(live_server.url + reverse("hours:year"))
    back_online(phone)
    assert eventually(lambda: OfflineSession.objects.filter(session__isnull=False).exists())
    offline = OfflineSession.objects.get().session
    assert sum(end - start for start, end in offline.active) >= A_WHILE_MS
    computer = LessonProgress.objects.exclude(pk=offline.progress_id).get()
    assert computer.active_ms > 0
    is_right()


def test_signing_out_takes_the_lesson_off_the_device(browse, live_server):
    item = enrolment()
    page = browse(item)
    download(page, live_server.url + lesson_url(item))
    assert StudyTicket.objects.count() == 1
    assert page.evaluate("caches.keys()")
    page.goto(live_server.url + reverse("account_logout"))
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "logout" not in url)
    assert page.evaluate("caches.keys()") == []
