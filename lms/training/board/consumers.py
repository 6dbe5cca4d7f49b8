"""What the board posts by itself of what other rooms have made public: yearly plans, public notices of cases, bases that were named or
taken back; and what it ends: notices that a case leaves, the naming of bases that are no more. Each once, by its key, whether its event or `catch_up` comes first.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from lms.lib.actor import Actor
from lms.lib.clock import local_day
from lms.lib.outbox.registry import Event, consumer
from lms.training.bases.models import Base
from lms.training.board import queries
from lms.training.board.models import Kind, Posting
from lms.training.board.services import end, end_all, post
from lms.training.ce_bases.models import EducationBase
from lms.training.lifecycle.models import Act, Notice
from lms.training.yearly_plans.commissions.queries import commissioned, said
from lms.training.yearly_plans.models import YearlyPlan

BOARD = Actor.system("board")
# Acts whose reason is everybody's to read.
OPEN_REASONS = frozenset({"again", "void"})


def post_plan(plan: YearlyPlan) -> None:
    """A published version of a yearly plan; it replaces the posting of the version before."""
    subject = f"plan:{plan.series}"
    former = queries.standing_on(subject, Kind.PLAN)
    post(
        BOARD,
        kind=Kind.PLAN,
        title=plan.title,
        body="\n".join(_plan_lines(plan)),
        authority=plan.authority,
        subject=subject,
        url=reverse("plans:plan", args=[plan.uuid]),
        first_day=plan.published_on,
        key=f"plan:{plan.uuid}",
        replaces=former,
        reason=_("第 %(version)s 版发布") % {"version": plan.version} if former else "",
    )


def _plan_lines(plan: YearlyPlan) -> Iterator[str]:
    """What a plan promises, course by course: the code and the fingerprint of the posting's paper stand for all of it."""
    yield _("%(year)s 年度，第 %(version)s 版，%(day)s 发布") % {
        "year": plan.year,
        "version": plan.version,
        "day": plan.published_on.isoformat(),
    }
    yield from (line for line in (plan.number, plan.note) if line)
    rows = list(plan.courses.order_by("title", "pk"))
    by = commissioned(plan.authority, [row.course_id for row in rows], plan.published_on)
    for place, row in enumerate(rows, start=1):
        line = _("%(place)s. %(title)s（%(code)s）：%(first)s 至 %(last)s") % {
            "place": place,
            "title": row.title,
            "code": row.code,
            "first": row.first_day.isoformat(),
            "last": row.last_day.isoformat(),
        }
        yield "；".join([line, *(said(item) for item in by.get(row.course_id, ()))])


def post_notice(notice: Notice) -> None:
    """A public notice of a case, for its working days."""
    post(
        BOARD,
        kind=Kind.NOTICE,
        title=notice.title,
        body="\n".join(f"{label}：{value}" for label, value in notice.lines),
        authority=notice.case.authority,
        subject=f"case:{notice.case.uuid}",
        url=reverse("cases:notice", args=[notice.uuid]),
        first_day=notice.first_day,
        last_day=notice.last_day,
        key=f"notice:{notice.uuid}",
    )


def end_notice(notice: Notice) -> None:
    """A public notice whose case was taken out of it before its last day (reviewed anew, refused, taken back): it ends with what became of it. Why it is
    reviewed anew everybody reads; why a body was refused is written to that body alone."""
    subject = f"case:{notice.case.uuid}"
    left = _left(notice)
    # Asked of each notice at each act of its case, and nearly always no.
    if left is None or local_day(left.at) > notice.last_day:
        return
    posting = queries.last_of(f"notice:{notice.uuid}")
    if posting is None or posting.subject != subject:
        return
    transition = notice.case.declared.transition(left.name)
    said = left.reason if left.name in OPEN_REASONS else ""
    said = said or (str(transition.label) if transition else left.name)
    end(BOARD, posting, said, day=local_day(left.at))


def _left(notice: Notice) -> Act | None:
    """The act that took a case out of a notice; None: it is in it still. Two queries."""
    publishing = [row.name for row in notice.case.declared.transitions if row.publishes]
    before = notice.case.notices.filter(pk__lt=notice.pk).count()
    acts = list(notice.case.acts.order_by("number"))
    opened = [row.number for row in acts if row.name in publishing][before : before + 1]
    return next((row for row in acts if opened and row.number > opened[0] and row.to != row.source), None)


def post_base(base: Base) -> None:
    """The plaque of a base, and its 核销, which ends what was said of the plaque; that it was undone, which ends the 核销's."""
    subject, url = f"base:{base.uuid}", reverse("bases:base", args=[base.uuid])
    what = {"body": base.body.name, "number": base.number}
    post(
        BOARD,
        kind=Kind.NAMED,
        title=_("认定%(body)s为技能人才培育实训基地") % what,
        body=_("牌匾编号：%(number)s") % what,
        authority=base.authority,
        subject=subject,
        url=url,
        first_day=base.named_on,
        key=f"{subject}:named",
    )
    restored = _restored(base)
    # Of one that was taken back twice, each has its own announcement.
    again = f":{len(restored)}" if restored else ""
    for number, day in enumerate(restored, 1):
        post(
            BOARD,
            kind=Kind.NAMED,
            title=_("撤销核销，恢复%(body)s技能人才培育实训基地") % what,
            body=_("牌匾编号：%(number)s") % what,
            authority=base.authority,
            subject=subject,
            url=url,
            first_day=day,
            key=f"{subject}:restored:{number}",
        )
    if base.removed_on is None and restored:
        end_all(BOARD, subject, _("核销决定已撤销"), kinds=(Kind.REMOVED,), url=url, day=restored[-1])
    if base.removed_on is not None:
        post(
            BOARD,
            kind=Kind.REMOVED,
            title=_("核销%(body)s技能人才培育实训基地") % what,
            body="\n".join((_("牌匾编号：%(number)s") % what, base.reason)),
            authority=base.authority,
            subject=subject,
            url=url,
            first_day=base.removed_on,
            key=f"{subject}:removed{again}",
        )
        _end_naming(subject, base.reason, url, base.removed_on)


def _restored(base: Base) -> list[date]:
    """The days on which its 核销 was undone."""
    acts = base.case.acts.filter(name="restore").order_by("number")
    return [local_day(at) for at in acts.values_list("at", flat=True)]


def end_naming(base: EducationBase) -> None:
    """A continuing-education base that has left: what was said of its naming, and of its level, has ended. The rest its room posts."""
    if base.removed_on is not None:
        url = reverse("ce_bases:base", args=[base.uuid])
        _end_naming(f"ce-base:{base.uuid}", base.reason, url, base.removed_on)


def _end_naming(subject: str, reason: str, url: str, day: date) -> None:
    said = reason.strip() or _("已退出名录")
    end_all(BOARD, subject, said, kinds=(Kind.NAMED,), url=url, day=day)


def on_plan(event: Event) -> None:
    rows = YearlyPlan.objects.filter(series=event.payload["series"]).select_related("authority")
    _each(post_plan, rows.order_by("version"))


def on_case(event: Event) -> None:
    case = event.payload["case"]
    notices = _notices().filter(case__uuid=case)
    _each(post_notice, notices)
    _each(end_notice, notices)
    _each(post_base, _bases().filter(case__uuid=case))
    _each(end_naming, _left_bases().filter(case__uuid=case))


def catch_up() -> int:
    """Post whatever was made public and does not stand on the board; how many were. For the demo, and for what was published before
    there was a board."""
    before = Posting.objects.count()
    _each(post_plan, YearlyPlan.objects.select_related("authority").order_by("published_on", "pk"))
    _each(post_notice, _notices())
    _each(end_notice, _notices())
    _each(post_base, _bases())
    _each(end_naming, _left_bases())
    return Posting.objects.count() - before


def _notices() -> QuerySet[Notice]:
    return Notice.objects.select_related("case__authority").order_by("pk")


def _bases() -> QuerySet[Base]:
    return Base.objects.select_related("authority", "body", "case").order_by("pk")


def _left_bases() -> QuerySet[EducationBase]:
    return EducationBase.objects.filter(removed_on__isnull=False).order_by("pk")


def _each(make: Callable[[Any], None], rows: QuerySet[Any]) -> None:
    # They stand as they were posted: in the platform's language, whoever comes by.
    with translation.override(settings.LANGUAGE_CODE):
        for row in rows.iterator(chunk_size=200):
            make(row)


def register() -> None:
    """Called when the application is ready."""
    consumer("plan.published", name="training.board_plan")(on_plan)
    consumer("case.moved", name="training.board_case")(on_case)
    # Cases that moved before this was told of them (migration 0012).
    consumer("board.look_again", name="training.board_again")(on_case)
