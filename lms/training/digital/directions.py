"""Which directions the document names (三(三): 数字经济重点产业, 数字化应用场景), as a list with a date.

Owns: DirectionList. Refuses: versions by others than the platform's administrators, who enter what a document says; one dated back; an empty
list, or one that names something twice. What the list does not name an item says in its own words: the document's own lists end in 等.
"""

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lms.accounts.api import User, actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, NotAllowed
from lms.training.digital import rules, services
from lms.training.digital.models import DirectionList
from lms.training.digital.rules import Direction
from lms.training.lifecycle.models import Case


def in_force(day: date) -> DirectionList | None:
    """Of the versions that have begun the one that began last, of equal ones the one published last."""
    return DirectionList.objects.filter(valid_from__lte=day).order_by("-valid_from", "-version").first()


def day_of(case: Case) -> date:
    """By the list of which day a case is judged: of the day it was handed in, else of today (A88)."""
    return case.opened_on or today()


def titles_on(day: date) -> list[str]:
    found = in_force(day)
    return [row.title for row in rules.directions_of(found.entries)] if found else []


@transaction.atomic
def publish(user: User, directions: Sequence[Direction], valid_from: date, source: str) -> DirectionList:
    """The next version. Raises NotAllowed, Invalid (with the field), Conflict (another was faster)."""
    if not (user.is_active and user.is_superuser):
        raise NotAllowed(_("职业方向名单由平台管理员按文件设定。"))
    if valid_from < today():
        raise services.wrong("valid_from", _("从今天或以后起施行，不能倒签日期。"))
    if fault := rules.direction_fault(directions):
        raise services.wrong(
            "industry",
            {
                "empty": _("请至少写一个。"),
                "many": _("最多 %(most)s 个。") % {"most": rules.MOST_DIRECTIONS},
                "sort": _("每行要写明是哪一类。"),
                "title": _("每个不超过 %(most)s 个字。") % {"most": rules.LONGEST_DIRECTION},
                "twice": _("有的写了两次。"),
            }[fault],
        )
    last = DirectionList.objects.aggregate(last=Max("version"))["last"] or 0
    try:
        with transaction.atomic():
            row = DirectionList.objects.create(
                version=last + 1,
                valid_from=valid_from,
                source=services.said("source", source, least=4, most=300),
                entries=[[item.sort, item.title.strip()] for item in directions],
                by=user,
                at=now(),
            )
    except IntegrityError as error:
        raise Conflict(_("刚刚有人发布了新的一版，请刷新后再看。"), code="moved_on") from error
    record(
        actor(user, "superuser"),
        action="digital.directions",
        target_type="training.DirectionList",
        target=None,
        reason=row.source,
        data={"version": row.version, "from": valid_from.isoformat(), "entries": len(row.entries)},
    )
    return row
