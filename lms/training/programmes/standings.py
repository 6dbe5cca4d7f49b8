"""Who is asked to host first, by the register of continuing-education bases instead of the proposer's word (三(二): 承办机构优先选择本市国家级
和市级继续教育基地; 三(四): 评估结果作为培训资源配置、任务分配的重要参考).

Refuses nothing: a body that a proposal calls a base and that is none on the day is asked among all others, and its ground says so; one that
is a base is asked as such, whatever it was called. Bases of one level go by their score, and those on their way out last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from django.utils.translation import gettext as _

from lms.accounts.api import Organisation
from lms.lib.units import format_centi
from lms.training.ce_bases.queries import Standing as Registered
from lms.training.ce_bases.queries import standings
from lms.training.programmes.rules import Candidate, Facts, Standing

BASES = (Standing.NATIONAL_BASE, Standing.CITY_BASE)


def checked(facts: Facts, day: date) -> Facts:
    """The proposal with each candidate's standing as the register has it on the day, in the order for `rules.ranked`. Four queries at
    most."""
    return checked_all([facts], day)[0]


def checked_all(proposals: Sequence[Facts], day: date) -> list[Facts]:
    """The same for several proposals, with the same few queries."""
    codes = {row.code for facts in proposals for row in facts.candidates}
    bodies = dict(Organisation.objects.filter(code__in=codes).values_list("code", "pk")) if codes else {}
    found = standings(list(bodies.values()), day) if bodies else {}
    return [_checked(facts, bodies, found) for facts in proposals]


def _checked(facts: Facts, bodies: Mapping[str, int], found: Mapping[int, Registered]) -> Facts:
    rows = [(row, found.get(bodies.get(row.code, 0))) for row in facts.candidates]
    rows.sort(key=lambda pair: _place(pair[1]))
    return replace(facts, candidates=tuple(_as_registered(row, base) for row, base in rows))


def _place(base: Registered | None) -> tuple[bool, int]:
    if base is None:
        return (False, 0)
    return (base.in_exit, -(base.score or 0))


def _as_registered(row: Candidate, base: Registered | None) -> Candidate:
    if base is None:
        if row.standing not in BASES:
            return row
        return replace(row, standing=Standing.OTHER.value, ground=_("申报写明是基地，名录里没有"))
    said = _("继续教育基地名录，%(day)s 认定") % {"day": base.since.isoformat()}
    if base.score is not None:
        said += _("，得分 %(score)s") % {"score": format_centi(base.score)}
    if base.in_exit:
        said += _("，退出程序中")
    level = Standing.NATIONAL_BASE if base.level == "national" else Standing.CITY_BASE
    return replace(row, standing=level.value, ground=said)
