"""国家级数字技术工程师培育项目 (372号 三(三), A89): trainees, and the results of level evaluation (水平评价).

Owns: DigitalTrainee, LevelList, LevelResult. Refuses: signing up before the notice or after the last day; results of a body that was not
registered on the day to assess levels; a list with one wrong line (nothing of it is taken); results that nobody but their body has seen;
a level that somebody has already.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creditbank.api import level_right
from lms.accounts.api import (
    Organisation,
    Role,
    User,
    normalise_name,
    organisations_for,
    real_names,
)
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, NotAllowed, NotFound
from lms.lib.outbox.services import emit
from lms.training.access import of_the_body
from lms.training.digital import places, results, rules, services, tables
from lms.training.digital.contest import CORRECTED_IN
from lms.training.digital.models import (
    DigitalAchievement,
    DigitalItem,
    DigitalTrainee,
    LevelList,
    LevelResult,
)
from lms.training.digital.process import DIGITAL
from lms.training.digital.rules import Track
from lms.training.digital.tables import COLUMNS, Read, TableFault
from lms.training.lifecycle.words import cite

State = LevelList.State
LIST = "training.LevelList"


def _national(item: DigitalItem) -> DigitalItem:
    row = services.locked(item)
    if row.track != Track.NATIONAL:
        raise NotFound
    return row


# --- trainees ------------------------------------------------------------------------------------------------


@transaction.atomic
def sign_up(user: User, item: DigitalItem, grade: str) -> DigitalTrainee:
    """One's own place, for a level. Whoever left comes back under the same number. Raises Conflict (not open, full, has the level, or is
    there already), Invalid."""
    row = _national(item)
    if text := services.closed(row):
        raise Conflict(text, code="not_open")
    if grade not in set(rules.Grade):
        raise services.wrong("grade", _("请选择等级。"))
    if _has(user, row.direction, grade):
        raise Conflict(_("你已经有这个职业方向的这一等级。"), code="has_level")
    return places.take_place(user, row, grade)


@transaction.atomic
def leave(user: User, item: DigitalItem) -> DigitalTrainee:
    """Give one's place up. Raises NotFound, Conflict (there are results already)."""
    return places.give_up(user, _national(item))


def _has(user: User, direction: str, grade: str) -> bool:
    rows = DigitalAchievement.objects.filter(person=user, kind="level", direction=direction)
    rows = rows.filter(ended_at__isnull=True)
    return rows.filter(result=grade).exists()


# --- level results ----------------------------------------------------------------------------------------------


def assessor_bodies(user: User) -> list[Organisation]:
    """The bodies for which the user assesses and that are registered for it today."""
    day = today()
    found = organisations_for(user, Role.ASSESSOR).order_by("name")
    return [body for body in found if (right := level_right(body, day)) is not None and right.allowed]


@transaction.atomic
def upload(
    user: User,
    item: DigitalItem,
    body: Organisation,
    file: UploadedFile,
    *,
    corrects: LevelList | None = None,
    why: str = "",
) -> LevelList:
    """A list of results, whole or not at all: with any fault it is kept without its lines, so that its report can be read. By an assessor of
    a body that is registered (发证范围). corrects: a published list of the body's that this one is to replace as a whole, with the reason.
    Raises NotAllowed, Conflict (the same list is there; not now; corrected already), Invalid (the file)."""
    row = _national(item)
    old = corrected(row, body, corrects) if corrects is not None else None
    said = services.said("why", why, least=4) if old is not None else ""
    who = of_the_body(user, body, Role.ASSESSOR)
    right = level_right(body, today())
    if right is None or not right.allowed:
        raise NotAllowed(
            cite(
                _("%(name)s没有登记为职业技能等级认定机构，不能提交水平评价结果。") % {"name": body.name},
                DIGITAL,
            ),
            code="not_assessor",
        )
    if old is None and row.case.state != "open":
        raise Conflict(cite(_("项目实施期间才能提交评价结果。"), DIGITAL), code="moved_on")
    content = file.read(tables.MOST_BYTES + 1)
    sha256 = hashlib.sha256(content).hexdigest()
    if row.level_lists.filter(sha256=sha256, state__in=(State.WAITING, State.PUBLISHED)).exists():
        raise Conflict(_("这份名单已经提交过。"), code="list_already")
    lines, faults, total = tables.read(content)
    trainees = {
        trainee.number: trainee
        for trainee in row.trainees.filter(number__in=[line.number for line in lines]).select_related(
            "person"
        )
    }
    faults = sorted(
        [*faults, *_faults(user, row, body, lines, trainees, old)],
        key=lambda fault: (fault.row, fault.column),
    )[: tables.MOST_FAULTS]
    try:
        with transaction.atomic():
            found = LevelList.objects.create(
                item=row,
                body=body,
                sha256=sha256,
                lines=total,
                faults=[[fault.row, fault.column, fault.text] for fault in faults],
                state=State.FAULTY if faults else State.WAITING,
                by=user,
                at=now(),
                corrects=old,
                why=said,
            )
    except IntegrityError as error:
        raise Conflict(_("这份名单已经有一份更正在办理，请刷新后再看。"), code="correcting") from error
    if not faults:
        LevelResult.objects.bulk_create(
            LevelResult(
                batch=found,
                row=line.row,
                trainee=trainees[line.number],
                grade=line.grade,
                passed=line.passed,
                centimarks=line.centimarks,
                day=line.day,
                certificate=line.certificate,
            )
            for line in lines
        )
    record(
        who,
        action="digital.level_list",
        target_type=LIST,
        target=found.uuid,
        reason=said,
        data={
            "item": str(row.uuid),
            "lines": total,
            "faults": len(faults),
            **({"corrects": str(old.uuid)} if old else {}),
        },
    )
    return found


def corrected(item: DigitalItem, body: Organisation, given: LevelList) -> LevelList:
    """The list that is to be corrected, locked. Raises NotFound (another body's), Conflict (not public any more, or corrected)."""
    old = LevelList.objects.select_for_update().filter(pk=given.pk, item=item, body=body).first()
    if old is None:
        raise NotFound
    if old.state != State.PUBLISHED or item.case.state not in CORRECTED_IN:
        raise _moved(old)
    return old


def _faults(
    user: User,
    item: DigitalItem,
    body: Organisation,
    lines: Sequence[Read],
    trainees: dict[str, DigitalTrainee],
    corrects: LevelList | None = None,
) -> list[TableFault]:
    """What is wrong with lines in the light of who is there: number, name, day, a level held already, oneself. A line that names the
    wrong person says no more than that."""
    faults: list[TableFault] = []
    reached = DigitalAchievement.objects.filter(
        kind="level",
        direction=item.direction,
        person__in=[row.person_id for row in trainees.values()],
        ended_at__isnull=True,
    )
    if corrects is not None:
        # What the list itself gave is what is being corrected.
        reached = reached.exclude(level_result__batch__in=_chain(corrects))
    held = set(reached.values_list("person", "result"))
    allowed = {day: _registered(body, day) for day in {line.day for line in lines}}
    names = real_names(row.person for row in trainees.values())
    for line in lines:
        trainee = trainees.get(line.number)
        if trainee is None or trainee.left or not same_name(names[trainee.person_id], line.name):
            text = _("项目里没有这个编号和姓名的学员。")
            faults.append(TableFault(line.row, COLUMNS["number"], text))
            continue
        if trainee.person_id == user.pk:
            faults.append(TableFault(line.row, COLUMNS["number"], _("自己的结果要由别人提交。")))
        if line.day > today() or line.day < item.approved_on:
            text = _("评价日期在列入年度项目之后，不晚于今天。")
            faults.append(TableFault(line.row, COLUMNS["day"], text))
        elif not allowed[line.day]:
            text = _("这一天%(name)s还没有登记为评价机构。") % {"name": body.name}
            faults.append(TableFault(line.row, COLUMNS["day"], text))
        if line.passed and (trainee.person_id, line.grade) in held:
            faults.append(TableFault(line.row, COLUMNS["grade"], _("这个学员已经有这一等级。")))
        if corrects is None and line.grade != trainee.grade:
            text = _("这个学员报名的是%(grade)s。") % {"grade": trainee.get_grade_display()}
            faults.append(TableFault(line.row, COLUMNS["grade"], text))
    return faults + list(_contradictions(item, lines, trainees, corrects))


def _contradictions(
    item: DigitalItem,
    lines: Sequence[Read],
    trainees: dict[str, DigitalTrainee],
    corrects: LevelList | None,
) -> Iterator[TableFault]:
    """Lines that cannot both be right, in this list or beside those that wait or are public: two evaluations of a trainee on a day, and
    a certificate's number of two."""
    others = LevelResult.objects.filter(batch__item=item, batch__state__in=(State.WAITING, State.PUBLISHED))
    if corrects is not None:
        # What it corrects, and another correction of the same, of which one is taken.
        chain = _chain(corrects)
        others = others.exclude(batch__in=chain).exclude(batch__corrects__in=chain)
    same = others.filter(trainee__in=[row.pk for row in trainees.values()])
    judged = set(same.values_list("trainee__number", "day"))
    # Numbers of certificates are sealed in the database: they are compared as they are read.
    taken = {number for number in others.values_list("certificate", flat=True).iterator() if number}
    days: dict[tuple[str, date], Read] = {}
    numbers: dict[str, int] = {}
    for line in lines:
        if (line.number, line.day) in judged:
            text = _("这个学员这一天已有另一份名单的评价结果。")
            yield TableFault(line.row, COLUMNS["day"], text)
        before = days.setdefault((line.number, line.day), line)
        # Of the same level the table itself says so.
        if before.grade != line.grade:
            text = _("与第 %(row)s 行是同一个学员同一天的评价。") % {"row": before.row}
            yield TableFault(line.row, COLUMNS["day"], text)
        if not line.certificate:
            continue
        if line.certificate in taken:
            yield TableFault(line.row, COLUMNS["certificate"], _("这个证书编号已在另一份名单里。"))
        first = numbers.setdefault(line.certificate, line.row)
        if first != line.row:
            text = _("与第 %(row)s 行的证书编号相同。") % {"row": first}
            yield TableFault(line.row, COLUMNS["certificate"], text)


def _chain(found: LevelList) -> list[int]:
    """A list and those that it corrects: a result that a correction left as it was still stems from the first."""
    rows: list[int] = []
    row: LevelList | None = found
    while row is not None:
        rows.append(row.pk)
        row = row.corrects
    return rows


def _registered(body: Organisation, day: date) -> bool:
    right = level_right(body, day)
    return right is not None and right.allowed


def same_name(known: str, typed: str) -> bool:
    return normalise_name(known) == normalise_name(typed)


def _list(found: LevelList) -> tuple[LevelList, DigitalItem]:
    row = services.locked(found.item)
    return LevelList.objects.select_for_update().get(pk=found.pk), row


@transaction.atomic
def publish_list(user: User, level_list: LevelList) -> LevelList:
    """Make a list's results count: who passed has the level, and hours follow by rule. By an officer of the authority who belongs neither to
    the host nor to the assessing body, nor stands in the list. Raises NotAllowed, Conflict."""
    found, row = _list(level_list)
    who = _judge(user, row, found)
    states = ("open",) if found.corrects_id is None else CORRECTED_IN
    if found.state != State.WAITING or row.case.state not in states:
        raise _moved(found)
    old = _superseded(found)
    trained = rules.trains(row.track, row.people)
    kind = DigitalAchievement.Kind.PROJECT if trained else DigitalAchievement.Kind.LEVEL
    passes = list(found.results.filter(passed=True).select_related("trainee"))
    if old is not None:
        passes = _left_to_give(old, passes, found.why)
    try:
        with transaction.atomic():
            DigitalAchievement.objects.bulk_create(
                DigitalAchievement(
                    item=row,
                    person_id=result.trainee.person_id,
                    kind=kind,
                    direction="" if trained else row.direction,
                    result=result.grade,
                    level_result=result,
                    day=result.day,
                    at=now(),
                )
                for result in passes
            )
    except IntegrityError as error:
        raise Conflict(
            _("名单里有人已经有这一等级（另一份名单刚刚公布），请退回，改好再交。"), code="has_level"
        ) from error
    found.state, found.decided_by, found.decided_at = State.PUBLISHED, user, now()
    found.save(update_fields=["state", "decided_by", "decided_at"])
    record(
        who,
        action="digital.publish_list",
        target_type=LIST,
        target=found.uuid,
        reason=found.why,
        data={
            "item": str(row.uuid),
            "passed": found.results.filter(passed=True).count(),
            "lines": found.lines,
        },
    )
    services.post_results(
        row,
        gettext_lazy("结业") if trained else gettext_lazy("水平评价"),
        key=f"{row.subject}:levels:{found.uuid}",
        corrects=f"{row.subject}:levels:{old.uuid}" if old is not None else "",
        why=found.why,
    )
    emit("digital.results", {"item": str(row.uuid)}, key=f"digital.results:list:{found.uuid}")
    return found


def _superseded(found: LevelList) -> LevelList | None:
    """The list that this one corrects, which counts no more; None: it corrects none. Raises Conflict: it was corrected meanwhile."""
    if found.corrects_id is None:
        return None
    old = LevelList.objects.select_for_update().get(pk=found.corrects_id)
    if old.state != State.PUBLISHED:
        raise _moved(old)
    old.state = State.SUPERSEDED
    old.save(update_fields=["state"])
    return old


def _left_to_give(old: LevelList, passes: Sequence[LevelResult], why: str) -> list[LevelResult]:
    """Of a correction the results that are new; what the corrected list gave and this one does not is taken back, what both say stays."""
    wanted = {(row.trainee.person_id, row.grade, row.day): row for row in passes}
    rows = DigitalAchievement.objects.select_for_update(of=("self",)).select_related("person")
    there = rows.filter(level_result__batch__in=_chain(old), ended_at__isnull=True).order_by("pk")
    wrong = [row for row in there if wanted.pop((row.person_id, row.result, row.day), None) is None]
    results.end(wrong, _("成绩更正：%(why)s") % {"why": why})
    return list(wanted.values())


@transaction.atomic
def return_list(user: User, level_list: LevelList, reason: str) -> LevelList:
    """Back to the assessing body, with the reason. Raises NotAllowed, Conflict, Invalid."""
    found, row = _list(level_list)
    who = _judge(user, row, found)
    if found.state != State.WAITING:
        raise _moved(found)
    found.state, found.decided_by, found.decided_at = State.RETURNED, user, now()
    found.reason = services.said("reason", reason, least=2)
    found.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    record(who, action="digital.return_list", target_type=LIST, target=found.uuid, reason=found.reason)
    return found


def _judge(user: User, row: DigitalItem, found: LevelList) -> Actor:
    who = services.officer_actor(user, row)
    if user.pk == found.by_id or services.belongs(user, found.body_id):
        raise NotAllowed(cite(_("这是你所在单位提交的名单，要由别人公布。"), DIGITAL), code="own_case")
    if found.results.filter(trainee__person=user).exists():
        raise NotAllowed(cite(_("名单里有你自己，要由别人公布。"), DIGITAL), code="own_case")
    return who


def _moved(found: LevelList) -> Conflict:
    return Conflict(
        _("这份名单现在是“%(state)s”，请刷新后再看。") % {"state": found.get_state_display()}, code="moved_on"
    )
