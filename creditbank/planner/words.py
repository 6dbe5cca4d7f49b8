"""The planner's answers in words: why a line gives what it gives, which cap stopped it, what a step asks."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from creditbank.applications.words import capped_sentence, joined, reason_sentence
from creditbank.outcomes.models import Level
from creditbank.outcomes.words import CHOICE_LABELS
from creditbank.planner.rules import IF, Hypothesis
from creditbank.rules.facts import Line, OutcomeFact, Reason, RuleFact
from creditbank.rules.words import kind_name
from lms.lib.units import format_centi


def sentence(line: Line, titles: Mapping[str, str], rules: Mapping[str, str]) -> str:
    """Why a line gives what it gives. titles: of outcomes by id; rules: titles by code."""
    if line.reason == Reason.NO_RULE:
        return _("这个专业没有针对这项成果的转换规则。")
    said = capped_sentence(line)
    if line.reason == Reason.NEEDS_VERIFICATION and line.outcome.startswith(IF):
        said = said.replace(reason_sentence(line.reason), _("符合规则；取得并核实后可以认定。"))
    if line.winner and line.uncapped is None and line.reason != Reason.CAP_REACHED:
        names = {"rule": rules.get(line.winner, line.winner), "outcome": titles.get(line.winner_outcome, "")}
        if names["outcome"]:
            return joined(said, _("计入的是“%(outcome)s”，规则“%(rule)s”。") % names)
        return joined(said, _("用的是规则“%(rule)s”。") % names)
    return said


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
