"""What readers see of a translation: a course, its lessons and quizzes in the reader's language as far as published.

Owns: which version a reader has, and putting its texts in the place of the source's, for showing only. Refuses: writing,
and touching ids, answers, times or anything that is counted.
"""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import get_language, get_language_info
from wagtail.rich_text import expand_db_html

from courses.html import clean_html
from courses.pages.models import CoursePage
from courses.releases.models import Release, ReleaseLesson
from courses.translations.markup import shown_run
from courses.translations.models import CourseTranslation, TranslationVersion
from courses.translations.rules import accepting, digest, rich, said_block, said_question, same_language
from lms.lib.clock import now
from themes import preferences


def language_name(code: str) -> str:
    """What a language is called in the reader's."""
    return str(get_language_info(code)["name_translated"])


class Said(str):
    """Words as shown, and the language they are in where it is not the page's ("" where it is)."""

    __slots__ = ("lang",)
    lang: str

    def __new__(cls, text: str, lang: str = "") -> "Said":
        made = super().__new__(cls, text)
        made.lang = lang
        return made


@dataclass(frozen=True)
class Words:
    """How a course that is not in the reader's language is shown. version: of the translation into it, None where there
    is none; original: the reader prefers the source."""

    language: str
    source_language: str
    version: UUID | None = None
    original: bool = False
    done: int = 0
    total: int = 0

    @property
    def translated(self) -> bool:
        """Whether the translation is what is shown."""
        return self.version is not None and not self.original

    @property
    def whole(self) -> bool:
        return self.done >= self.total

    @property
    def name(self) -> str:
        """What the language of the translation is called on this page."""
        return language_name(self.language)

    @property
    def key(self) -> str:
        """What a kept fragment of a page depends on."""
        return f"{self.version or 0}.{self.translated:d}"

    def look(self, role: str, source: str) -> str | None:
        if not self.translated or self.version is None:
            return None
        return texts_of(self.version).get(digest(role, source))

    def say(self, role: str, source: str) -> str:
        text = self.look(role, source)
        return Said(source, self.source_language) if text is None else Said(text)

    def say_html(self, html: str) -> str:
        if not self.translated or self.version is None:
            return Said(html, self.source_language)
        return Said(_html(html, self.version, self.source_language))

    # -- what is shown -------------------------------------------------------------------------------------

    def release(self, release: Release) -> Release:
        """A copy for showing."""
        shown = copy.copy(release)
        shown.title = self.say("title", release.title)
        shown.summary = self.say("summary", release.summary)
        return shown

    def outline(self, lessons: Iterable[ReleaseLesson]) -> list[ReleaseLesson]:
        """Copies for showing, without content where they came without."""
        return [self.titled(lesson) for lesson in lessons]

    def lesson(self, lesson: ReleaseLesson) -> ReleaseLesson:
        """A copy for showing, with its content."""
        shown = self.titled(lesson)
        shown.blocks = [said_block(block, self.say, self.say_html) for block in lesson.blocks]
        return shown

    def titled(self, lesson: ReleaseLesson) -> ReleaseLesson:
        """A copy for showing, with its own name and its chapter's."""
        shown = copy.copy(lesson)
        shown.title = self.say("lesson", lesson.title)
        shown.chapter_title = self.say("chapter", lesson.chapter_title)
        return shown

    def questions(self, questions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [said_question(question, self.say) for question in questions]


def words_for(course_id: int, course_language: str, request: HttpRequest) -> Words | None:
    """How this reader has the course's words; None where they are in the reader's language, which costs no query."""
    language = get_language() or settings.LANGUAGE_CODE
    if same_language(language, course_language):
        return None
    row = (
        CourseTranslation.objects.filter(course_id=course_id, language=language, current__isnull=False)
        .values_list("current__uuid", "current__done", "current__total")
        .first()
    )
    if row is None:
        return Words(language, course_language)
    original = preferences.words(request) == preferences.ORIGINAL
    return Words(language, course_language, row[0], original, row[1], row[2])


# A published version never changes. Long courses have a megabyte of words.
@lru_cache(maxsize=40)
def texts_of(version: UUID) -> Mapping[str, str]:
    """digest → text."""
    found: dict[str, str] = TranslationVersion.objects.values_list("texts", flat=True).get(uuid=version)
    return found


@lru_cache(maxsize=1000)
def _html(html: str, version: UUID, source_language: str) -> str:
    texts = texts_of(version)

    def look(role: str, source: str) -> str | None:
        text = texts.get(digest(role, source))
        return None if text is None else shown_run(text)

    return rich(html, look, partial(_foreign, source_language))


def _foreign(language: str, run: str) -> str:
    return format_html('<span lang="{}">', language) + shown_run(run) + "</span>"


def description_of(page: CoursePage) -> str:
    """The course's description as it is shown (cleaned HTML)."""
    return clean_html(expand_db_html(page.description))


# -- marking -----------------------------------------------------------------------------------------------


# (translation, moment, version, whether it takes the one before back), oldest first.
History = Sequence[tuple[int, datetime, UUID, bool]]


def history_of(course_id: int) -> History:
    """Every version of a course's translations, in all languages: one query."""
    rows = TranslationVersion.objects.filter(translation__course_id=course_id).order_by("number")
    return list(rows.values_list("translation_id", "published_at", "uuid", "withdrawn"))


def also_accepted(
    questions: Sequence[Any], course_id: int, at: datetime | None = None, *, history: History | None = None
) -> list[Any]:
    """The questions with what the translations published at a moment (now where not named) accept beside the source.

    Whichever language an answer was read in, it is marked by all of them. Costs a query only where a question is answered
    in words, and none where the history is at hand.
    """
    if not any(question["kind"] == "fill" for question in questions):
        return list(questions)
    known = history_of(course_id) if history is None else history
    looks = [partial(_look, texts) for texts in _in_force(known, at or now())]
    return [accepting(question, looks) for question in questions] if looks else list(questions)


def _look(texts: Mapping[str, str], role: str, source: str) -> str | None:
    return texts.get(digest(role, source))


def _in_force(history: History, at: datetime) -> list[Mapping[str, str]]:
    newest: dict[int, tuple[UUID, bool]] = {}
    for translation, published_at, version, withdrawn in history:
        if published_at <= at:
            newest[translation] = (version, withdrawn)
    return [texts_of(version) for version, withdrawn in newest.values() if not withdrawn]


# -- lists -------------------------------------------------------------------------------------------------


def titles_of(courses: Mapping[int, str]) -> dict[int, tuple[str, str]]:
    """Of courses (pk → language), those a reader has in translation: pk → title and summary, "" where not translated.

    One query, and none where all are in the reader's language; a second one where a course has another name or summary by
    now than when its translation was published: that of the one before is not shown for it.
    """
    language = get_language() or settings.LANGUAGE_CODE
    others = [course for course, own in courses.items() if not same_language(language, own)]
    if not others:
        return {}
    rows = CourseTranslation.objects.filter(course__in=others, language=language, current__isnull=False)
    found: dict[int, tuple[str, str]] = {}
    renamed: dict[UUID, tuple[int, str, str]] = {}
    for course, title, summary, version, named, said_now, was_named, said_then in rows.values_list(
        "course_id",
        "current__title",
        "current__summary",
        "current__uuid",
        "course__title",
        "course__summary",
        "current__release__title",
        "current__release__summary",
    ):
        found[course] = (title, summary)
        if (named, said_now) != (was_named, said_then):
            renamed[version] = (course, named, said_now)
    if renamed:
        texts = TranslationVersion.objects.filter(uuid__in=renamed).values_list("uuid", "texts")
        for version, said in texts:
            course, title, summary = renamed[version]
            found[course] = (
                said.get(digest("title", title), ""),
                said.get(digest("summary", summary), ""),
            )
    return found


def carded(courses: Iterable[CoursePage]) -> list[CoursePage]:
    """Courses for cards in the reader's language: copies, where there is a translation."""
    rows = list(courses)
    found = titles_of({course.pk: course.language for course in rows})
    return [_carded(course, *found[course.pk]) if course.pk in found else course for course in rows]


def _carded(course: CoursePage, title: str, summary: str) -> CoursePage:
    shown = copy.copy(course)
    shown.title, shown.summary = title or course.title, summary or course.summary
    return shown
