"""Cutting releases. Publishing anything of a live course cuts one, unless its content is what it was."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.models import Page

from courses.pages.bodies import read_bodies
from courses.pages.models import ChapterPage, CoursePage, LessonPage
from courses.releases.models import ContentRule, Release, ReleaseLesson
from courses.releases.rules import Pace, approvable_centihours, content_hash
from courses.releases.snapshot import kinds, lesson_blocks
from courses.taxonomy import Mode
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Invalid
from lms.lib.outbox.services import emit, emit_many
from lms.lib.units import format_centi

# So many courses are one event: their lessons are indexed in its transaction.
CHANGED_TOGETHER = 20

_paused: ContextVar[bool] = ContextVar("releases_paused", default=False)


@contextmanager
def one_release_at_the_end() -> Iterator[None]:
    """While many pages are published together (an import), publishing cuts nothing; the caller cuts once."""
    token = _paused.set(True)
    try:
        yield
    finally:
        _paused.reset(token)


def paused() -> bool:
    return _paused.get()


def content_rule() -> ContentRule:
    """The rule in force today."""
    rule = ContentRule.objects.filter(valid_from__lte=today()).order_by("-valid_from", "-version").first()
    if rule is None:
        raise Invalid(_("今天没有生效的内容时长规则，请先登记一条。"))
    return rule


# The chapters and the lessons of a release to be.
Parts = tuple[Iterable[ChapterPage], Iterable[LessonPage]]


@transaction.atomic
def cut_release(course: CoursePage, actor: Actor, parts: Parts | None = None) -> Release:
    """Pin the live chapters and lessons of a course as a new release; the same content again gives the last one. parts: those,
    where the caller has read them in the same transaction.

    Raises Invalid when there is nothing to study, or when the approved hours exceed what the content can fill.
    """
    # Two editors publishing at once must not take the same number.
    CoursePage.objects.select_for_update().get(pk=course.pk)
    rule = content_rule()
    lessons = _checked(course, rule, *(parts or live_parts(course)))
    nominal_ms = sum(lesson["nominal_ms"] for lesson in lessons)
    facts = _facts(course)
    digest = content_hash({"facts": facts | {"provider": course.provider.code}, "lessons": lessons})
    last = Release.objects.filter(course=course).order_by("-number").first()
    if last is not None and last.content_hash == digest:
        # What a release does not pin (occupation, level, address, last day) may be new, and the course may have been away.
        announce_changed([course.uuid])
        return last
    release = Release.objects.create(
        course=course,
        number=last.number + 1 if last else 1,
        provider=course.provider,
        content_rule=rule,
        lesson_count=len(lessons),
        nominal_ms=nominal_ms,
        published_at=now(),
        content_hash=digest,
        **facts,
    )
    ReleaseLesson.objects.bulk_create(
        [ReleaseLesson(release=release, position=place, **lesson) for place, lesson in enumerate(lessons)],
        # Of long JSON an array (as Django sends many rows) is slower to write than rows one by one.
        batch_size=1,
    )
    record(
        actor,
        action="course.release",
        target_type="courses.Release",
        target=release.uuid,
        data={"course": str(course.uuid), "number": release.number},
    )
    announce_published(release)
    return release


def check_drafts(course: CoursePage, chapters: Iterable[ChapterPage], lessons: Iterable[LessonPage]) -> None:
    """Whether these drafts could be cut as a release, without writing. Raises as `cut_release`."""
    _checked(course, content_rule(), chapters, lessons)


def as_release(
    course: CoursePage, chapters: Iterable[ChapterPage], lessons: Iterable[LessonPage]
) -> tuple[Release, list[ReleaseLesson]]:
    """What these drafts would be as a release, for looking at: neither checked nor saved."""
    rule = content_rule()
    found = _lessons(course, Pace(rule.ms_per_character, rule.ms_per_question), chapters, lessons)
    last = Release.objects.filter(course=course).order_by("-number").values_list("number", flat=True).first()
    release = Release(
        course=course,
        number=(last or 0) + 1,
        provider=course.provider,
        content_rule=rule,
        lesson_count=len(found),
        nominal_ms=sum(lesson["nominal_ms"] for lesson in found),
        published_at=now(),
        **_facts(course),
    )
    return release, [ReleaseLesson(position=place, **lesson) for place, lesson in enumerate(found)]


def _checked(
    course: CoursePage, rule: ContentRule, chapters: Iterable[ChapterPage], lessons: Iterable[LessonPage]
) -> list[dict[str, Any]]:
    found = _lessons(course, Pace(rule.ms_per_character, rule.ms_per_question), chapters, lessons)
    if not found:
        raise Invalid(_("课程「%(title)s」还没有已发布的课时，不能发布。") % {"title": course.title})
    ceiling = approvable_centihours(sum(lesson["nominal_ms"] for lesson in found))
    if course.centihours > ceiling:
        raise Invalid(
            _("核定学时 %(hours)s 超过内容能支持的 %(ceiling)s 学时（按内容时长 45 分钟 1 学时）。")
            % {"hours": format_centi(course.centihours), "ceiling": format_centi(ceiling)},
            code="hours_exceed_content",
        )
    return found


def _facts(course: CoursePage) -> dict[str, Any]:
    return {
        "code": course.code,
        "title": course.title,
        "summary": course.summary,
        "kind": course.kind,
        "sector": course.sector,
        "year": course.year,
        "centihours": course.centihours,
        "rule": _rule(course),
    }


def _rule(course: CoursePage) -> dict[str, Any]:
    """What completing asks for. Practice (应会) stands in it only where the course has any."""
    rule = {"min_coverage_percent": course.min_coverage_percent, "quizzes": course.quiz_rule}
    return rule if course.mode == Mode.ONLINE else rule | {"practice": True}


def live_parts(course: CoursePage) -> Parts:
    """The chapters and lessons that learners have, or would have with the next release."""
    chapters = ChapterPage.objects.child_of(course).live().filter(withdrawn=False)
    lessons = LessonPage.objects.descendant_of(course).live().filter(withdrawn=False)
    return chapters.order_by("path"), lessons.order_by("path")


def _lessons(
    course: CoursePage, pace: Pace, chapters: Iterable[ChapterPage], lessons: Iterable[LessonPage]
) -> list[dict[str, Any]]:
    titles = {chapter.path: chapter.title for chapter in chapters}
    found = []
    lessons = list(lessons)
    read_bodies(lessons)
    for lesson in lessons:
        chapter = titles.get(lesson.path[: -lesson.steplen])
        if chapter is None:
            continue
        _refuse_questions_of_others(lesson, course)
        blocks = lesson_blocks(lesson, pace)
        found.append(
            {
                "key": lesson.key,
                "chapter_title": chapter,
                "title": lesson.title,
                "nominal_ms": sum(block["nominal_ms"] for block in blocks),
                "block_kinds": list(kinds(blocks)),
                "blocks": blocks,
            }
        )
    return found


def _refuse_questions_of_others(lesson: LessonPage, course: CoursePage) -> None:
    """The chooser offers the course's own questions only; a form made by hand may name any, and answers would leak."""
    for block in lesson.body:
        if block.block_type == "quiz" and any(
            question.course_id != course.pk for question in block.value["questions"]
        ):
            raise Invalid(
                _("课时「%(title)s」的测验里有别的课程的题目，不能发布。") % {"title": lesson.title},
                code="question_of_another_course",
            )


def announce_published(release: Release) -> None:
    """Tell the rest of the house that a course can be begun: with a new release, or with the last one again."""
    payload = {"course": str(release.course.uuid), "release": str(release.uuid)}
    emit("course.published", payload, key=f"course.published:{release.uuid}:{now().isoformat()}")


def announce_unpublished(course: CoursePage) -> None:
    """Tell the rest of the house that new learners can't begin; those under way keep their release."""
    emit(
        "course.unpublished",
        {"course": str(course.uuid)},
        key=f"course.unpublished:{course.uuid}:{now().isoformat()}",
    )


def announce_restricted(page: Page) -> None:
    """Tell the rest of the house that other people than before may see the live courses above, at and below this page, or that
    they stand elsewhere.
    """
    below = CoursePage.objects.descendant_of(page, inclusive=True).live()
    announce_changed((below | CoursePage.objects.ancestor_of(page).live()).values_list("uuid", flat=True))


def announce_changed(courses: Iterable[UUID]) -> None:
    """Tell the rest of the house that something of live courses is not what it was, other than by a new release: who may see them, their
    address, a fact that no release pins, their last day, or that they are back."""
    found, moment = iter([str(course) for course in courses]), now().isoformat()
    emit_many(
        ("course.changed", f"course.changed:{some[0]}:{moment}", {"courses": some})
        for some in iter(lambda: list(islice(found, CHANGED_TOGETHER)), [])
    )
