"""Demo plans of the modes with a fused assessment or exemptions, at the two invented colleges, and one learner who has asked
to join. Safe to run twice. Every source says that it is only for trying things out; what leans on a document names it.
"""

from collections.abc import Mapping
from datetime import date

from creditbank.dual.models import FusedEnrolment, FusedPlan
from creditbank.dual.plans import NewPlan, publish_plan
from creditbank.dual.rules import Course, Part
from creditbank.dual.services import join
from creditbank.rules.content import NewVersion
from creditbank.rules.demo import SHARE_SOURCE, SOURCE
from creditbank.rules.facts import Direction, Kind, Mode
from creditbank.rules.models import Programme
from creditbank.rules.services import open_rule, publish_version
from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor

DEMO = Actor.system("demo")
# Theory, operation and 综合素养 of each fused course: the 2015 高职 pilot (RULES.md).
PARTS_SOURCE = f"{SOURCE}；考核分理论、操作、综合素养参照高职双证融通试点"
FIRST_DAY = date(2025, 1, 1)
PARTS = (
    Part("theory", "理论知识", 6000),
    Part("operation", "操作技能", 6000),
    Part("competence", "综合素养", 6000),
)
TURNING = (("QP-NC201", "数控车削综合", 600), ("QP-NC202", "数控编程与工艺", 500))
ROBOTS = (
    ("RB201", "工业机器人操作与编程", 1200),
    ("RB202", "工作站系统集成", 1100),
    ("RB203", "设备维护与安全", 800),
)


def load_demo_plans(people: Mapping[str, User], organisations: Mapping[str, Organisation]) -> int:
    """people: "learner"; organisations: by code. The programmes are those of rules/demo.py. Returns how many plans."""
    assessor = organisations["sjpj"]
    college, school = organisations["shkd"], organisations["qpjx"]
    _recombined(Programme.objects.get(organisation=school, code="cnc-machining"), assessor)
    through = _through(Programme.objects.get(organisation=college, code="robotics"), assessor)
    _exempting(Programme.objects.get(organisation=college, code="mechatronics"), assessor)
    if not FusedEnrolment.objects.filter(person=people["learner"], plan=through).exists():
        join(people["learner"], through)
    return FusedPlan.objects.count()


def _rule(home: Programme, code: str, title: str, mode: str, direction: str, content: NewVersion) -> None:
    rule = open_rule(DEMO, home, code=code, title=title, direction=direction, mode=mode)
    if not rule.versions.exists():
        publish_version(DEMO, rule, content)


def _plan(home: Programme, code: str, mode: str, assessor: Organisation, new: NewPlan) -> FusedPlan:
    found = FusedPlan.objects.filter(code=code).first()
    if found is None:
        found = publish_plan(None, home, new, code=code, mode=mode, assessor=assessor, system=DEMO).plan
    return found


def _recombined(home: Programme, assessor: Organisation) -> FusedPlan:
    for code, name, amount in TURNING:
        _rule(
            home,
            f"recombined-{code.lower()}",
            f"{name}：同一次考核计入课程学分",
            Mode.COURSE_RECOMBINATION,
            Direction.CREDITS_TO_CREDITS,
            NewVersion(
                outcome_kind=Kind.COURSE,
                course_code=code,
                course_name=name,
                issuers=[{"code": assessor.code, "name": assessor.name}],
                courses=[{"code": code, "name": name, "centicredits": amount}],
                source_document=SOURCE,
                valid_from=FIRST_DAY,
            ),
        )
    new = NewPlan(
        title="数控车削双证融通班",
        certificate="车工（数控车工）三级/高级工",
        occupation_code="6-18-01-01",
        level=3,
        courses=[Course(*row, f"recombined-{row[0].lower()}") for row in TURNING],
        parts=PARTS,
        valid_from=FIRST_DAY,
        source=PARTS_SOURCE,
    )
    return _plan(home, "fused-cnc-turning", Mode.COURSE_RECOMBINATION, assessor, new)


def _through(home: Programme, assessor: Organisation) -> FusedPlan:
    rows = [{"code": code, "name": name, "centicredits": amount} for code, name, amount in ROBOTS]
    _rule(
        home,
        "through-robotics",
        "工业机器人系统操作员直通车",
        Mode.THROUGH_TRAIN,
        Direction.CERTIFICATE_TO_CREDITS,
        NewVersion(
            occupation_code="6-30-99-00",
            occupation_name="工业机器人系统操作员",
            level=3,
            courses=rows,
            source_document=SHARE_SOURCE,
            valid_from=FIRST_DAY,
        ),
    )
    new = NewPlan(
        title="工业机器人直通车",
        certificate="工业机器人系统操作员 三级/高级工",
        occupation_code="6-30-99-00",
        level=3,
        courses=[Course(*row, "through-robotics") for row in ROBOTS],
        parts=PARTS,
        share_min_permille=400,
        share_max_permille=600,
        valid_from=FIRST_DAY,
        source=SHARE_SOURCE,
    )
    return _plan(home, "through-robotics", Mode.THROUGH_TRAIN, assessor, new)


def _exempting(home: Programme, assessor: Organisation) -> FusedPlan:
    new = NewPlan(
        title="电工课程免考理论",
        certificate="电工 四级/中级工",
        occupation_code="6-31-01-03",
        level=4,
        courses=[Course("EL101", "电工技术基础", 500, "exemption-electrician-theory")],
        valid_from=FIRST_DAY,
        source=SOURCE,
    )
    return _plan(home, "exempt-electrician", Mode.CREDIT_RECOGNITION, assessor, new)
