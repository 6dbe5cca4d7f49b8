"""Making and publishing a year's plan of public subjects.

Owns: PlanDraft and YearlyPlan with their courses, telling learning what a published version permits, and PlanRight, which
says whose plans these are. Refuses: an authority that has no such right today, changing what was published (the next
version does), taking back days that have come, taking in courses of other kinds or days outside the plan's year, and
acting for an authority one is no officer of. What a version promised may go on standing, whatever its course became.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from courses.api import CoursePage, Kind
from lms.accounts.api import Organisation, User, actor, require_role_or_platform
from lms.learning.api import PermitPlan, learning_year, permit
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.ids import uuid7
from lms.lib.outbox.services import emit
from lms.training.access import acting
from lms.training.yearly_plans import queries
from lms.training.yearly_plans.models import DraftCourse, PlanCourse, PlanDraft, PlanRight, YearlyPlan
from lms.training.yearly_plans.rules import Span, broken, carried, ended, within

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


def publisher(by: User | Actor, authority: Organisation) -> Actor:
    """An officer of the authority that publishes plans today. Raises NotAllowed."""
    who = acting(by, authority, _("年度计划由主管部门发布。"))
    if not queries.may_publish(authority, today()):
        raise NotAllowed(
            _("%(name)s今天没有发布公需科目年度计划的权限；由哪个部门发布，由平台管理员按文件设定。")
            % {"name": authority.name},
            code="no_plan_right",
        )
    return who


# --- who publishes ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewRight:
    """authority: who publishes the plans of the region from that day on; None: nobody does. source: the document that says
    so."""

    region: str
    authority: Organisation | None
    valid_from: date
    source: str


def keeper(by: User | Actor) -> Actor:
    """Who sets rights: an administrator of the platform, or the platform itself (demo). Raises NotAllowed."""
    if isinstance(by, Actor):
        return require_role_or_platform(by)
    if not (by.is_active and by.is_superuser):
        raise NotAllowed(_("由哪个部门发布年度计划，由平台管理员设定。"))
    return actor(by, "admin")


@transaction.atomic
def set_right(by: User | Actor, new: NewRight) -> PlanRight:
    """The next version of a region's right. Raises NotAllowed, Invalid (a field), Conflict (somebody set it at this moment)."""
    who = keeper(by)
    region, source = " ".join(new.region.split()), new.source.strip()
    for name, text, most in (("region", region, 60), ("source", source, LONGEST_NOTE)):
        if not 2 <= len(text) <= most or "\0" in text:
            raise _wrong(name, _("请填写这一项，不超过 %(most)s 个字。") % {"most": most})
    if new.authority is not None and new.authority.kind != Organisation.Kind.AUTHORITY:
        raise _wrong("authority", _("年度计划由主管部门发布。"))
    if not FIRST_YEAR <= new.valid_from.year <= today().year + YEARS_AHEAD:
        raise _wrong(
            "valid_from",
            _("请填 %(first)s 到 %(last)s 年。") % {"first": FIRST_YEAR, "last": today().year + YEARS_AHEAD},
        )
    last = PlanRight.objects.filter(region=region).aggregate(last=Max("version"))["last"] or 0
    try:
        with transaction.atomic():
            row = PlanRight.objects.create(
                region=region,
                version=last + 1,
                valid_from=new.valid_from,
                authority=new.authority,
                source=source,
            )
    except IntegrityError as error:
        raise Conflict(_("刚才有人改了这个地区的设定，请刷新后再试。"), code="right_changed") from error
    record(
        who,
        action="plan_right.set",
        target_type="training.PlanRight",
        target=None,
        data={
            "region": region,
            "version": row.version,
            "authority": new.authority.code if new.authority else "",
            "valid_from": new.valid_from.isoformat(),
        },
    )
    return row


# --- drafts ----------------------------------------------------------------------------------------------


@transaction.atomic
def begin(by: User | Actor, authority: Organisation, year: int, words: Words) -> PlanDraft:
    """A draft of the year's plan; where one is published, of its next version, with the courses it has. Raises NotAllowed,
    Invalid (a field), Conflict (there is a draft already).
    """
    who = publisher(by, authority)
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
    who = publisher(by, draft.authority)
    said = _said(words)
    found = _locked(draft)
    for name, value in said.items():
        setattr(found, name, value)
    found.save()
    _record(who, found, "describe", **said)


@transaction.atomic
def set_course(by: User | Actor, draft: PlanDraft, code: str, first: date, last: date) -> DraftCourse:
    """The course stands in the draft with these days, both in; with others before, they are replaced. Raises NotAllowed,
    Invalid (unknown, another kind, days outside the year; days that the version in force promises may stand in any case).
    """
    who = publisher(by, draft.authority)
    found = _locked(draft)
    promised = queries.promised(queries.last_version(found.authority, found.year))
    # A course in force keeps its place, or ends earlier, also where it is not published any more.
    course = CoursePage.objects.filter(Q(live=True) | Q(pk__in=promised)).filter(code=code.strip()).first()
    if course is None:
        raise _wrong("code", _("没有代码为「%(code)s」的已发布课程。") % {"code": code.strip()[:60]})
    is_carried = first <= last and carried(Span(first, last), promised.get(course.pk))
    if course.kind != Kind.PUBLIC and not is_carried:
        raise _wrong("code", _("「%(title)s」不是公需科目课程，不能列入。") % {"title": course.title})
    year = learning_year(found.year)
    if not is_carried and not within(Span(first, last), Span(year.first, year.last)):
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
def drop_course(by: User | Actor, draft: PlanDraft, code: str) -> date | None:
    """Without the course; nothing happens where it is not in the draft. One that does not fit the plan any more and whose
    days have come is ended instead: then its last day comes back. Raises NotAllowed.
    """
    who = publisher(by, draft.authority)
    found = _locked(draft)
    row = found.courses.select_related("course").filter(course__code=code).first()
    if row is None:
        return None
    year = learning_year(found.year)
    promised = queries.promised(queries.last_version(found.authority, found.year)).get(row.course_id)
    rest = ended(promised, today()) if promised and queries.misfit(row, Span(year.first, year.last)) else None
    if rest is None:
        row.delete()
        _record(who, found, "drop", course=code)
        return None
    row.first_day, row.last_day = rest.first, rest.last
    row.save(update_fields=["first_day", "last_day"])
    _record(who, found, "end", course=code, last=rest.last.isoformat())
    return rest.last


@transaction.atomic
def discard(by: User | Actor, draft: PlanDraft) -> None:
    """Throw the draft away; what is published stays as it is. Also for whoever may not publish any more. Raises NotAllowed."""
    who = acting(by, draft.authority, _("年度计划由主管部门发布。"))
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
    who = publisher(by, draft.authority)
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
    emit("plan.published", {"series": str(plan.series)}, key=f"plan.published:{plan.uuid}")
    permit(_permit(plan), [(row.course_id, row.first_day, row.last_day) for row in rows], who)
    found.delete()
    return plan


def _check(draft: PlanDraft, rows: Iterable[DraftCourse], last: YearlyPlan | None) -> None:
    year = learning_year(draft.year)
    whole, promised = Span(year.first, year.last), queries.promised(last)
    wrong = [row for row in rows if queries.stops(row, whole, promised.get(row.course_id))]
    if wrong:
        said = _("；").join(f"「{row.course.title}」{queries.misfit(row, whole)}" for row in wrong)
        raise Invalid(
            _("这些课程不合计划：%(courses)s。请移除或改正后再发布。") % {"courses": said},
            code="course_does_not_fit",
            details={"courses": [row.course.code for row in wrong]},
        )
    after = {row.course_id: Span(row.first_day, row.last_day) for row in rows}
    for course, why in broken(promised, after, today()):
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
