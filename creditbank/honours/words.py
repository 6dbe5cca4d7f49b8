"""Rules, rewards and the counters of cohorts in words."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from creditbank.honours.cohort_queries import JOINED, LEFT, OBTAINED, UNDER_WAY
from creditbank.planner.effect import FEWEST_TOLD
from creditbank.rules.words import award_name
from creditbank.statistics.rules import Figure, State
from lms.lib.units import format_centi

COUNTERS: dict[str, tuple[Promise, Promise]] = {
    JOINED: (
        pgettext_lazy("人数", "加入"),
        gettext_lazy("接受邀请、加入计划的人，后来退出的也在内；一个人只算一次。"),
    ),
    UNDER_WAY: (gettext_lazy("在读"), gettext_lazy("没有退出、还没有取得学历的人。")),
    OBTAINED: (
        gettext_lazy("取得学历"),
        gettext_lazy(
            "加入以后、三年之内取得学历的人：以已核实的学历课程成绩证明，或由学校用学分银行的学分兑换毕业证书。"
        ),
    ),
    LEFT: (pgettext_lazy("人数", "退出"), gettext_lazy("没有取得学历就退出的人。")),
}


def measured(award: str, hundredths: int | None, *, least: bool = False) -> str:
    """ "地市级 一等奖", "92 分" or, of a rule, "成绩不低于 90 分"."""
    if award:
        return award_name(award)
    if hundredths is None:
        return ""
    points = {"n": format_centi(hundredths)}
    return _("成绩不低于 %(n)s 分") % points if least else _("%(n)s 分") % points


def counters(figures: dict[str, Figure]) -> list[dict[str, Any]]:
    """As the public page shows them: a rounded number, or why there is none."""
    shown = []
    for key, (title, definition) in COUNTERS.items():
        figure = figures[key]
        few = _("少于 %(n)s") % {"n": FEWEST_TOLD}
        hidden = "" if figure.people is not None else few if figure.state == State.FEW else _("未公布")
        shown.append({"title": title, "definition": definition, "number": figure.people, "hidden": hidden})
    return shown
