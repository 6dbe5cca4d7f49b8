"""Making and publishing a year's plan of public subjects.

Owns: PlanDraft and YearlyPlan with their courses, and telling learning what a published version permits. Refuses:
changing what was published (the next version does), taking back days that have come, courses of other kinds, days
outside the plan's year, and acting for an authority one is no officer of.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from courses.api import CoursePage, Kind
from lms.accounts.api import Organisation, User
from lms.learning.api import PermitPlan, learning_year, permit
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now, today
from lms.lib.errors import Conflict, Invalid
from lms.lib.ids import uuid7
from lms.training.access import acting
from lms.training.yearly_plans import queries
from lms.training.yearly_plans.models import DraftCourse, PlanCourse, PlanDraft, YearlyPlan
from lms.training.yearly_plans.rules import Span, broken, within

# 372号 is of 2022; nobody plans further ahead than this.
FIRST_YEAR = 2022
YEARS_AHEAD = 2
LONGEST_NOTE = 2000


@dataclass(frozen=True)
class Words:
    """What a plan says of itself: title, number of its document ("" for none), a note."""

    title: str
    number: str = ""
    note: str = ""


def _actor(by: User | Actor, authority: Organisation) -> Actor:
    return acting(by, authority, _("年度计划由主管部门发布。"))


# --- drafts ----------------------------------------------------------------------------------------------


@transaction.atomic
def begin(by: User | Actor, authority: Organisation, year: int, words: Words) -> PlanDraft:
    """A draft of the year's plan; where one is published, of its next version, with the courses it has. Raises NotAllowed,
    Invalid (a field), Conflict (there is a draft already).
    """
    who = _actor(by, authority)
    if not FIRST_YEAR <= year <= today().year + YEARS_AHEAD:
        raise _wrong(
            "year",
            _("请填 %(first)s 到 %(last)s 年。") % {"first": FIRST_YEAR, "last": today().year + YEARS_AHEAD},
        )
    said = _said(words)
    try:
        with transaction.atomic():
            found = PlanDraft.objects.create(authority=authority, year=year, **said)
    except IntegrityError as error:
        raise Conflict(_("这一年已经有一份草稿，请在那份草稿上修改。"), code="draft_exists") from error
    last = queries.last_version(authority, year)
    if last is not None:
        DraftCourse.objects.bulk_create(
            DraftCourse(draft=found, course_id=row.course_id, first_day=row.first_day, last_day=row.last_day)
            for row in last.courses.all()
        )
    _record(who, found, "begin", year=year, version=last.version + 1 if last else 1)
    return found


@transaction.atomic
def describe(by: User | Actor, draft: PlanDraft, words: Words) -> None:
    """Title, number and note of the draft. Raises NotAllowed, Invalid."""
    who = _actor(by, draft.authority)
    said = _said(words)
    found = _locked(draft)
    for name, value in said.items():
        setattr(found, name, value)
    found.save()
    _record(who, found, "describe", **said)


@transaction.atomic
def set_course(by: User | Actor, draft: PlanDraft, code: str, first: date, last: date) -> DraftCourse:
    """The course stands in the draft with these days, both in; with others before, they are replaced. Raises NotAllowed,
    Invalid (unknown, another kind, days outside the year).
    """
    who = _actor(by, draft.authority)
    found = _locked(draft)
    course = CoursePage.objects.live().filter(code=code.strip()).first()
    if course is None:
        raise _wrong("code", _("没有代码为「%(code)s」的已发布课程。") % {"code": code.strip()[:60]})
    if course.kind != Kind.PUBLIC:
        raise _wrong("code", _("「%(title)s」不是公需科目课程，不能列入。") % {"title": course.title})
    year = learning_year(found.year)
    if not within(Span(first, last), Span(year.first, year.last)):
        raise _wrong(
            "last_day" if year.first <= first else "first_day",
            _("日期要在 %(year)s 年度内（%(first)s 至 %(last)s），结束不早于开始。")
            % {"year": found.year, "first": year.first.isoformat(), "last": year.last.isoformat()},
        )
    row, _made = DraftCourse.objects.update_or_create(
        draft=found, course=course, defaults={"first_day": first, "last_day": last}
    )
    _record(who, found, "course", course=course.code, first=first.isoformat(), last=last.isoformat())
    return row


@transaction.atomic
def drop_course(by: User | Actor, draft: PlanDraft, code: str) -> None:
    """Without the course; nothing happens where it is not in the draft. Raises NotAllowed."""
    who = _actor(by, draft.authority)
    gone, _by_model = DraftCourse.objects.filter(draft=_locked(draft), course__code=code).delete()
    if gone:
        _record(who, draft, "drop", course=code)


@transaction.atomic
def discard(by: User | Actor, draft: PlanDraft) -> None:
    """Throw the draft away; what is published stays as it is. Raises NotAllowed."""
    who = _actor(by, draft.authority)
    found = _locked(draft)
    _record(who, found, "discard", year=found.year)
    found.delete()


# --- publishing ------------------------------------------------------------------------------------------


@transaction.atomic
def publish(by: User | Actor, draft: PlanDraft) -> YearlyPlan:
    """The draft becomes the next version of the year's plan, in force at once; hours that waited for it follow by a job.
    Raises NotAllowed, Invalid (no course, a course that may not stand in it), Conflict (days taken back; published or
    discarded by somebody at this moment).
    """
    who = _actor(by, draft.authority)
    found = _locked(draft)
    rows = list(found.courses.select_related("course").order_by("pk"))
    if not rows:
        raise Invalid(_("计划里还没有课程，不能发布。"), code="empty_plan")
    last = queries.last_version(found.authority, found.year)
    _check(found, rows, last)
    moment = now()
    uuid = uuid7()
    plan = YearlyPlan(
        uuid=uuid,
        series=last.series if last else uuid,
        authority=found.authority,
        year=found.year,
        version=last.version + 1 if last else 1,
        title=found.title,
        number=found.number,
        note=found.note,
        published_on=local_day(moment),
        published_at=moment,
    )
    try:
        with transaction.atomic():
            plan.save()
    except IntegrityError as error:
        raise _gone() from error
    PlanCourse.objects.bulk_create(
        PlanCourse(
            plan=plan,
            course=row.course,
            code=row.course.code,
            title=row.course.title,
            first_day=row.first_day,
            last_day=row.last_day,
        )
        for row in rows
    )
    record(
        who,
        action="plan.publish",
        target_type="training.YearlyPlan",
        target=plan.uuid,
        data={"year": plan.year, "version": plan.version, "number": plan.number, "courses": len(rows)},
    )
    permit(_permit(plan), [(row.course_id, row.first_day, row.last_day) for row in rows], who)
    found.delete()
    return plan


def _check(draft: PlanDraft, rows: Iterable[DraftCourse], last: YearlyPlan | None) -> None:
    year = learning_year(draft.year)
    whole = Span(year.first, year.last)
    for row in rows:
        if row.course.kind != Kind.PUBLIC or not within(Span(row.first_day, row.last_day), whole):
            raise Invalid(
                _("「%(title)s」的类别或日期不合计划，请改正后再发布。") % {"title": row.course.title},
                code="course_does_not_fit",
            )
    after = {row.course_id: Span(row.first_day, row.last_day) for row in rows}
    for course, why in broken(queries.promised(last), after, today()):
        assert last is not None
        title = last.courses.get(course=course).title
        raise Conflict(_SENTENCES[why]() % {"title": title}, code=f"course_{why}")


# Each in the reader's language, so only when it is said.
_SENTENCES = {
    "dropped": lambda: _("「%(title)s」已经在发布的计划里，不能撤下；可以把结束日期改为今天。"),
    "later": lambda: _("「%(title)s」的开始日期已经公布并且已到，不能推后。"),
    "shorter": lambda: _("「%(title)s」的结束日期不能早于今天：已经过去的日子仍然算数。"),
}


def _permit(plan: YearlyPlan) -> PermitPlan:
    return PermitPlan(
        source=plan.series,
        uuid=plan.uuid,
        version=plan.version,
        year=plan.year,
        title=plan.title,
        number=plan.number,
        authority=plan.authority.name,
        published_on=plan.published_on,
        address=reverse("plans:plan", args=[plan.uuid]),
    )


def _locked(draft: PlanDraft) -> PlanDraft:
    found = (
        PlanDraft.objects.select_for_update(of=("self",))
        .select_related("authority")
        .filter(pk=draft.pk)
        .first()
    )
    if found is None:
        raise _gone()
    return found


def _gone() -> Conflict:
    return Conflict(_("这份草稿刚刚被人发布或删除了，请刷新后再看。"), code="draft_gone")


def _said(words: Words) -> dict[str, str]:
    said = {"title": words.title.strip(), "number": words.number.strip(), "note": words.note.strip()}
    most = {"title": 120, "number": 80, "note": LONGEST_NOTE}
    for name, text in said.items():
        if len(text) > most[name] or "\0" in text:
            raise _wrong(name, _("这一项不超过 %(most)s 个字。") % {"most": most[name]})
    if len(said["title"]) < 4:
        raise _wrong("title", _("请填写计划名称。"))
    return said


def _record(who: Actor, draft: PlanDraft, act: str, **data: object) -> None:
    record(
        who, action=f"plan_draft.{act}", target_type="training.PlanDraft", target=draft.uuid, data=dict(data)
    )


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_plan", details={"field": name})
