"""Demo data of outcomes: a small catalogue, equivalents of levels, and one outcome of several kinds of a demo worker.

People and bodies are invented, and every row that stands for a rule says that it is only for trying things out.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from creditbank.outcomes import catalogue
from creditbank.outcomes.models import (
    CatalogueEntry,
    IssuingRight,
    LearningOutcome,
    LevelEquivalence,
    OutcomeKind,
)
from creditbank.outcomes.rights import set_right
from creditbank.outcomes.services import Deposit, ask_supplement, deposit
from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor

WHO = Actor.system("demo")
SOURCE = "演示目录，仅用于试用"
FROM = date(2024, 1, 1)
# kind, name, occupation code, green, levels, assessor types
ENTRIES: tuple[tuple[str, str, str, bool, tuple[int, ...], tuple[str, ...]], ...] = (
    (OutcomeKind.SKILL, "电工", "6-31-01-03", False, (5, 4, 3, 2, 1), ("employer", "social")),
    (OutcomeKind.SKILL, "车工", "6-18-01-01", False, (5, 4, 3, 2, 1, 7, 8), ("employer", "social")),
    (OutcomeKind.SKILL, "铣工", "6-18-01-02", False, (5, 4, 3, 2, 1), ("employer", "social")),
    (OutcomeKind.SKILL, "焊工", "6-18-02-04", False, (5, 4, 3, 2, 1), ("employer", "social")),
    (OutcomeKind.SKILL, "叉车司机", "6-30-05-04", False, (5, 4, 3), ("employer", "social")),
    (OutcomeKind.SKILL, "碳排放管理员", "4-09-07-04", True, (4, 3, 2, 1), ("social",)),
    (OutcomeKind.ABILITY, "智能家居布线", "", False, (), ("government",)),
    (OutcomeKind.X, "工业机器人操作与运维", "", False, (), ("social",)),
)
# Sort of institution → what it may deposit.
RIGHTS: Mapping[str, tuple[OutcomeKind, ...]] = {
    Organisation.Kind.COLLEGE: (OutcomeKind.COURSE, OutcomeKind.HOURS),
    Organisation.Kind.PROVIDER: (OutcomeKind.HOURS,),
    Organisation.Kind.ENTERPRISE: (OutcomeKind.SKILL, OutcomeKind.FIVE_SMALL, OutcomeKind.PAPER),
    Organisation.Kind.ASSESSOR: (OutcomeKind.SKILL, OutcomeKind.ABILITY, OutcomeKind.X),
    Organisation.Kind.UNION: (OutcomeKind.AWARD, OutcomeKind.FIVE_SMALL),
}
EQUIVALENTS = ((3, "assistant"), (2, "middle"), (1, "associate"))


def load_demo_outcomes(people: Mapping[str, User], organisations: Mapping[str, Organisation]) -> int:
    """people: "learner2", who registers, and "assessor" of the demo's assessing body "sjpj", who asks for more. Safe to
    run twice. Returns how many outcomes that learner has.
    """
    body = organisations["sjpj"]
    for kind, name, code, green, levels, assessors in ENTRIES:
        if not CatalogueEntry.objects.filter(kind=kind, name=name).exists():
            entry = catalogue.Entry(
                kind, name, code, levels, [body.name], assessors, FROM, SOURCE, green=green
            )
            catalogue.save_entry(WHO, entry)
    for level, professional in EQUIVALENTS:
        if not LevelEquivalence.objects.filter(level=level).exists():
            catalogue.set_equivalent(
                WHO,
                level=level,
                professional=professional,
                valid_from=FROM,
                source="演示对应关系，仅用于试用",
            )
    if not IssuingRight.objects.exists():
        for sort, kinds in RIGHTS.items():
            for may in kinds:
                set_right(
                    WHO,
                    kind=may,
                    allowed=True,
                    valid_from=FROM,
                    source="演示规定，仅用于试用",
                    organisation_kind=sort,
                )
    holder = people["learner2"]
    for said in _deposits(body, organisations["shkd"]):
        if not LearningOutcome.objects.filter(holder=holder, kind=said.kind).exists():
            made = deposit(holder, said)
            if said.kind == OutcomeKind.X:
                ask_supplement(people["assessor"], made, note="照片上的编号看不清，请补一张清楚的照片。")
    return LearningOutcome.objects.filter(holder=holder).count()


def _deposits(body: Organisation, college: Organisation) -> list[Deposit]:
    blank: dict[str, Any] = {"occupation_code": "", "level": None, "number": ""}
    return [
        Deposit(
            kind=OutcomeKind.COURSE,
            title="机械制图",
            issuer_name=college.name,
            issued_on=date(2025, 1, 12),
            course_code="ME102",
            centicredits=300,
            score=8600,
            **blank,
        ),
        Deposit(
            kind=OutcomeKind.HOURS,
            title="数控机床安全操作培训",
            issuer_name="华新培训中心",
            issued_on=date(2025, 5, 18),
            starts_on=date(2025, 5, 16),
            centihours=2400,
            unit="training",
            **blank,
        ),
        Deposit(
            kind=OutcomeKind.AWARD,
            title="申江市职工职业技能大赛 数控车项目",
            issuer_name="申江市总工会",
            issued_on=date(2025, 10, 22),
            award_level="city",
            award_rank="2",
            **blank,
        ),
        Deposit(
            kind=OutcomeKind.FIVE_SMALL,
            title="车床防屑护罩的改进",
            issuer_name="青申精密机械有限公司",
            issued_on=date(2025, 12, 5),
            sort="innovation",
            stage="used",
            about="护罩改为翻转式，换刀时间缩短。",
            **blank,
        ),
        Deposit(
            kind=OutcomeKind.PAPER,
            title="精密车削在线检测的实践",
            issuer_name="青申精密机械有限公司",
            issued_on=date(2026, 3, 20),
            starts_on=date(2025, 9, 1),
            project="车削产线在线检测改造",
            authors="陈大江、吴工",
            reviewer="顾工",
            **blank,
        ),
        Deposit(
            kind=OutcomeKind.X,
            title="工业机器人操作与运维（中级）",
            issuer_name=body.name,
            issued_on=date(2024, 11, 8),
            assessor_type="social",
            **blank | {"number": "X-2024-00821"},
        ),
    ]
