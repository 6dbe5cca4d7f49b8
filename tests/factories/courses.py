"""Courses for tests: a live course with chapters and lessons, released the way editors release it."""

from collections.abc import Callable
from itertools import count
from typing import Any

from courses.pages.models import CataloguePage, ChapterPage, CoursePage, LessonPage
from courses.questions.models import Question
from courses.releases.models import Release
from courses.releases.services import cut_release, one_release_at_the_end
from lms.accounts.models import Organisation
from lms.lib.actor import Actor

_numbers = count(1)
# 450 characters are 90 seconds by the first content rule: 0.03 学时.
PARAGRAPH = "<p>" + "停电以后先验电再挂接地线。" * 40 + "</p>"


def organisation(code: str = "shkd", kind: str = "college", **fields: Any) -> Organisation:
    return Organisation.objects.get_or_create(
        code=code, defaults={"name": f"机构 {code}", "kind": kind, **fields}
    )[0]


def course_page(**fields: Any) -> CoursePage:
    """A live course page without lessons."""
    number = next(_numbers)
    values = {
        "title": f"电工安全 {number}",
        "slug": f"course-{number}",
        "code": f"course-{number}",
        "kind": "vocational",
        "year": 2026,
        "centihours": 3,
        "summary": "停电、验电、挂接地线。",
        "provider": fields.pop("provider", None) or organisation(),
    } | fields
    with one_release_at_the_end():
        page = CataloguePage.objects.get().add_child(instance=CoursePage(**values))
        page.save_revision().publish()
    return CoursePage.objects.get(pk=page.pk)


def question(course: CoursePage, **fields: Any) -> Question:
    number = next(_numbers)
    values = {
        "key": f"q{number}",
        "kind": "single",
        "stem": "停电以后第一步做什么？",
        "options": [{"id": "a", "text": "验电"}, {"id": "b", "text": "挂接地线"}],
        "answer": ["a"],
        "explanation": "先验电，确认无电以后才挂接地线。",
        "points": 1,
    } | fields
    return Question.objects.create(course=course, **values)


Lessons = list[list[tuple[str, Any]]]


def text(html: str = PARAGRAPH) -> tuple[str, Any]:
    return ("text", html)


def quiz(questions: list[Question], *, pass_percent: int = 60, title: str = "小测验") -> tuple[str, Any]:
    return (
        "quiz",
        {"title": title, "pass_percent": pass_percent, "minutes": None, "questions": questions},
    )


def lesson(chapter: ChapterPage, blocks: list[tuple[str, Any]], **fields: Any) -> LessonPage:
    number = next(_numbers)
    values = {"title": f"课时 {number}", "slug": f"lesson-{number}", "key": f"lesson-{number}"} | fields
    page = chapter.add_child(instance=LessonPage(**values))
    page.body = blocks
    page.save_revision().publish()
    return LessonPage.objects.get(pk=page.pk)


def released_course(
    lessons: Lessons | Callable[[CoursePage], Lessons] | None = None,
    *,
    with_quiz: bool = False,
    **fields: Any,
) -> Release:
    """A live course of one chapter whose lessons hold the given blocks (two of text by default), as its release.

    lessons may be a function of the course, for quizzes with its questions.
    """
    course = course_page(**fields)
    contents = lessons(course) if callable(lessons) else lessons or [[text()], [text()]]
    if with_quiz:
        contents = [*contents, [quiz([question(course)])]]
    with one_release_at_the_end():
        chapter = course.add_child(instance=ChapterPage(title="第一章", slug=f"chapter-{next(_numbers)}"))
        for blocks in contents:
            lesson(chapter, blocks)
    return cut_release(CoursePage.objects.get(pk=course.pk), Actor.system("tests"))
