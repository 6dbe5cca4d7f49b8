"""The terms of digital items in words."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lms.lib.units import format_centi
from lms.training.digital.models import COMPLETIONS, GRADES, RANKS, TRACKS, DigitalItem
from lms.training.digital.process import MONEY
from lms.training.digital.rules import (
    LAST_YEAR,
    MOST_ENTRIES,
    MOST_PEOPLE,
    MOST_STAGES,
    MOST_TEAM,
    Facts,
    Fault,
    Track,
    takes_people,
)
from lms.training.lifecycle.words import cite
from lms.training.programmes.models import FUNDS, LEVELS
from lms.training.programmes.words import yuan


def label(code: str, among: Iterable[tuple[str, str | Promise]]) -> str:
    return str(dict(among).get(code, code))


def result_label(code: str) -> str:
    """A rank, a level, or that it was completed."""
    return label(code, [*RANKS, *GRADES, *COMPLETIONS])


def marks(centimarks: int | None) -> str:
    return "" if centimarks is None else format_centi(centimarks)


def fault_text(fault: Fault) -> str:
    """What is wrong, for whoever fills it in."""
    of = {
        "entries": MOST_ENTRIES,
        "people": MOST_PEOPLE,
        "stages": MOST_STAGES,
        "team": MOST_TEAM,
        "last": LAST_YEAR,
    }
    sentences = {
        Fault.TRACK: _("没有选项目类别"),
        Fault.YEAR: _("年度要在 2022 到 %(last)s 之间"),
        Fault.TITLE: _("没有写项目名称"),
        Fault.ABOUT: _("没有写项目内容"),
        Fault.LEVEL: _("没有选项目层级"),
        Fault.NATIONAL_LEVEL: _("国家级数字技术工程师培育项目的层级是国家级"),
        Fault.FUND: _("没有选经费来源"),
        Fault.FUND_MISMATCH: cite(
            _(
                "经费来源与项目层级不符：国家级、市级项目用市级财政，行业项目用行业部门财政，区级项目用区级财政"
            ),
            MONEY,
        ),
        Fault.BUDGET: _("经费预算不对"),
        Fault.PEOPLE: _("名额要大于 0，大赛不超过 %(entries)s 个参赛名额，培育项目不超过 %(people)s 人"),
        Fault.HOURS: _("没有写核定学时，或学时太多"),
        Fault.ENROL_UNTIL: _("没有写报名截止日期"),
        Fault.DIRECTION: _("没有写职业方向"),
        Fault.DIRECTION_UNKNOWN: _("职业方向不在现行名单里：请从名单里选，名单没有的写在“其他”里"),
        Fault.STAGES: _("大赛要有 1 到 %(stages)s 个赛段，名称不重复，最后一个是决赛"),
        Fault.TEAM: _("每个参赛队的人数要在 1 到 %(team)s 之间"),
        Fault.PARTNER: _("没有写合作的企业或院校"),
        Fault.AGREEMENT: _("没有写校企合作的协议"),
        Fault.STANDARD: _("没有写全采用的标准：名称、来源和版本"),
    }
    return sentences[fault] % of


def lines(facts: Facts) -> list[tuple[str, str]]:
    """What an item says, as label and value."""
    people = takes_people(facts.track, facts.people)
    found = [
        (_("类别"), label(facts.track, TRACKS) if facts.track else ""),
        (_("年度"), str(facts.year) if facts.year else ""),
        (_("项目名称"), facts.title),
        (_("项目内容"), facts.about),
        (_("层级"), label(facts.level, LEVELS) if facts.level else ""),
        (_("经费来源"), label(facts.fund, FUNDS) if facts.fund else ""),
        (_("申请资助"), _("%(yuan)s 元") % {"yuan": yuan(facts.budget_fen)} if facts.budget_fen else ""),
        (pgettext("数字技术", "名额"), str(facts.people) if people and facts.people else ""),
        (
            _("核定学时"),
            _("%(hours)s 学时") % {"hours": format_centi(facts.centihours)}
            if people and facts.centihours
            else "",
        ),
        (_("报名截止"), facts.enrol_until if people else ""),
        (_("职业方向"), direction_text(facts)),
        *detail(facts),
    ]
    return [(name, value) for name, value in found if value]


def direction_text(facts: Facts) -> str:
    """The direction, and whether the list of the document names it."""
    if not facts.direction or not (facts.direction_open or facts.direction_list):
        return facts.direction
    if facts.direction_open:
        return _("%(direction)s（名单以外）") % {"direction": facts.direction}
    return _("%(direction)s（名单第 %(version)s 版）") % {
        "direction": facts.direction,
        "version": facts.direction_list,
    }


def detail(facts: Facts) -> list[tuple[str, str]]:
    """What belongs to its track: stages of a contest, the partner and agreement, the standard."""
    found = []
    if facts.track == Track.CONTEST:
        found = [
            (_("赛段"), " → ".join(facts.stages)),
            (_("每队人数"), _("最多 %(people)s 人") % {"people": facts.team_most}),
        ]
    found += [
        (_("合作单位"), facts.partner),
        (_("合作协议"), facts.agreement),
        (_("协议有效期至"), facts.agreement_until),
    ]
    if facts.standard_name:
        standard = _("%(name)s，%(version)s（%(source)s）") % {
            "name": facts.standard_name,
            "version": facts.standard_version,
            "source": facts.standard_source,
        }
        found.append((_("采用的标准"), standard))
    return [(name, value) for name, value in found if value]


def plan_text(item: DigitalItem, facts: Facts) -> str:
    """An item as the notice board shows it."""
    rows = [
        (_("类别"), label(item.track, TRACKS)),
        (_("承办单位"), item.host.name),
        (_("层级"), label(item.level, LEVELS)),
        (_("经费来源"), label(item.fund, FUNDS)),
        *detail(facts),
    ]
    return "\n".join(f"{name}：{value}" for name, value in rows)
