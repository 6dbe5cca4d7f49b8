"""Reading releases."""

from uuid import UUID

from django.utils.translation import gettext as _

from courses.pages.models import CoursePage
from courses.releases.models import Release, ReleaseLesson
from lms.lib.errors import NotFound


def current_release(course: CoursePage) -> Release | None:
    """The release a new learner begins with; None while the course is not live."""
    found: Release | None = course.found_with
    if found is not None:
        return found
    return Release.objects.filter(course=course).order_by("-number").first() if course.live else None


def lesson_outline(release: Release) -> list[ReleaseLesson]:
    """The lessons in order without their content: one query, however long they are."""
    return list(ReleaseLesson.objects.filter(release=release).defer("blocks").order_by("position"))


def course_by_uuid(uuid: UUID) -> CoursePage:
    course = CoursePage.objects.filter(uuid=uuid).first()
    if course is None:
        raise NotFound(_("没有这门课程。"))
    return course
