"""What a learner is told about the yearly plan: whether a course earns hours of public subjects, and by which rule."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.api import CoursePage
from lms.learning.completion.models import Completion
from lms.learning.enrolment.models import Enrolment
from lms.learning.hours.years import year_of
from lms.learning.permits.models import CoursePermit
from lms.learning.permits.queries import has_plan, is_gated, permits_of
from lms.lib.clock import local_day, today

# The rule that every sentence here names.
SOURCE = gettext_lazy("依据：372号 三(一)，市人力资源社会保障局发布公需科目年度培训实施计划")


@dataclass(frozen=True)
class Standing:
    """counts: whether completing on the day earns hours; text: in one sentence; address: of the plan, "" for none."""

    counts: bool
    text: str
    address: str = ""

    @property
    def level(self) -> str:
        return "info" if self.counts else "hold"

    @property
    def source(self) -> str:
        return str(SOURCE)


def standing(course_id: int, kind: str, day: date) -> Standing | None:
    """Whether the course earns hours when it is completed on the day; None for kinds that no plan is asked for. One query
    where a plan has the day, three at most.
    """
    return Look(day).at(permits_of([course_id])) if is_gated(kind) else None


def course_note(course: CoursePage) -> Standing | None:
    """What a course page tells everybody (courses.panel): whether completing the course today earns hours."""
    return standing(course.pk, course.kind, today())


class Look:
    """The same of many courses for one day; what is the same for all of them is asked once, and only if it is needed."""

    def __init__(self, day: date) -> None:
        self.day = day

    @cached_property
    def year(self) -> int:
        return year_of(self.day)

    @cached_property
    def published(self) -> bool:
        return has_plan(self.year)

    def at(self, rows: Sequence[CoursePermit]) -> Standing:
        """rows: every permit of one course."""
        for row in rows:
            if row.first_day <= self.day <= row.last_day:
                return Standing(True, _in_plan(row), row.address)
        of_year = [row for row in rows if row.year == self.year]
        if of_year:
            return Standing(False, _other_days(of_year[0]), of_year[0].address)
        return Standing(False, outside(self.year, self.published))


def outside(year: int, published: bool) -> str:
    """Why nothing is earned: the course stands in no plan of the year, or there is no plan yet."""
    if published:
        return _(
            "这门课不在已发布的 %(year)s 年度公需科目培训实施计划里：可以学，不产生公需科目学时；以后列入的，按列入的日期补记。"
        ) % {"year": year}
    return _(
        "%(year)s 年度公需科目培训实施计划：尚未发布。可以学，暂不产生公需科目学时；计划发布并列入这门课后补记。"
    ) % {"year": year}


def _in_plan(row: CoursePermit) -> str:
    return _("列入《%(title)s》：%(first)s 至 %(last)s 学完，记公需科目学时。") % {
        "title": row.title,
        "first": row.first_day.isoformat(),
        "last": row.last_day.isoformat(),
    }


def _other_days(row: CoursePermit) -> str:
    return _("《%(title)s》里这门课的日期是 %(first)s 至 %(last)s：在这以外学完的，不产生公需科目学时。") % {
        "title": row.title,
        "first": row.first_day.isoformat(),
        "last": row.last_day.isoformat(),
    }


def named(plan: Mapping[str, Any]) -> str:
    """A plan by its title, number and version; plan: a row's copy of it (queries.copied)."""
    number = f" {plan['number']} " if plan["number"] else ""
    return _("《%(title)s》%(number)s第 %(version)s 版") % {
        "title": plan["title"],
        "number": number,
        "version": plan["version"],
    }


def given_by(plan: Mapping[str, Any]) -> str:
    """By which plan the hours of a completion were given, and for which day of the learner's; plan: the completion's copy
    (queries.copied). Copies from before the day was kept do not name it.
    """
    number = f" {plan['number']} " if plan["number"] else ""
    said = _(
        "课程列入%(authority)s《%(title)s》%(number)s第 %(version)s 版，%(first)s 至 %(last)s 学完的记公需科目学时（372号 三(一)）。"
    ) % {
        "authority": plan["authority"],
        "title": plan["title"],
        "number": number,
        "version": plan["version"],
        "first": plan["first_day"],
        "last": plan["last_day"],
    }
    return said + (_("以 %(day)s 这一天为准。") % {"day": plan["day"]} if plan.get("day") else "")


def not_given(day: date) -> str:
    """Why a completion of that day has no hours so far."""
    return _(
        "学完那天（%(day)s）这门课不在已发布的 %(year)s 年度公需科目培训实施计划里，不产生公需科目学时（372号 三(一)）；以后列入并含这一天的，自动补记。"
    ) % {"day": day.isoformat(), "year": year_of(day)}


def standing_of(enrolment: Enrolment, completion: Completion | None = None) -> Standing | None:
    """What the plan says to this learner: of a course under way as it stands today, of a completed one whether its hours
    still wait for a plan (then `counts` is False). None where there is nothing to say. completion: where it is at hand.
    """
    release = enrolment.release
    if not is_gated(release.kind):
        return None
    if enrolment.state != Enrolment.State.COMPLETED:
        return standing(enrolment.course_id, release.kind, today())
    if completion is not None and not completion.waits_for_plan:
        return None
    return standing_of_completed(enrolment.pk)


def standings(enrolments: Iterable[Enrolment]) -> dict[int, Standing]:
    """Enrolment → what the plans say today of its course, for those that a plan is asked for. Three queries at most for all
    of them; their releases are at hand.
    """
    gated = [item for item in enrolments if is_gated(item.release.kind)]
    if not gated:
        return {}
    of_course: dict[int, list[CoursePermit]] = defaultdict(list)
    for row in permits_of({item.release.course_id for item in gated}):
        of_course[row.course_id].append(row)
    look = Look(today())
    return {item.pk: look.at(of_course[item.release.course_id]) for item in gated}


def standing_of_completed(enrolment_id: int) -> Standing | None:
    """Of a completion that earned nothing because no plan had its day, and still waits; else None. Two queries."""
    found = Completion.objects.filter(enrolment=enrolment_id).prefetch_related("top_ups").first()
    if found is None or not found.waits_for_plan:
        return None
    return Standing(False, not_given(local_day(found.completed_at)))
