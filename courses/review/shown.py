"""What a course in review shows: films and exercises stand in a library of their own, and change under a course that was
handed in.

Owns: the sentence that says so before the change. Refuses: a change of what a course shows that is looked at or waits for
its day; the digest (services.py) would stop that course at the last word, when the work has been done.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from wagtail.models import Revision, WorkflowState

from courses.h5p.models import H5PContent
from courses.media.models import CourseVideo
from courses.pages.models import CoursePage, LessonPage
from lms.lib.errors import Conflict

# The block of a lesson that shows such a thing, and where in its value it is named.
_BLOCKS = {H5PContent: ("h5p", "content"), CourseVideo: ("video", "video")}


def require_unshown(thing: H5PContent | CourseVideo) -> None:
    """Conflict (in_review) while a course shows it that is in review or waits for its day; the sentence names the course."""
    told = told_of(thing)
    if told:
        raise Conflict(told, code="in_review")


def told_of(thing: H5PContent | CourseVideo) -> str:
    """Why it can't be changed now, in a sentence; "" where it can."""
    course = closed_course_with(thing)
    if course is None:
        return ""
    words = _("课程“%(title)s”用着它，正在审核或等待定时发布：现在不能改动，有了结果再改。")
    return words % {"title": course.draft_title or course.title}


def closed_course_with(thing: H5PContent | CourseVideo) -> CoursePage | None:
    """The first course in review, or waiting for its day, in whose drafts it is shown."""
    courses = list(_closed().filter(_provider(thing)).order_by("pk"))
    if not courses:
        return None
    below = Q()
    for course in courses:
        below |= Q(path__startswith=course.path)
    lessons = LessonPage.objects.filter(below).select_related("latest_revision").order_by("path")
    for lesson in lessons.iterator(chunk_size=100):
        if any(_shows(block, thing) for block in blocks_of(lesson)):
            return next(course for course in courses if lesson.path.startswith(course.path))
    return None


def _provider(thing: H5PContent | CourseVideo) -> Q:
    # What belongs to nobody is shown by anybody's course.
    return Q() if thing.organisation_id is None else Q(provider=thing.organisation_id)


def _closed() -> Any:
    asked = WorkflowState.objects.filter(status=WorkflowState.STATUS_IN_PROGRESS)
    waiting = Revision.page_revisions.filter(approved_go_live_at__isnull=False)
    keys = {*asked.values_list("object_id", flat=True), *waiting.values_list("object_id", flat=True)}
    return CoursePage.objects.filter(pk__in=[int(key) for key in keys if key.isdecimal()])


def blocks_of(lesson: LessonPage) -> Iterator[dict[str, Any]]:
    """The blocks of the newest draft, as they are kept."""
    if lesson.latest_revision is None:
        yield from lesson.body.get_prep_value()
        return
    kept = lesson.latest_revision.content.get("body") or "[]"
    yield from json.loads(kept) if isinstance(kept, str) else kept


def _shows(block: dict[str, Any], thing: H5PContent | CourseVideo) -> bool:
    kind, name = _BLOCKS[type(thing)]
    return bool(block["type"] == kind and block["value"].get(name) == thing.pk)
