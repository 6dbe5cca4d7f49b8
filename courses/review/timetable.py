"""Days that have come: what was passed goes live as a whole, what has ended is closed.

Owns: taking submissions off the timetable. Refuses: publishing a page of a course that waits here by itself.
"""

import logging
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from wagtail.models import Page, Revision, WorkflowState

from courses.pages.models import CoursePage
from courses.review import queries
from courses.review.checks import check
from courses.review.models import Submission
from courses.review.services import clear_day, note, publish
from lms.lib.actor import Actor
from lms.lib.clock import now
from lms.lib.errors import Conflict, Refusal

logger = logging.getLogger(__name__)


def publish_due() -> int:
    """What was passed and whose day has come goes live; whose end has come is closed to new learners. Returns how many.

    One course that cannot be published any more (its hours, a question) does not hold up the others: it is taken off
    the timetable, and its history says why.
    """
    moment, done = now(), 0
    due = Submission.objects.filter(scheduled_for__lte=moment).select_related(
        "course__provider", "workflow_state"
    )
    for submission in due.order_by("scheduled_for", "pk"):
        done += _publish_one(submission)
    for course in CoursePage.objects.filter(live=True, expire_at__lte=moment).order_by("expire_at"):
        with transaction.atomic():
            _end(course)
            note(Actor.system("schedule"), "expire", course)
        done += 1
    return done


def _end(course: CoursePage) -> None:
    """The version that is live ends; the day of the next one stays, which Wagtail would take away with it."""
    waiting = list(course.revisions.filter(approved_go_live_at__isnull=False))
    course.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
    for revision in waiting:
        Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=revision.approved_go_live_at)


def _publish_one(submission: Submission) -> int:
    course, by = submission.course, Actor.system("schedule")
    try:
        with transaction.atomic():
            # In the order of whoever takes the day back (services.unschedule).
            CoursePage.objects.select_for_update().get(pk=course.pk)
            _off_the_timetable(submission)
            # Taken off by somebody meanwhile.
            if not course.approved_schedule:
                return 0
            if submission.digest != check(course):
                raise Conflict(_("课程内容（或它的题目）在审核通过以后有改动。"))
            publish(course, by, submission.workflow_state.requested_by)
    except Exception as error:
        # Whatever it is, the course must not stay where Wagtail would publish its page alone.
        why = _why(error, course)
        with transaction.atomic():
            clear_day(course)
            note(by, "schedule_failed", course, why)
        return 0
    return 1


def _why(error: Exception, what: Any) -> str:
    if isinstance(error, Refusal):
        return str(error.message)
    logger.error("%r was not published on its day", what, exc_info=error)
    return _("发布时出了错。请重新送审；再出错，请联系平台管理员。")


def _off_the_timetable(submission: Submission) -> None:
    Submission.objects.filter(pk=submission.pk).update(scheduled_for=None)


def publish_other_pages() -> None:
    """What else of Wagtail's has a day: the first page, courses of those who publish in one step. Wagtail's own command
    (publish_scheduled) would take the pages of reviewed courses too, one by one and without comparing their digest."""
    moment = now()
    for page in Page.objects.filter(live=True, expire_at__lt=moment).order_by("expire_at"):
        if not _is_ours(page):
            page.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
    due = Revision.objects.filter(approved_go_live_at__lt=moment).order_by("approved_go_live_at")
    for revision in due:
        there = revision.content_object
        if there is not None and not (isinstance(there, Page) and _is_ours(there)):
            _publish_other(revision, there)


def _publish_other(revision: Revision, there: Any) -> None:
    """One that cannot be published (a course whose facts are missing by now) does not hold up the others."""
    try:
        with transaction.atomic():
            revision.publish(log_action="wagtail.publish.scheduled")
    except Exception as error:
        why = _why(error, there)
        with transaction.atomic():
            Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=None)
            course = queries.course_row(there) if isinstance(there, Page) else None
            if course is not None:
                note(Actor.system("schedule"), "schedule_failed", course, why)


def _is_ours(page: Page) -> bool:
    """Whether a page belongs to a course that is in review, or passed and waits for its day."""
    course = queries.course_row(page)
    if course is None:
        return False
    in_review = Q(
        workflow_state__status=WorkflowState.STATUS_IN_PROGRESS, workflow_state__object_id=str(course.pk)
    )
    return course.submissions.filter(in_review | Q(scheduled_for__isnull=False)).exists()
