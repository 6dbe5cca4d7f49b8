"""Demo data of the credit bank: invented rules of an invented open university, and three cases. Safe to run twice.

Every rule says in its source that it is only for trying things out: the policies name the mode, not its numbers.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from creditbank.applications.demo import load_terms
from creditbank.applications.models import Application
from creditbank.applications.services import Wish, decide, submit
from creditbank.credentials.demo import load as load_demo_credentials
from creditbank.deposits.demo import load_demo_deposits
from creditbank.dual.demo import load_demo_plans
from creditbank.holders.demo import load_demo_merge
from creditbank.honours.demo import load_demo_honours
from creditbank.outcomes.demo import load_demo_outcomes
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.rules import tidy_number
from creditbank.outcomes.services import Deposit, achievement_of, deposit, verify_outcome
from creditbank.promotion.demo import load_demo_promotions
from creditbank.rules.demo import load_demo_rules
from creditbank.rules.models import ConversionRule, Programme
from creditbank.rules.services import NewVersion, open_programme, open_rule, publish_version
from lms.accounts.api import Membership, Organisation, Role, User
from lms.lib.actor import Actor
from lms.lib.errors import Invalid

SOURCE = "演示规则，仅用于试用"
ISSUER = "申江技能评价中心"
COLLEGE = "shkd"

PROGRAMMES: tuple[dict[str, Any], ...] = (
    {
        "code": "mechatronics",
        "name": "机电一体化技术",
        "award": "专科",
        "centicredits": 7600,
        "source": SOURCE,
    },
    {"code": "logistics", "name": "现代物流管理", "award": "专科", "centicredits": 7600, "source": SOURCE},
    {"code": "cnc", "name": "数控技术", "award": "专科", "centicredits": 7600, "source": SOURCE},
)

# programme, rule code, title, occupation code and name, level, courses as (code, name, hundredths of a credit)
RULES: tuple[tuple[str, str, str, str, str, int, tuple[tuple[str, str, int], ...]], ...] = (
    (
        "mechatronics",
        "electrician-3-mechatronics",
        "电工高级工证书认定机电一体化课程",
        "6-31-01-03",
        "电工",
        3,
        (("EL101", "电工技术基础", 500), ("EL102", "电气控制实训", 300)),
    ),
    (
        "mechatronics",
        "electrician-4-mechatronics",
        "电工中级工证书认定机电一体化课程",
        "6-31-01-03",
        "电工",
        4,
        (("EL101", "电工技术基础", 500),),
    ),
    (
        "logistics",
        "forklift-3-logistics",
        "叉车司机高级工证书认定物流课程",
        "6-30-05-04",
        "叉车司机",
        3,
        (("LG201", "仓储与装卸作业", 400), ("LG202", "物流安全管理", 200)),
    ),
    (
        "cnc",
        "cnc-operator-3-cnc",
        "数控车工高级工证书认定数控课程",
        "6-18-01-01",
        "车工（数控车工）",
        3,
        (("NC101", "数控加工工艺", 400), ("NC102", "数控编程与操作", 400)),
    ),
)

# title, occupation code, level, number, issued, how far the case has come, whose it is
CASES: tuple[tuple[str, str, int, str, date, str, str], ...] = (
    ("电工 三级/高级工", "6-31-01-03", 3, "S000131000101243000101", date(2024, 5, 20), "approve", "learner"),
    (
        "车工（数控车工）三级/高级工",
        "6-18-01-01",
        3,
        "S000131000102243000102",
        date(2024, 9, 12),
        "verify",
        "learner",
    ),
    (
        "叉车司机 三级/高级工",
        "6-30-05-04",
        3,
        "S000131000103253000103",
        date(2025, 3, 6),
        "submit",
        "learner",
    ),
    # One reviewer has proposed: the second pair of eyes is waited for.
    (
        "车工（数控车工）三级/高级工",
        "6-18-01-01",
        3,
        "S000131000104243000104",
        date(2024, 11, 8),
        "propose",
        "founder",
    ),
)
CASE_RULES = {
    "6-31-01-03": "electrician-3-mechatronics",
    "6-18-01-01": "cnc-operator-3-cnc",
    "6-30-05-04": "forklift-3-logistics",
}


def load_demo_credit(people: Mapping[str, User], organisations: Mapping[str, Organisation]) -> dict[str, int]:
    """people: by key, as accounts' demo makes them; organisations: by code, "shkd" the college.

    Makes rules, verified certificates, applications that wait for the first or the second reviewer and one that was
    approved, and two accounts to merge. What is there stays as it is. Returns how many rules, outcomes and applications
    there are.
    """
    college, worker, reviewer = organisations[COLLEGE], people["learner"], people["reviewer"]
    if not Membership.objects.filter(user=reviewer, organisation=college, role=Role.REVIEWER).exists():
        raise Invalid("The demo's reviewer needs the role reviewer at the demo's college.")
    load_rules(college)
    load_demo_rules(people, organisations)
    load_terms(college, SOURCE)
    load_demo_plans(people, organisations)
    load_demo_outcomes(people, organisations)
    load_demo_deposits(people, organisations)
    load_demo_credentials(worker, college)
    for *case, whose in CASES:
        _case(people[whose], reviewer, *case)  # type: ignore[arg-type]
    load_demo_promotions(people, organisations)
    load_demo_honours(people, organisations)
    load_demo_merge(people)
    return {
        "rules": ConversionRule.objects.filter(programme__organisation=college).count(),
        "outcomes": LearningOutcome.objects.filter(holder=worker).count(),
        "applications": Application.objects.filter(applicant=worker).count(),
    }


def load_rules(college: Organisation) -> None:
    """The college's programmes and the first version of each demo rule."""
    who = Actor.system("demo")
    programmes: dict[str, Programme] = {
        item["code"]: open_programme(who, college, **item) for item in PROGRAMMES
    }
    for programme, code, title, occupation, name, level, courses in RULES:
        rule = open_rule(who, programmes[programme], code=code, title=title)
        if rule.versions.exists():
            continue
        content = NewVersion(
            occupation_code=occupation,
            occupation_name=name,
            level=level,
            or_higher=True,
            courses=[{"code": key, "name": label, "centicredits": amount} for key, label, amount in courses],
            valid_from=date(2025, 1, 1),
            source_document=SOURCE,
        )
        publish_version(who, rule, content)


def _case(
    worker: User,
    reviewer: User,
    title: str,
    occupation: str,
    level: int,
    number: str,
    issued: date,
    wanted: str,
) -> None:
    kind = LearningOutcome.Kind.SKILL
    outcome = LearningOutcome.objects.filter(achievement=achievement_of(kind, tidy_number(number))).first()
    if outcome is None:
        outcome = deposit(worker, Deposit(kind, title, occupation, level, ISSUER, number, issued))
    application = Application.objects.filter(outcome=outcome).first()
    if application is None:
        application = submit(worker, Wish(outcome.uuid, CASE_RULES[occupation], 1))
    if wanted != "submit" and outcome.status == outcome.Status.SUBMITTED:
        verify_outcome(reviewer, outcome, method=outcome.Method.REGISTER, note=SOURCE)
    if wanted in ("approve", "propose") and application.state == Application.State.SUBMITTED:
        decide(reviewer, application, approve=True, reason="证书与规则相符。")
