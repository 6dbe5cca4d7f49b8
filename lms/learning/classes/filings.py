"""The filing of a class (备案): the form an organiser hands in, and an authority's word that it stands, with the hours.

Owns: the form's lines and who may file. The filing itself is services.note_filing's row. Refuses: hours planned by a
rule that is not set; the form then says so.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, organisations_for, require_role
from lms.learning.classes import gates, hours, queries, services
from lms.learning.classes.models import ClassFiling, ClassMeeting, ClassRun, PlaceState, RunState
from lms.learning.classes.services import wrong
from lms.lib import sheets
from lms.lib.clock import SHANGHAI
from lms.lib.errors import NotFound
from lms.lib.units import centihours_from_ms, format_centi

MOST_CENTIHOURS = 100_000


@dataclass(frozen=True)
class Form:
    """What the organiser hands in. facts: (label, value); meetings: (number, when, where, what, teacher)."""

    title: str
    facts: list[tuple[str, str]]
    heading: list[str]
    meetings: list[tuple[Any, ...]]


def form(run: ClassRun) -> Form:
    """班次备案表 of a run, from what is planned now. Four queries."""
    meetings = queries.held(run)
    teachers = dict.fromkeys(meeting.teacher for meeting in meetings)
    seated = run.places.filter(state=PlaceState.SEATED).count()
    filing = queries.filing_of(run)
    facts = [
        (_("班次名称"), run.title),
        (_("课程"), run.course.title),
        (_("举办单位"), run.provider.name),
        (_("统一社会信用代码"), run.provider.uscc or "—"),
        (_("起止日期"), f"{run.starts_on:%Y-%m-%d} — {run.ends_on:%Y-%m-%d}"),
        (_("地点"), run.place),
        (_("授课教师"), _("、").join(teachers) or "—"),
        (_("课次"), str(len(meetings))),
        (_("计划学时"), planned(run, meetings)),
        (_("计划人数"), str(run.capacity)),
        (_("已报名人数"), str(seated)),
        (_("评价机构"), run.assessor_body.name if run.assessor_body else "—"),
        (_("备案"), filing_words(filing)),
    ]
    if said := gates.hours_shut(run):
        facts.append((_("学时"), said))
    heading = [_("序号"), _("时间"), _("地点"), _("内容"), _("授课教师")]
    return Form(_("班次备案表"), facts, heading, [_line(*item) for item in enumerate(meetings, start=1)])


def _line(number: int, meeting: ClassMeeting) -> tuple[Any, ...]:
    starts_at, ends_at = (moment.astimezone(SHANGHAI) for moment in (meeting.starts_at, meeting.ends_at))
    when = f"{starts_at:%Y-%m-%d %H:%M}–{ends_at:%H:%M}"
    return number, when, meeting.where, meeting.title, meeting.teacher


def planned(run: ClassRun, meetings: list[ClassMeeting]) -> str:
    """The plan of hours: all meetings attended whole, by the rule of the run's last day; without one only the minutes."""
    minutes = sum(int((item.ends_at - item.starts_at).total_seconds()) for item in meetings) // 60
    rule = hours.rule_on(run.ends_on)
    if rule is None or rule.ms_per_hour is None:
        return _("%(n)s 分钟；折算学时的规则尚未设定") % {"n": minutes}
    values = {"n": minutes, "hours": format_centi(centihours_from_ms(minutes * 60_000, rule.ms_per_hour))}
    return _("%(hours)s 学时（%(n)s 分钟）") % values


def filing_words(filing: ClassFiling | None) -> str:
    """The filing in force, as one line."""
    if filing is None:
        return _("没有备案记录")
    approved = (
        _("核定 %(n)s 学时") % {"n": format_centi(filing.centihours)}
        if filing.centihours is not None
        else _("核定学时尚未设定")
    )
    return f"{filing.reference} · {filing.authority.name} · {approved}"


def workbook(run: ClassRun) -> bytes:
    """The form as an xlsx file: facts on one sheet, meetings on another."""
    found = form(run)
    return sheets.write(
        [
            sheets.Sheet(found.title, found.facts, widths=(20, 60), heading=False),
            sheets.Sheet(_("上课安排"), [found.heading, *found.meetings], widths=(8, 28, 30, 40, 16)),
        ]
    )


def last_of(run: ClassRun) -> ClassFiling | None:
    """As queries.filing_of, for a run read with its filings."""
    rows = sorted(run.filings.all(), key=lambda row: row.number)
    return rows[-1] if rows and rows[-1].filed else None


# --- the authority ---------------------------------------------------------------------------------------

FILED_IN = (RunState.PLANNED, *queries.OFFERED, RunState.ENDED)


def for_officer(user: User) -> QuerySet[ClassRun]:
    """Runs an authority's officer can file, the latest first; none for anybody else."""
    if not authorities(user):
        return ClassRun.objects.none()
    rows = ClassRun.objects.filter(state__in=FILED_IN).select_related("course", "provider")
    return rows.prefetch_related("filings__authority").order_by("-starts_on", "-id")


def authorities(user: User) -> list[Organisation]:
    """The active authorities for which the user files."""
    rows = organisations_for(user, Role.OFFICER)
    return list(
        rows.filter(kind=Organisation.Kind.AUTHORITY, status=Organisation.Status.ACTIVE).order_by("name")
    )


def run_for_officer(user: User, uuid: UUID) -> ClassRun:
    """Raises NotFound for who is no officer, and for a cancelled run."""
    found = for_officer(user).select_related("course", "provider", "assessor_body").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def file(
    user: User, run: ClassRun, *, authority: UUID, reference: str, centihours: int | None, filed: bool = True
) -> ClassFiling:
    """An authority takes the class into its filing with the hours approved for one learner, or out of it."""
    body = next((body for body in authorities(user) if body.uuid == authority), None)
    if body is None:
        raise wrong("authority", _("请选择你所在的主管部门。"))
    who = require_role(user, Role.OFFICER, organisation=body)
    if centihours is not None and not 1 <= centihours <= MOST_CENTIHOURS:
        raise wrong(
            "centihours", _("学时应大于 0，不超过 %(most)s。") % {"most": format_centi(MOST_CENTIHOURS)}
        )
    return services.note_filing(
        who, run, filed=filed, reference=reference, authority=body, centihours=centihours
    )
