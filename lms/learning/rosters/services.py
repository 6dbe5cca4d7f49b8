"""Assigning a course to employees and reminding them: by the firm's personnel officer, of confirmed employees only.

Enrolling is done for them and recorded as the officer's act; the day is a request. The organisation's row is locked while
people are chosen, and the database holds each (person, course, employer) and each reminder's number once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from courses.api import CoursePage
from lms.accounts.api import Employment, Organisation, Role, User, require_role
from lms.learning.enrolment.models import Enrolment
from lms.learning.enrolment.services import enrol_people
from lms.learning.hours.years import this_year
from lms.learning.rosters import queries
from lms.learning.rosters.models import AssignedCourse, CourseAssignment, StudyReminder
from lms.learning.rosters.rules import MOST_PEOPLE, REMIND_EVERY_DAYS, due_fault
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.outbox.services import emit_many

REMINDED = "study.reminded"
BATCH = 1000


@dataclass(frozen=True)
class Whom:
    """Of the firm's confirmed employees: chosen (ids of employments; None: all), of these departments (none: all), only
    those without hours this year.
    """

    chosen: Collection[int] | None = None
    departments: Collection[str] = ()
    untrained: bool = False


def people_for(organisation: Organisation, whom: Whom) -> QuerySet[Employment]:
    """Who that is today."""
    found = queries.staff_of(organisation)
    if whom.chosen is not None:
        found = found.filter(pk__in=list(whom.chosen))
    if whom.departments:
        found = found.filter(department__in=list(whom.departments))
    if whom.untrained:
        trained = queries.untrained(queries.employees(organisation, this_year()))
        found = found.filter(pk__in=trained.values("pk"))
    return found


@transaction.atomic
def assign(
    user: User | Actor, organisation: Organisation, course: CoursePage, *, due_on: date, whom: Whom
) -> CourseAssignment:
    """Ask for a course: who has it from this firm already is left out, the others are enrolled.

    Raises NotAllowed, Invalid (day; nobody chosen; too many), Conflict (all have it; course not live).
    """
    who = _officer(user, organisation)
    fault = due_fault(due_on, today())
    if fault is not None:
        sentence = _("日期已经过了。") if fault == "past" else _("日期太远，最多两年以后。")
        raise Invalid(sentence, code="due_on", details={"field": "due_on"})
    # Two clicks, or two officers, choose one after the other.
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    people = list(people_for(organisation, whom)[: MOST_PEOPLE + 1])
    if not people:
        raise Invalid(_("没有选中任何已确认的职工。"), code="nobody", details={"field": "whom"})
    if len(people) > MOST_PEOPLE:
        raise Invalid(
            _("一次最多 %(most)s 人，请按部门分几次。") % {"most": MOST_PEOPLE},
            code="too_many_people",
            details={"field": "whom"},
        )
    there = AssignedCourse.objects.filter(organisation=organisation, course=course)
    known = set(there.values_list("person_id", flat=True))
    fresh = [row for row in people if row.user_id not in known]
    if not fresh:
        raise Conflict(_("选中的人都已经布置过这门课。"), code="assigned_already")
    return _assigned(who, organisation, course, due_on, fresh)


def _assigned(
    who: Actor, organisation: Organisation, course: CoursePage, due_on: date, people: Sequence[Employment]
) -> CourseAssignment:
    enrolments = enrol_people([row.user_id for row in people], course, who)
    made = CourseAssignment.objects.create(
        organisation=organisation, course=course, due_on=due_on, by_id=who.user_id, at=now()
    )
    AssignedCourse.objects.bulk_create(
        [
            AssignedCourse(
                assignment=made,
                organisation=organisation,
                course=course,
                person_id=row.user_id,
                employment=row,
                enrolment=enrolments[row.user_id],
            )
            for row in people
        ],
        batch_size=BATCH,
    )
    record(
        who,
        action="assignment.make",
        target_type="learning.CourseAssignment",
        target=made.uuid,
        data={"course": str(course.uuid), "people": len(people), "due_on": due_on.isoformat()},
    )
    return made


def _officer(user: User | Actor, organisation: Organisation) -> Actor:
    """The firm's personnel officer; the platform itself (demo) passes."""
    if isinstance(user, Actor):
        if user.is_platform:
            return user
        if user.user_id is None:
            raise NotAllowed
        user = User.objects.get(pk=user.user_id)
    return require_role(user, Role.HR, organisation=organisation)


@transaction.atomic
def remind(user: User, assignment: CourseAssignment) -> int:
    """Remind everybody of an assignment who has not finished and may be reminded; returns how many.

    Raises NotAllowed, Conflict (nobody is left to remind).
    """
    who = require_role(user, Role.HR, organisation=assignment.organisation)
    asked = queries.asked_of(assignment)
    # The enrolment is what two employers who remind of one course have in common: they look one after the other.
    held = Enrolment.objects.filter(pk__in=asked.values("enrolment")).order_by("pk")
    list(held.select_for_update(no_key=True).values_list("pk"))
    rows = list(queries.may_remind(asked.all()))
    numbers = _numbers(rows)
    moment = now()
    fresh = [
        StudyReminder(
            assigned=row,
            person_id=row.person_id,
            course_id=row.course_id,
            number=numbers.get(row.person_id, 0) + 1,
            by=user,
            at=moment,
        )
        for row in rows
    ]
    # The last line of defence: who has that number already is left out.
    StudyReminder.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=BATCH)
    uuids = [row.uuid for row in fresh]
    made = list(StudyReminder.objects.filter(uuid__in=uuids).values_list("uuid", flat=True))
    if not made:
        raise Conflict(
            _("没有可提醒的人：都已学完，或 %(days)s 天内已经提醒过。") % {"days": REMIND_EVERY_DAYS},
            code="nobody_to_remind",
        )
    record(
        who,
        action="assignment.remind",
        target_type="learning.CourseAssignment",
        target=assignment.uuid,
        data={"people": len(made)},
    )
    emit_many((REMINDED, f"{REMINDED}:{uuid}", {"reminder": str(uuid)}) for uuid in made)
    return len(made)


def _numbers(rows: Sequence[Any]) -> dict[int, int]:
    """person id → how many reminders of the course they have."""
    if not rows:
        return {}
    found = StudyReminder.objects.filter(
        course_id=rows[0].course_id, person_id__in=[row.person_id for row in rows]
    )
    return dict(found.values_list("person_id").annotate(count=Count("pk")).order_by())
