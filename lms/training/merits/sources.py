"""What the platform itself knows of an expert's work: cases reviewed, classes taught, courses written, theory output reviewed, programmes
evaluated, bids scored. Rooms with experts of their own register theirs (registry.py)."""

from django.db.models import Count, Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.api import CoursePage
from lms.accounts.api import User
from lms.learning.api import taught_by
from lms.lib.clock import local_day
from lms.training.lifecycle.declaration import processes
from lms.training.lifecycle.models import Act
from lms.training.merits.registry import Line, register_source
from lms.training.programmes.models import Evaluation, TheoryOutput
from lms.training.tenders.models import PanelExpert


def reviews(user: User) -> list[Line]:
    """Judgements in cases of declared processes. One query."""
    judging = {row.code: {act.name: act for act in row.transitions if act.judges} for row in processes()}
    names = {name for acts in judging.values() for name in acts}
    rows = Act.objects.filter(person=user, name__in=names).select_related("case", "body")
    titles = {row.code: row.title for row in processes()}
    return [
        Line(
            key=f"act:{row.uuid}",
            day=local_day(row.at),
            what=_("%(process)s：%(act)s")
            % {
                "process": titles[row.case.process],
                "act": judging[row.case.process][row.name].label,
            },
            body=row.body.name if row.body else "",
            number=row.case.number or "",
        )
        for row in rows
        if row.name in judging.get(row.case.process, {})
    ]


def classes(user: User) -> list[Line]:
    """Classes in which they kept the roll or signed practice off."""
    return [
        Line(
            key=f"class:{row.run}",
            day=row.ends_on,
            what=_("班次“%(title)s”：点名 %(meetings)s 次，评定实操 %(sheets)s 份")
            % {"title": row.title, "meetings": row.meetings, "sheets": row.sheets},
            body=row.provider,
        )
        for row in taught_by(user)
    ]


def courses(user: User) -> list[Line]:
    """Courses that are public and that they began to write. One query."""
    rows = CoursePage.objects.live().public().filter(owner=user).select_related("provider")
    return [
        Line(
            key=f"course:{row.uuid}",
            day=local_day(row.first_published_at),
            what=_("编写课程“%(title)s”") % {"title": row.title},
            body=row.provider.name,
            number=row.code,
        )
        for row in rows
        if row.first_published_at is not None
    ]


def outputs(user: User) -> list[Line]:
    """Theory output of trainees that they reviewed; whose it was is not said. One query."""
    rows = TheoryOutput.objects.filter(reviewer=user).select_related("programme__host", "programme__case")
    return [
        Line(
            key=f"output:{row.uuid}",
            day=local_day(row.reviewed_at),
            what=_("评审“%(title)s”学员的理论成果") % {"title": row.programme.title},
            body=row.programme.host.name,
            number=row.programme.case.number or "",
        )
        for row in rows
        if row.reviewed_at is not None
    ]


def evaluations(user: User) -> list[Line]:
    """Programmes that they evaluated. One query."""
    rows = Evaluation.objects.filter(by=user).select_related("programme__case__authority")
    return [
        Line(
            key=f"evaluation:{row.programme.uuid}:{row.number}",
            day=local_day(row.at),
            what=_("评估研修项目“%(title)s”") % {"title": row.programme.title},
            body=row.programme.case.authority.name,
            number=row.programme.case.number or "",
        )
        for row in rows
    ]


def panels(user: User) -> list[Line]:
    """Tenders whose bids they scored, once the result is final. One query."""
    rows = PanelExpert.objects.filter(
        person=user, released_at__isnull=True, tender__case__state__in=("awarded", "failed")
    )
    rows = rows.select_related("tender__case__authority")
    rows = rows.annotate(bids=Count("scores__bid", distinct=True), last=Max("scores__at")).filter(bids__gt=0)
    return [
        Line(
            key=f"panel:{row.tender.uuid}",
            day=local_day(row.last),
            what=_("评审需求包“%(title)s”的投标 %(bids)s 份") % {"title": row.tender.title, "bids": row.bids},
            body=row.tender.case.authority.name,
            number=row.tender.case.number or "",
        )
        for row in rows
    ]


def register() -> None:
    """Called when the application is ready."""
    register_source("cases", gettext_lazy("办理事项的审核和评审"), reviews)
    register_source("classes", gettext_lazy("授课和实操评定"), classes)
    register_source("courses", gettext_lazy("课程编写"), courses)
    register_source("outputs", gettext_lazy("理论成果评审"), outputs)
    register_source("evaluations", gettext_lazy("项目评估"), evaluations)
    register_source("panels", gettext_lazy("需求包评审"), panels)
