"""Hours that results give by rule (372号 三(三), 四(四)), once: ranks of contests and levels of the national project.

Refuses: hours without a rule of the day in learning's table (活动 × 等次), and a second time for the same contest or level of a person.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.learning.api import Granted, grant, rule_there
from lms.lib.errors import NotAllowed
from lms.lib.outbox.registry import Event, consumer
from lms.lib.units import format_centi
from lms.training.digital import services
from lms.training.digital.models import DigitalAchievement, DigitalItem
from lms.training.programmes.results import grade_of

Kind = DigitalAchievement.Kind
# Under which sort of activity the table of hours has them (人社部令第25号): 技能竞赛; 工程项目 (372号 四(四)).
ACTIVITY = {Kind.CONTEST.value: "competition", Kind.LEVEL.value: "project"}
CATEGORY = "specialty"
# The grades of the table; data of the table, in the platform's language.
_RANKS = {"first": "一等奖", "second": "二等奖", "third": "三等奖", "merit": "优胜奖", "finished": "完赛"}
_LEVELS = {"junior": "初级", "middle": "中级", "senior": "高级"}


def table_grade(kind: str, level: str, result: str) -> str:
    """等次 in the table of hours: 市级一等奖; 数字技术工程师初级."""
    if kind == Kind.CONTEST:
        return f"{grade_of(level)}{_RANKS[result]}"
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
    rows = item.achievements.filter(hours__isnull=True).select_related(
        "person", "item__host", "item__authority", "item__case"
    )
    # Of somebody whose data was erased nothing says any more that they have it: nothing is added.
    open_rows = [row for row in rows if row.person.erased_at is None]
    new = sum(_give(row) for row in open_rows)
    return Given(item.achievements.count(), new, len(open_rows) - new)


def identifier(row: DigitalAchievement) -> str:
    """What makes it the same work, whoever hands it in: the contest's number; the direction and level, whichever year."""
    if row.kind == Kind.CONTEST:
        return row.item.case.number or str(row.item.uuid)
    return f"数字技术工程师/{row.direction}/{row.result}"


def _give(row: DigitalAchievement) -> bool:
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
    return bool(DigitalAchievement.objects.filter(pk=row.pk, hours__isnull=True).update(hours=made.uuid))


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
