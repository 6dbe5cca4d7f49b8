"""What the platform itself knows of an expert's work: cases reviewed, classes taught, courses written, theory output reviewed, programmes
evaluated, bids scored. Rooms with experts of their own register theirs (registry.py)."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.api import CoursePage
from lms.accounts.api import User
from lms.learning.api import taught_by
from lms.lib.clock import SHANGHAI, day_bounds, local_day
from lms.training.lifecycle.declaration import processes
from lms.training.lifecycle.models import Act
from lms.training.merits.registry import Line, Part, register_source
from lms.training.programmes.models import Evaluation, TheoryOutput
from lms.training.tenders.models import PanelExpert

# What a line says of an act, and no more of it and its case.
_SAID = ("uuid", "at", "name", "case__process", "case__number", "body__name")


def _judging() -> dict[str, dict[str, Any]]:
    """Process → the acts that judge in it."""
    return {row.code: {act.name: act for act in row.transitions if act.judges} for row in processes()}


def _judged(user: User) -> list[QuerySet[Act]]:
    """Acts are told by their name; only of a name that elsewhere judges nothing the case has to be looked up, and so as not to look up
    thousands for the few, these are asked for by themselves."""
    codes: dict[str, list[str]] = defaultdict(list)
    for code, acts in _judging().items():
        for name in acts:
            codes[name].append(code)
    elsewhere = {act.name for row in processes() for act in row.transitions if not act.judges}
    plain = Q(name__in=[name for name in codes if name not in elsewhere])
    looked_up = Q(pk__in=[])
    for name in sorted(elsewhere & codes.keys()):
        looked_up |= Q(name=name, case__process__in=codes[name])
    mine = Act.objects.filter(person=user)
    return [mine.filter(plain), mine.filter(looked_up)]


def _review_lines(rows: Iterable[Act]) -> list[Line]:
    judging, titles = _judging(), {row.code: row.title for row in processes()}
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
    ]


def _told(rows: QuerySet[Act]) -> QuerySet[Act]:
    return rows.select_related("case", "body").only(*_SAID)


def reviews(user: User) -> list[Line]:
    """Judgements in cases of declared processes. Two queries."""
    return _review_lines(row for rows in _judged(user) for row in _told(rows))


def latest_reviews(user: User, first: date | None, last: date | None, most: int) -> Part:
    """The latest of them. Four queries."""
    year = ExtractYear("at", tzinfo=SHANGHAI)
    years: Counter[int] = Counter()
    found: list[Act] = []
    for mine in _judged(user):
        years.update(dict(mine.order_by().values_list(year).annotate(n=Count("pk"))))
        if first is not None:
            mine = mine.filter(at__gte=day_bounds(first)[0])
        if last is not None:
            mine = mine.filter(at__lt=day_bounds(last)[1])
        found += _told(mine).order_by("-at", "-pk")[:most]
    found.sort(key=lambda row: (row.at, row.pk), reverse=True)
    return Part(_review_lines(found[:most]), years)


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
    register_source("cases", gettext_lazy("办理事项的审核和评审"), reviews, latest_reviews)
    register_source("classes", gettext_lazy("授课和实操评定"), classes)
    register_source("courses", gettext_lazy("课程编写"), courses)
    register_source("outputs", gettext_lazy("理论成果评审"), outputs)
    register_source("evaluations", gettext_lazy("项目评估"), evaluations)
    register_source("panels", gettext_lazy("需求包评审"), panels)
