"""Demo of digital items for one year of one invented city: a contest with published results, the national project with a list of level
results that was published and its money, three other tracks, and a competency model. Loaded again, nothing is doubled.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from courses.api import CoursePage
from lms.accounts.api import Organisation, Role, User, grant_role
from lms.learning.api import NewHoursRule, publish_hours_rule, rule_there
from lms.lib.actor import Actor
from lms.lib.clock import now, today
from lms.training.digital import cohort, contest, engineers, marking, money, skills
from lms.training.digital.models import DigitalItem, SkillModel, SkillModelDraft
from lms.training.digital.money import Kind
from lms.training.digital.process import AGREEMENT, CODE, DOCUMENT, PLAN, PROCESS
from lms.training.digital.rules import ADVANCE, Facts, SheetLine, dump
from lms.training.digital.skills import About, NewRung
from lms.training.digital.tables import COLUMNS
from lms.training.grants.demo import demo_fund
from lms.training.grants.purses import Moved
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import NewRule, Said

DEMO = Actor.system("demo")
CITY, HOST, ASSESSORS = "sjrs", "qpjx", "sjpj"
IN_FORCE = date(2022, 12, 2)
SOURCE = f"{DOCUMENT}（演示：虚构的申江市照此执行，期限尚未设定）"
DIRECTION = "人工智能"
MODEL = "人工智能工程技术人员能力素质模型（演示）"
CONTEST, NATIONAL = "数字技术新赛道创意大赛", "人工智能工程技术人员培育"
FUND = "数字技术人才培育专项（演示）"
# The demo's own table, so that results give hours; visibly a trial.
RULES = (
    ("competition", "市级一等奖", 2400),
    ("competition", "市级二等奖", 1600),
    ("project", "数字技术工程师初级", 3000),
    # The table of the project's rules has the city's; the other levels' follow it here (372号 names no figures).
    ("project", "国家级", 4000),
    ("project", "区级", 4000),
    ("project", "行业", 4000),
)
_PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n"


def load_demo_digital(people: Mapping[str, User], organisations: Mapping[str, Organisation]) -> None:
    """The city's rule and hours, a model with the demo's courses, and five items, one of each track."""
    city, host = organisations[CITY], organisations[HOST]
    if cases.rule_on(CODE, city, today()) is None:
        values: dict[str, int | None] = {setting.name: None for setting in PROCESS.settings}
        cases.set_rule(DEMO, NewRule(CODE, city, IN_FORCE, values, SOURCE))
    for activity, grade, centihours in RULES:
        if not rule_there(today(), activity, grade, "specialty"):
            new = NewHoursRule(
                activity, "specialty", IN_FORCE, centihours, "项", "演示规则，仅用于试用", grade=grade
            )
            publish_hours_rule(DEMO, new)
    # Somebody else of the host checks what the teacher entered.
    grant_role(people["founder"], host, Role.ADMIN, DEMO)
    _model(people["officer"], city)
    way = _Way(people, city, host, organisations[ASSESSORS])
    way.contest()
    way.national()
    way.others()


def _model(officer: User, city: Organisation) -> None:
    """Published once, with the first courses that are there."""
    if SkillModelDraft.objects.filter(authority=city, title=MODEL).exists():
        return
    codes = list(
        CoursePage.objects.live().public().order_by("kind", "code").values_list("code", flat=True)[:4]
    )
    if not codes:
        return
    about = About(MODEL, DIRECTION, "演示编制组；依据 372号 三(三)，内容是演示")
    draft = skills.begin(officer, city, about)
    for domain, title, rungs in (
        (
            "数据基础",
            "数据采集与标注",
            [
                NewRung("junior", "能按规范采集、清洗和标注数据", codes[:1]),
                NewRung("middle", "能制定标注规范并抽查质量", codes[:2]),
            ],
        ),
        (
            "模型应用",
            "模型训练与评估",
            [
                NewRung("junior", "能用现成工具训练模型，读懂评估指标", codes[1:3]),
                NewRung("senior", "能设计评估方案并改进模型", codes),
            ],
        ),
        ("工程实践", "安全与合规", [NewRung("junior", "知道数据安全和个人信息保护的要求", codes[:1])]),
    ):
        draft = skills.set_skill(officer, draft, domain, title, rungs)
    skills.publish(officer, draft)
    assert SkillModel.objects.filter(series=draft.series).exists()


def _ago(days: int) -> datetime:
    return now() - timedelta(days=days)


def _paper(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{name}.pdf", _PAPER, "application/pdf")


class _Way:
    """The items of the year, step by step, the first ones in the past."""

    def __init__(
        self, people: Mapping[str, User], city: Organisation, host: Organisation, assessors: Organisation
    ) -> None:
        self.people, self.city, self.host, self.assessors = people, city, host, assessors
        self.teacher, self.officer = people["teacher"], people["officer"]

    def item(self, days: int, **said: Any) -> DigitalItem | None:
        """Taken in and announced so many days ago; None where it is there already."""
        values: dict[str, Any] = {
            "year": _ago(days).year,
            "about": "演示数据：面向本市企业和院校的数字技术人员。",
            "level": "city",
            "fund": "city",
            "budget_fen": 10_000_000,
            **said,
        }
        facts = Facts(**values)
        if Case.objects.filter(process=CODE, authority=self.city, facts__title=facts.title).exists():
            return None
        case = cases.replay_begin(DEMO, self.teacher, CODE, self.host, self.city, _ago(days + 3))
        cases.describe(self.teacher, case, dump(facts))
        for kind, name in ((PLAN, "实施方案"), (AGREEMENT, "协议或标准")):
            cases.attach(self.teacher, case, kind, [_paper(name)], at=_ago(days + 2), by=DEMO)
        for user, name, ago in (
            (self.teacher, "submit", days + 2),
            (self.officer, "approve", days + 1),
            (self.teacher, "announce", days),
        ):
            case.refresh_from_db()
            cases.replay(DEMO, user, case, name, Said("演示"), _ago(ago))
        return DigitalItem.objects.get(case=case)

    def contest(self) -> None:
        """Entries were taken until two days ago, and two stages are published."""
        until = today() - timedelta(days=2)
        item = self.item(
            40,
            track="contest",
            title=CONTEST,
            people=50,
            centihours=2400,
            enrol_until=until.isoformat(),
            stages=("初赛", "决赛"),
            team_most=3,
        )
        if item is None:
            return
        first = contest.enter(self.people["learner"], item, "社区一码通", "演示作品", on=until, by=DEMO)
        contest.join(self.people["learner2"], item, first.code, on=until, by=DEMO)
        second = contest.enter(self.people["twin"], item, "智慧菜场", "演示作品", on=until, by=DEMO)
        contest.ask_juror(self.teacher, item, self.people["curator"].email or "")
        contest.answer_jury(self.people["curator"], item, accept=True)
        for stage, outcomes in enumerate(((ADVANCE, ADVANCE), ("first", "second"))):
            lines = [
                SheetLine(str(entry.uuid), marks, outcome)
                for entry, marks, outcome in zip((first, second), (9150, 8800), outcomes, strict=True)
            ]
            marking.mark(self.people["curator"], item, stage, {line.entry: line.centimarks for line in lines})
            sheet = contest.enter_results(self.teacher, item, stage, today(), lines)
            contest.check_results(self.people["founder"], sheet)
            contest.publish_results(self.officer, sheet)

    def national(self) -> None:
        """Two trainees; one passed the first level; half of the money is used."""
        until = today() + timedelta(days=20)
        item = self.item(
            30,
            track="national",
            title=NATIONAL,
            level="national",
            people=60,
            centihours=3000,
            enrol_until=until.isoformat(),
            direction=DIRECTION,
        )
        if item is None:
            return
        trainees = [engineers.sign_up(self.people[key], item, "junior") for key in ("learner", "learner2")]
        rows = [",".join(COLUMNS.values())]
        for trainee, verdict, mark in zip(trainees, ("合格", "不合格"), ("86", "52"), strict=True):
            rows.append(f"{trainee.number},{trainee.person},初级,{verdict},{mark},{today().isoformat()},")
        file = SimpleUploadedFile("levels.csv", "\n".join(rows).encode(), "text/csv")
        found = engineers.upload(self.people["assessor"], item, self.assessors, file)
        if found.state == "waiting":
            engineers.publish_list(self.officer, found)
        fund = demo_fund(self.city, "city", FUND, IN_FORCE)
        for user, kind, fen, voucher in (
            (self.officer, Kind.COMMIT, 8_000_000, "演示资助决定 1 号"),
            (self.people["officer2"], Kind.PAY, 8_000_000, "演示付款 1 号"),
            (self.teacher, Kind.USE, 4_000_000, "演示发票 1 号"),
        ):
            money.move(
                user, item, Moved(kind, fen, voucher, today(), fund if kind == Kind.COMMIT else None, "演示")
            )

    def leaders(self) -> None:
        """Two people learn; the list of those who completed is still to come."""
        until = today() + timedelta(days=20)
        item = self.item(
            25,
            track="leaders",
            title="数字技术引领人才研修营",
            people=30,
            centihours=4000,
            enrol_until=until.isoformat(),
        )
        if item is not None:
            for key in ("learner", "twin"):
                cohort.sign_up(self.people[key], item)

    def others(self) -> None:
        self.leaders()
        self.item(
            20,
            track="standards",
            title="云计算国际化职业标准引进",
            standard_name="云计算架构师职业标准（演示）",
            standard_source="虚构的国际标准组织",
            standard_version="3.1",
        )
        self.item(
            15,
            track="school_firm",
            title="工业互联网初级人才校企班",
            partner="青申精密机械有限公司",
            agreement="校企合作协议（演示）2026-1",
            agreement_until=(today() + timedelta(days=365)).isoformat(),
        )
