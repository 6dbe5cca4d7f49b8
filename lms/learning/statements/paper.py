"""A statement as people read it: rows with words, on the page and as PDF. Papers are in Chinese whatever the screen is."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from courses.api import Kind
from lms.learning.permits import words as plans
from lms.learning.statements import queries, rules
from lms.learning.statements.models import YearStatement
from lms.lib.clock import local_day
from lms.lib.pdf import qr_svg, render_typst
from lms.lib.units import format_centi

TEMPLATE = "learning/statements/statement.typ"


def rule_line(rule: dict[str, Any]) -> str:
    """Which rule and version gave the hours, and under which yearly plan, as one line."""
    if not rule:
        return _("折算规则尚未设定，由审核人员写明理由后确定")
    plan = rule.get("plan")
    return _("；").join([_version_line(rule), *([plans.named(plan)] if plan else [])])


def _version_line(rule: dict[str, Any]) -> str:
    values = {"version": rule.get("version"), "day": rule.get("valid_from")}
    if rule.get("code") == "study":
        return _("学时计算规则第 %(version)s 版（%(day)s 起）") % values
    if rule.get("code") == "class":
        return _("班次学时规则第 %(version)s 版（%(day)s 起）") % values
    return _("学时折算规则第 %(version)s 版（%(day)s 起）") % values


def source_word(source: str) -> str:
    """completion → 学完课程."""
    return {
        "completion": _("学完课程"),
        "top_up": _("学完后补记"),
        "correction": _("核实后更正"),
        "declaration": _("申报"),
        "class": _("班次出席"),
    }[source]


def lines(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The records of a content, each with its words."""
    return [
        item
        | {
            "category_word": str(Kind(item["category"]).label),
            "source_word": source_word(item["source"]),
            "rule_line": rule_line(item["rule"]),
        }
        for item in content["records"]
    ]


def totals(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The sums by category, in their order; vocational hours only where there are some."""
    had = content["centihours"]
    return [
        {"category": kind, "word": str(Kind(kind).label), "centihours": had.get(kind, 0)}
        for kind in rules.CATEGORIES
        if kind in rules.YEARLY or had.get(kind)
    ]


def goal_lines(content: dict[str, Any]) -> list[str]:
    """The year's goal, what is short of it, and what is not set, sentence by sentence."""
    goal, missing = content["goal"], content["missing"]
    if goal is None or missing is None:
        return [_("年度目标：尚未设定。")]
    found = [
        _("年度目标 %(hours)s 学时（第 %(version)s 版，%(day)s 起）。")
        % {"hours": format_centi(goal["centihours"]), "version": goal["version"], "day": goal["valid_from"]}
    ]
    if missing["total"]:
        found.append(_("还差 %(hours)s 学时。") % {"hours": format_centi(missing["total"])})
    if goal["specialty_centihours"] is None:
        found.append(_("专业科目的比例：尚未设定。"))
    elif missing["specialty"]:
        found.append(
            _("提醒：专业科目一般不少于 %(hours)s 学时，还差 %(short)s 学时；只提醒，不影响已有的学时。")
            % {
                "hours": format_centi(goal["specialty_centihours"]),
                "short": format_centi(missing["specialty"]),
            }
        )
    if goal["public_centihours"] is None:
        found.append(_("公需科目的最低学时：尚未设定。"))
    elif missing["public"]:
        found.append(
            _("公需科目不少于 %(hours)s 学时，还差 %(short)s 学时。")
            % {"hours": format_centi(goal["public_centihours"]), "short": format_centi(missing["public"])}
        )
    return found


def pdf(statement: YearStatement) -> bytes:
    """The statement as PDF; the same statement gives the same bytes."""
    content = queries.content_of(statement)
    code, address = queries.verify_address(statement)
    with override("zh-hans"):
        data = {
            "number": statement.number,
            "version": statement.version,
            "year": statement.year,
            "span": queries.span_of(content),
            "name": content["name"],
            "named": content["name_status"] == "verified",
            "issued_on": local_day(statement.issued_at).isoformat(),
            "supersedes": content["supersedes"],
            "corrected": bool(content.get("replaces")),
            "yearly": format_centi(content["yearly_centihours"]),
            "totals": [item | {"hours": format_centi(item["centihours"])} for item in totals(content)],
            "records": [item | {"hours": format_centi(item["centihours"])} for item in lines(content)],
            "goal": goal_lines(content),
            "goal_source": content["goal"]["source"] if content["goal"] else "",
            "hash": statement.content_hash,
            "code": code,
            "address": address,
            "qr": qr_svg(address),
        }
    return render_typst(TEMPLATE, data, made_at=statement.issued_at)
