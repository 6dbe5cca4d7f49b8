"""Courses for tests: a live course with chapters and lessons, and its release.

Pages are entered row by row, as a fixture is loaded: an editor's way through Wagtail (revisions, indexes, its own log)
costs twenty times as much. A test that needs a revision saves one. Releases are always cut by the service.
"""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import count
from typing import Any
from uuid import uuid4

from django.db.models import F
from django.utils import timezone
from wagtail.models import Page

from courses.pages.models import CataloguePage, ChapterPage, CoursePage, LessonPage
from courses.questions.models import Question
from courses.releases.models import Release
from courses.releases.services import cut_release
from lms.accounts.models import Organisation
from lms.learning.permits.models import CoursePermit
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
    page = CoursePage(**values)
    _enter(CataloguePage.objects.get(), [page])
    return CoursePage.objects.get(pk=page.pk)


def _enter(parent: Page, pages: Sequence[Page]) -> None:
    """Live pages, all of one model, as the last ones below `parent`."""
    last = Page.objects.child_of(parent).order_by("path").values_list("path", flat=True).last()
    place = Page._str2int(last[-Page.steplen :]) if last else 0
    at = timezone.now()
    for page in pages:
        place += 1
        page.path = Page._get_path(parent.path, parent.depth + 1, place)
        page.depth = parent.depth + 1
        page.locale_id, page.draft_title = parent.locale_id, page.title
        page.url_path = f"{parent.url_path}{page.slug}/"
        page.first_published_at = page.last_published_at = page.latest_revision_created_at = at
        page.clean_fields(exclude=[field.name for field in page._meta.fields if field.is_relation])
    fields = [field.attname for field in Page._meta.concrete_fields]
    rows = [Page(**{name: getattr(page, name) for name in fields}) for page in pages]
    for page, row in zip(pages, Page.objects.bulk_create(rows), strict=True):
        page.pk = page.id = row.pk
        page.save_base(raw=True, force_insert=True)
    Page.objects.filter(pk=parent.pk).update(numchild=F("numchild") + len(pages))
    parent.refresh_from_db(fields=["numchild"])


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
    page = _lesson(blocks, **fields)
    _enter(chapter, [page])
    return LessonPage.objects.get(pk=page.pk)


def _lesson(blocks: list[tuple[str, Any]], **fields: Any) -> LessonPage:
    number = next(_numbers)
    values = {"title": f"课时 {number}", "slug": f"lesson-{number}", "key": f"lesson-{number}"} | fields
    page = LessonPage(**values)
    page.body = blocks
    return page


def released_course(
    lessons: Lessons | Callable[[CoursePage], Lessons] | None = None,
    *,
    with_quiz: bool = False,
    planned: bool = True,
    **fields: Any,
) -> Release:
    """A live course of one chapter whose lessons hold the given blocks (two of text by default), as its release.

    lessons may be a function of the course, for quizzes with its questions. planned: one of public subjects stands in a
    yearly plan on every day, so that it earns hours as the others do.
    """
    course = course_page(**fields)
    contents = lessons(course) if callable(lessons) else lessons or [[text()], [text()]]
    if with_quiz:
        contents = [*contents, [quiz([question(course)])]]
    chapter = ChapterPage(title="第一章", slug=f"chapter-{next(_numbers)}")
    _enter(course, [chapter])
    _enter(chapter, [_lesson(blocks) for blocks in contents])
    release = cut_release(CoursePage.objects.get(pk=course.pk), Actor.system("tests"))
    if planned and course.kind == "public":
        permit(course)
    return release


def permit(
    course: CoursePage, first: date = date(2000, 1, 1), last: date = date(2100, 12, 31), *, year: int = 2026
) -> CoursePermit:
    """The course stands in a yearly plan in force on these days; how plans are published is tested where they are."""
    return CoursePermit.objects.create(
        source=uuid4(),
        course=course,
        first_day=first,
        last_day=last,
        year=year,
        plan=uuid4(),
        version=1,
        title=f"{year} 年度公需科目培训实施计划",
        number="测试〔2026〕1 号",
        authority="测试主管部门",
        published_on=first,
        address="/plans/",
    )
