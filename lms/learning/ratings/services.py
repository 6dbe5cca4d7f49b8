"""Giving, changing and taking back a rating; hiding words. One function each; all of a course wait in one order.

Owns: every write of CourseRating and CourseRatings. The audit keeps each step with its stars and never the words, which their
writer can take back.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from courses.api import CoursePage, has_written
from lms.accounts.api import User, actor, memberships, require_role
from lms.learning.enrolment.models import Enrolment
from lms.learning.enrolment.queries import progress_of
from lms.learning.ratings.models import CourseRating, CourseRatings
from lms.learning.ratings.queries import ROLES, course_for
from lms.learning.ratings.rules import (
    FEWEST_TEXTS,
    LONGEST,
    LONGEST_GROUND,
    STARS,
    may_rate,
    signals,
    summary,
)
from lms.lib.audit.services import record
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.ids import uuid7
from lms.lib.outbox.services import emit


def bar(user: User, enrolment: Enrolment) -> str:
    """Why the person may not rate the course, as a sentence; "" where they may. enrolment: their own."""
    if memberships(user).filter(organisation__courses=enrolment.course_id).exists() or has_written(
        user, enrolment.course
    ):
        return _("你在开课单位任职，或参与编写了这门课，不能给它评分。")
    # Completed: no need to count the lessons.
    completed = enrolment.state == Enrolment.State.COMPLETED
    progress = None if completed else progress_of([enrolment])[0]
    met, lessons = (progress.lessons_met, progress.lessons) if progress else (0, 0)
    if not may_rate(completed=completed, met=met, lessons=lessons):
        return _("学完这门课，或者学满一半课时以后，就可以评分。")
    return ""


@transaction.atomic
def rate(user: User, enrolment: UUID, stars: int | None, text: str) -> CourseRating:
    """Give the rating of one's own enrolment, or change it. stars: 1 to 5; text: may be "", at most 500 characters.

    Raises NotFound (another's enrolment), NotAllowed (too little studied, own staff, an author), Invalid. Words that staff
    hid are judged anew once they are others.
    """
    item = _own(user, enrolment)
    if stars not in STARS:
        raise Invalid(_("请在 1 到 5 之间选一个满意程度。"), code="stars")
    text = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if len(text) > LONGEST:
        raise Invalid(
            _("评价最多写 %(most)s 字，没有保存。请删短一些。") % {"most": LONGEST}, code="too_long"
        )
    if reason := bar(user, item):
        raise NotAllowed(reason, code="may_not_rate")
    summed = _summed(item.course)
    former = CourseRating.objects.filter(enrolment=item).first()
    if former is not None and (former.stars, former.text) == (stars, text):
        return former
    row = former or CourseRating(enrolment=item, course=item.course)
    if former is None or former.text != text:
        row.hidden_ground = ""
    row.stars, row.text, row.given_at = stars, text, now()
    row.save()
    _recount(summed)
    _note(user, row, "rating.give" if former is None or former.stars is None else "rating.change")
    return row


@transaction.atomic
def take_back(user: User, enrolment: UUID) -> None:
    """Take one's rating back: it counts no more and its words are gone. Raises NotFound, Conflict (there is none)."""
    item = _own(user, enrolment)
    summed = _summed(item.course)
    row = CourseRating.objects.filter(enrolment=item, stars__isnull=False).first()
    if row is None:
        raise Conflict(_("这门课你还没有评分，或者已经收回。"), code="not_rated")
    row.stars, row.text, row.hidden_ground = None, "", ""
    row.save()
    _recount(summed)
    _note(user, row, "rating.take_back")


@transaction.atomic
def hide(user: User, course: UUID, rating: UUID, ground: str) -> CourseRating:
    """Staff of the course keep the words of a rating from view; its stars count on. ground: why, for the audit.

    Raises NotFound (another body's course, no such words), NotAllowed, Invalid (no ground), Conflict (hidden already).
    """
    page = course_for(user, course)
    who = require_role(user, *ROLES, organisation=page.provider)
    ground = " ".join(ground.replace("\x00", "").split())
    if not ground:
        raise Invalid(_("请写明隐藏的理由。"), code="no_ground")
    if len(ground) > LONGEST_GROUND:
        raise Invalid(_("理由最多 %(most)s 字。") % {"most": LONGEST_GROUND}, code="too_long")
    found = summary(_summed(page).counts)
    rows = CourseRating.objects.filter(course=page, uuid=rating, stars__isnull=False).exclude(text="")
    row = rows.first() if found.ratings >= FEWEST_TEXTS else None
    if row is None:
        raise NotFound
    if row.hidden_ground:
        raise Conflict(_("这段文字已经隐藏。"), code="hidden")
    row.hidden_ground = ground
    row.save(update_fields=["hidden_ground"])
    record(
        who,
        action="rating.hide",
        target_type="learning.CourseRating",
        target=row.uuid,
        reason=ground,
        data={"course": str(page.uuid)},
    )
    return row


def _own(user: User, enrolment: UUID) -> Enrolment:
    found = Enrolment.objects.select_related("course").filter(person=user, uuid=enrolment).first()
    if found is None:
        raise NotFound
    return found


def _summed(course: CoursePage) -> CourseRatings:
    """The course's sum, held until the end of the transaction: whoever rates the same course waits."""
    CourseRatings.objects.get_or_create(course=course)
    return CourseRatings.objects.select_for_update().select_related(None).get(course=course)


def _recount(summed: CourseRatings) -> None:
    """Counted from the rows themselves, so that no slip stays; search is told where it would hear otherwise."""
    before = signals(summary(summed.counts))
    rows = CourseRating.objects.filter(course=summed.course_id, stars__isnull=False)
    found = dict(rows.order_by().values_list("stars").annotate(Count("pk")))
    summed.counts = [found.get(star, 0) for star in STARS]
    summed.save(update_fields=["counts"])
    if signals(summary(summed.counts)) != before:
        emit("course.taken", {"course": str(summed.course.uuid)}, key=f"course.taken:{uuid7()}")


def _note(user: User, row: CourseRating, action: str) -> None:
    record(
        actor(user),
        action=action,
        target_type="learning.CourseRating",
        target=row.uuid,
        data={"course": str(row.course.uuid), "stars": row.stars},
    )
