"""What the organisers of classes, and the authority, still have to do: no filing, no attendance, somebody who never signed
out or waits at the door, a class that is over and not ended, hours that were not given.

Queries. A run is on the list as long as something of it is due; a page of runs costs the same few queries whatever is due.
Refuses: reminding and deciding; each line leads to where it is done.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.accounts.api import User, organisations_for
from lms.learning.classes import filings, queries
from lms.learning.classes.hours_models import ClassHours, ClassHoursRule
from lms.learning.classes.models import (
    Act,
    AttendanceEvent,
    ClassFiling,
    ClassMeeting,
    ClassPlace,
    ClassRun,
    PlaceState,
    RunState,
    WalkIn,
)
from lms.lib.clock import SHANGHAI, now, today

# A class that ended longer ago is history: nobody hands anything in for it.
LISTED = timedelta(days=180)
KINDS = {
    "filing": gettext_lazy("备案"),
    "attendance": gettext_lazy("出席名单"),
    "correction": gettext_lazy("要更正"),
    "walk_in": gettext_lazy("现场报名"),
    "ending": gettext_lazy("结束班次"),
    "hours": gettext_lazy("学时"),
}


@dataclass(frozen=True)
class Item:
    """One thing to do. since: from which day on it is due; url: where it is done; meeting: of which one, if of one."""

    kind: str
    text: str
    url: str
    since: date
    meeting: UUID | None = None

    @property
    def label(self) -> Promise:
        return KINDS[self.kind]


@dataclass
class Due:
    run: ClassRun
    items: list[Item] = field(default_factory=list)


def sees(user: User) -> bool:
    """Whether there is a list for them."""
    return organisations_for(user, *queries.MANAGERS).exists() or bool(filings.authorities(user))


def runs_due(user: User, kind: str = "") -> QuerySet[ClassRun]:
    """The runs with something due (of one kind, if given), the one that began first first: of the user's own
    organisations; for an authority's officer also those of everybody that stand in no filing, which is theirs to do.
    """
    own = Q(provider__in=organisations_for(user, *queries.MANAGERS))
    wanted = {kind: _WANTED[kind]} if kind in _WANTED else _WANTED
    found = own & _any(wanted.values())
    if "filing" in wanted and filings.authorities(user):
        found |= _WANTED["filing"]
    rows = ClassRun.objects.exclude(state__in=(RunState.PLANNED, RunState.CANCELLED))
    rows = rows.filter(ends_on__gte=today() - LISTED).annotate(**_marks())
    return rows.filter(found).select_related("course", "provider").order_by("starts_on", "id")


_WANTED = {
    "filing": Q(filed=False) | Q(filed_centihours=None),
    "attendance": Q(over_without_list=True),
    "correction": Q(left_inside=True),
    "walk_in": Q(walk_ins_wait=True),
    "ending": Q(is_over=True),
    "hours": Q(hours_wait=True),
}


def _any(wanted: Iterable[Q]) -> Q:
    found = Q()
    for item in wanted:
        found |= item
    return found


def _marks() -> dict[str, Any]:
    """What of a run is due, as columns."""
    last = ClassFiling.objects.filter(run=OuterRef("pk")).order_by("-number")
    rules = ClassHoursRule.objects.filter(valid_from__lte=OuterRef("ends_on")).order_by(
        "-valid_from", "-version"
    )
    seated = ClassPlace.objects.filter(run=OuterRef("pk"), state=PlaceState.SEATED)
    return {
        "filed": Coalesce(Subquery(last.values("filed")[:1]), False),
        "filed_centihours": Subquery(last.values("centihours")[:1]),
        # As hours.rule_on has it for the run's last day.
        "rule_ms": Subquery(rules.values("ms_per_hour")[:1]),
        "over_without_list": _as_mark(
            Q(Exists(seated)) & Q(Exists(_without_list().filter(run=OuterRef("pk"))))
        ),
        "left_inside": Exists(_left_inside().filter(meeting__run=OuterRef("pk"))),
        "walk_ins_wait": Exists(WalkIn.objects.filter(place__run=OuterRef("pk"), confirmed=None)),
        "is_over": _as_mark(Q(ends_on__lt=today()) & ~Q(state=RunState.ENDED)),
        "hours_wait": _as_mark(
            Q(state=RunState.ENDED)
            & Exists(seated.filter(attendance__act=Act.OUT))
            & ~Exists(ClassHours.objects.filter(place__run=OuterRef("pk")))
        ),
    }


def _as_mark(condition: Q) -> ExpressionWrapper:
    return ExpressionWrapper(condition, output_field=BooleanField())


def _without_list() -> QuerySet[ClassMeeting]:
    """Meetings that are over, were held, and of which nobody's attendance is on record."""
    there = AttendanceEvent.objects.filter(meeting=OuterRef("pk"))
    return ClassMeeting.objects.filter(~Exists(there), ends_at__lt=now(), cancel_reason="")


def _left_inside() -> QuerySet[AttendanceEvent]:
    """Who signed in at a meeting that is over, as the last that is on record of them there."""
    later = AttendanceEvent.objects.filter(
        place=OuterRef("place"), meeting=OuterRef("meeting"), number__gt=OuterRef("number")
    )
    return AttendanceEvent.objects.filter(
        ~Exists(later), act=Act.IN, meeting__ends_at__lt=now(), meeting__cancel_reason=""
    )


# --- a page of them --------------------------------------------------------------------------------------


def told(user: User, runs: Sequence[Any]) -> list[Due]:
    """Each run of a page with what is due, in words. Seven queries at most, whatever is due."""
    own = set(organisations_for(user, *queries.MANAGERS).values_list("pk", flat=True))
    files = bool(filings.authorities(user))
    mine = [run for run in runs if run.provider_id in own]
    meetings = _meetings(mine)
    found = []
    for run in runs:
        due = Due(run)
        if not run.filed or run.filed_centihours is None:
            due.items.append(_filing(run, files=files))
        if run.provider_id in own:
            due.items += meetings[run.pk]
            due.items += _afterwards(run)
        found.append(due)
    return found


def _filing(run: Any, *, files: bool) -> Item:
    text = (
        _("备案里没有写明核定学时：尚未设定，不产生学时。")
        if run.filed
        else _("没有备案的班次不产生学时（372号 四(三)）。")
    )
    name = "learning_class_file" if files else "learning_class_filing"
    return Item("filing", text, reverse(name, args=[run.uuid]), run.starts_on)


def _meetings(runs: Sequence[Any]) -> dict[int, list[Item]]:
    """Run → what is due at its meetings."""
    found: dict[int, list[Item]] = defaultdict(list)
    wanted = [run.pk for run in runs if run.over_without_list]
    for meeting in _without_list().filter(run__in=wanted).order_by("starts_at", "id") if wanted else ():
        text = _("%(day)s %(title)s：还没有出席记录。") % _words(meeting.starts_at, meeting.title)
        found[meeting.run_id].append(_at("attendance", text, meeting.uuid, meeting.ends_at))
    inside = [run.pk for run in runs if run.left_inside]
    at = ("meeting__run", "meeting__uuid", "meeting__title", "meeting__starts_at", "meeting__ends_at")
    rows = _left_inside().filter(meeting__run__in=inside).values_list(*at).annotate(n=Count("pk"))
    for run, uuid, title, starts_at, ends_at, number in rows.order_by("meeting__starts_at") if inside else ():
        text = _("%(day)s %(title)s：%(n)s 人签到后没有签退，这样不计出席。") % (
            _words(starts_at, title) | {"n": number}
        )
        found[run].append(_at("correction", text, uuid, ends_at))
    waiting = [run.pk for run in runs if run.walk_ins_wait]
    doors = WalkIn.objects.filter(place__run__in=waiting, confirmed=None)
    by_meeting = doors.values_list(*at).annotate(n=Count("pk")).order_by("meeting__starts_at")
    for run, uuid, title, starts_at, _ends_at, number in by_meeting if waiting else ():
        text = _("%(day)s %(title)s：%(n)s 人现场报名，等待确认。") % (
            _words(starts_at, title) | {"n": number}
        )
        found[run].append(_at("walk_in", text, uuid, starts_at))
    return found


def _words(starts_at: datetime, title: str) -> dict[str, Any]:
    return {"day": starts_at.astimezone(SHANGHAI).date(), "title": title}


def _at(kind: str, text: str, meeting: UUID, since: datetime) -> Item:
    day = since.astimezone(SHANGHAI).date()
    return Item(kind, text, reverse("learning_class_roll", args=[meeting]), day, meeting)


def _afterwards(run: Any) -> list[Item]:
    here = reverse("learning_class", args=[run.uuid])
    following = run.ends_on + timedelta(days=1)
    if run.is_over:
        text = _("已经过了最后一天，还没有结束；结束以后才计算学时。")
        return [Item("ending", text, here, following)]
    if not run.hours_wait:
        return []
    if not run.filed or run.filed_centihours is None:
        text = _("有人出席，学时还没有给：等待备案。")
    elif run.rule_ms is None:
        text = _("有人出席，学时还没有给：班次学时规则尚未设定，由主管部门公布。")
    else:
        text = _("有人出席，还没有学时：正在计算，或者按规则没有可记的。请核对出席记录。")
    return [Item("hours", text, here, following)]
