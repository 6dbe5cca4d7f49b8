"""引领人才, 国际化职业标准, 校企合作 (372号 三(三) 一是, 三是, 四是), where they train people: who learns, and who completed it.

Owns: nothing of its own: places are `places`', lists and what follows from them `engineers`'. Refuses: an item that takes nobody,
results before signing up is over, by others than the host, of oneself, or beside a list that stands.
"""

import hashlib
from collections.abc import Collection
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, NotAllowed, NotFound
from lms.training.digital import engineers, places, rules, services
from lms.training.digital.models import COMPLETED, DigitalItem, DigitalTrainee, LevelList, LevelResult
from lms.training.digital.process import DIGITAL
from lms.training.lifecycle.words import cite

State = LevelList.State


def _cohort(item: DigitalItem) -> DigitalItem:
    row = services.locked(item)
    if not rules.trains(row.track, row.people):
        raise NotFound
    return row


@transaction.atomic
def sign_up(user: User, item: DigitalItem) -> DigitalTrainee:
    """One's own place. Raises NotFound (it takes nobody), Conflict (not open, full, or there already)."""
    row = _cohort(item)
    if text := services.closed(row):
        raise Conflict(text, code="not_open")
    return places.take_place(user, row, "")


@transaction.atomic
def leave(user: User, item: DigitalItem) -> DigitalTrainee:
    """Raises NotFound, Conflict (there are results already)."""
    return places.give_up(user, _cohort(item))


@transaction.atomic
def hand_in(
    user: User,
    item: DigitalItem,
    day: date,
    passed: Collection[str],
    *,
    corrects: LevelList | None = None,
    why: str = "",
) -> LevelList:
    """Who completed it, by their numbers; everybody else there did not. It waits for the authority, which makes it count (`engineers.publish_list`)
    or returns it. By the host, none who learns there. corrects: the list that is public and that this one is to replace, with the
    reason. Raises NotAllowed, NotFound, Conflict (not now; a list stands), Invalid (day, a number that is nobody's)."""
    row = _cohort(item)
    who = services.host_actor(user, row)
    old = engineers.corrected(row, row.host, corrects) if corrects is not None else None
    said = services.said("why", why, least=4) if old is not None else ""
    people = list(row.trainees.filter(left=False).order_by("pk"))
    _may(user, row, people, old)
    if not row.approved_on <= day <= today():
        raise services.wrong("day", _("结业日期在列入年度项目之后，不晚于今天。"))
    wanted = {number.strip().upper() for number in passed if number.strip()}
    if strangers := sorted(wanted - {trainee.number for trainee in people}):
        shown = _("、").join(strangers[:5])
        raise services.wrong("passed", _("项目里没有这些编号的学员：%(numbers)s。") % {"numbers": shown})
    lines = [(trainee, trainee.number in wanted) for trainee in people]
    text = "\n".join(f"{trainee.number},{ok},{day.isoformat()}" for trainee, ok in lines)
    try:
        with transaction.atomic():
            found = LevelList.objects.create(
                item=row,
                body=row.host,
                sha256=hashlib.sha256(text.encode()).hexdigest(),
                lines=len(lines),
                state=State.WAITING,
                by=user,
                at=now(),
                corrects=old,
                why=said,
            )
    except IntegrityError as error:
        raise Conflict(_("这份名单已经提交过。"), code="list_already") from error
    LevelResult.objects.bulk_create(
        LevelResult(batch=found, row=number, trainee=trainee, grade=COMPLETED, passed=ok, day=day)
        for number, (trainee, ok) in enumerate(lines, start=1)
    )
    record(
        who,
        action="digital.completion_list",
        target_type=engineers.LIST,
        target=found.uuid,
        reason=said,
        data={"item": str(row.uuid), "lines": len(lines), "passed": len(wanted)},
    )
    return found


def _may(user: User, row: DigitalItem, people: list[DigitalTrainee], old: LevelList | None) -> None:
    """Raises NotAllowed, Conflict: why no list can be handed in now."""
    if any(trainee.person_id == user.pk for trainee in people):
        raise NotAllowed(cite(_("你在这个项目里学习，结果要由别人办理。"), DIGITAL), code="own_case")
    if not people:
        raise Conflict(_("还没有人报名。"), code="nobody")
    if old is not None:
        return
    if row.case.state != "open":
        raise Conflict(cite(_("项目实施期间才能提交结业名单。"), DIGITAL), code="moved_on")
    if row.enrol_until is not None and today() <= row.enrol_until:
        raise Conflict(_("报名还没有截止，截止以后才能提交结业名单。"), code="enrolling")
    if row.level_lists.filter(state__in=places.STANDING).exists():
        raise Conflict(
            _("已经有一份结业名单；要改的，等它退回以后重交，或公布以后更正。"), code="list_already"
        )
