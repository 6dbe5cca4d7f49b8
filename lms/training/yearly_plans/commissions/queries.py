"""Reading commissions: an authority's own, a body's, and by whom a plan's courses were commissioned from."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from courses.api import CoursePage, Kind
from lms.accounts.api import Organisation, Role, User, organisations_for
from lms.lib.clock import today
from lms.lib.errors import NotFound
from lms.training.access import authorities
from lms.training.lifecycle.words import cite
from lms.training.yearly_plans.commissions.models import Commission, CommissionDelivery, CommissionEnd
from lms.training.yearly_plans.commissions.rules import state
from lms.training.yearly_plans.queries import MOST_CHOICES

SOURCE = "沪人社专〔2022〕372号 三(一)"
# Who acts for a body that was commissioned: its editors and administrators; of a department its officers.
BODY_ROLES = (Role.EDITOR, Role.ADMIN, Role.OFFICER)
# So many alarms are read one by one; the list of commissions has them all.
MOST_ALARMS = 20


@dataclass(frozen=True)
class Row:
    """A commission with what was handed in last and where it stands (rules.state)."""

    commission: Commission
    delivery: CommissionDelivery | None
    end: CommissionEnd | None
    state: str

    @property
    def words(self) -> str:
        return {
            "open": _("等待交付"),
            "overdue": _("逾期未交"),
            "delivered": _("已交付"),
            "late": _("已交付（逾期）"),
            "ended": _("已收回"),
        }[self.state]


def bodies_of(user: User) -> QuerySet[Organisation]:
    """The bodies that the user acts for when a course is handed in."""
    rows: QuerySet[Organisation] = organisations_for(user, *BODY_ROLES)
    return rows


def visible(user: User) -> QuerySet[Commission]:
    """Those that the user's authorities gave out, and those given to the user's bodies."""
    mine = Q(authority__in=authorities(user)) | Q(body__in=bodies_of(user))
    rows = Commission.objects.filter(mine).select_related("authority", "body", "course", "end")
    return rows.order_by("-commissioned_on", "-pk")


def commission(user: User, uuid: UUID) -> Commission:
    """One that the user may see. Raises NotFound for others'."""
    found = visible(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def rows(found: Iterable[Commission]) -> list[Row]:
    """A page's commissions with what was handed in. One query."""
    items, day = list(found), today()
    last: dict[int, CommissionDelivery] = {}
    handed = CommissionDelivery.objects.filter(commission__in=items).select_related("course")
    for row in handed.order_by("pk"):
        last[row.commission_id] = row
    made = []
    for item in items:
        delivery, end = last.get(item.pk), getattr(item, "end", None)
        handed_on = None if delivery is None else delivery.day
        stands = state(item.due_on, handed_on, None if end is None else end.day, day)
        made.append(Row(item, delivery, end, stands))
    return made


def deliveries(found: Commission) -> list[CommissionDelivery]:
    """Everything that was handed in, the last one first."""
    return list(found.deliveries.select_related("course"))


def choices(found: Commission) -> list[tuple[str, str]]:
    """Courses that the body can hand in: (code, title)."""
    courses = CoursePage.objects.live().filter(kind=Kind.PUBLIC)
    if found.course_id is not None:
        courses = courses.filter(pk=found.course_id)
    elif found.body.kind != Organisation.Kind.AUTHORITY:
        courses = courses.filter(provider=found.body)
    return list(courses.order_by("-year", "title").values_list("code", "title")[:MOST_CHOICES])


def commissioned(authority: Organisation, courses: Collection[int], day: date) -> dict[int, list[Commission]]:
    """Course → the authority's commissions under which it was handed in by that day, the first one first. One query."""
    handed = CommissionDelivery.objects.filter(
        commission__authority=authority, course__in=courses, day__lte=day
    )
    newer = CommissionDelivery.objects.filter(commission=OuterRef("commission"), pk__gt=OuterRef("pk"))
    found: dict[int, list[Commission]] = {}
    for row in handed.filter(~Exists(newer)).select_related("commission__body").order_by("pk"):
        found.setdefault(row.course_id, []).append(row.commission)
    return found


def said(found: Commission) -> str:
    """By whom, as the plan's page and its paper say it."""
    words = {"body": found.body.name, "number": found.number, "day": found.commissioned_on.isoformat()}
    if found.work == "update":
        return (
            _("委托%(body)s更新（%(number)s，%(day)s）") % words
            if found.number
            else _("委托%(body)s更新（%(day)s）") % words
        )
    return (
        _("委托%(body)s开发（%(number)s，%(day)s）") % words
        if found.number
        else _("委托%(body)s开发（%(day)s）") % words
    )


def alarms(authority: Organisation, day: date) -> list[tuple[str, str]]:
    """The authority's commissions whose day has passed with nothing handed in, the oldest first, with their pages. One query."""
    handed = CommissionDelivery.objects.filter(commission=OuterRef("pk"))
    late = Commission.objects.filter(
        ~Exists(handed), authority=authority, due_on__lt=day, end__isnull=True
    ).select_related("body")
    words = _("委托%(body)s的公需科目课程「%(subject)s」应在 %(day)s 前交付，还没有交。")
    return [
        (
            cite(
                words % {"body": row.body.name, "subject": row.subject, "day": row.due_on.isoformat()}, SOURCE
            ),
            reverse("training_commission", args=[row.uuid]),
        )
        for row in late.order_by("due_on", "pk")[:MOST_ALARMS]
    ]
