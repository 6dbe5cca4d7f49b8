"""A lesson's draft, changed by what is no editor's form: blocks that another program's author chose (LTI deep linking).

Owns: whether the user may change that lesson now, and the revision that holds the change. Refuses: lessons that are somebody
else's, and those of a course in review, as the editor's own form does.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from courses.pages.models import CoursePage, LessonPage
from lms.accounts.api import User
from lms.lib.errors import Conflict, NotAllowed, NotFound


def lesson_to_edit(user: User, lesson_id: int) -> tuple[LessonPage, CoursePage]:
    """The lesson and its course. Raises NotFound, NotAllowed, Conflict (in review)."""
    lesson = LessonPage.objects.filter(pk=lesson_id).first()
    course = CoursePage.objects.ancestor_of(lesson).select_related("provider").first() if lesson else None
    if lesson is None or course is None:
        raise NotFound
    if not lesson.permissions_for_user(user).can_edit():
        raise NotAllowed
    lock = lesson.get_lock()
    if lock is not None and lock.for_user(user):
        raise Conflict(_("课程正在审核或等待定时发布，现在不能改动。"), code="in_review")
    return lesson, course


def add_to_draft(user: User, lesson: LessonPage, blocks: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """New blocks at the end of the lesson's newest draft; nothing is published. The caller has asked `lesson_to_edit` in the
    same transaction. Raises Invalid through the page's own validation.
    """
    draft = lesson.get_latest_revision_as_object()
    body = [*draft.body.get_prep_value(), *({"type": kind, "value": value} for kind, value in blocks)]
    draft.body = LessonPage.body.field.to_python(body)  # type: ignore[attr-defined]
    draft.save_revision(user=user, log_action=True, clean=False)
