"""Hours that results give by rule (372号 三(三), 四(四)), once: ranks of contests and levels of the national project.

A correction takes back
what it changes: the hours are reversed, and given anew by what is right. Refuses: hours without a rule of the day in learning's table (活动 × 等次), and a second time for the same contest or level of a person.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.learning.api import Granted, grant, rule_there, take_back_hours
from lms.lib.clock import now
from lms.lib.errors import NotAllowed
from lms.lib.outbox.registry import Event, consumer
from lms.lib.units import format_centi
from lms.training.digital import services
from lms.training.digital.models import DigitalAchievement, DigitalItem
from lms.training.programmes.results import grade_of

Kind = DigitalAchievement.Kind
# Under which sort of activity the table of hours has them (人社部令第25号): 技能竞赛; 工程项目 (372号 四(四)).
ACTIVITY = {
    Kind.CONTEST.value: "competition",
    Kind.LEVEL.value: "project",
    Kind.PROJECT.value: "project",
}
CATEGORY = "specialty"
# The grades of the table; data of the table, in the platform's language.
_RANKS = {"first": "一等奖", "second": "二等奖", "third": "三等奖", "merit": "优胜奖", "finished": "完赛"}
_LEVELS = {"junior": "初级", "middle": "中级", "senior": "高级"}


def table_grade(kind: str, level: str, result: str) -> str:
    """等次 in the table of hours: 市级一等奖; 数字技术工程师初级."""
    if kind == Kind.CONTEST:
        return f"{grade_of(level)}{_RANKS[result]}"
    if kind == Kind.PROJECT:
        return grade_of(level)
    return f"数字技术工程师{_LEVELS[result]}"


@dataclass(frozen=True)
class Given:
    """achieved: results that were published; new: whom this call gave hours; waiting: who has none, since no rule was in force on the
    day or a claim of theirs for the same is under way."""

    achieved: int
    new: int
    waiting: int


def give(item: DigitalItem) -> Given:
    """Give each published result its hours, once: as often as this is called."""
    standing = item.achievements.filter(ended_at__isnull=True)
    rows = standing.filter(hours__isnull=True).select_related("person")
    # Of somebody whose data was erased nothing says any more that they have it: nothing is added.
    open_rows = [row for row in rows if row.person.erased_at is None]
    new = sum(_give(row) for row in open_rows)
    return Given(standing.count(), new, len(open_rows) - new)


def identifier(row: DigitalAchievement) -> str:
    """What makes it the same work, whoever hands it in: the contest's number; the direction and level, whichever year."""
    if row.kind in (Kind.CONTEST, Kind.PROJECT):
        return row.item.case.number or str(row.item.uuid)
    return f"数字技术工程师/{row.direction}/{row.result}"


@transaction.atomic
def _give(achieved: DigitalAchievement) -> bool:
    # A correction that takes it back waits, or is waited for.
    row = (
        DigitalAchievement.objects.select_for_update(of=("self",))
        .select_related("person", "item__host", "item__authority", "item__case")
        .get(pk=achieved.pk)
    )
    if row.hours is not None or row.ended_at is not None:
        return False
    item = row.item
    made = grant(
        services.PLATFORM,
        row.person,
        Granted(
            activity=ACTIVITY[row.kind],
            grade=table_grade(row.kind, item.level, row.result),
            category=CATEGORY,
            title=item.title,
            identifier=identifier(row),
            host=item.host,
            authority=item.authority,
            starts_on=min(item.approved_on, row.day),
            ends_on=row.day,
            centihours=item.centihours,
            about=_("项目核定 %(hours)s 学时") % {"hours": format_centi(item.centihours)},
        ),
    )
    if made is None:
        return False
    row.hours = made.uuid
    row.save(update_fields=["hours"])
    return True


def end(rows: Iterable[DigitalAchievement], reason: str) -> int:
    """Results that a correction takes back, in its transaction: they stay, marked, and their hours are reversed. How many."""
    ended = 0
    for row in rows:
        row.ended_at = now()
        row.save(update_fields=["ended_at"])
        if row.hours is not None:
            take_back_hours(services.PLATFORM, row.person, row.hours, reason)
        ended += 1
    return ended


def ruled(item: DigitalItem, achievements: list[DigitalAchievement]) -> dict[int, bool]:
    """Achievement → whether a rule was in force on its day; one look for each sort and day."""
    asked = {(row.kind, row.result, row.day) for row in achievements}
    there = {
        (kind, result, day): rule_there(day, ACTIVITY[kind], table_grade(kind, item.level, result), CATEGORY)
        for kind, result, day in asked
    }
    return {row.pk: there[row.kind, row.result, row.day] for row in achievements}


@consumer("digital.results", name="training.digital_hours")
def on_results(event: Event) -> None:
    """`digital.results` → whoever has a result has its hours; delivered twice, once."""
    give(DigitalItem.objects.get(uuid=event.payload["item"]))


def give_again(user: User, item: DigitalItem) -> Given:
    """The same at the button of the host or of an officer in charge, when a rule has come. Raises NotAllowed."""
    try:
        services.officer_actor(user, item)
    except NotAllowed:
        services.host_actor(user, item)
    return give(item)
