"""Demo rules in every direction and mode, of two invented colleges, and a draft that waits for its panel. Run twice,
nothing is doubled.

Every source says that the rule is only for trying things out: the policies name modes and audiences and give no numbers.
What a number leans on beyond that stands beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from creditbank.rules.content import NewVersion
from creditbank.rules.drafts.models import RuleDraft
from creditbank.rules.drafts.services import Said, set_panel, start_draft, submit_draft, vote
from creditbank.rules.facts import Direction, Kind, Measure, Mode, Rate
from creditbank.rules.models import Programme
from creditbank.rules.services import open_programme, open_rule, publish_version
from lms.accounts.api import Organisation, Role, User, grant_role
from lms.lib.actor import Actor

DEMO = Actor.system("demo")
SOURCE = "演示规则，仅用于试用"
# 16–18 学时 = 1 学分; 融通学分占 40%–60% is what 上海开放大学 tells of its 直通车.
HOURS_SOURCE = f"{SOURCE}；16 学时折 1 学分参照教职成〔2019〕13号"
SHARE_SOURCE = f"{SOURCE}；融通学分占比上限参照上海开放大学直通车的 40%–60%"
OPEN, TECH = "shkd", "qpjx"
FIRST_DAY = date(2025, 1, 1)

PROGRAMMES: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        OPEN,
        {
            "code": "robotics",
            "name": "工业机器人技术",
            "award": "专科",
            "centicredits": 7600,
            "source": SOURCE,
        },
    ),
    # Nobody has set what this one takes: the page says 未设定.
    (TECH, {"code": "cnc-machining", "name": "数控加工", "award": "高级工班"}),
)


@dataclass(frozen=True)
class DemoRule:
    college: str
    programme: str
    code: str
    title: str
    direction: str
    mode: str
    versions: tuple[NewVersion, ...]


def _version(source: str = SOURCE, valid_from: date = FIRST_DAY, **fields: Any) -> NewVersion:
    return NewVersion(source_document=source, valid_from=valid_from, **fields)


def _courses(*rows: tuple[str, str, int]) -> list[dict[str, Any]]:
    return [{"code": code, "name": name, "centicredits": amount} for code, name, amount in rows]


def _parts(*rows: tuple[str, str]) -> list[dict[str, str]]:
    return [{"code": code, "name": name} for code, name in rows]


RULES = (
    DemoRule(
        OPEN,
        "logistics",
        "courier-4-logistics",
        "快递员中级工证书认定物流课程",
        Direction.CERTIFICATE_TO_CREDITS,
        Mode.CERTIFICATE_RECOGNITION,
        (
            _version(
                occupation_code="4-02-07-08",
                occupation_name="快递员",
                level=4,
                or_higher=True,
                courses=_courses(("LG203", "快递业务操作", 300)),
            ),
            _version(
                valid_from=date(2026, 1, 1),
                occupation_code="4-02-07-08",
                occupation_name="快递员",
                level=4,
                or_higher=True,
                courses=_courses(("LG203", "快递业务操作", 300), ("LG204", "客户服务实务", 200)),
                max_age_days=1825,
                programme_cap_centicredits=3000,
            ),
        ),
    ),
    DemoRule(
        OPEN,
        "robotics",
        "robot-operator-3-robotics",
        "工业机器人系统操作员直通车融通课程",
        Direction.CERTIFICATE_TO_CREDITS,
        Mode.THROUGH_TRAIN,
        (
            _version(
                SHARE_SOURCE,
                occupation_code="6-30-99-00",
                occupation_name="工业机器人系统操作员",
                level=3,
                courses=_courses(
                    ("RB101", "工业机器人操作与编程", 600),
                    ("RB102", "工作站系统集成", 500),
                    ("RB103", "设备维护与安全", 300),
                ),
                cap_permille=600,
                stackable=False,
            ),
        ),
    ),
    DemoRule(
        OPEN,
        "mechatronics",
        "training-hours-mechatronics",
        "企业培训学时折算选修学分",
        Direction.HOURS_TO_CREDITS,
        "",
        (
            _version(
                HOURS_SOURCE,
                outcome_kind=Kind.HOURS,
                rate=Rate(per=1600, centicredits=100, step=50, unit="training"),
                min_amount=1600,
                cap_per_year=300,
                cap_per_rule=800,
            ),
        ),
    ),
    DemoRule(
        OPEN,
        "mechatronics",
        "transfer-drawing-mechatronics",
        "青溪技师学院机械制图课程转换",
        Direction.CREDITS_TO_CREDITS,
        "",
        (
            _version(
                outcome_kind=Kind.COURSE,
                course_code="QP-JX101",
                course_name="机械制图",
                min_score=6000,
                issuers=[{"code": TECH, "name": "青溪技师学院"}],
                courses=_courses(("ME110", "工程制图", 400)),
                group="transfer",
            ),
        ),
    ),
    DemoRule(
        OPEN,
        "mechatronics",
        "transfer-rate-mechatronics",
        "青溪技师学院其他课程学分转换",
        Direction.CREDITS_TO_CREDITS,
        "",
        (
            _version(
                outcome_kind=Kind.COURSE,
                min_score=6000,
                issuers=[{"code": TECH, "name": "青溪技师学院"}],
                rate=Rate(per=100, centicredits=80, step=50, of=Measure.CENTICREDITS.value),
                cap_per_institution=1000,
                group="transfer",
            ),
        ),
    ),
    DemoRule(
        OPEN,
        "mechatronics",
        "award-mechatronics",
        "技能竞赛获奖认定创新实践学分",
        Direction.CERTIFICATE_TO_CREDITS,
        "",
        (
            _version(
                outcome_kind=Kind.AWARD,
                awards=["national-1", "national-2", "national-3", "province-1", "province-2", "city-1"],
                free=200,
                stackable=False,
                group="innovation",
            ),
        ),
    ),
    DemoRule(
        OPEN,
        "mechatronics",
        "five-small-mechatronics",
        "“五小”成果认定创新实践学分",
        Direction.CERTIFICATE_TO_CREDITS,
        "",
        (_version(outcome_kind=Kind.FIVE_SMALL, free=100, stackable=False, group="innovation"),),
    ),
    DemoRule(
        OPEN,
        "mechatronics",
        "exemption-electrician-theory",
        "电工技术基础课程免考电工中级工理论",
        Direction.CREDITS_TO_EXEMPTION,
        Mode.CREDIT_RECOGNITION,
        (
            _version(
                outcome_kind=Kind.COURSE,
                course_code="EL101",
                course_name="电工技术基础",
                min_score=7000,
                issuers=[{"code": OPEN, "name": "申江开放大学"}],
                exemptions=_parts(("6-31-01-03/4/theory", "电工（四级/中级工）理论知识考试")),
            ),
        ),
    ),
    DemoRule(
        TECH,
        "cnc-machining",
        "recombined-cnc-turning",
        "数控车削综合课程与车工考核同考同认",
        Direction.CREDITS_TO_EXEMPTION,
        Mode.COURSE_RECOMBINATION,
        (
            _version(
                outcome_kind=Kind.COURSE,
                course_code="QP-NC201",
                course_name="数控车削综合",
                min_score=6000,
                issuers=[{"code": TECH, "name": "青溪技师学院"}],
                exemptions=_parts(
                    ("6-18-01-01/3/theory", "车工（三级/高级工）理论知识"),
                    ("6-18-01-01/3/operation", "车工（三级/高级工）操作技能"),
                    ("6-18-01-01/3/competence", "综合素养评价"),
                ),
            ),
        ),
    ),
)


def load_demo_rules(people: Mapping[str, User], organisations: Mapping[str, Organisation]) -> int:
    """people: "editor", "reviewer" and "admin" of the open university, whose programmes of creditbank/demo.py are there.
    Returns how many rules there are of both colleges.
    """
    for college, programme in PROGRAMMES:
        open_programme(DEMO, organisations[college], **programme)
    for item in RULES:
        home = Programme.objects.get(organisation=organisations[item.college], code=item.programme)
        rule = open_rule(
            DEMO, home, code=item.code, title=item.title, direction=item.direction, mode=item.mode
        )
        for content in item.versions[rule.versions.count() :]:
            publish_version(DEMO, rule, content)
    _panel(people, organisations[OPEN])
    return len(RULES)


def _panel(people: Mapping[str, User], college: Organisation) -> None:
    """A panel of two, so that the draft, to which one has agreed, can be seen through to its publication."""
    grant_role(people["admin"], college, Role.REVIEWER, DEMO, since=FIRST_DAY)
    if RuleDraft.objects.filter(organisation=college).exists():
        return
    set_panel(DEMO, college, approvals=2, valid_from=FIRST_DAY, source=SOURCE)
    home = Programme.objects.get(organisation=college, code="cnc")
    content = NewVersion(
        occupation_code="6-18-01-01",
        occupation_name="车工（数控车工）",
        level=4,
        courses=_courses(("NC101", "数控加工工艺", 400)),
        max_age_days=1825,
        source_document=SOURCE,
    )
    said = Said(
        "数控车工中级工证书认定数控课程",
        Direction.CERTIFICATE_TO_CREDITS,
        Mode.CERTIFICATE_RECOGNITION,
        home,
        content,
    )
    draft = submit_draft(people["editor"], start_draft(people["editor"], college, said))
    vote(people["reviewer"], draft, round_seen=draft.round, approve=True)
