"""The player in a real browser: study counted on leaving, nothing lost to an expired sign-in or a dead line."""

import json
from pathlib import Path
from time import monotonic, sleep

import pytest
from django.test import Client
from django.urls import reverse

from lms.accounts.api import actor
from lms.learning.assessment.models import QuizAnswer, QuizAttempt
from lms.learning.enrolment.services import enrol
from lms.learning.study import projection
from lms.learning.study.models import LessonProgress, StreamClaim, StudyReport
from lms.lib.clock import today
from tests.factories.courses import released_course, text
from tests.factories.learning import enrolment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
AXE = (Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
PHONE = {"width": 360, "height": 780}
# Enough for a second tick of the meter and far from the first report.
A_WHILE_MS = 3200


@pytest.fixture
def item():
    return enrolment(with_quiz=True)


@pytest.fixture
def learner(chromium, live_server, item):
    """learner(**options) → a page of somebody signed in, in a browser of their own."""
    contexts = []

    def signed(**options):
        context = chromium.new_context(locale="zh-CN", **{"viewport": PHONE, **options})
        contexts.append(context)
        sign_in(context, item.person, live_server.url)
        return context.new_page()

    yield signed
    for context in contexts:
        context.close()


def sign_in(context, person, url):
    client = Client()
    client.force_login(person)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])


def lesson_url(item, place=0):
    return reverse("learning:player", args=[item.uuid, item.release.lessons.all()[place].uuid])


def study(page, address):
    """Open a lesson and be there for a while."""
    with page.expect_response("**/study/open"):
        page.goto(address)
    page.mouse.move(100, 300)
    page.wait_for_timeout(A_WHILE_MS)


def eventually(found, seconds=8.0):
    """The value as soon as it is true: the server answers in its own time."""
    until = monotonic() + seconds
    while not (value := found()) and monotonic() < until:
        sleep(0.05)
    return value


def waiting(page, person):
    return page.evaluate(f"JSON.parse(localStorage.getItem('rt-study-{person.uuid}') || '[]')")


def test_leaving_hands_in_what_was_studied(learner, live_server, item):
    page = learner()
    study(page, live_server.url + lesson_url(item))
    assert page.locator("#study-state").get_attribute("data-state") == "counting"
    page.goto(live_server.url + reverse("hours:day", args=[today()]))
    assert eventually(lambda: StudyReport.objects.count())
    row = LessonProgress.objects.get()
    assert 1000 <= row.active_ms <= 2 * A_WHILE_MS
    assert row.active_ms <= row.counted_ms <= 2 * row.active_ms
    assert projection.differences(row) == {}
    page.reload()
    assert "已计入" in page.content()
    # The way to a number's explanation is as large as a thumb.
    taken = page.locator(".explain > summary").first.evaluate(
        """(one) => {
          one.scrollIntoView({ block: "center" });
          const box = one.getBoundingClientRect();
          return [box.top - 6, box.bottom + 6].map((y) => document.elementFromPoint(box.right - 6, y) === one);
        }"""
    )
    assert taken == [True, True]


def test_the_contents_list_follows_the_server_s_answers(learner, live_server, item):
    release = released_course(lessons=[[text("<p>" + "先验电，再挂接地线。" * 6 + "</p>")], [text()]])
    course = enrol(item.person, release.course, actor(item.person))
    page = learner(viewport={"width": 1280, "height": 860})
    page.goto(live_server.url + lesson_url(course))
    listed = page.locator("#study-here [data-percent]")
    assert listed.text_content() == "0%"
    page.mouse.move(100, 300)
    page.wait_for_timeout(A_WHILE_MS)
    # What was handed in by a beacon, of which no page hears the answer, is handed in again with a line.
    for event in ("pagehide", "online"):
        page.evaluate(f"window.dispatchEvent(new Event('{event}'))")
    share = eventually(lambda: LessonProgress.objects.filter(percent__gt=0).first())
    assert share
    assert eventually(lambda: listed.text_content() == f"{share.percent}%")
    assert listed.is_visible() is not share.is_met


def test_an_expired_sign_in_loses_nothing(learner, live_server, item):
    page = learner()
    study(page, live_server.url + lesson_url(item))
    page.context.clear_cookies(name="sessionid")
    page.goto(live_server.url + "/verify/")
    assert StudyReport.objects.count() == 0
    kept = waiting(page, item.person)
    assert kept[0]["body"]["active_ms_total"] > 0
    sign_in(page.context, item.person, live_server.url)
    page.goto(live_server.url + lesson_url(item))
    assert eventually(
        lambda: StudyReport.objects.filter(active_ms_total=kept[0]["body"]["active_ms_total"]).exists()
    )
    assert eventually(lambda: not [one for one in waiting(page, item.person) if one["id"] == kept[0]["id"]])
    assert LessonProgress.objects.get().counted_ms > 0


def test_a_dead_line_loses_nothing(learner, live_server, item):
    page = learner()
    study(page, live_server.url + lesson_url(item))
    page.context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    assert len(waiting(page, item.person)) == 1
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    assert eventually(lambda: not waiting(page, item.person))
    assert LessonProgress.objects.get().counted_ms > 0


def test_the_second_device_says_so_and_takes_over_with_one_tap(learner, live_server, item):
    first, second = learner(), learner(viewport={"width": 1280, "height": 860})
    study(first, live_server.url + lesson_url(item))
    study(second, live_server.url + lesson_url(item, 1))
    notice = second.locator("#study-notice")
    assert item.release.lessons.first().title in notice.inner_text()
    with second.expect_response("**/study/take-over"):
        second.get_by_role("button", name="改为在这里计时").click()
    notice.wait_for(state="hidden")
    assert StreamClaim.objects.count() == 2


def test_a_quiz_survives_a_lost_line(learner, live_server, item):
    page = learner()
    page.goto(live_server.url + lesson_url(item, 2))
    page.get_by_role("link", name="去测验").click()
    page.get_by_role("button", name="开始测验").click()
    page.wait_for_selector("#quiz-form")
    page.context.set_offline(True)
    page.get_by_text("验电", exact=True).click()
    page.get_by_text("还没有保存到平台").wait_for()
    assert QuizAnswer.objects.count() == 0
    page.get_by_role("button", name="交卷").click()
    page.get_by_text("这次没有交上去").wait_for()
    assert page.locator("#quiz-form").count() == 1
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    assert eventually(lambda: QuizAnswer.objects.count() == 1)
    page.locator("#quiz-notice").wait_for(state="hidden")
    page.get_by_role("button", name="交卷").click()
    page.get_by_role("heading", name="通过了").wait_for()
    assert QuizAttempt.objects.get().passed


def test_what_could_not_be_saved_does_not_stay_on_the_device_after_handing_in(learner, live_server, item):
    page = learner()
    page.route("**/answers", lambda route: route.abort())
    page.goto(live_server.url + lesson_url(item, 2))
    page.get_by_role("link", name="去测验").click()
    page.get_by_role("button", name="开始测验").click()
    page.get_by_text("验电", exact=True).click()
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('rt-quiz-'))"
    assert len(page.evaluate(kept)) == 1
    page.get_by_role("button", name="交卷").click()
    page.get_by_role("heading", name="通过了").wait_for()
    # Not by wait_for_function, which evaluates its string in the page: the page's own policy forbids that.
    assert eventually(lambda: page.evaluate(kept) == [])


def test_after_the_device_slept_time_lies_where_it_was_studied(learner, live_server, item):
    """A page's own clock stands still in a sleep; its session's stretches would from then on lie in the past."""
    page = learner()
    page.add_init_script("const real = Date.now; window.slept = 0; Date.now = () => real() + window.slept;")
    study(page, live_server.url + lesson_url(item))
    with page.expect_response("**/study/open"):
        page.evaluate("window.slept = 3600000")
    # What was studied before the sleep is handed in as what it was, and nothing is asked twice.
    assert eventually(lambda: StudyReport.objects.filter(active_ms_total__gt=0).exists())
    opened = []
    page.on("request", lambda request: opened.append(request.url) if "study/open" in request.url else None)
    page.wait_for_timeout(2500)
    assert opened == []


def test_a_device_whose_zone_and_clock_change_counts_on(learner, live_server, item):
    """Somebody crosses a border, and the device puts its clock back by an hour: the page counts by a clock of its own."""
    page = learner()
    page.add_init_script("const real = Date.now; window.set = 0; Date.now = () => real() + window.set;")
    study(page, live_server.url + lesson_url(item))
    opened = []
    page.on("request", lambda request: opened.append(request.url) if "study/open" in request.url else None)
    before = page.evaluate("new Date().getTimezoneOffset()")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setTimezoneOverride", {"timezoneId": "Pacific/Chatham"})
    assert page.evaluate("new Date().getTimezoneOffset()") != before
    page.evaluate("window.set = -3600000")
    page.mouse.move(120, 320)
    page.wait_for_timeout(A_WHILE_MS)
    assert page.locator("#study-state").get_attribute("data-state") == "counting"
    page.goto(live_server.url + reverse("hours:day", args=[today()]))
    assert eventually(lambda: LessonProgress.objects.filter(active_ms__gte=1.5 * A_WHILE_MS).exists())
    row = LessonProgress.objects.get()
    assert row.active_ms <= row.counted_ms <= 2 * row.active_ms
    assert opened == []
    assert projection.differences(row) == {}


def test_a_quiz_works_without_scripts(learner, live_server, item):
    page = learner(java_script_enabled=False)
    page.goto(live_server.url + lesson_url(item, 2))
    assert "没有开启 JavaScript，不能计时" in page.content()
    page.get_by_role("link", name="去测验").click()
    page.get_by_role("button", name="开始测验").click()
    page.get_by_text("挂接地线", exact=True).click()
    page.get_by_role("button", name="先保存").click()
    assert page.get_by_label("挂接地线", exact=True).is_checked()
    page.get_by_text("验电", exact=True).click()
    page.get_by_role("button", name="交卷").click()
    page.get_by_role("heading", name="通过了").wait_for()


def test_pages_are_accessible_and_fit_a_phone(learner, live_server, item):
    page = learner()
    quiz = item.release.lessons.last()
    begin = reverse("learning:quiz", args=[item.uuid, quiz.uuid, quiz.blocks[0]["id"]])
    addresses = [
        reverse("learning:home"),
        reverse("learning:course", args=[item.uuid]),
        lesson_url(item),
        begin,
        reverse("hours:year"),
        reverse("hours:day", args=[today()]),
        "/verify/",
    ]
    for address in addresses:
        page.goto(live_server.url + address)
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address
    page.goto(live_server.url + begin)
    page.get_by_role("button", name="开始测验").click()
    page.wait_for_selector("#quiz-form")
    assert violations(page) == []
    page.get_by_role("button", name="交卷").click()
    page.get_by_text("题没有答").wait_for()
    assert violations(page) == []
    page.get_by_role("button", name="仍然交卷").click()
    page.get_by_role("heading", name="这次没有通过").wait_for()
    assert violations(page) == []


def violations(page):
    page.evaluate(AXE)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [f"{one['id']}: {json.dumps(one['nodes'][0]['target'])}" for one in found]
