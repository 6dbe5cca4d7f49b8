"""Yearly plans (年度备案计划, 四(三)): what acceptance brings, which class run a filed class is held as, and the word on learning's classes.

Owns: BaseFiling, FiledClass, FiledRun, and the gate by which a class of a base gives hours only if its plan was filed before it began.
Refuses: a plan of a body that is no base, or for another authority than its own; a supplement with nothing in it; a run of another body,
course, time or size than was filed, or that began before the filing or after the base had left the list; a second run of a filed class;
hours of a filed class by any other filing than the plan's.
"""

from datetime import date
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import override

from courses.api import CoursePage
from lms.accounts.api import User
from lms.learning.api import ClassRun, note_filing, run_by_uuid
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now
from lms.lib.errors import Conflict, NotAllowed, NotFound
from lms.training.access import of_the_body
from lms.training.board import api as board
from lms.training.ce_bases import papers, queries, rules, words
from lms.training.ce_bases.models import BaseFiling, EducationBase, FiledClass, FiledRun
from lms.training.ce_bases.process import FILING_CODE, YEARLY
from lms.training.ce_bases.reviews import PLATFORM, wrong
from lms.training.lifecycle.conduct import Done, Lack
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import rule_on
from lms.training.lifecycle.words import cite
from lms.training.programmes.models import Programme


def lacks(case: Case, day: date) -> list[Lack]:
    """Everything that keeps a plan from being handed in on a day. Four queries at most."""
    plan = rules.load_plan(case.facts)
    rule = case.rule or rule_on(FILING_CODE, case.authority, day)
    most = rule.values.get("day_hours") if rule else None
    found = [
        Lack(fault.value, words.plan_fault_text(fault, about, most))
        for fault, about in rules.plan_faults(plan, most)
    ]
    base = queries.base_of(case.body_id, day)
    if base is None:
        found.append(
            Lack("no_base", cite(_("%(name)s现在不是继续教育基地") % {"name": case.body.name}, YEARLY))
        )
    elif base.authority_id != case.authority_id:
        found.append(Lack("authority", _("备案要报送认定这个基地的%(name)s") % {"name": base.authority.name}))
    codes = {row.course for row in plan.classes if row.course}
    known = _courses(codes, case.body_id)
    found += [
        Lack("course", _("没有代码是“%(code)s”的本单位课程") % {"code": code})
        for code in sorted(codes - set(known))
    ]
    return found


def _courses(codes: set[str], body: int) -> dict[str, CoursePage]:
    """code → the body's own course. One query, none without codes."""
    if not codes:
        return {}
    return {row.code: row for row in CoursePage.objects.filter(code__in=codes, provider=body)}


def after(done: Done) -> None:
    """What an act on a plan brings; inside its transaction."""
    name, filing = done.transition.name, None
    if name == "accept":
        filing = _accept(done)
    elif name == "revoke":
        filing = _revoke(done)
    papers.issue_filing(done, filing)
    if filing is not None:
        with override(settings.LANGUAGE_CODE):
            _post(done, filing)


def _accept(done: Done) -> BaseFiling:
    case = done.case
    if found := [lack for lack in lacks(case, done.day) if lack.blocks]:
        raise Conflict(
            cite(
                _("现在不能备案：%(why)s。") % {"why": _("；").join(str(lack.text) for lack in found)}, YEARLY
            ),
            code="cannot_file",
        )
    plan = rules.load_plan(case.facts)
    found_base = queries.base_of(case.body_id, done.day)
    assert found_base is not None
    # Two supplements of one base get their versions one after the other.
    base = EducationBase.objects.select_for_update().get(pk=found_base.pk)
    last = base.filings.filter(year=plan.year).aggregate(last=Max("version"))["last"] or 0
    rule = case.rule
    handed_in = case.opened_on or done.day
    filing = BaseFiling.objects.create(
        case=case,
        base=base,
        year=plan.year,
        version=last + 1,
        handed_in_on=handed_in,
        filed_on=done.day,
        late=not last
        and rules.is_late(handed_in, plan.year, rule.values.get("last_month") if rule else None),
    )
    known = _courses({row.course for row in plan.classes if row.course}, case.body_id)
    rows = []
    for row in plan.classes:
        first, until = row.first, row.last
        assert first is not None
        assert until is not None
        rows.append(
            FiledClass(
                filing=filing,
                course=known.get(row.course),
                title=row.title.strip(),
                centihours=row.centihours,
                people=row.people,
                first_day=first,
                last_day=until,
                fee_fen=row.fee_fen,
                teachers=row.teachers.strip(),
                place=row.place.strip(),
            )
        )
    FiledClass.objects.bulk_create(rows)
    return filing


def _revoke(done: Done) -> BaseFiling:
    filing = BaseFiling.objects.select_for_update().get(case=done.case)
    filing.revoked_on, filing.reason = done.day, done.act.reason
    filing.save(update_fields=["revoked_on", "reason"])
    # A class that began while the plan stood keeps its hours.
    rows = FiledRun.objects.filter(filed__filing=filing, run__starts_on__gte=done.day)
    for row in rows.select_related("run", "filed__filing__case", "filed__filing__base__authority"):
        _note(done.who, row.filed, row.run, stands=False)
    return filing


def base_left(done: Done, base: EducationBase) -> None:
    """The base leaves the list: its plans no longer stand for classes that begin from now on. They can be filed as anybody's are."""
    rows = FiledRun.objects.filter(
        filed__filing__base=base, filed__filing__revoked_on__isnull=True, run__starts_on__gte=done.day
    )
    for row in rows.select_related("run", "filed__filing__case", "filed__filing__base__authority"):
        _note(done.who, row.filed, row.run, stands=False)


def _post(done: Done, filing: BaseFiling) -> None:
    base = filing.base
    what = {"body": base.body.name, "year": filing.year, "version": filing.version}
    revoked = done.transition.name == "revoke"
    title = (
        _("撤销%(body)s %(year)s 年度备案计划（第 %(version)s 版）")
        if revoked
        else _("%(body)s %(year)s 年度备案计划（第 %(version)s 版）")
    )
    if revoked:
        board.end_all(PLATFORM, f"ce-filing:{filing.uuid}", done.act.reason, day=done.day)
    rows = [words.class_notice(row) for row in filing.classes.all()]
    board.post(
        PLATFORM,
        kind=board.Kind.DIRECTORY,
        title=title % what,
        authority=base.authority,
        subject=f"ce-filing:{filing.uuid}",
        body=done.act.reason if revoked else "\n".join(rows),
        url=f"/ce-bases/filings/{filing.uuid}/",
        first_day=done.day,
        key=f"ce-filing:{filing.uuid}:{done.act.number}",
    )


# --- the run of a filed class -------------------------------------------------------------------------------


@transaction.atomic
def hold_as(user: User, filed: FiledClass, uuid: UUID) -> FiledRun:
    """The class run that a filed class is held as; from then on it stands in the filing with the filed hours, and learning reckons with
    them. By the base's people. Raises NotAllowed, Conflict (bound already), Invalid (no such run of theirs, or it does not fit)."""
    row = _full(filed)
    who = of_the_body(user, row.filing.base.body, *queries.STAFF)
    # Its leaving the list ends what is bound by then: one after the other.
    list(EducationBase.objects.select_for_update().filter(pk=row.filing.base_id).values_list("pk"))
    row = _full(filed)
    base = row.filing.base
    list(ClassRun.objects.select_for_update().filter(uuid=uuid).values_list("pk"))
    run = run_by_uuid(uuid)
    if run is None or run.provider_id != base.body_id:
        raise wrong("run", _("请选本单位的班次。"))
    if said := misfit(row, run):
        raise wrong("run", said)
    try:
        with transaction.atomic():
            bound = FiledRun.objects.create(filed=row, run=run, by=user, at=now())
    except IntegrityError as error:
        raise Conflict(
            _("这个班次，或这一条备案，已经对应好了，请刷新后再看。"), code="bound_already"
        ) from error
    record(
        who,
        action="ce_base.hold_as",
        target_type="training.FiledClass",
        target=row.uuid,
        data={"run": str(run.uuid), "filing": row.filing.case.number},
    )
    _note(who, row, run, stands=True)
    return bound


def misfit(filed: FiledClass, run: ClassRun) -> str:
    """Why a run cannot be this filed class; "" where it can."""
    left = filed.filing.base.removed_on
    if left is not None and left <= run.starts_on:
        return cite(
            _("基地已于 %(day)s 退出名录，以后开始的班次不再按它的备案产生学时。")
            % {"day": left.isoformat()},
            YEARLY,
        )
    if filed.course_id is not None and run.course_id != filed.course_id:
        return cite(_("备案的课程是另一门，班次的课程要与备案一致。"), YEARLY)
    if Programme.objects.filter(run=run).exists():
        return _("这个班次属于一个研修项目，学时按项目记入，不列入年度备案计划。")
    fault = _fault(filed, run)
    return words.run_fault_text(fault, filed) if fault else ""


def _fault(filed: FiledClass, run: ClassRun) -> rules.RunFault | None:
    return rules.run_fault(
        first=run.starts_on,
        last=run.ends_on,
        seats=run.capacity,
        filed_on=filed.filing.filed_on,
        revoked_on=filed.filing.revoked_on,
        planned=(filed.first_day, filed.last_day),
        people=filed.people,
    )


def _note(who: Actor, row: FiledClass, run: ClassRun, *, stands: bool) -> None:
    """Learning's own row of it, so that hours follow as of every filed class."""
    filing = row.filing
    note_filing(
        who,
        run,
        filed=stands,
        reference=f"{filing.case.number} · {filing.year} v{filing.version}",
        authority=filing.base.authority,
        centihours=row.centihours,
        # The gate is this room's own, which has judged the run.
        gated=False,
    )


def _full(filed: FiledClass) -> FiledClass:
    found = (
        FiledClass.objects.select_related("filing__case", "filing__base__body", "filing__base__authority")
        .filter(pk=filed.pk)
        .first()
    )
    if found is None:
        raise NotFound
    return found


# --- the word on learning's classes ---------------------------------------------------------------------------


class FilingGate:
    """lms.learning.classes.gates.Gate: what the yearly plan asks of classes that a base holds. A class stands under it that begins while
    its provider is a base; one of a programme has its plan in the programme."""

    def opening(self, run: ClassRun) -> str:
        return ""

    def joining(self, run: ClassRun, user: User) -> str:
        return ""

    def filing(self, run: ClassRun) -> str:
        """Why nobody files the run by hand: its hours are those of the base's plan, or it has to stand in one."""
        if _bound(run) is not None:
            return cite(_("这个班次列入基地的年度备案计划，学时按备案计算，不另行备案。"), YEARLY)
        return words.unfiled() if _to_file(run) is not None else ""

    def hours(self, run: ClassRun) -> str:
        """Why the run gives no hours: it does not stand in the base's plan, or began before that was filed. One that was filed as
        anybody's is, before its body was named, keeps that filing."""
        bound = _bound(run)
        if bound is not None:
            fault = _fault(bound.filed, run)
            return words.run_fault_text(fault, bound.filed) if fault else ""
        base = _to_file(run)
        return "" if base is None or _filed_before(run, base) else words.unfiled()

    def seats(self, run: ClassRun, capacity: int) -> str:
        bound = FiledRun.objects.filter(run=run).select_related("filed").first()
        if bound is None or capacity <= bound.filed.people:
            return ""
        return cite(
            _("这个班次按 %(people)s 人备案，名额不能更多。") % {"people": bound.filed.people}, YEARLY
        )


def _bound(run: ClassRun) -> FiledRun | None:
    """The filed class that the run is held as; None where its base had left the list when the run began."""
    rows = FiledRun.objects.filter(run=run).exclude(filed__filing__base__removed_on__lte=run.starts_on)
    return rows.select_related("filed__filing").first()


def _to_file(run: ClassRun) -> EducationBase | None:
    """The base whose plan the run has to stand in; None: its provider is none on its first day, or it is a programme's."""
    base = queries.base_of(run.provider_id, run.starts_on)
    return None if base is None or Programme.objects.filter(run=run).exists() else base


def _filed_before(run: ClassRun, base: EducationBase) -> bool:
    """Whether an authority took the run into a filing while its provider was no base yet."""
    last = run.filings.order_by("-number").first()
    return last is not None and last.filed and local_day(last.at) <= base.named_on


def staff_of(user: User, base: EducationBase) -> Actor:
    """Raises NotAllowed: none of the base's people; Conflict: it has left the list."""
    who = of_the_body(user, base.body, *queries.STAFF)
    if user.is_superuser:
        raise NotAllowed(_("这一步由基地自己的人员办理。"))
    if not base.active:
        raise Conflict(_("这个基地已经退出名录。"), code="base_removed")
    return who
