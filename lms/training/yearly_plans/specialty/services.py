"""Making and publishing a department's plan of specialty subjects, and recording what it found of the year.

Owns: SpecialtyDraft and SpecialtyPlan with their courses and bundles, SpecialtyReview. Refuses: acting for a department one is no officer
of, changing what was published (the next version does), courses of other kinds, days outside the plan's year, bundles of others or of
another year, and a plan of nothing. A version that was replaced is not reviewed any more: the one in force is.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from courses.api import CoursePage, Kind, Sector
from lms.accounts.api import Organisation, User
from lms.learning.api import learning_year
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now, today
from lms.lib.errors import Conflict, Invalid
from lms.lib.ids import uuid7
from lms.lib.outbox.services import emit
from lms.lib.units import format_centi
from lms.training.access import acting
from lms.training.board import api as board
from lms.training.bundles.models import Bundle
from lms.training.bundles.queries import Row
from lms.training.yearly_plans.rules import Span, within
from lms.training.yearly_plans.services import FIRST_YEAR, LONGEST_NOTE, YEARS_AHEAD
from lms.training.yearly_plans.specialty import queries, rules
from lms.training.yearly_plans.specialty.models import (
    SpecialtyBundle,
    SpecialtyCourse,
    SpecialtyDraft,
    SpecialtyDraftBundle,
    SpecialtyDraftCourse,
    SpecialtyPlan,
    SpecialtyReview,
)

MOST_COURSES, MOST_BUNDLES = 500, 60
BOARD = Actor.system("board")


@dataclass(frozen=True)
class Words:
    """What a plan says of itself, as SpecialtyWords has it."""

    title: str
    sector: str = ""
    number: str = ""
    note: str = ""
    guidance: str = ""
    assessing: str = ""


def _actor(by: User | Actor, authority: Organisation) -> Actor:
    return acting(by, authority, _("专业科目培训规划由行业主管部门制定。"))


# --- drafts ----------------------------------------------------------------------------------------------


@transaction.atomic
def begin(by: User | Actor, authority: Organisation, year: int, words: Words) -> SpecialtyDraft:
    """A draft, with what the version in force has. Raises NotAllowed, Invalid (a field), Conflict (there is one)."""
    who = _actor(by, authority)
    if not FIRST_YEAR <= year <= today().year + YEARS_AHEAD:
        raise _wrong(
            "year",
            _("请填 %(first)s 到 %(last)s 年。") % {"first": FIRST_YEAR, "last": today().year + YEARS_AHEAD},
        )
    said = _said(words)
    try:
        with transaction.atomic():
            found = SpecialtyDraft.objects.create(authority=authority, year=year, **said)
    except IntegrityError as error:
        raise Conflict(_("这一年已经有一份草稿，请在那份草稿上修改。"), code="draft_exists") from error
    last = queries.last_version(authority, year)
    if last is not None:
        SpecialtyDraftCourse.objects.bulk_create(
            SpecialtyDraftCourse(
                draft=found, course_id=row.course_id, first_day=row.first_day, last_day=row.last_day
            )
            for row in last.courses.all()
        )
        SpecialtyDraftBundle.objects.bulk_create(
            SpecialtyDraftBundle(draft=found, bundle_id=row.bundle_id) for row in last.bundles.all()
        )
    _record(who, found, "begin", year=year, version=last.version + 1 if last else 1)
    return found


@transaction.atomic
def describe(by: User | Actor, draft: SpecialtyDraft, words: Words) -> None:
    """What the draft says of itself. Raises NotAllowed, Invalid."""
    who = _actor(by, draft.authority)
    said, found = _said(words), _locked(draft)
    for name, value in said.items():
        setattr(found, name, value)
    found.save()
    _record(who, found, "describe", title=found.title)


@transaction.atomic
def set_course(by: User | Actor, draft: SpecialtyDraft, code: str, first: date, last: date) -> None:
    """The course stands in the draft with these days, both in; with others before, they are replaced. Raises NotAllowed, Invalid
    (unknown, another kind, days outside the year, too many)."""
    who = _actor(by, draft.authority)
    found = _locked(draft)
    course = CoursePage.objects.live().filter(code=code.strip()).first()
    if course is None:
        raise _wrong("code", _("没有代码为「%(code)s」的已发布课程。") % {"code": code.strip()[:60]})
    if course.kind != Kind.SPECIALTY:
        raise _wrong("code", _("「%(title)s」不是专业科目课程，不能列入。") % {"title": course.title})
    if not found.courses.filter(course=course).exists() and found.courses.count() >= MOST_COURSES:
        raise _wrong("code", _("一份规划最多 %(most)s 门课程。") % {"most": MOST_COURSES})
    year = learning_year(found.year)
    if not within(Span(first, last), Span(year.first, year.last)):
        raise _wrong(
            "last_day" if year.first <= first else "first_day",
            _("日期要在 %(year)s 年度内（%(first)s 至 %(last)s），结束不早于开始。")
            % {"year": found.year, "first": year.first.isoformat(), "last": year.last.isoformat()},
        )
    SpecialtyDraftCourse.objects.update_or_create(
        draft=found, course=course, defaults={"first_day": first, "last_day": last}
    )
    _record(who, found, "course", course=course.code, first=first.isoformat(), last=last.isoformat())


@transaction.atomic
def drop_course(by: User | Actor, draft: SpecialtyDraft, code: str) -> None:
    """Without the course; nothing happens where it is not in the draft. Raises NotAllowed."""
    who = _actor(by, draft.authority)
    found = _locked(draft)
    gone, _by_model = found.courses.filter(course__code=code).delete()
    if gone:
        _record(who, found, "drop", course=code)


@transaction.atomic
def set_bundles(by: User | Actor, draft: SpecialtyDraft, bundles: Iterable[Bundle]) -> None:
    """The draft names these bundles and no others. Raises NotAllowed, Invalid (another's, another year's, not published, without a
    course of specialty subjects, too many)."""
    who = _actor(by, draft.authority)
    found = _locked(draft)
    asked = list(bundles)
    if len(asked) > MOST_BUNDLES:
        raise _wrong("bundles", _("一份规划最多 %(most)s 个课程包。") % {"most": MOST_BUNDLES})
    possible = set(queries.bundle_choices(found).values_list("pk", flat=True))
    for bundle in asked:
        if bundle.pk not in possible:
            raise _wrong(
                "bundles",
                _("「%(title)s」不能列入：要是本部门同一年度、已发布并含专业科目课程的课程包。")
                % {"title": bundle.title},
            )
    found.bundles.all().delete()
    SpecialtyDraftBundle.objects.bulk_create(
        SpecialtyDraftBundle(draft=found, bundle=bundle) for bundle in asked
    )
    _record(who, found, "bundles", bundles=[str(bundle.uuid) for bundle in asked])


@transaction.atomic
def discard(by: User | Actor, draft: SpecialtyDraft) -> None:
    """Throw the draft away; what is published stays as it is. Raises NotAllowed."""
    who = _actor(by, draft.authority)
    found = _locked(draft)
    _record(who, found, "discard", year=found.year)
    found.delete()


# --- publishing ------------------------------------------------------------------------------------------


@transaction.atomic
def publish(by: User | Actor, draft: SpecialtyDraft) -> SpecialtyPlan:
    """The draft becomes the next version of the year's plan, in force and on the notice board at once, with the department's targets of
    specialty subjects as they stand. Raises NotAllowed, Invalid (nothing in it; courses or bundles that do not fit any more),
    Conflict (published or discarded by somebody at this moment)."""
    who = _actor(by, draft.authority)
    found = _locked(draft)
    courses = list(found.courses.select_related("course").order_by("pk"))
    bundles = list(found.bundles.select_related("bundle").order_by("pk"))
    if not courses and not bundles:
        raise Invalid(_("规划里还没有课程，也没有课程包，不能发布。"), code="empty_plan")
    wrong = unfit(found, courses, bundles)
    if wrong:
        raise Invalid(
            _("这些不合规划：%(titles)s。请移除后再发布。") % {"titles": _("、").join(wrong)},
            code="does_not_fit",
        )
    last = queries.last_version(found.authority, found.year)
    moment, uuid = now(), uuid7()
    plan = SpecialtyPlan(
        uuid=uuid,
        series=last.series if last else uuid,
        authority=found.authority,
        year=found.year,
        version=last.version + 1 if last else 1,
        targets=rules.targets(_targets(found.authority, found.year)),
        published_on=local_day(moment),
        published_at=moment,
        **{name: getattr(found, name) for name in asdict(Words(""))},
    )
    try:
        with transaction.atomic():
            plan.save()
    except IntegrityError as error:
        raise _gone() from error
    SpecialtyCourse.objects.bulk_create(
        SpecialtyCourse(
            plan=plan,
            course=row.course,
            code=row.course.code,
            title=row.course.title,
            first_day=row.first_day,
            last_day=row.last_day,
        )
        for row in courses
    )
    SpecialtyBundle.objects.bulk_create(
        SpecialtyBundle(plan=plan, bundle=row.bundle, title=row.bundle.title) for row in bundles
    )
    record(
        who,
        action="specialty_plan.publish",
        target_type="training.SpecialtyPlan",
        target=plan.uuid,
        data={
            "year": plan.year,
            "version": plan.version,
            "number": plan.number,
            "courses": len(courses),
            "bundles": len(bundles),
        },
    )
    emit(
        "specialty_plan.published", {"series": str(plan.series)}, key=f"specialty_plan.published:{plan.uuid}"
    )
    found.delete()
    _post(plan)
    return plan


def unfit(
    draft: SpecialtyDraft,
    courses: Iterable[SpecialtyDraftCourse],
    bundles: Iterable[SpecialtyDraftBundle],
) -> list[str]:
    """The titles of what does not fit the draft any more: a course that became another kind, is not published or has days outside the
    year; a bundle that was closed or lost its specialty courses. Two queries."""
    year = learning_year(draft.year)
    whole = Span(year.first, year.last)
    possible = set(queries.bundle_choices(draft).values_list("pk", flat=True))
    return [
        *(
            row.course.title
            for row in courses
            if row.course.kind != Kind.SPECIALTY
            or not row.course.live
            or not within(Span(row.first_day, row.last_day), whole)
        ),
        *(row.bundle.title for row in bundles if row.bundle_id not in possible),
    ]


def _targets(authority: Organisation, year: int) -> list[rules.Line]:
    """The department's targets of the year with what came of them; levels are counted from the department's own."""
    found, above = [], 0
    for row in queries.targets_of(authority, year):
        if row.target.body_id == authority.pk:
            above = row.line.level
        found.append(_line(row, row.line.level - above))
    return found


def _line(row: Row, level: int) -> rules.Line:
    target = row.target
    return rules.Line(
        level=level,
        code=target.body.code,
        name=target.body.name,
        by=target.parent.body.name if target.parent else "",
        times=target.person_times,
        centihours=target.centihours,
        done=row.result.person_times,
        hours=row.result.centihours,
    )


@transaction.atomic
def review(by: User | Actor, plan: SpecialtyPlan, text: str) -> SpecialtyReview:
    """What the department found of the year's training, beside its targets with what had come of them by now. Appended; an earlier one
    stays. Raises NotAllowed, Invalid, Conflict (a later version is in force)."""
    who = _actor(by, plan.authority)
    said = text.strip()
    if not 10 <= len(said) <= LONGEST_NOTE or "\0" in said:
        raise _wrong("text", _("请写明考核情况，10 到 %(most)s 个字。") % {"most": LONGEST_NOTE})
    last = queries.last_version(plan.authority, plan.year)
    if last is None or last.pk != plan.pk:
        raise Conflict(_("这一版已经被代替，请在现行的一版上记录考核情况。"), code="replaced")
    moment = now()
    row = SpecialtyReview.objects.create(
        plan=plan,
        text=said,
        lines=rules.results(_targets(plan.authority, plan.year)),
        day=local_day(moment),
        at=moment,
    )
    record(
        who,
        action="specialty_plan.review",
        target_type="training.SpecialtyPlan",
        target=plan.uuid,
        data={"review": str(row.uuid), "year": plan.year, "version": plan.version},
    )
    return row


def _post(plan: SpecialtyPlan) -> None:
    """On the notice board, whose posting is its paper: in the platform's language, whoever publishes."""
    subject = f"specialty-plan:{plan.series}"
    with translation.override(settings.LANGUAGE_CODE):
        board.post_list(
            BOARD,
            board.Listed(
                kind=board.Kind.PLAN,
                title=plan.title,
                authority=plan.authority,
                subject=subject,
                lines=_lines(plan),
                key=f"specialty-plan:{plan.uuid}",
                reason=_("第 %(version)s 版发布") % {"version": plan.version},
                url=reverse("plans:specialty_plan", args=[plan.uuid]),
                first_day=plan.published_on,
            ),
        )


def _lines(plan: SpecialtyPlan) -> list[str]:
    """What the plan says, line by line: the code and the fingerprint of the posting's paper stand for all of it."""
    found = [
        _("专业科目培训规划，%(year)s 年度，第 %(version)s 版，%(day)s 发布")
        % {"year": plan.year, "version": plan.version, "day": plan.published_on.isoformat()}
    ]
    sector = queries.sector_words(plan.sector)
    found += [line for line in (plan.number, sector, plan.note) if line]
    for place, row in enumerate(plan.courses.order_by("title", "pk"), start=1):
        found.append(
            _("%(place)s. %(title)s（%(code)s）：%(first)s 至 %(last)s")
            % {
                "place": place,
                "title": row.title,
                "code": row.code,
                "first": row.first_day.isoformat(),
                "last": row.last_day.isoformat(),
            }
        )
    found += [_("课程包：%(title)s") % {"title": row.title} for row in plan.bundles.all()]
    for _level, _code, name, by, times, centihours in plan.targets:
        said = {"name": name, "times": times, "by": by or name}
        if centihours is None:
            found.append(_("指标：%(name)s %(times)s 人次（%(by)s下达）") % said)
        else:
            said["hours"] = format_centi(centihours)
            found.append(_("指标：%(name)s %(times)s 人次、%(hours)s 学时（%(by)s下达）") % said)
    if plan.guidance:
        found.append(_("怎样指导：%(text)s") % {"text": plan.guidance})
    if plan.assessing:
        found.append(_("怎样监督考核：%(text)s") % {"text": plan.assessing})
    return found


def _locked(draft: SpecialtyDraft) -> SpecialtyDraft:
    rows = SpecialtyDraft.objects.select_for_update(of=("self",)).select_related("authority")
    found = rows.filter(pk=draft.pk).first()
    if found is None:
        raise _gone()
    return found


def _gone() -> Conflict:
    return Conflict(_("这份草稿刚刚被人发布或删除了，请刷新后再看。"), code="draft_gone")


def _said(words: Words) -> dict[str, str]:
    said = {name: text.strip() for name, text in asdict(words).items()}
    most = {"title": 120, "number": 80, "sector": 30}
    for name, text in said.items():
        if len(text) > most.get(name, LONGEST_NOTE) or "\0" in text:
            raise _wrong(name, _("这一项不超过 %(most)s 个字。") % {"most": most.get(name, LONGEST_NOTE)})
    if len(said["title"]) < 4:
        raise _wrong("title", _("请填写规划名称。"))
    if said["sector"] not in ("", *Sector.values):
        raise _wrong("sector", _("请从列出的行业里选。"))
    return said


def _record(who: Actor, draft: SpecialtyDraft, act: str, **data: object) -> None:
    record(
        who,
        action=f"specialty_draft.{act}",
        target_type="training.SpecialtyDraft",
        target=draft.uuid,
        data=dict(data),
    )


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_plan", details={"field": name})
