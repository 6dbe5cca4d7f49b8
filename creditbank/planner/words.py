"""The planner's answers in words: why a line gives what it gives, which cap stopped it, what a step asks."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from creditbank.applications.words import reason_sentence
from creditbank.outcomes.models import Level
from creditbank.outcomes.words import CHOICE_LABELS
from creditbank.planner.rules import IF, Hypothesis
from creditbank.rules.facts import Cap, Line, OutcomeFact, Reason, RuleFact
from creditbank.rules.words import kind_name
from lms.lib.units import format_centi


def sentence(line: Line, titles: Mapping[str, str], rules: Mapping[str, str]) -> str:
    """Why a line gives what it gives. titles: of outcomes by id; rules: titles by code."""
    if line.reason == Reason.CAP_REACHED and line.cap:
        return _("没有计入：%(cap)s，再加就超过了。") % {"cap": cap_text(line)}
    said = reason_sentence(line.reason)
    if line.reason == Reason.NEEDS_VERIFICATION and line.outcome.startswith(IF):
        said = _("符合规则；取得并核实后可以认定。")
    if line.gives and line.uncapped is not None and line.cap:
        values = {
            "full": format_centi(line.uncapped),
            "given": format_centi(line.centicredits),
            "cap": cap_text(line),
        }
        return _both(said, _("按量可得 %(full)s 学分，计入 %(given)s 学分：%(cap)s。") % values)
    if line.winner:
        names = {"rule": rules.get(line.winner, line.winner), "outcome": titles.get(line.winner_outcome, "")}
        if names["outcome"]:
            return _both(said, _("计入的是“%(outcome)s”，规则“%(rule)s”。") % names)
        return _both(said, _("用的是规则“%(rule)s”。") % names)
    return said


def _both(first: str, second: str) -> str:
    return _("%(first)s%(second)s") % {"first": first, "second": second}


def cap_text(line: Line) -> str:
    """Which cap, and how high it is: without a full stop."""
    if line.limit is None:
        return _("上限算不出来")
    amount = {"n": format_centi(line.limit)}
    return {
        Cap.PROGRAMME: _("这个专业最多认定 %(n)s 学分"),
        Cap.PROGRAMME_RATIO: _("按比例，这个专业最多认定 %(n)s 学分"),
        Cap.YEAR: _("同一年最多认定 %(n)s 学分"),
        Cap.INSTITUTION: _("同一机构的成果最多认定 %(n)s 学分"),
        Cap.RULE: _("这条规则最多给 %(n)s 学分"),
    }[Cap(line.cap)] % amount


def hypothesis_text(typed: Hypothesis | OutcomeFact, occupations: Mapping[str, str]) -> str:
    """ "职业技能等级证书 · 电工 · 三级/高级工". occupations: names by code."""
    parts = [kind_name(typed.kind)]
    if typed.course_code:
        parts.append(typed.course_code)
    if typed.occupation_code:
        parts.append(occupations.get(typed.occupation_code) or typed.occupation_code)
    if typed.level is not None:
        parts.append(str(dict(Level.choices).get(typed.level, typed.level)))
    if typed.centihours:
        parts.append(hours_text(typed.centihours, typed.unit))
    if typed.award:
        parts.append(award_text(typed.award))
    if typed.score is not None:
        parts.append(_("成绩 %(score)s") % {"score": format_centi(typed.score)})
    return " · ".join(parts)


def hours_text(centihours: int, unit: str = "") -> str:
    """ "24 学时（职业培训）"."""
    amount = {"hours": format_centi(centihours), "unit": CHOICE_LABELS["unit"].get(unit, unit)}
    return _("%(hours)s 学时（%(unit)s）") % amount if unit else _("%(hours)s 学时") % amount


def award_text(award: str) -> str:
    """ "national-1" in words, as far as there are any."""
    first, _dash, second = award.partition("-")
    for one, other in (("award_level", "award_rank"), ("sort", "stage")):
        if first in CHOICE_LABELS.get(one, {}):
            return f"{CHOICE_LABELS[one][first]} {CHOICE_LABELS[other].get(second, second)}"
    return award


def step_text(outcome: OutcomeFact, rules: tuple[RuleFact, ...], occupations: Mapping[str, str]) -> str:
    """What to get: as little as the rules ask for."""
    said = hypothesis_text(outcome, occupations)
    if outcome.level is not None and any(rule.or_higher for rule in rules):
        said = _("%(what)s（或更高等级）") % {"what": said}
    return said
