"""What the jury of a contest gives: each juror marks the entries of the stage that is on, alone, and the results are their means.

Owns: JurorMark. Refuses: whoever is no juror who said that nothing ties them to an entry; marks of another stage than the one that is on, or once its
results were entered; of an entry that is not in it; beyond 0 to 100. Nobody sees another's marks; the host sees means and how many gave them.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from lms.accounts.api import User, actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.training.digital import rules, services
from lms.training.digital.models import (
    ContestEntry,
    ContestJuror,
    DigitalItem,
    EntryMember,
    JurorMark,
    ResultSheet,
)
from lms.training.digital.process import DIGITAL, JURY_LEAST
from lms.training.digital.rules import MOST_CENTIMARKS, Mean, SheetLine, Track
from lms.training.lifecycle.words import cite

State = ResultSheet.State


def stage_entries(item: DigitalItem, stage: int) -> list[ContestEntry]:
    """Who stands in a stage: of the first all that are not withdrawn, of a later one those that advanced. Two queries."""
    entries = list(item.entries.filter(withdrawn=False))
    if stage == 0:
        return entries
    before = item.sheets.filter(stage=stage - 1, state=State.PUBLISHED).first()
    if before is None:
        return []
    on = {uuid for uuid, _mark, outcome in before.lines if outcome == rules.ADVANCE}
    return [entry for entry in entries if str(entry.uuid) in on]


def next_stage(item: DigitalItem) -> int | None:
    """The first stage without a sheet that stands; None: the final has one."""
    there = set(item.sheets.exclude(state=State.RETURNED).values_list("stage", flat=True))
    return next((stage for stage in range(len(item.stages)) if stage not in there), None)


def stage_on(item: DigitalItem, day: date) -> int | None:
    """The stage that can be marked on a day; None: none is on."""
    stage = next_stage(item)
    if (
        item.case.state != "open"
        or stage is None
        or (item.enrol_until is not None and day <= item.enrol_until)
    ):
        return None
    before = stage == 0 or item.sheets.filter(stage=stage - 1, state=State.PUBLISHED).exists()
    return stage if before else None


def juror(user: User, item: DigitalItem) -> ContestJuror:
    """The user's seat on the jury, once they have taken it on. Raises NotFound."""
    found = item.jurors.filter(person=user, accepted_at__isnull=False).first()
    if found is None:
        raise NotFound
    return found


def means(item: DigitalItem, stage: int) -> dict[str, Mean]:
    """What the jury gave each entry of a stage, by its uuid. One query."""
    rows = JurorMark.objects.filter(item=item, stage=stage).order_by("pk")
    given = rows.values_list("juror", "entry__uuid", "centimarks")
    return rules.means((seat, str(entry), mark) for seat, entry, mark in given)


def own(seat: ContestJuror, stage: int) -> dict[str, int | None]:
    """What a juror gave last, by the entry's uuid. One query."""
    rows = JurorMark.objects.filter(juror=seat, stage=stage).order_by("pk")
    return {str(entry): mark for entry, mark in rows.values_list("entry__uuid", "centimarks")}


def fault(item: DigitalItem, stage: int, lines: Sequence[SheetLine]) -> str:
    """As `rules.jury_fault`, of the rule of the item's case."""
    values = item.case.rule.values if item.case.rule else {}
    return rules.jury_fault(lines, means(item, stage), values.get(JURY_LEAST) or 0)


@transaction.atomic
def mark(user: User, item: DigitalItem, stage: int, given: Mapping[str, int | None]) -> int:
    """A juror's marks. given: the entry's uuid → hundredths of a mark, None to stand aside; who is not named keeps what they have. How many were
    new. Raises NotFound (no juror), NotAllowed (takes part), Conflict (that stage is not on), Invalid."""
    row = services.locked(item)
    if row.track != Track.CONTEST:
        raise NotFound
    seat = juror(user, row)
    if EntryMember.objects.filter(item=row, person=user, left=False).exists():
        raise NotAllowed(cite(_("你参加了这个比赛，不能打分。"), DIGITAL), code="own_case")
    if stage_on(row, today()) != stage:
        raise Conflict(_("这个赛段现在不能打分：报名没有截止，或成绩已经录入。"), code="not_this_stage")
    entries = {str(entry.uuid): entry for entry in stage_entries(row, stage)}
    if set(given) - set(entries):
        raise Invalid(_("名单里有不在这个赛段的参赛队，请刷新后再填。"), code="sheet_stranger")
    if any(value is not None and not 0 <= value <= MOST_CENTIMARKS for value in given.values()):
        raise Invalid(_("成绩要在 0 到 100 分之间，最多两位小数。"), code="sheet_mark")
    there = own(seat, stage)
    fresh = {entry: value for entry, value in given.items() if entry not in there or there[entry] != value}
    JurorMark.objects.bulk_create(
        JurorMark(item=row, stage=stage, juror=seat, entry=entries[entry], centimarks=value, at=now())
        for entry, value in fresh.items()
    )
    if fresh:
        record(
            actor(user),
            action="contest.mark",
            target_type=services.TARGET,
            target=row.uuid,
            data={"stage": stage, "marks": len(fresh)},
        )
    return len(fresh)
