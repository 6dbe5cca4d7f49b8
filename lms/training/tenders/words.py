"""The terms of tenders in words."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lms.lib.units import format_centi
from lms.training.lifecycle.words import cite as cite
from lms.training.programmes.models import FUNDS, LEVELS
from lms.training.programmes.words import label as label
from lms.training.programmes.words import yuan
from lms.training.tenders.models import BYS, PARTS, TIES, VOIDS
from lms.training.tenders.process import MONEY, TENDER
from lms.training.tenders.rules import (
    MOST_BID_DAYS,
    MOST_CRITERIA,
    MOST_DAYS,
    MOST_OPENING_DAYS,
    By,
    Criterion,
    Facts,
    Fault,
    Lot,
    rounded,
)


def part_label(code: str) -> str:
    return label(code, PARTS)


def void_text(code: str) -> str:
    return label(code, VOIDS)


def in_yuan(fen: int) -> str:
    return _("%(yuan)s 元") % {"yuan": yuan(fen)}


def marks(centimarks: int | None) -> str:
    """Centimarks as marks: 8650 → "86.5 分"."""
    return "—" if centimarks is None else _("%(mark)s 分") % {"mark": format_centi(centimarks)}


def letter(number: int) -> str:
    """What an expert is called where scores are public: their names stand in the authority's file."""
    return _("专家 %(letter)s") % {"letter": chr(ord("A") + (number - 1) % 26)}


def fault_text(fault: Fault, part: str) -> str:
    """What is wrong, for whoever fills it in."""
    of = {
        "part": part_label(part) if part else "",
        "days": MOST_BID_DAYS,
        "opening": MOST_OPENING_DAYS,
        "criteria": MOST_CRITERIA,
        "run": MOST_DAYS,
    }
    sentences: dict[Fault, str | Promise] = {
        Fault.TITLE: _("没有写需求包名称"),
        Fault.LEVEL: _("没有选项目层级"),
        Fault.FUND: _("没有选经费来源"),
        Fault.FUND_MISMATCH: cite(
            cite(_("需求包由市级财政给予专项经费资助，只用于国家级和市级项目"), TENDER), MONEY
        ),
        Fault.DEADLINE: _("没有写投标截止日，或发布后几个工作日（1 到 %(days)s）截止"),
        Fault.OPENING: _("开标窗口要在 1 到 %(opening)s 个工作日之间"),
        Fault.TIE: _("没有选得分相同时怎么办"),
        Fault.LOTS: _("没有选需求包的内容（六类里的一类或几类）"),
        Fault.TWICE: _("同一类内容写了两次"),
        Fault.NEED: _("“%(part)s”没有写需求"),
        Fault.CEILING: _("“%(part)s”没有写预算上限，或金额不对"),
        Fault.DAYS: _("“%(part)s”的完成期限要在 1 到 %(run)s 天之间"),
        Fault.CRITERIA: _("“%(part)s”的评审标准要有 1 到 %(criteria)s 条，名称不能空、不能重复"),
        Fault.WEIGHTS: _("“%(part)s”的权重合计要正好是 100%%，每条至少 1%%"),
        Fault.PANEL: _("“%(part)s”至少要有一条由专家打分"),
        Fault.OTHERWISE: _("“%(part)s”按评估或检查得分的标准，要写没有得分的按几分（0 到 100）"),
    }
    return str(sentences[fault]) % of


def criterion(row: Criterion) -> str:
    said = _("%(name)s：%(weight)s%%，%(by)s") % {
        "name": row.name,
        "weight": row.weight,
        "by": label(row.by, BYS),
    }
    if row.by == By.PANEL:
        return said
    return _("%(said)s（没有得分的按 %(marks)s 分）") % {"said": said, "marks": row.otherwise}


def lot_lines(lot: Lot) -> list[tuple[str, str]]:
    name = part_label(lot.part)
    found = [
        (_("%(part)s：需求") % {"part": name}, lot.need),
        (_("%(part)s：预算上限") % {"part": name}, in_yuan(lot.ceiling_fen) if lot.ceiling_fen else ""),
        (
            _("%(part)s：完成期限") % {"part": name},
            _("%(days)s 天") % {"days": lot.days} if lot.days else "",
        ),
        (
            _("%(part)s：评审标准") % {"part": name},
            pgettext("列举", "；").join(criterion(row) for row in lot.criteria),
        ),
    ]
    return [(head, value) for head, value in found if value]


def deadline(facts: Facts) -> str:
    if facts.closes_on:
        return facts.closes_on
    return _("发布后第 %(days)s 个工作日") % {"days": facts.bid_days} if facts.bid_days else ""


def lines(facts: Facts) -> list[tuple[str, str]]:
    """What a package says, as label and value."""
    found: list[tuple[str, str]] = [
        (_("需求包名称"), facts.title),
        (_("层级"), label(facts.level, LEVELS) if facts.level else ""),
        (_("经费来源"), label(facts.fund, FUNDS) if facts.fund else ""),
        (_("投标截止"), deadline(facts)),
        (
            _("开标窗口"),
            _("截止后 %(days)s 个工作日") % {"days": facts.opening_days} if facts.opening_days else "",
        ),
        (_("得分相同时"), label(facts.tie, TIES) if facts.tie else ""),
    ]
    for lot in facts.lots:
        found += lot_lines(lot)
    return [(head, value) for head, value in found if value]


def result_head(line: Mapping[str, Any]) -> str:
    """One bid of a result in a line."""
    said = _("第 %(rank)s 名 %(name)s：总分 %(total)s，报价 %(amount)s") % {
        "rank": line["rank"],
        "name": line["bidder"],
        "total": marks(line["total"]),
        "amount": in_yuan(line["amount_fen"]),
    }
    return _("%(said)s（得分相同，按需求包写明的办法排序）") % {"said": said} if line["tied"] else said


def result_rows(line: Mapping[str, Any]) -> list[str]:
    """How its total came about, a sentence a criterion."""
    found = []
    for row in line["rows"]:
        points = Fraction(*row["points"])
        of = {
            "name": row["name"],
            "weight": row["weight"],
            "mean": marks(rounded(Fraction(*row["mean"]))),
            "points": marks(rounded(points)),
            "given": "、".join(str(mark) for mark in row["given"]),
            "by": label(row["by"], BYS),
        }
        if row["by"] == By.PANEL:
            said = _("%(name)s：专家给分 %(given)s，平均 %(mean)s × %(weight)s%% = %(points)s")
        elif row["known"]:
            said = _("%(name)s：%(by)s %(mean)s × %(weight)s%% = %(points)s")
        else:
            said = _("%(name)s：没有%(by)s，按需求包写明的 %(mean)s × %(weight)s%% = %(points)s")
        found.append(said % of)
    return found


def joined(texts: Iterable[str]) -> str:
    return pgettext("列举", "；").join(texts)
