"""What happens with a base beside the acts on its case: plaque and number when it is named, the re-check's day, 核销, and the
reports of its training.

Owns: Base, TrainingReport, ReportStrike, the verify code of the plaque. Refuses: a plaque without its case's act; reports by others than the
base's own people, of projects that it was not named for, of days to come, or of a base that is no more.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, normalise_uscc, uscc_fault
from lms.lib.audit.services import record
from lms.lib.clock import day_bounds, now, today
from lms.lib.errors import Conflict, Invalid, NotFound
from lms.lib.verify import services as verify
from lms.lib.workdays import add_working_days
from lms.training.access import of_the_body
from lms.training.bases import papers, rules
from lms.training.bases.models import Base, ReportStrike, TrainingReport
from lms.training.bases.process import STATEMENT_DAYS, YEARLY
from lms.training.bases.rules import Mode, Trainees
from lms.training.lifecycle.conduct import Done
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import next_number
from lms.training.lifecycle.words import cite

KIND = "training_base"
# Of the authority's code, so that a plaque's number stays one that can be read out.
LONGEST_PREFIX = 12
LONGEST_REASON = 300


def code_is_wrong(code: str) -> bool:
    """Whether it cannot be a 统一社会信用代码: length or characters. A wrong check digit alone warns and stops nobody."""
    return uscc_fault(normalise_uscc(code)) in ("length", "characters")


def after(done: Done) -> None:
    """What an act on a case brings for the base; inside its transaction."""
    name, base = done.transition.name, None
    if name == "name":
        base = _name(done)
    elif name in ("keep", "intend", "spare", "remove", "affirm", "restore"):
        base = Base.objects.select_for_update().get(case=done.case)
        _follow(done, base)
    papers.issue_after(done, base)


def _follow(done: Done, base: Base) -> None:
    """What a re-check, or a decision about 核销, changes of the base. A plaque that was taken back wrongly was never taken back: its acts
    stay in the case's history."""
    name = done.transition.name
    if name in ("keep", "intend") and not done.act.papers:
        # That of another year is there already, and says nothing of this one.
        raise Invalid(
            cite(_("请附上这一次的复核记录。"), YEARLY),
            code="evidence_missing",
            details={"field": "evidence"},
        )
    if name in ("keep", "spare"):
        base.checked_on = done.day
        base.save(update_fields=["checked_on"])
    elif name == "remove":
        base.removed_on, base.reason = done.day, done.act.reason
        base.save(update_fields=["removed_on", "reason"])
        verify.revoke(KIND, base.uuid, done.act.reason)
    elif name == "restore":
        base.removed_on, base.reason = None, ""
        base.save(update_fields=["removed_on", "reason"])
        verify.reinstate(KIND, base.uuid)


def end_of_statement(case: Case, day: date) -> date:
    """The last day on which a base can say something about its 核销; also where the rule of the case is older than the number. Raises
    NoCalendar."""
    values = case.rule.values if case.rule else {}
    return add_working_days(day, values.get("statement_days") or STATEMENT_DAYS)


def _name(done: Done) -> Base:
    case = done.case
    number = _number(case.authority, done.day.year)
    try:
        with transaction.atomic():
            base = Base.objects.create(
                case=case, authority=case.authority, body=case.body, number=number, named_on=done.day
            )
    except IntegrityError as error:
        raise Conflict(
            _("%(name)s已经是这里的技能实训基地。") % {"name": case.body.name}, code="base_already"
        ) from error
    verify.issue(KIND, base.uuid)
    return base


def _number(authority: Organisation, year: int) -> str:
    """The next plaque number. The series is that of what is printed, not of the authority: two whose codes begin alike share
    it, and their numbers differ. What earlier series gave is passed over."""
    printed = f"{authority.code.upper()[:LONGEST_PREFIX]}-JD{year}"
    while True:
        number = f"{printed}-{next_number(f'plaque:{printed}'):03d}"
        if not Base.objects.filter(number=number).exists():
            return number


@dataclass(frozen=True)
class Report:
    """What a base reports of a group; see TrainingReport."""

    project: str
    mode: str
    source: str
    people: int
    first_day: date
    last_day: date
    firm: str = ""
    firm_code: str = ""
    hired: int | None = None


def _reported_just_now(base: Base, said: "Report") -> bool:
    """Whether the same was reported today: a second press, or a page sent again."""
    rows = base.reports.filter(
        project=said.project,
        mode=said.mode,
        source=said.source,
        people=said.people,
        first_day=said.first_day,
        last_day=said.last_day,
        at__gte=day_bounds(today())[0],
        replaced_by__isnull=True,
        strike__isnull=True,
    )
    return rows.filter(firm=said.firm.strip() if said.source == Trainees.CHAIN else "").exists()


@transaction.atomic
def report(user: User, base: Base, said: Report, *, replaces: UUID | None = None) -> TrainingReport:
    """One group that was trained, or the correction of a report. Raises NotAllowed, Conflict (核销; corrected by somebody
    already), Invalid (with the field)."""
    who = of_the_body(user, base.body, Role.HR, Role.ADMIN)
    held = Base.objects.select_for_update().select_related("case").get(pk=base.pk)
    if not held.active:
        raise Conflict(_("这个基地已经核销，不能再登记培训。"), code="base_removed")
    projects = {row.name: row for row in rules.load(held.case.facts).projects}
    if said.project not in projects:
        raise _wrong("project", _("请选认定时列出的培育项目。"))
    if said.mode not in set(Mode) or said.source not in set(Trainees):
        raise _wrong("mode", _("请选列出的模式和来源。"))
    if not 1 <= said.people <= 100_000:
        raise _wrong("people", _("请填写培训的人数。"))
    if said.last_day < said.first_day or said.first_day < held.named_on or said.last_day > today():
        raise _wrong("last_day", _("培训的日期在认定之后、今天为止，结束不早于开始。"))
    chain, code = said.source == Trainees.CHAIN, normalise_uscc(said.firm_code)
    if chain and (not said.firm.strip() or code_is_wrong(code)):
        raise _wrong("firm_code", _("培训产业链企业的人员时，要写明企业名称和 18 位统一社会信用代码。"))
    targeted = said.mode == Mode.TARGETED
    if targeted and (said.hired is None or not 0 <= said.hired <= said.people):
        raise _wrong("hired", _("定向培训要写明上岗的人数，不超过培训的人数。"))
    former = None
    if replaces is None and _reported_just_now(held, said):
        raise Conflict(
            _("今天已经登记过完全相同的一条。同一批人只登记一次；确实另有一批的，请写明不同的日期或人数。"),
            code="reported_already",
        )
    if replaces is not None:
        former = held.reports.filter(uuid=replaces).first()
        if former is None:
            raise NotFound
        if hasattr(former, "replaced_by"):
            raise Conflict(_("这一条刚刚被更正过，请刷新后再看。"), code="corrected_already")
        if hasattr(former, "strike"):
            raise _struck()
    row = TrainingReport.objects.create(
        base=held,
        project=said.project,
        occupation=projects[said.project].occupation,
        mode=said.mode,
        source=said.source,
        firm=said.firm.strip() if chain else "",
        firm_code=code if chain else "",
        people=said.people,
        hired=said.hired if targeted else None,
        first_day=said.first_day,
        last_day=said.last_day,
        reported_by=user,
        at=now(),
        replaces=former,
    )
    record(
        who,
        action="base.report",
        target_type="training.Base",
        target=held.uuid,
        data={"report": str(row.uuid), "people": row.people, "replaces": str(replaces) if replaces else None},
    )
    return row


@transaction.atomic
def strike_report(user: User, base: Base, report: UUID, reason: str) -> ReportStrike:
    """A report that was doubled, or of a group that was not trained, counts no more; also of a base that is no more, whose page
    stays. Raises NotAllowed, NotFound (none of this base's), Conflict (struck or corrected already), Invalid (no reason)."""
    who = of_the_body(user, base.body, Role.HR, Role.ADMIN)
    held = Base.objects.select_for_update().get(pk=base.pk)
    found = held.reports.filter(uuid=report).first()
    if found is None:
        raise NotFound
    if hasattr(found, "replaced_by"):
        raise Conflict(_("这一条刚刚被更正过，请刷新后再看。"), code="corrected_already")
    if hasattr(found, "strike"):
        raise _struck()
    said = " ".join(reason.split())
    if not said or len(said) > LONGEST_REASON or "\0" in said:
        raise _wrong("reason", _("请填写这一项，不超过 %(most)s 个字。") % {"most": LONGEST_REASON})
    row = ReportStrike.objects.create(report=found, reason=said, set_by=user, at=now())
    record(
        who,
        action="base.report_strike",
        target_type="training.Base",
        target=held.uuid,
        reason=said,
        data={"report": str(found.uuid), "people": found.people},
    )
    return row


def _struck() -> Conflict:
    return Conflict(_("这一条已经冲正，请刷新后再看。"), code="struck_already")


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_report", details={"field": name})
