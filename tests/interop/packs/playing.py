"""A learner who goes through an imported course to its end in Chromium, and says how far that went."""

from dataclasses import dataclass, field

from django.test import Client
from django.urls import reverse

from tests.factories.learning import enrolment

PHONE = {"width": 360, "height": 780}
# Pictures and films that are shown to nobody are worse than none: said by the page itself.
BROKEN = """() => [...document.querySelectorAll('main img, main video')].filter(
  item => item.tagName === 'IMG' ? item.complete && item.naturalWidth === 0 : item.error !== null).map(item => item.src)"""

SHOWS = """() => document.body !== null && (document.body.innerText.trim().length > 0
  || document.querySelector('canvas, video, svg, img') !== null)"""


@dataclass
class Played:
    """`opened` of `lessons` answered and showed all they hold; `scores` are the quizzes', in per cent."""

    lessons: int = 0
    opened: int = 0
    exercises: int = 0
    scores: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def score(self) -> str:
        return f"{sum(self.scores) // len(self.scores)} %" if self.scores else "–"


class Learner:
    """Somebody enrolled in a release, with a phone."""

    def __init__(self, chromium, url, release):
        self.url, self.item = url, enrolment(release=release)
        client = Client()
        client.force_login(self.item.person)
        self.context = chromium.new_context(locale="zh-CN", viewport=PHONE)
        cookie = client.cookies["sessionid"].value
        self.context.add_cookies([{"name": "sessionid", "value": cookie, "url": url}])
        self.page = self.context.new_page()
        self.played = Played()
        self.page.on("pageerror", lambda error: self.played.wrong.append(str(error)))

    def through(self) -> Played:
        try:
            for lesson in self.item.release.lessons.all():
                self.played.lessons += 1
                self._lesson(lesson)
        finally:
            self.context.close()
        return self.played

    def _lesson(self, lesson):
        address = reverse("learning:player", args=[self.item.uuid, lesson.uuid])
        answer = self.page.goto(self.url + address)
        if answer is None or not answer.ok:
            self.played.wrong.append(f"{lesson.title}: {answer and answer.status}")
            return
        self.page.evaluate(
            "document.querySelectorAll('main img').forEach(image => { image.loading = 'eager' })"
        )
        self.page.wait_for_load_state("networkidle")
        broken = self.page.evaluate(BROKEN)
        self.played.wrong += [f"{lesson.title}: {source}" for source in broken]
        for block in lesson.blocks:
            if block["type"] == "h5p":
                self._exercise(lesson)
            elif block["type"] == "quiz":
                self._quiz(lesson, block)
        self.played.opened += not broken

    def _exercise(self, lesson):
        """It starts, and shows something in its frame."""
        box = self.page.locator(".h5p-box iframe").first
        box.scroll_into_view_if_needed()
        for _ in range(80):
            # Some types draw into the frame itself, others into one more inside it.
            inside = self.page.frames[1:]
            if any(frame.evaluate(SHOWS) for frame in inside if not frame.is_detached()):
                self.played.exercises += 1
                return
            self.page.wait_for_timeout(250)
        self.played.wrong.append(f"{lesson.title}: H5P shows nothing")

    def _quiz(self, lesson, block):
        """Answered as the release says is right."""
        page = self.page
        page.goto(self.url + reverse("learning:quiz", args=[self.item.uuid, lesson.uuid, block["id"]]))
        page.locator("main form button.btn-primary").click()
        page.wait_for_selector("#quiz-form")
        for question in block["value"]["questions"]:
            box = page.locator(f".quiz-question[data-question='{question['id']}']")
            if question["kind"] in ("fill", "numeric"):
                asked = question["answer"] if question["kind"] == "fill" else question["answer"][:1]
                for place, accepted in enumerate(asked):
                    box.locator("input[type=text]").nth(place).fill(accepted[0])
                continue
            if question["kind"] == "matching":
                for place, pair in enumerate(question["answer"]):
                    box.locator("select").nth(place).select_option(pair["option"])
                continue
            if question["kind"] == "ordering":
                for place, option in enumerate(question["answer"]):
                    box.locator("select").nth(place).select_option(option)
                continue
            for option in question["answer"]:
                box.locator(f"input[value='{option}']").check()
        page.locator("button[value=submit]").click()
        page.wait_for_selector("#quiz-result")
        attempt = self.item.attempts.latest("pk")
        self.played.scores.append(attempt.percent)
        page.goto(self.url + reverse("learning:player", args=[self.item.uuid, lesson.uuid]))
