"""数字技术新赛道创意大赛 (372号 三(三) 二是: 以赛代训): entries, juries, and the results of each stage.

Owns: ContestEntry, EntryMember, ContestJuror, ResultSheet. Refuses: an entry before the notice or after the last day, a second one of a
person, more entries or team mates than the item has, a juror who takes part, or comes when the final is public; a sheet that leaves an entry of the stage out or names
another, that nobody but who entered it has seen, that somebody publishes who entered, checked or takes part, and a second one of a stage.
"""

import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lms.accounts.api import User, actor, person_by_login
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.services import emit
from lms.training.digital import marking, results, rules, services
from lms.training.digital.models import (
    ContestEntry,
    ContestJuror,
    DigitalAchievement,
    DigitalItem,
    EntryMember,
    ResultSheet,
)
from lms.training.digital.process import DIGITAL
from lms.training.digital.rules import SheetLine, Track
from lms.training.lifecycle.words import cite

# Without signs that are mistaken for each other; 40 bits, and whoever tries is signed in.
CODE_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8
State = ResultSheet.State
# What is public is corrected as long as it is public.
CORRECTED_IN = ("open", "reported", "closed")
SHEET = "training.ResultSheet"


def _contest(item: DigitalItem) -> DigitalItem:
    row = services.locked(item)
    if row.track != Track.CONTEST:
        raise NotFound
    return row


# --- entries -------------------------------------------------------------------------------------------------


@transaction.atomic
def enter(
    user: User,
    item: DigitalItem,
    name: str,
    about: str = "",
    *,
    on: date | None = None,
    by: Actor | None = None,
) -> ContestEntry:
    """An entry of one's own; team mates join it by its code. on, by: of the past, by the platform only. Raises Conflict (not open, full, in
    an entry already), NotAllowed (a juror), Invalid."""
    row = _contest(item)
    _may_enter(user, row, _past(on, by))
    if row.entries.filter(withdrawn=False).count() >= row.people:
        raise Conflict(cite(_("参赛名额已满。"), DIGITAL), code="full")
    entry = ContestEntry.objects.create(
        item=row,
        number=row.entries.count() + 1,
        name=services.said("name", name, least=2, most=60),
        about=services.said("about", about, least=0),
        code="".join(secrets.choice(CODE_SIGNS) for _sign in range(CODE_LENGTH)),
        at=now(),
    )
    _member(user, entry, captain=True)
    return entry


@transaction.atomic
def join(
    user: User, item: DigitalItem, code: str, *, on: date | None = None, by: Actor | None = None
) -> ContestEntry:
    """Into the team whose code one was told. on, by: as `enter`. Raises Conflict (team full), Invalid (no such code), and as `enter`."""
    row = _contest(item)
    _may_enter(user, row, _past(on, by))
    entry = row.entries.filter(code=code.strip().upper()[:12], withdrawn=False).first()
    if entry is None:
        raise services.wrong("code", _("没有这个队伍码，请向队长核对。"))
    if entry.members.filter(left=False).count() >= row.team_most:
        raise Conflict(_("这个队已满 %(people)s 人。") % {"people": row.team_most}, code="team_full")
    _member(user, entry, captain=False)
    return entry


def _past(on: date | None, by: Actor | None) -> date:
    if on is not None and (by is None or not by.is_platform or on > today()):
        raise NotAllowed
    return on or today()


def _may_enter(user: User, row: DigitalItem, day: date) -> None:
    if text := services.closed(row, day):
        raise Conflict(text, code="not_open")
    if row.sheets.exists():
        raise Conflict(_("比赛已经开始，不能再报名。"), code="begun")
    if row.jurors.filter(person=user, declined_at__isnull=True).exists():
        raise NotAllowed(cite(_("你是这个大赛的评委，不能参赛。"), DIGITAL), code="own_case")


def _member(user: User, entry: ContestEntry, *, captain: bool) -> None:
    try:
        with transaction.atomic():
            EntryMember.objects.create(item=entry.item, entry=entry, person=user, captain=captain, at=now())
    except IntegrityError as error:
        raise Conflict(_("你已经在一个参赛队里。一个人只能参加一个队。"), code="entered_already") from error
    record(
        actor(user),
        action="contest.enter",
        target_type=services.TARGET,
        target=entry.item.uuid,
        data={"entry": str(entry.uuid), "captain": captain},
    )


@transaction.atomic
def leave(user: User, item: DigitalItem) -> None:
    """Out of one's team; with its captain the entry is withdrawn. Raises NotFound, Conflict (the contest has begun)."""
    row = _contest(item)
    member = EntryMember.objects.select_related("entry").filter(item=row, person=user, left=False).first()
    if member is None:
        raise NotFound
    if row.sheets.exists():
        raise Conflict(_("比赛已经开始，不能再退出；请联系承办单位。"), code="begun")
    if member.captain:
        member.entry.withdrawn = True
        member.entry.save(update_fields=["withdrawn"])
        member.entry.members.update(left=True)
    else:
        member.left = True
        member.save(update_fields=["left"])
    record(
        actor(user),
        action="contest.leave",
        target_type=services.TARGET,
        target=row.uuid,
        data={"entry": str(member.entry.uuid)},
    )


# --- the jury ---------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_juror(user: User, item: DigitalItem, login: str) -> ContestJuror:
    """Ask somebody to judge, by their phone number or address. By the host. Raises NotAllowed, NotFound, Conflict (asked already; takes
    part)."""
    row = _contest(item)
    who = services.host_actor(user, row)
    if row.case.state not in ("approved", "open"):
        raise Conflict(cite(_("项目实施期间才能请评委。"), DIGITAL), code="moved_on")
    _not_over(row)
    person = person_by_login(login)
    if person is None or not person.is_active:
        raise services.wrong("login", _("平台上没有这个手机号或邮箱的账号，请核对。"))
    if EntryMember.objects.filter(item=row, person=person, left=False).exists():
        raise Conflict(_("这个人参加了比赛，不能当评委。"), code="takes_part")
    juror, made = ContestJuror.objects.get_or_create(
        item=row, person=person, defaults={"asked_by": user, "asked_at": now()}
    )
    if not made:
        raise Conflict(_("已经请过这个人。"), code="asked_already")
    record(
        who,
        action="contest.ask_juror",
        target_type="accounts.User",
        target=person.uuid,
        data={"item": str(row.uuid)},
    )
    return juror


@transaction.atomic
def answer_jury(user: User, item: DigitalItem, *, accept: bool) -> ContestJuror:
    """Whether one takes the jury on; accepting says that nothing ties one to an entry (利益冲突申报). Raises NotFound, Conflict."""
    row = _contest(item)
    juror = row.jurors.select_for_update().filter(person=user).first()
    if juror is None:
        raise NotFound
    if juror.accepted_at or juror.declined_at:
        raise Conflict(_("你已经答复过。"), code="answered_already")
    if accept:
        _not_over(row)
    if accept and EntryMember.objects.filter(item=row, person=user, left=False).exists():
        raise NotAllowed(cite(_("你参加了这个比赛，不能当评委。"), DIGITAL), code="own_case")
    juror.accepted_at, juror.declined_at = (now(), None) if accept else (None, now())
    juror.save(update_fields=["accepted_at", "declined_at"])
    record(
        actor(user),
        action="contest.accept_jury" if accept else "contest.decline_jury",
        target_type=services.TARGET,
        target=row.uuid,
    )
    return juror


def _not_over(row: DigitalItem) -> None:
    """Who judged nothing has no merit of it: `people.juries`."""
    if services.final_published(row):
        raise Conflict(cite(_("决赛成绩已经公布，不能再当评委。"), DIGITAL), code="over")


# --- results ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def enter_results(
    user: User, item: DigitalItem, stage: int, held_on: date, lines: Sequence[SheetLine]
) -> ResultSheet:
    """The results of a stage, for somebody else at the host to check; where jurors marked, each mark is their mean. By the host, none who takes
    part. Raises NotAllowed, Conflict (not now, or there already), Invalid."""
    row = _contest(item)
    who = services.host_actor(user, row)
    _takes_no_part(user, row)
    if row.case.state != "open":
        raise Conflict(cite(_("项目实施期间才能录入成绩。"), DIGITAL), code="moved_on")
    if row.enrol_until is not None and today() <= row.enrol_until:
        raise Conflict(_("报名还没有截止，截止以后才能录入成绩。"), code="enrolling")
    if marking.next_stage(row) != stage or (stage and not _published(row, stage - 1)):
        raise Conflict(_("这个赛段已有成绩，或上一赛段的成绩还没有公布。"), code="not_this_stage")
    if held_on > today() or held_on < row.approved_on:
        raise services.wrong("held_on", _("比赛日期在列入年度项目之后，不晚于今天。"))
    entries = {str(entry.uuid) for entry in marking.stage_entries(row, stage)}
    final = stage == len(row.stages) - 1
    if fault := rules.sheet_fault(lines, entries, final=final) or marking.fault(row, stage, lines):
        raise Invalid(_sheet_text(fault), code=f"sheet_{fault}")
    try:
        with transaction.atomic():
            sheet = ResultSheet.objects.create(
                item=row,
                stage=stage,
                number=row.sheets.filter(stage=stage).count() + 1,
                held_on=held_on,
                lines=[[line.entry, line.centimarks, line.outcome] for line in lines],
                entered_by=user,
                entered_at=now(),
            )
    except IntegrityError as error:
        raise Conflict(_("这个赛段的成绩刚刚有人录入，请刷新后再看。"), code="not_this_stage") from error
    record(
        who,
        action="contest.enter_results",
        target_type=SHEET,
        target=sheet.uuid,
        data={"item": str(row.uuid), "stage": stage, "lines": len(lines)},
    )
    return sheet


@transaction.atomic
def correct_results(user: User, sheet: ResultSheet, lines: Sequence[SheetLine], why: str) -> ResultSheet:
    """A correction of a sheet that is public, as a further sheet of the same entries and day with the reason: checked by somebody else at the
    host and published by the authority like any other; until then the first one stands. By the host, none who takes part. Raises
    NotAllowed, Conflict (not public any more, one under way, a later stage rests on who advanced), Invalid."""
    row = _contest(sheet.item)
    old = ResultSheet.objects.select_for_update().get(pk=sheet.pk)
    who = services.host_actor(user, row)
    _takes_no_part(user, row)
    if old.state != State.PUBLISHED or row.case.state not in CORRECTED_IN:
        raise _moved(old)
    said = services.said("why", why, least=4)
    final = old.stage == len(row.stages) - 1
    if fault := rules.sheet_fault(lines, {uuid for uuid, _mark, _outcome in old.lines}, final=final):
        raise Invalid(_sheet_text(fault), code=f"sheet_{fault}")
    kept = [[line.entry, line.centimarks, line.outcome] for line in lines]
    if sorted(map(tuple, kept)) == sorted(map(tuple, old.lines)):
        raise services.wrong("why", _("更正后的成绩与已公布的一样。"))
    _still_rests(row, old, kept)
    try:
        with transaction.atomic():
            found = ResultSheet.objects.create(
                item=row,
                stage=old.stage,
                number=row.sheets.filter(stage=old.stage).count() + 1,
                held_on=old.held_on,
                lines=kept,
                entered_by=user,
                entered_at=now(),
                corrects=old,
                why=said,
            )
    except IntegrityError as error:
        raise Conflict(_("这份成绩已经有一份更正在办理，请刷新后再看。"), code="correcting") from error
    record(
        who,
        action="contest.correct_results",
        target_type=SHEET,
        target=found.uuid,
        reason=said,
        data={"item": str(row.uuid), "stage": old.stage, "corrects": str(old.uuid)},
    )
    return found


def _still_rests(row: DigitalItem, old: ResultSheet, lines: Sequence[Sequence[Any]]) -> None:
    """Who advanced does not change under the results of the next stage."""
    later = row.sheets.filter(stage=old.stage + 1).exclude(state__in=(State.RETURNED, State.SUPERSEDED))
    if later.exists() and _advanced(lines) != _advanced(old.lines):
        raise Conflict(
            cite(_("下一赛段已经有成绩，晋级名单不能再改；可以更正分数。"), DIGITAL), code="later_stage"
        )


def _advanced(lines: Sequence[Sequence[Any]]) -> set[str]:
    return {uuid for uuid, _mark, outcome in lines if outcome == rules.ADVANCE}


def _published(item: DigitalItem, stage: int) -> bool:
    return item.sheets.filter(stage=stage, state=State.PUBLISHED).exists()


def _sheet_text(fault: str) -> str:
    return {
        "missing": _("每个参赛队要有一行，也只有一行。"),
        "stranger": _("名单里有不在这个赛段的参赛队，请刷新后再填。"),
        "outcome": _("请给每个参赛队选结果。"),
        "mark": _("成绩要在 0 到 100 分之间，最多两位小数。"),
        "order": _("名次和成绩不一致：名次高的成绩不能低于名次低的。"),
        "few": _("有参赛队的评委打分还不够规则要求的人数，不能录入成绩。"),
        "mean": _("成绩和评委打分的平均不一致；评委打过分的，成绩就是平均分。"),
    }[fault]


def _takes_no_part(user: User, item: DigitalItem) -> None:
    if EntryMember.objects.filter(item=item, person=user, left=False).exists():
        raise NotAllowed(cite(_("你参加了这个比赛，成绩要由别人办理。"), DIGITAL), code="own_case")


def _sheet(sheet: ResultSheet) -> tuple[ResultSheet, DigitalItem]:
    """Both locked, the item first: that is what every other change locks first."""
    row = services.locked(sheet.item)
    return ResultSheet.objects.select_for_update().get(pk=sheet.pk), row


def _moved(sheet: ResultSheet) -> Conflict:
    return Conflict(
        _("这份成绩现在是“%(state)s”，请刷新后再看。") % {"state": sheet.get_state_display()}, code="moved_on"
    )


@transaction.atomic
def check_results(user: User, sheet: ResultSheet) -> ResultSheet:
    """Somebody else at the host has compared the sheet with the papers. Raises NotAllowed (entered it; takes part), Conflict."""
    found, row = _sheet(sheet)
    who = services.host_actor(user, row)
    _takes_no_part(user, row)
    if found.entered_by_id == user.pk:
        raise NotAllowed(cite(_("自己录入的成绩要由另一个人核对。"), DIGITAL), code="own_case")
    if found.state != State.ENTERED:
        raise _moved(found)
    found.state, found.checked_by = State.CHECKED, user
    found.save(update_fields=["state", "checked_by"])
    record(who, action="contest.check_results", target_type=SHEET, target=found.uuid)
    return found


@transaction.atomic
def return_results(user: User, sheet: ResultSheet, reason: str) -> ResultSheet:
    """Back to whoever enters results, with the reason: by the host before it was checked, by the authority afterwards. Raises NotAllowed,
    Conflict, Invalid."""
    found, row = _sheet(sheet)
    by_host = found.state == State.ENTERED
    who = services.host_actor(user, row) if by_host else services.officer_actor(user, row)
    _takes_no_part(user, row)
    if found.state not in (State.ENTERED, State.CHECKED):
        raise _moved(found)
    found.state, found.reason = State.RETURNED, services.said("reason", reason, least=2)
    found.save(update_fields=["state", "reason"])
    record(who, action="contest.return_results", target_type=SHEET, target=found.uuid, reason=found.reason)
    return found


@transaction.atomic
def publish_results(user: User, sheet: ResultSheet) -> ResultSheet:
    """Make a checked sheet public; of the final everybody in an entry with a rank has an achievement, and hours follow by rule. By an
    officer of the authority who has nothing to do with the host and neither entered nor checked it. Raises NotAllowed, Conflict."""
    found, row = _sheet(sheet)
    who = services.officer_actor(user, row)
    _takes_no_part(user, row)
    if user.pk in (found.entered_by_id, found.checked_by_id):
        raise NotAllowed(cite(_("录入或核对过的成绩要由另一个人公布。"), DIGITAL), code="own_case")
    states = ("open",) if found.corrects_id is None else CORRECTED_IN
    if found.state != State.CHECKED or row.case.state not in states:
        raise _moved(found)
    old = _superseded(row, found)
    found.state, found.published_by, found.published_at = State.PUBLISHED, user, now()
    found.save(update_fields=["state", "published_by", "published_at"])
    final = found.stage == len(row.stages) - 1
    if final:
        _achieved(row, found)
    former = f"{row.subject}:stage:{found.stage}"
    record(
        who,
        action="contest.publish_results",
        target_type=SHEET,
        target=found.uuid,
        reason=found.why,
        data={"item": str(row.uuid), "stage": found.stage, "final": final},
    )
    services.post_results(
        row,
        row.stages[found.stage],
        key=former if old is None else f"{former}:{found.number}",
        corrects=former if old is not None else "",
        why=found.why,
    )
    if final:
        emit("digital.results", {"item": str(row.uuid)}, key=f"digital.results:sheet:{found.uuid}")
    return found


def _superseded(row: DigitalItem, sheet: ResultSheet) -> ResultSheet | None:
    """The sheet that this one corrects, which counts no more; None: it corrects none. Raises Conflict: it was corrected meanwhile."""
    if sheet.corrects_id is None:
        return None
    old = ResultSheet.objects.select_for_update().get(pk=sheet.corrects_id)
    if old.state != State.PUBLISHED:
        raise _moved(old)
    _still_rests(row, old, sheet.lines)
    old.state = State.SUPERSEDED
    old.save(update_fields=["state"])
    return old


def _achieved(row: DigitalItem, sheet: ResultSheet) -> None:
    """Everybody in an entry with a rank has an achievement; what stands as it was stays, what a correction changes is taken back first."""
    ranks = {UUID(uuid): outcome for uuid, _mark, outcome in sheet.lines if outcome in set(rules.Rank)}
    members = EntryMember.objects.filter(item=row, left=False, entry__uuid__in=ranks).select_related("entry")
    wanted = {member.person_id: (member.entry, ranks[member.entry.uuid]) for member in members}
    rows = row.achievements.select_for_update(of=("self",)).select_related("person")
    wrong = []
    for there in rows.filter(kind=DigitalAchievement.Kind.CONTEST, ended_at__isnull=True).order_by("pk"):
        entry, rank = wanted.get(there.person_id, (None, ""))
        if entry is not None and (entry.pk, rank) == (there.entry_id, there.result):
            del wanted[there.person_id]
        else:
            wrong.append(there)
    results.end(wrong, _("成绩更正：%(why)s") % {"why": sheet.why})
    DigitalAchievement.objects.bulk_create(
        DigitalAchievement(
            item=row,
            person_id=person,
            kind=DigitalAchievement.Kind.CONTEST,
            result=rank,
            entry=entry,
            day=sheet.held_on,
            at=now(),
        )
        for person, (entry, rank) in wanted.items()
    )
