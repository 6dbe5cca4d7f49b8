"""A course with every kind of question, and its words in English, for tests of translations."""

from typing import Any

from courses.models import CoursePage, LessonPage, Release
from courses.releases.services import cut_release
from courses.translations import services
from courses.translations.queries import Work, work_on
from lms.lib.actor import Actor
from tests.factories import courses as make

PLATFORM = Actor.system("tests")
TEXT = (
    '<h2>停电</h2><p>先 <b>验电</b>，见 <a href="https://example.com/a">规程</a>。</p><p>再挂接地线。</p>'
    + make.PARAGRAPH
)
ENGLISH = {
    "title": {"低压电工安全作业": "Safe work at low voltage"},
    "summary": {"停电、验电、挂接地线。": "Isolate, test, earth."},
    "chapter": {"第一章": "Chapter one"},
    "lesson": {"第一课": "Lesson one"},
    "rich": {
        "停电": "Isolating",
        '先 <b>验电</b>，见 <a href="https://example.com/a">规程</a>。': (
            'First <b>test</b>, see <a href="https://example.com/a">the code</a>.'
        ),
        "再挂接地线。": "Then connect the earth leads.",
    },
    "quiz": {"小测验": "Short quiz"},
    "stem": {
        "停电以后第一步做什么？": "What comes first after isolating?",
        "先___再接地。": "First ___, then earth.",
    },
    "option": {"验电": "Test for voltage", "挂接地线": "Connect the earth leads"},
    "accepted": {"验电 | 测电": "test | voltage test"},
    "why": {"先验电，确认无电以后才挂接地线。": "Test first; earth only what is dead."},
}


def course(**fields: Any) -> Release:
    """One lesson of text and a quiz: a question to choose and one to fill in."""

    def lessons(page: CoursePage) -> Any:
        fill = make.question(
            page, kind="fill", stem="先___再接地。", options=[], answer=[["验电", "测电"]], explanation=""
        )
        return [[make.text(TEXT), make.quiz([make.question(page), fill], pass_percent=100)]]

    release = make.released_course(lessons, **({"title": "低压电工安全作业"} | fields))
    page = LessonPage.objects.descendant_of(release.course).get()
    page.title = "第一课"
    page.save()
    return cut_release(CoursePage.objects.get(pk=release.course_id), PLATFORM)


def digests(work: Work, role: str) -> dict[str, str]:
    """Source → digest, of one role."""
    return {s.source: s.digest for s in work.source.by_digest.values() if s.role == role}


def po_of(texts: dict[str, dict[str, str]]) -> bytes:
    entries = [
        f"msgctxt {_quoted(role)}\nmsgid {_quoted(source)}\nmsgstr {_quoted(text)}\n"
        for role, pairs in texts.items()
        for source, text in pairs.items()
    ]
    return ('msgid ""\nmsgstr ""\n"Language: en\\n"\n\n' + "\n".join(entries)).encode()


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def translated(page: CoursePage, texts: dict[str, dict[str, str]] = ENGLISH) -> Work:
    """The course in English, published by the platform."""
    loaded = services.load(PLATFORM, page, "en", po_of(texts))
    assert not loaded.unknown, loaded.unknown
    services.publish(PLATFORM, page, "en")
    return work_on(page, "en")


def change_text(page: CoursePage, old: str, new: str) -> Release:
    """The lesson says something else, published."""
    lesson = LessonPage.objects.descendant_of(page).get()
    raw = lesson.body.get_prep_value()
    raw[0]["value"] = raw[0]["value"].replace(old, new)
    lesson.body = LessonPage.body.field.to_python(raw)
    lesson.save()
    return cut_release(CoursePage.objects.get(pk=page.pk), PLATFORM)
