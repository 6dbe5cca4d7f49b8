"""The terms of programmes in words."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from lms.lib.units import format_centi
from lms.training.lifecycle.words import cite
from lms.training.programmes.models import FUNDS, LEVELS, STANDINGS, TITLES, ProgrammeApplication
from lms.training.programmes.process import MONEY, PROGRAMMES
from lms.training.programmes.rules import (
    MOST_CANDIDATES,
    MOST_PEOPLE,
    CallDue,
    Candidate,
    Facts,
    Fault,
    Proof,
    ranked,
)


def label(code: str, among: Iterable[tuple[str, str | Promise]]) -> str:
    return str(dict(among).get(code, code))


def yuan(fen: int) -> str:
    """Fen as yuan: 1234500 → "12,345"."""
    whole, rest = divmod(fen, 100)
    return f"{whole:,}" + (f".{rest:02d}" if rest else "")


def fault_text(fault: Fault, about: str) -> str:
    """What is wrong, for whoever fills it in."""
    of = {"name": about or _("未写名称的一家"), "candidates": MOST_CANDIDATES, "people": MOST_PEOPLE}
    sentences = {
        Fault.CALL: _("没有选应征的选题征集"),
        Fault.TITLE: _("没有写项目名称"),
        Fault.LEVEL: _("没有选项目层级"),
        Fault.FUND: _("没有选经费来源"),
        Fault.FUND_MISMATCH: cite(
            _(
                "经费来源与项目层级不符：国家级、市级项目用市级财政，行业项目用行业部门财政，区级项目用区级财政"
            ),
            MONEY,
        ),
        Fault.AUDIENCE: _("没有写培训对象"),
        Fault.NEED: _("没有写选题依据和人才培养需求"),
        Fault.HOURS: _("没有写核定学时，或学时太多"),
        Fault.PEOPLE: _("人数要在 1 到 %(people)s 之间"),
        Fault.BUDGET: _("经费预算不对"),
        Fault.CANDIDATES: _("候选承办单位要有 1 到 %(candidates)s 家"),
        Fault.TWICE: _("同一家候选承办单位写了两次"),
        Fault.STANDING: _("候选承办单位“%(name)s”没有选类别"),
        Fault.GROUND: _("候选承办单位“%(name)s”没有写类别的依据"),
    }
    return sentences[fault] % of


def call_due_text(due: CallDue) -> str:
    """That the yearly call is missing, by when, and what asks for it."""
    said = (
        _("%(year)s 年的选题征集还没有发布，最迟应在 %(day)s，已经逾期。")
        if due.late
        else _("%(year)s 年的选题征集还没有发布，最迟在 %(day)s 发布。")
    )
    return cite(said % {"year": due.year, "day": due.last.isoformat()}, PROGRAMMES)


def candidate_lines(facts: Facts) -> list[str]:
    """The candidates in the order in which they are asked, each with its reason."""
    return [
        f"{place}. {row.name} · {why(row)}" for place, row in enumerate(ranked(facts.candidates), start=1)
    ]


def why(row: Candidate) -> str:
    said = label(row.standing, STANDINGS)
    return _("%(standing)s（%(ground)s）") % {"standing": said, "ground": row.ground} if row.ground else said


def lines(facts: Facts) -> list[tuple[str, str]]:
    """What a proposal says, as label and value."""
    found = [
        (_("项目名称"), facts.title),
        (_("层级"), label(facts.level, LEVELS) if facts.level else ""),
        (_("经费来源"), label(facts.fund, FUNDS) if facts.fund else ""),
        (_("培训对象"), facts.audience),
        (_("选题依据和需求"), facts.need),
        (
            _("学时"),
            _("%(hours)s 学时") % {"hours": format_centi(facts.centihours)} if facts.centihours else "",
        ),
        (_("人数"), _("%(people)s 人") % {"people": facts.people} if facts.people else ""),
        (_("申请资助"), _("%(yuan)s 元") % {"yuan": yuan(facts.budget_fen)} if facts.budget_fen else ""),
        (_("品牌班次"), facts.series),
    ]
    found += [(_("候选承办单位"), text) for text in candidate_lines(facts)]
    return [(name, value) for name, value in found if value]


def proof_text(proof: Proof) -> str:
    """The paper by its name."""
    return {
        Proof.POST: _("任职证明"),
        Proof.TITLE: _("职称证书"),
        Proof.BACKBONE: _("单位出具的骨干证明"),
    }[proof]


def about(row: ProgrammeApplication) -> list[str]:
    """What an application says, in short."""
    found = [label(row.title, TITLES)]
    if row.title_number:
        found.append(_("证书编号 %(number)s") % {"number": row.title_number})
    found += [_("经营管理人员")] if row.manager else []
    found += [_("单位骨干")] if row.backbone else []
    found += [_("基层一线")] if row.grassroots else []
    found += [_("%(year)s 年出生") % {"year": row.birth_year}] if row.birth_year else []
    return found
