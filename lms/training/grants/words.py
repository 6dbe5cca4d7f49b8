"""The terms of grants in words, and the refusals that cite their document."""

from datetime import date

from django.utils.translation import gettext as _

from lms.lib.errors import Conflict, Invalid
from lms.training.grants.models import USES, Grant
from lms.training.grants.process import EARMARKED, SUPPORT
from lms.training.grants.rules import Facts, Fault, Level, Money, Totals, yuan
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.words import cite


def use_label(use: str) -> str:
    return str(dict(USES).get(use, use))


def money_label(money: str) -> str:
    return {Money.CITY.value: _("市级资金"), Money.DISTRICT.value: _("区级资金")}.get(money, money)


def level_label(level: str) -> str:
    return {
        Level.NATIONAL.value: _("国家级项目"),
        Level.CITY.value: _("市级项目"),
        Level.SECTOR.value: _("行业项目"),
        Level.DISTRICT.value: _("区级项目"),
        Level.VOCATIONAL.value: _("职业培训类项目"),
    }.get(level, level)


def in_yuan(fen: int) -> str:
    return _("%(yuan)s 元") % {"yuan": yuan(fen)}


def fault_text(fault: Fault, most: int, asked: int) -> str:
    """What is wrong with an application, for whoever fills it in."""
    return {
        Fault.PURPOSE: _("没有写资金用来做什么"),
        Fault.BUDGET: _("预算至少要有一行，最多 20 行"),
        Fault.USE: _("预算里有一行没有选用途"),
        Fault.FEN: _("预算里有一行没有写金额"),
        Fault.NOTE: _("“其他”用途要写明做什么"),
        Fault.MOST: _("预算合计 %(asked)s，超过资助上限 %(most)s")
        % {"asked": in_yuan(asked), "most": in_yuan(most)},
    }[fault]


def lines(facts: Facts) -> list[tuple[str, str]]:
    """What an application says, as label and value."""
    found = [(_("资金用来做什么"), facts.purpose)] if facts.purpose else []
    for row in facts.budget:
        said = in_yuan(row.fen)
        found.append(
            (_("预算：%(use)s") % {"use": use_label(row.use)}, f"{said} · {row.note}" if row.note else said)
        )
    if facts.budget:
        found.append((_("预算合计"), in_yuan(facts.fen)))
    return found


def money_lines(totals: Totals) -> list[tuple[str, str]]:
    """What became of a grant."""
    found = [(_("待拨付"), in_yuan(totals.committed))] if totals.committed else []
    if totals.paid:
        found += [
            (_("已拨付"), in_yuan(totals.paid)),
            (_("已使用"), in_yuan(totals.spent_in_all)),
            *[(_("其中：%(use)s") % {"use": use_label(use)}, in_yuan(fen)) for use, fen in totals.spent],
            (_("未使用"), in_yuan(totals.held)),
        ]
    if totals.returned:
        found.append((_("已退回"), in_yuan(totals.returned)))
    return found


def second_grant(first: Grant) -> Conflict:
    """The body has one; to be raised."""
    return Conflict(
        cite(
            _(
                "%(name)s（%(code)s）已于 %(day)s 获得资助（%(number)s）。资助是一次性的，同一单位不能再次资助。"
            )
            % {
                "name": first.case.body.name,
                "code": first.uscc,
                "day": first.decided_on.isoformat(),
                "number": first.case.number,
            },
            SUPPORT,
        ),
        code="second_grant",
    )


def mismatch(money: str, level: str) -> Conflict:
    """A fund that may not pay for the level (A24); to be raised."""
    return Conflict(
        cite(
            _("%(money)s不能用于%(level)s：市级资金用于国家级和市级项目，区级资金用于职业培训类和区级项目。")
            % {"money": money_label(money), "level": level_label(level)},
            EARMARKED,
        ),
        code="fund_mismatch",
        details={"field": "fund"},
    )


def after_use(case: Case, last: date, paid_on: date) -> str:
    """Of a payment after the months of use: the rule of the case with its day, and what becomes of the money."""
    rule = case.rule
    return _(
        "%(paid)s 的支出在使用期限以后：按 %(since)s 起施行的规则（%(rule)s），资金用到 %(last)s 为止，不能再列支；没有用完的请退回。"
    ) % {
        "paid": paid_on.isoformat(),
        "since": rule.valid_from.isoformat() if rule else "",
        "rule": rule.source if rule else "",
        "last": last.isoformat(),
    }


def wrong(field: str, sentence: str, code: str = "invalid_grant") -> Invalid:
    return Invalid(sentence, code=code, details={"field": field})
