"""Reading releases."""

from collections import OrderedDict
from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from courses.pages.models import CoursePage
from courses.releases.models import Release, ReleaseLesson
from lms.lib.errors import NotFound


def current_release(course: CoursePage) -> Release | None:
    """The release a new learner begins with; None while the course is not live."""
    if course.found_with is not None:
        return course.found_with.release
    return Release.objects.filter(course=course).order_by("-number").first() if course.live else None


# Outlines of releases, the last used at the end. Nothing that is kept can go stale: a release's rows never change.
_outlines: OrderedDict[UUID, list[ReleaseLesson]] = OrderedDict()
_KEPT_OUTLINES = 500


def lesson_outline(release: Release) -> list[ReleaseLesson]:
    """The lessons in order without their content: one query, however long they are, the first time in this process."""
    found = _outlines.pop(release.uuid, None)
    if found is None:
        found = list(ReleaseLesson.objects.filter(release=release).defer("blocks").order_by("position"))
    # While a release is being written, those who write it may see a part.
    if len(found) == release.lesson_count:
        _outlines[release.uuid] = found
        while len(_outlines) > _KEPT_OUTLINES:
            _outlines.popitem(last=False)
    return list(found)


# Blocks that play what others made and that reports by itself.
_FOREIGN = frozenset({"package", "lti"})


def has_foreign(outline: Iterable[ReleaseLesson]) -> bool:
    """Whether any of these lessons plays packages or tools, whose word is evidence only: the rule's panel says so."""
    return any(not _FOREIGN.isdisjoint(lesson.block_kinds) for lesson in outline)


def course_by_uuid(uuid: UUID) -> CoursePage:
    course = CoursePage.objects.filter(uuid=uuid).first()
    if course is None:
        raise NotFound(_("没有这门课程。"))
    return course
