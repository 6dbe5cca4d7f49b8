"""Whether the drafts of a course could be published as they are.

Owns: the sentences about what stands in the way. Refuses: writing anything.
"""

from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

from django.utils.translation import gettext as _
from wagtail.models import Page

from courses.outside import known_tools
from courses.pages.bodies import read_bodies
from courses.pages.models import ChapterPage, CoursePage, LessonPage
from courses.releases.models import Release
from courses.releases.services import Parts, check_drafts, live_parts
from courses.review import queries
from courses.review.rules import digest, missing_facts
from lms.accounts.api import Organisation
from lms.lib.clock import now
from lms.lib.errors import Invalid

T = TypeVar("T", ChapterPage, LessonPage)
# The block kinds that show a row of its own, and where in their value it is; quizzes show several.
_ROWS = queries.FILES | {"h5p": "content", "package": "package"}


def check(course: CoursePage) -> str:
    """Whether the drafts of a course could be published as they are; returns their digest.

    Raises Invalid with the first thing that stands in the way: facts its kind needs, days that cannot be, no lessons, what
    a lesson shows and is gone, hours the content cannot fill, questions of another course, another provider than the one
    it was released by.
    """
    drafts = queries.drafts_of(course)
    draft = drafts.course
    _require_provider_of_release(course, draft.provider_id)
    _require_sound(draft, drafts.chapters, drafts.lessons)
    check_drafts(draft, drafts.chapters, drafts.lessons)
    return digest(queries.content_of(drafts))


def check_live(course: CoursePage, page: Page | None = None) -> None:
    """The same of a course that is published page by page, by those who need no review: of what is live now, or would be
    with this page. Whose course it may be, the form has said (`require_provider`). Raises as `check`."""
    chapters, lessons = live_parts(course)
    parts = _with(page, ChapterPage, chapters), _with(page, LessonPage, lessons)
    _require_sound(course, *parts)
    check_drafts(course, *parts)


def sound_parts(course: CoursePage) -> Parts:
    """The live parts of a course, looked at as `check_live` does, for whoever goes on to cut a release of them, which looks at
    the rest. Raises as `check`."""
    chapters, lessons = live_parts(course)
    parts = list(chapters), list(lessons)
    _require_sound(course, *parts)
    return parts


def check_page(page: Page) -> None:
    """Before a page is published by itself: whether its course could be published with it. Raises as `check`."""
    page = page.specific_deferred if type(page) is Page else page
    if not isinstance(page, CoursePage | ChapterPage | LessonPage):
        return
    course = page if isinstance(page, CoursePage) else CoursePage.objects.ancestor_of(page).live().first()
    # A course may be published before its first lesson: it becomes studyable with that lesson.
    if course is not None and (
        isinstance(page, LessonPage) or LessonPage.objects.descendant_of(course).live().exists()
    ):
        check_live(course, page)


def _with(page: Page | None, kind: type[T], parts: Iterable[T]) -> list[T]:
    if not isinstance(page, kind):
        return list(parts)
    found = [part for part in parts if part.pk != page.pk]
    if not page.withdrawn:
        found.append(page)
    return sorted(found, key=lambda part: part.path)


def _require_sound(course: CoursePage, chapters: list[ChapterPage], lessons: list[LessonPage]) -> None:
    for sentence in missing_facts(course.kind, course.theme, course.sector, course.department):
        raise Invalid(sentence, code="facts_missing")
    _require_days(course, [*chapters, *lessons])
    read_bodies(lessons)
    for lesson in lessons:
        _require_whole(lesson)
    _require_tools(course, lessons)


def require_provider(course: CoursePage, provider: Organisation) -> None:
    """Whether the course, as it stands in the database, may be given to this provider. Raises Invalid: it has a release;
    or its own provider publishes in one step and the new one does not, whose look would be gone round."""
    _require_provider_of_release(course, provider.pk)
    if (
        provider.pk != course.provider_id
        and queries.one_step(course.provider)
        and not queries.one_step(provider)
    ):
        raise Invalid(
            _("一步发布的机构不能把课程交给须经审核的机构；请用那个机构的身份新建课程。"),
            code="provider_changed",
        )


def _require_provider_of_release(course: CoursePage, provider_id: int) -> None:
    """The last release says whose course it is: the row can have been given another provider since."""
    released = Release.objects.filter(course=course).order_by("-number").values_list("provider_id", flat=True)
    if released.exists() and released[0] != provider_id:
        raise Invalid(_("发布过的课程不能换开课单位；可以复制成一门新的课程。"), code="provider_changed")


def _require_days(draft: CoursePage, parts: Iterable[Any]) -> None:
    """A course has days, and its parts have none: a part's own would come without anybody's look at it."""
    moment = now()
    if draft.expire_at and draft.expire_at <= max(draft.go_live_at or moment, moment):
        raise Invalid(_("停止报名的时间要晚于发布的时间，也不能已经过去。"), code="days")
    for part in parts:
        if part.go_live_at or part.expire_at:
            raise Invalid(
                _("「%(title)s」自己定了发布或停止的时间，只有整门课程可以定：请打开它保存一次，就会去掉。")
                % {"title": part.title},
                code="days",
            )


def _require_tools(course: CoursePage, lessons: list[LessonPage]) -> None:
    """A lesson opens tools of its own organisation, that are on."""
    asked = {
        UUID(block.value["tool"]): lesson
        for lesson in lessons
        for block in lesson.body
        if block.block_type == "lti"
    }
    unknown = set(asked) - known_tools(set(asked), course.provider_id)
    if unknown:
        lesson = asked[min(unknown)]
        raise Invalid(
            _("课时「%(title)s」用到的外部工具没有在本机构登记，或已停用，请换掉再送审。")
            % {"title": lesson.title},
            code="tool_unknown",
        )


def _require_whole(lesson: LessonPage) -> None:
    """What a lesson shows can be deleted after the draft that shows it was saved."""
    for block in lesson.body:
        name = _ROWS.get(block.block_type)
        gone = block.value[name] is None if name else False
        if block.block_type == "quiz":
            gone = any(question is None for question in block.value["questions"])
        if gone:
            raise Invalid(
                _("课时「%(title)s」用到的图片、视频、文件、H5P 内容或题目已经删除，请换掉再送审。")
                % {"title": lesson.title},
                code="row_gone",
            )
