"""A film with a ladder on a phone: sizes, sound alone, captions, transcript and chapters, and one timeline throughout."""

import mimetypes
import re
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from courses.media import services
from courses.models import VideoCaption
from lms.learning.study import projection
from lms.learning.study.models import LessonProgress
from lms.lib.actor import Actor
from lms.lib.jobs import services as jobs
from tests.courses.media.clips import clip, video
from tests.factories.courses import released_course
from tests.factories.learning import enrolment
from tests.learning.player.test_browser import AXE, PHONE, eventually, lesson_url, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
LENGTH_MS = 10_000
CUES = {"zh-Hans": ("中文", "先断电", "再验电", "后挂接地线"), "en": ("English", "Cut off", "Test", "Earth")}
NOW = "document.querySelector('video').currentTime"


@pytest.fixture
def item(settings, tmp_path):
    settings.HOME, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    chapters = [{"ms": 0, "title": "断电"}, {"ms": 4000, "title": "验电"}]
    film = video(clip(10, "640x360"), duration_ms=LENGTH_MS, chapters=chapters)
    for language, (label, *lines) in CUES.items():
        parts = [f"00:0{n * 3}.000 --> 00:0{n * 3 + 3}.000\n{line}" for n, line in enumerate(lines)]
        text = "\n\n".join(["WEBVTT", *parts]) + "\n"
        VideoCaption.objects.create(
            video=film, language=language, label=label, file=ContentFile(text.encode(), name="film.vtt")
        )
    jobs.run(services.ask(film, Actor.system("tests")).job_id)
    release = released_course([[("video", {"video": film, "title": "停电四步"})]], centihours=0)
    return enrolment(release=release)


@pytest.fixture
def page(chromium, live_server, item, settings):
    context = chromium.new_context(locale="zh-CN", viewport=PHONE)
    sign_in(context, item.person, live_server.url)
    page = context.new_page()
    page.route("**/media/**", lambda route: ranged(route, Path(settings.MEDIA_ROOT)))
    with page.expect_response("**/study/open"):
        page.goto(live_server.url + lesson_url(item))
    yield page
    context.close()


def ranged(route, root):
    """Stored files with byte ranges, as every real server of ours has them; the test server has none."""
    whole = (root / route.request.url.partition("/media/")[2]).read_bytes()
    asked = re.match(r"bytes=(\d+)-(\d*)", route.request.headers.get("range", ""))
    start, end = (int(asked[1]), int(asked[2] or len(whole) - 1)) if asked else (0, len(whole) - 1)
    headers = {"Accept-Ranges": "bytes", "Content-Range": f"bytes {start}-{end}/{len(whole)}"}
    kind = mimetypes.guess_type(route.request.url)[0] or "application/octet-stream"
    part = whole[start : end + 1]
    route.fulfill(status=206 if asked else 200, headers=headers, content_type=kind, body=part)


def reaches(page, seconds):
    assert eventually(lambda: page.evaluate(NOW) >= seconds, 20), page.evaluate(NOW)


def test_every_second_counts_once_whatever_it_is_played_from(page, item):
    sizes = page.get_by_label("画质")
    # What each costs stands beside it.
    offered = sizes.locator("option").all_inner_texts()
    assert [text.split("·")[0].strip() for text in offered] == [
        "自动",
        "省流量 240p",
        "标清 360p",
        "只听声音",
    ]
    assert all("KB" in text for text in offered[1:])
    assert page.evaluate("document.querySelector('video').readyState") == 0
    sizes.select_option("low")
    page.get_by_label("速度").select_option("2")
    page.evaluate("document.querySelector('video').play()")
    reaches(page, 2)
    assert page.evaluate("document.querySelector('video').currentSrc").startswith("blob:")
    assert page.evaluate("document.querySelector('video').videoHeight") == 240
    sizes.select_option("mid")
    reaches(page, 4)
    sizes.select_option("audio")
    reaches(page, 6)
    assert page.evaluate("document.querySelector('video').currentSrc").endswith("/audio.m4a")
    sizes.select_option("low")
    assert eventually(lambda: page.evaluate("document.querySelector('video').ended"), 20)
    row = eventually(lambda: LessonProgress.objects.filter(covered_ms__gt=LENGTH_MS * 0.9).first(), 20)
    assert row is not None, [(found.coverage, found.covered_ms) for found in LessonProgress.objects.all()]
    assert row.covered_ms <= LENGTH_MS
    # Half of the length at twice the speed: no more time than there was.
    assert row.counted_ms <= row.covered_ms
    assert projection.differences(row) == {}


def test_the_place_stays_where_the_list_of_sizes_comes_late(page, settings):
    """From the sound to a film whose list is still on its way when the element begins to play."""

    def late(route):
        page.wait_for_timeout(500)
        ranged(route, Path(settings.MEDIA_ROOT))

    sizes = page.get_by_label("画质")
    sizes.select_option("audio")
    page.evaluate("document.querySelector('video').play()")
    reaches(page, 0.1)
    page.evaluate("document.querySelector('video').currentTime = 5")
    reaches(page, 5)
    page.route("**/master.m3u8", late)
    sizes.select_option("low")
    assert eventually(lambda: page.evaluate("document.querySelector('video').videoHeight") == 240, 20)
    reaches(page, 0.5)
    assert page.evaluate(NOW) >= 5


def test_the_words_beside_it_lead_to_their_place(page):
    words = page.locator(".film-words")
    words.locator("summary").click()
    lines = words.locator(".film-line")
    assert [text.split()[-1] for text in lines.all_inner_texts()] == ["先断电", "再验电", "后挂接地线"]
    lines.nth(1).click()
    reaches(page, 3)
    assert eventually(lambda: lines.nth(1).get_attribute("aria-current") == "true")
    # By the keyboard: one stop of the list, the arrows within it.
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    reaches(page, 6)
    page.get_by_label("字幕").select_option(label="English")
    assert eventually(lambda: "Earth" in words.inner_text())
    showing = "[...document.querySelector('video').textTracks].map((track) => track.mode)"
    assert page.evaluate(showing) == ["disabled", "showing"]
    page.get_by_role("button", name="断电").first.click()
    assert eventually(lambda: page.evaluate(NOW) < 1)
    page.evaluate(AXE)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    assert not found, [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]
