"""What each counter counts, in one sentence, and how its parts are called; the figures as page and API show them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from creditbank.ledger.words import unit_title
from creditbank.outcomes.models import Level, OutcomeKind
from creditbank.planner.effect import FEWEST_TOLD
from creditbank.statistics.counts import REFUSED, VERIFIED, WAITING
from creditbank.statistics.queries import Statistics
from creditbank.statistics.rules import Figure, State
from lms.lib.clock import local_day
from lms.lib.units import format_centi

# How much of a list that may be long stands on the page of all counters; the rest is paged.
TOP = 10
PEOPLE, THINGS, CREDITS, HOURS = "people", "count", "centicredits", "centihours"
UNITS: dict[str, Promise] = {
    PEOPLE: pgettext_lazy("统计", "人"),
    THINGS: pgettext_lazy("统计", "项"),
    CREDITS: gettext_lazy("学分"),
    HOURS: gettext_lazy("学时"),
}
COLUMNS: dict[str, Promise] = {
    PEOPLE: gettext_lazy("人数"),
    THINGS: gettext_lazy("项数"),
    CREDITS: pgettext_lazy("标题", "学分"),
    HOURS: pgettext_lazy("标题", "学时"),
}
STANDINGS = {
    VERIFIED: gettext_lazy("已核实"),
    WAITING: gettext_lazy("待核实"),
    REFUSED: gettext_lazy("未通过核实"),
}


@dataclass(frozen=True)
class Spoken:
    """A counter or a table in words. measures: which numbers it has, the first the one that is drawn."""

    title: Promise
    definition: Promise
    measures: tuple[str, ...]


COUNTERS: dict[str, Spoken] = {
    "accounts": Spoken(
        gettext_lazy("开通的学习账号"),
        gettext_lazy("开通了学习账号的人；两个账号合并后只算一个人。"),
        (PEOPLE,),
    ),
    "outcomes": Spoken(
        gettext_lazy("登记的学习成果"),
        gettext_lazy("本人登记或机构存入的证书、成绩、学时等，不论是否已经核实。"),
        (THINGS, PEOPLE),
    ),
    "recognised": Spoken(
        gettext_lazy("已核实的学习成果"),
        gettext_lazy("由发证机构或审核人员核实为真的成果；只有这些才算数。"),
        (THINGS, PEOPLE),
    ),
    "conversions": Spoken(
        gettext_lazy("学分认定和转换"),
        gettext_lazy(
            "学校批准、已经入账并且没有撤销的，学分取自账本；后来兑换、转出或到期的也在内，转到另一所学校的在那里再算一项。"
        ),
        (CREDITS, THINGS, PEOPLE),
    ),
    "hours": Spoken(
        gettext_lazy("已入账的学时"),
        gettext_lazy("记入个人账户并且没有冲正的学时；同一个人两个账号重复的已经去掉。"),
        (HOURS, PEOPLE),
    ),
    "skills": Spoken(
        gettext_lazy("技能晋升"),
        gettext_lazy("持有已核实的职业技能等级证书的人，每人只按最高等级算一次。"),
        (PEOPLE,),
    ),
    "senior": Spoken(
        gettext_lazy("其中高级工以上"),
        gettext_lazy("其中最高等级为三级/高级工、二级/技师、一级/高级技师、特级技师或首席技师的人。"),
        (PEOPLE,),
    ),
}
_CONVERTED = (CREDITS, THINGS, PEOPLE)
TABLES: dict[str, Spoken] = {
    "standings": Spoken(
        gettext_lazy("成果按核实情况"), gettext_lazy("登记的成果现在核实到哪一步。"), (THINGS, PEOPLE)
    ),
    "kinds": Spoken(
        gettext_lazy("成果按类型"), gettext_lazy("每一种核实情况里各有哪些类型的成果。"), (THINGS, PEOPLE)
    ),
    "institutions": Spoken(
        gettext_lazy("认定按学校"), gettext_lazy("认定和转换由哪所学校给出学分。"), _CONVERTED
    ),
    "occupations": Spoken(
        gettext_lazy("认定按职业"),
        gettext_lazy("被认定的成果属于哪个职业（职业分类大典的编码）。"),
        _CONVERTED,
    ),
    "levels": Spoken(gettext_lazy("认定按等级"), gettext_lazy("被认定的证书是哪个技能等级。"), _CONVERTED),
    "years": Spoken(gettext_lazy("认定按年份"), gettext_lazy("入账的那一年，以北京时间为准。"), _CONVERTED),
    "hour_kinds": Spoken(gettext_lazy("学时按科目"), gettext_lazy("学时记在哪一类科目下。"), (HOURS, PEOPLE)),
    "hour_years": Spoken(
        gettext_lazy("学时按年份"),
        gettext_lazy("入账的那一年，以北京时间为准；合并账号时去掉的重复学时，从合并的那一年减去。"),
        (HOURS, PEOPLE),
    ),
    "skill_levels": Spoken(gettext_lazy("技能晋升按等级"), gettext_lazy("每人持有的最高等级。"), (PEOPLE,)),
}
LONG = {
    "institutions": gettext_lazy("全部学校"),
    "occupations": gettext_lazy("全部职业"),
}


@dataclass(frozen=True)
class Line:
    """A counter, or a row of a table. code: the key for programs; values: by measure, None unless told; share: of the
    greatest in the table, in percent.
    """

    code: str
    label: str
    state: str
    values: dict[str, int | None]
    share: int = 0

    @property
    def told(self) -> bool:
        return self.state == State.TOLD

    @property
    def hidden(self) -> str:
        """What stands in the place of the numbers."""
        few = _("少于 %(n)s") % {"n": FEWEST_TOLD}
        return "" if self.told else few if self.state == State.FEW else _("未公布")

    @property
    def cells(self) -> list[tuple[str, str]]:
        """(heading, text) of each measure; what is hidden says so once, under the people."""
        return [
            (str(COLUMNS[name]), _text(name, value) if self.told else self.hidden if name == PEOPLE else "—")
            for name, value in self.values.items()
        ]

    @property
    def figures(self) -> list[tuple[str, str]]:
        """(number, unit) of each measure."""
        return [(_text(name, value), str(UNITS[name])) for name, value in self.values.items()]


@dataclass(frozen=True)
class Shown:
    """A counter or a table with its words. lines: of a counter one."""

    key: str
    title: str
    definition: str
    day: date
    measures: tuple[str, ...]
    lines: list[Line]

    @property
    def line(self) -> Line:
        return self.lines[0]

    @property
    def headings(self) -> list[str]:
        return [str(COLUMNS[name]) for name in self.measures]

    @property
    def all_title(self) -> str:
        """How the page with every row is called; "" where all of them stand on the first."""
        return str(LONG.get(self.key, "")) if len(self.lines) > TOP else ""

    @property
    def top(self) -> list[Line]:
        return self.lines[:TOP] if self.all_title else self.lines


def counter(found: Statistics, key: str) -> Shown:
    figure, spoken = found.counters[key], COUNTERS[key]
    line = Line(key, str(spoken.title), figure.state, _values(figure, spoken.measures))
    return _shown(key, spoken, found.at, [line])


def table(found: Statistics, name: str) -> Shown:
    spoken, rows = TABLES[name], found.tables[name]
    label, drawn = LABELS[name], spoken.measures[0]
    values = [_values(row, spoken.measures) for row in rows]
    most = max((row[drawn] or 0 for row in values), default=0)
    lines = [
        Line(row.key, label(row), row.state, numbers, (numbers[drawn] or 0) * 100 // most if most else 0)
        for row, numbers in zip(rows, values, strict=True)
    ]
    return _shown(name, spoken, found.at, lines)


def _shown(key: str, spoken: Spoken, at: datetime, lines: list[Line]) -> Shown:
    return Shown(key, str(spoken.title), str(spoken.definition), local_day(at), spoken.measures, lines)


def _values(figure: Figure, measures: tuple[str, ...]) -> dict[str, int | None]:
    numbers = {PEOPLE: figure.people, THINGS: figure.count}
    return {name: numbers.get(name, figure.amount) for name in measures}


def _text(measure: str, value: int | None) -> str:
    if value is None:
        return "—"
    return format_centi(value) if measure in (CREDITS, HOURS) else str(value)


# --- how the parts are called ----------------------------------------------------------------------------


def _kind(row: Figure) -> str:
    standing, _colon, kind = row.key.partition(":")
    return f"{dict(OutcomeKind.choices).get(kind, kind)} · {STANDINGS[standing]}"


def _level(row: Figure) -> str:
    return str(Level(int(row.key)).label) if row.key else _("没有等级")


def _occupation(row: Figure) -> str:
    return f"{row.name} {row.key}".strip() if row.key else _("没有职业编码")


LABELS: dict[str, Callable[[Figure], Any]] = {
    "standings": lambda row: str(STANDINGS[row.key]),
    "kinds": _kind,
    "institutions": lambda row: row.name,
    "occupations": _occupation,
    "levels": _level,
    "years": lambda row: row.key,
    "hour_kinds": lambda row: unit_title(row.name),
    "hour_years": lambda row: row.key,
    "skill_levels": _level,
}
