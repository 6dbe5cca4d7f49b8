"""The papers of a programme: receipt, what is missing, refusal, approval, enrolment notice, evaluation sheet, settlement. Each follows from
an act. What stands in for a paper (A21) is the credit bank's proof; plan and hosts are postings of the board, printed from there.
"""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from lms.lib.units import format_centi
from lms.training.lifecycle.conduct import Done
from lms.training.papers import api as papers
from lms.training.papers.api import Template
from lms.training.programmes import rules, words
from lms.training.programmes.models import Programme
from lms.training.programmes.process import CRITERIA

APPROVAL, ENROLMENT, EVALUATION, SETTLEMENT = (
    "programme_approval",
    "programme_enrolment",
    "programme_evaluation",
    "programme_settlement",
)
TEMPLATES = (
    Template(
        APPROVAL,
        "P51",
        1,
        gettext_lazy("研修项目立项通知"),
        gettext_lazy("列入年度项目计划并公布以后，才能招收学员。"),
    ),
    Template(
        ENROLMENT,
        "P52",
        1,
        gettext_lazy("招收学员通知"),
        gettext_lazy("同一通知在公告栏统一发布，以公告栏为准。"),
    ),
    Template(
        EVALUATION,
        "P53",
        1,
        gettext_lazy("项目评估表"),
        gettext_lazy("评估结果是今后项目承接的重要依据。"),
    ),
    Template(
        SETTLEMENT,
        "P54",
        1,
        gettext_lazy("项目资助资金结算书"),
        gettext_lazy("资助资金专款专用，按决算核拨，不超过批准的金额。"),
    ),
)
# What ends which papers.
_ENDED = {"cancel": (APPROVAL, ENROLMENT), "withdraw": (APPROVAL, ENROLMENT)}


def issue_after(done: Done, row: Programme | None) -> None:
    """The paper that this act brings, if any; and the end of those that no longer hold."""
    name, case, reason = done.transition.name, done.case, done.act.reason
    with override(settings.LANGUAGE_CODE):
        if name in ("submit", "resubmit"):
            lines = [(_("提交日期"), done.day.isoformat()), *words.lines(rules.load(case.facts))]
            _issue(done, papers.RECEIPT, lines, papers.sentence_of_lacks([]))
        elif name == "ask":
            due = [(_("补正期限"), done.act.due_on.isoformat())] if done.act.due_on else []
            _issue(done, papers.MISSING, due, [reason])
        elif name == "refuse":
            _issue(done, papers.REFUSAL, [(_("结论"), _("不予立项")), (_("理由"), reason)])
        if row is None:
            return
        if name == "approve":
            _issue(done, APPROVAL, _approval(row))
        elif name == "announce":
            _issue(done, ENROLMENT, enrolment_lines(row))
        elif name in ("evaluate", "fail"):
            _issue(done, EVALUATION, _evaluation(row), [reason])
        elif name == "settle":
            _issue(done, SETTLEMENT, _settlement(row), [reason])
        for kind in _ENDED.get(name, ()):
            papers.withdraw(case, kind, reason=reason or str(done.transition.label), by=done.who)


def enrolment_lines(row: Programme) -> list[tuple[str, str]]:
    """What an enrolment notice says, on the board as on paper; the class is bound."""
    run = row.run
    assert run is not None
    return [
        (_("项目名称"), row.title),
        (_("承办单位"), row.host.name),
        (_("推荐部门"), row.case.body.name),
        (_("对象"), row.audience),
        (_("名额"), _("%(people)s 人") % {"people": run.capacity}),
        (_("地点"), run.place),
        (
            _("时间"),
            _("%(first)s 至 %(last)s")
            % {"first": run.starts_on.isoformat(), "last": run.ends_on.isoformat()},
        ),
        (_("报名截止"), run.enrol_until.isoformat()),
    ]


def _approval(row: Programme) -> list[tuple[str, str]]:
    return [
        (_("项目名称"), row.title),
        (_("层级"), str(row.get_level_display())),
        (_("承办单位"), f"{row.host.name} · {row.get_host_standing_display()}"),
        (_("承办依据"), row.host_ground or "—"),
        (_("核定学时"), _("%(hours)s 学时") % {"hours": format_centi(row.centihours)}),
        (_("人数"), _("%(people)s 人") % {"people": row.people}),
        (_("经费来源"), str(row.get_fund_display())),
        (_("批准资助"), _("%(yuan)s 元") % {"yuan": words.yuan(row.budget_fen)}),
    ]


def _evaluation(row: Programme) -> list[tuple[str, str]]:
    last = row.evaluations.last()
    assert last is not None
    least = row.case.rule.values.get("pass_mark") if row.case.rule else None
    return [
        (_("项目名称"), row.title),
        (_("承办单位"), row.host.name),
        *(
            (
                str(name),
                _("%(score)s 分 × %(weight)s%%") % {"score": last.scores[code], "weight": last.weights[code]},
            )
            for code, name in CRITERIA.items()
        ),
        (_("评估得分"), _("%(mark)s 分") % {"mark": format_centi(last.centimarks)}),
        (_("评估合格线"), _("%(mark)s 分") % {"mark": least}),
        (_("结论"), _("合格") if last.passed else _("不合格")),
        (_("评语"), last.remark),
    ]


def _settlement(row: Programme) -> list[tuple[str, str]]:
    found = row.settlement
    return [
        (_("项目名称"), row.title),
        (_("承办单位"), row.host.name),
        (_("批准资助"), _("%(yuan)s 元") % {"yuan": words.yuan(row.budget_fen)}),
        (_("决算合计"), _("%(yuan)s 元") % {"yuan": words.yuan(found.total_fen)}),
        (_("核拨金额"), _("%(yuan)s 元") % {"yuan": words.yuan(found.paid_fen)}),
        (_("经费来源"), str(found.get_fund_display())),
        (_("结算日期"), found.settled_on.isoformat()),
    ]


def _issue(done: Done, kind: str, lines: list[tuple[str, str]], items: list[str] | None = None) -> None:
    values: dict[str, Any] = {"lines": lines, "items": items or []}
    papers.issue(done.case, kind, values, at=done.at, by=done.who)
