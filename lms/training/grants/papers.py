"""The papers of a grant: receipt, the claim, what is missing, the decision, the payment, the settlement, a refusal. Each follows from an
act. Vouchers are papers of their own (vouchers.py)."""

from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, override

from lms.training.bases.models import Base
from lms.training.grants import rules, words
from lms.training.grants.models import Grant, Movement
from lms.training.grants.process import POOL, SUPPORT
from lms.training.grants.rules import Totals
from lms.training.lifecycle.conduct import Done
from lms.training.papers import api as papers
from lms.training.papers.api import Template

DECISION, PAYMENT, SETTLEMENT = "grant_decision", "grant_payment", "grant_settlement"
CLAIM = "grant_claim"
TEMPLATES = (
    Template(
        DECISION, "P11", 1, gettext_lazy("专项工作资助决定"), gettext_lazy("资助资金专款专用，单独核算。")
    ),
    Template(
        PAYMENT,
        "P12",
        1,
        gettext_lazy("资助资金拨付通知"),
        gettext_lazy("每笔支出凭凭证登记用途，节余退回。"),
    ),
    Template(SETTLEMENT, "P13", 1, gettext_lazy("资助资金结算书"), gettext_lazy("各项金额与账簿一致。")),
    Template(
        CLAIM,
        "P14",
        1,
        gettext_lazy("资助资金申领表"),
        gettext_lazy("资助一次性拨付，不超过申领的金额和上限；以协调小组的决定为准。"),
    ),
)
CLAIMED_ANEW = gettext_noop("补正以后重新申领，以新的一份为准。")
# What ends a claim, and what whoever has its code reads then: the reasons are the body's alone.
ENDS = {
    "refuse": gettext_noop("没有同意资助，申领结束。"),
    "decline": gettext_noop("没有同意资助，申领结束。"),
    "cancel": gettext_noop("资助已撤销，不再拨付。"),
    "withdraw": gettext_noop("申领单位撤回了申请。"),
    "lapse": gettext_noop("逾期没有补正，申领结束。"),
}


def _issue(
    done: Done,
    kind: str,
    lines: list[tuple[str, str]],
    items: list[str] | None = None,
    *,
    from_body: bool = False,
) -> None:
    values: dict[str, Any] = {"lines": lines, "items": items or []}
    papers.issue(done.case, kind, values, at=done.at, by=done.who, from_body=from_body)


def receive(done: Done) -> None:
    with override(settings.LANGUAGE_CODE):
        lines = [(_("提交日期"), done.day.isoformat()), *words.lines(rules.load(done.case.facts))]
        _issue(done, papers.RECEIPT, lines, papers.sentence_of_lacks([]))


def claim(done: Done, base: Base | None) -> None:
    """What the body claims, for which base, under which limit; handed in again, the earlier one holds no more (五)."""
    case = done.case
    papers.withdraw(case, CLAIM, reason=CLAIMED_ANEW, by=done.who)
    rule = case.rule
    with override(settings.LANGUAGE_CODE):
        facts = rules.load(case.facts)
        lines = [
            (_("申领单位"), case.body.name),
            (_("统一社会信用代码"), case.body.uscc),
            (_("基地牌匾编号"), base.number if base else ""),
            (_("申领金额"), words.in_yuan(facts.fen)),
            (_("资助上限"), words.in_yuan(rules.most_fen(rule.values if rule else {}))),
            (_("适用规则"), f"{rule.source}（{rule.valid_from.isoformat()}）" if rule else ""),
            (_("资金性质"), key_project(True)),
            *words.lines(facts),
        ]
        _issue(done, CLAIM, [(label, value) for label, value in lines if value], from_body=True)


def end_claim(done: Done) -> None:
    """The act leaves nothing to claim."""
    if said := ENDS.get(done.transition.name):
        papers.withdraw(done.case, CLAIM, reason=said, by=done.who)


def ask(done: Done) -> None:
    with override(settings.LANGUAGE_CODE):
        due = [(_("补正期限"), done.act.due_on.isoformat())] if done.act.due_on else []
        _issue(done, papers.MISSING, due, [done.act.reason])


def refuse(done: Done, decided_on: date | None = None, members: list[str] | None = None) -> None:
    """By the authority, or where day and members are given by the coordination group."""
    with override(settings.LANGUAGE_CODE):
        lines = [(_("结论"), _("不予资助")), (_("理由"), done.act.reason)]
        if decided_on is not None:
            lines += [
                (_("协调小组会议"), decided_on.isoformat()),
                (_("出席成员"), _("、").join(members or [])),
            ]
        _issue(done, papers.REFUSAL, lines)


def decide(done: Done, grant: Grant) -> None:
    with override(settings.LANGUAGE_CODE):
        lines = [
            (_("统一社会信用代码"), grant.uscc),
            (_("基地牌匾编号"), grant.base.number),
            (_("资助金额"), words.in_yuan(grant.fen)),
            (_("资金来源"), f"{grant.fund.name}（{words.money_label(grant.fund.money)}）"),
            (_("资金性质"), key_project(grant.key_project)),
            (_("协调小组会议"), grant.decided_on.isoformat()),
            (_("出席成员"), _("、").join(grant.members)),
            (_("决定依据"), f"{SUPPORT}；{POOL}"),
        ]
        _issue(done, DECISION, lines)


def key_project(yes: bool) -> str:
    """What kind of project the money is given as (六)."""
    return _("区地方教育附加区级统筹资金重点项目") if yes else _("一般项目")


def cancel(done: Done) -> None:
    papers.withdraw(done.case, DECISION, reason=done.act.reason, by=done.who)


def pay(done: Done, grant: Grant, movement: Movement) -> None:
    with override(settings.LANGUAGE_CODE):
        lines = [
            (_("拨付金额"), words.in_yuan(movement.fen)),
            (_("拨付日期"), movement.day.isoformat()),
            (_("付款凭证号"), movement.voucher),
            (_("资金来源"), grant.fund.name),
            (_("记账编号"), str(movement.transaction)),
        ]
        if done.act.due_on:
            lines.append((_("使用期限"), done.act.due_on.isoformat()))
        _issue(done, PAYMENT, lines)


def settle(done: Done, grant: Grant, totals: Totals) -> None:
    with override(settings.LANGUAGE_CODE):
        lines = [
            (_("资助金额"), words.in_yuan(grant.fen)),
            *words.money_lines(totals),
            (_("结论"), done.act.reason),
        ]
        _issue(done, SETTLEMENT, lines)
