"""A college, an assessor, plans of the fused modes and people in them. Everybody here is invented."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from creditbank.dual import services
from creditbank.dual.models import FusedEnrolment, FusedPlanVersion
from creditbank.dual.plans import NewPlan, publish_plan
from creditbank.dual.rules import Course, Part
from creditbank.rules.facts import Direction, Kind, Mode
from creditbank.rules.models import ConversionRuleVersion, Programme
from creditbank.rules.services import NewVersion, open_rule, publish_version
from lms.accounts.models import Organisation, User
from lms.lib.clock import today
from tests.factories.creditbank import SYSTEM, college, member, person, programme

FIRST_DAY = date(2025, 1, 1)
PARTS = (
    Part("theory", "理论知识", 6000),
    Part("operation", "操作技能", 6000),
    Part("competence", "综合素养", 6000),
)
GOOD = {"theory": 8250, "operation": 7000, "competence": 9000}
BAD = {"theory": 8250, "operation": 5900, "competence": 9000}
COURSES = (("RB101", "工业机器人操作与编程", 1600), ("RB102", "工作站系统集成", 1500))


def assessor(code: str = "shenjiang-skills") -> Organisation:
    return Organisation.objects.get_or_create(
        code=code, defaults={"name": "申江职业技能评价中心", "kind": "assessor"}
    )[0]


def rule(target: Programme, code: str, mode: str, direction: str, **fields: Any) -> ConversionRuleVersion:
    row = open_rule(SYSTEM, target, code=code, title=f"规则 {code}", direction=direction, mode=mode)
    return publish_version(
        SYSTEM, row, NewVersion(**{"valid_from": FIRST_DAY, "source_document": "测试规则文件"} | fields)
    )


def _rows(courses: tuple[tuple[str, str, int], ...]) -> list[dict[str, Any]]:
    return [{"code": code, "name": name, "centicredits": amount} for code, name, amount in courses]


def _published(
    target: Programme, code: str, mode: str, courses: list[Course], **fields: Any
) -> FusedPlanVersion:
    values = {
        "title": f"方案 {code}",
        "certificate": "工业机器人系统操作员 三级/高级工",
        "occupation_code": "6-30-99-00",
        "level": 3,
        "courses": courses,
        "parts": PARTS,
        "valid_from": FIRST_DAY,
        "source": "测试方案文件",
    } | fields
    return publish_plan(
        None, target, NewPlan(**values), code=code, mode=mode, assessor=assessor(), system=SYSTEM
    )


def recombined(target: Programme | None = None, **fields: Any) -> FusedPlanVersion:
    """课程重组型: each of two courses, assessed by the assessor, gives its own credits."""
    home, body = target or programme(code="robotics"), assessor()
    for code, name, amount in COURSES:
        rule(
            home,
            f"recombined-{code.lower()}",
            Mode.COURSE_RECOMBINATION,
            Direction.CREDITS_TO_CREDITS,
            outcome_kind=Kind.COURSE,
            course_code=code,
            course_name=name,
            issuers=[{"code": body.code, "name": body.name}],
            courses=_rows(((code, name, amount),)),
        )
    courses = [Course(code, name, amount, f"recombined-{code.lower()}") for code, name, amount in COURSES]
    return _published(home, "recombined", Mode.COURSE_RECOMBINATION, courses, **fields)


def through_train(target: Programme | None = None, **fields: Any) -> FusedPlanVersion:
    """直通车式: both courses with the certificate; 3,100 of 7,600 is 40.7 % of the diploma."""
    home = target or programme(code="robotics")
    rule(
        home,
        "through-robotics",
        Mode.THROUGH_TRAIN,
        Direction.CERTIFICATE_TO_CREDITS,
        occupation_code="6-30-99-00",
        occupation_name="工业机器人系统操作员",
        level=3,
        courses=_rows(COURSES),
    )
    courses = [Course(code, name, amount, "through-robotics") for code, name, amount in COURSES]
    bounds = {"share_min_permille": 400, "share_max_permille": 600}
    return _published(home, "through", Mode.THROUGH_TRAIN, courses, **bounds | fields)


def exempting(target: Programme | None = None, **fields: Any) -> FusedPlanVersion:
    """学分认可型: 电工技术基础 with 70 or more exempts from the theory part."""
    home = target or programme(code="robotics")
    rule(
        home,
        "exempt-theory",
        Mode.CREDIT_RECOGNITION,
        Direction.CREDITS_TO_EXEMPTION,
        outcome_kind=Kind.COURSE,
        course_code="EL101",
        course_name="电工技术基础",
        min_score=7000,
        exemptions=[{"code": "6-31-01-03/4/theory", "name": "电工（四级/中级工）理论知识考试"}],
    )
    courses = [Course("EL101", "电工技术基础", 400, "exempt-theory")]
    values = {"parts": (), "certificate": "电工 四级/中级工", "occupation_code": "6-31-01-03", "level": 4}
    return _published(home, "exempting", Mode.CREDIT_RECOGNITION, courses, **values | fields)


@dataclass(frozen=True)
class Staff:
    """One person for each duty around a plan."""

    admin: User
    reviewer: User
    assessor: User


def staff() -> Staff:
    return Staff(
        member("admin", college(), "周敏"),
        member("reviewer", college(), "陈静"),
        member("assessor", assessor(), "吴刚"),
    )


def admitted(version: FusedPlanVersion, crew: Staff, who: User | None = None) -> FusedEnrolment:
    return services.admit(crew.admin, services.join(who or person(), version.plan))


def assess(crew: Staff, row: FusedEnrolment, course: str, scores: dict[str, int] | None = None) -> Any:
    return services.record_result(crew.assessor, row, services.Assessed(course, today(), scores or GOOD))
