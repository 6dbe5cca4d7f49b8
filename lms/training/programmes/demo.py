"""Demo programmes of one invented city and district: an edition of last year's series that was walked to its settlement, one that enrols
now, and a topic that waits. Loaded again, nothing is doubled, and what a visitor did stays.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from courses.api import CoursePage
from lms.accounts.api import Organisation, Role, User, grant_role, register_organisation
from lms.learning.api import (
    NewHoursRule,
    held_demo_run,
    open_demo_run,
    planned_demo_run,
    publish_hours_rule,
)
from lms.lib.actor import Actor
from lms.lib.clock import local_day, now, today
from lms.training.ce_bases.demo import load_demo_ce_bases
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import NewRule, Said
from lms.training.programmes import enrolment, results, services
from lms.training.programmes.enrolment import Application, Decision
from lms.training.programmes.models import Programme, TopicCall
from lms.training.programmes.process import CODE, DOCUMENT, NEED, PROCESS, WEIGHTS
from lms.training.programmes.results import ACTIVITY, CATEGORY, NewOutput, grade_of, hours_ruled
from lms.training.programmes.rules import Candidate, Facts, dump
from lms.training.programmes.rules import Said as Told

DEMO = Actor.system("demo")
CITY, DISTRICT, HOST, COURSE = "sjrs", "lhrs", "qpjx", "cnc-gcode-2026"
IN_FORCE = date(2022, 12, 2)
SOURCE = f"{DOCUMENT}（演示：虚构的申江市照此执行，权重和合格线是演示设定）"
VALUES: dict[str, int | None] = {
    "call_month": 11,
    "pass_mark": 60,
    "weight_need": 20,
    "weight_delivery": 10,
    "weight_problem": 40,
    "weight_benefit": 30,
}
SERIES = "智能制造系统集成研修"
TITLES = ("智能制造系统集成（第一期）", "智能制造系统集成（第二期）", "工业机器人应用")
_PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n"


def load_demo_programmes(people: Mapping[str, User], organisations: Mapping[str, Organisation]) -> None:
    """The city's bases, its rule and call, and three topics of the district; of topics nothing without the demo's course."""
    load_demo_ce_bases(people, organisations)
    course = CoursePage.objects.live().filter(code=COURSE).first()
    if course is None:
        return
    city, host = organisations[CITY], organisations[HOST]
    district = Organisation.objects.filter(code=DISTRICT).first() or register_organisation(
        DEMO, code=DISTRICT, name="柳河区人力资源和社会保障局", kind=Organisation.Kind.AUTHORITY
    )
    # Whoever decides for the city belongs to no district that proposes; the host has an assessor.
    grant_role(people["curator"], district, Role.OFFICER, DEMO)
    grant_role(people["founder"], host, Role.ASSESSOR, DEMO)
    if cases.rule_on(CODE, city, today()) is None:
        values = {setting.name: VALUES.get(setting.name) for setting in PROCESS.settings}
        cases.set_rule(DEMO, NewRule(CODE, city, IN_FORCE, values, SOURCE))
    way = _Way(people, city, district, host, course)
    way.settled()
    way.enrolling()
    way.waiting()


def _ago(days: int) -> datetime:
    return now() - timedelta(days=days)


def _paper(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{name}.pdf", _PAPER, "application/pdf")


class _Way:
    """The topics of the district, step by step, the first ones in the past."""

    def __init__(
        self,
        people: Mapping[str, User],
        city: Organisation,
        district: Organisation,
        host: Organisation,
        course: CoursePage,
    ) -> None:
        self.people, self.city, self.district = people, city, district
        self.host, self.course = host, course
        self.proposer, self.teacher = people["curator"], people["teacher"]
        self.call = TopicCall.objects.filter(authority=city, title__contains="演示").first() or services.call(
            DEMO,
            services.NewCall(
                authority=city,
                year=today().year,
                kind="advanced",
                title=f"{today().year} 年度高级研修项目选题征集（演示）",
                about="请各行业主管部门和各区报送选题和推荐的承办单位。演示数据。",
                first_day=today() - timedelta(days=120),
                last_day=today() + timedelta(days=30),
            ),
        )

    def made(self, title: str) -> bool:
        return Case.objects.filter(process=CODE, authority=self.city, facts__title=title).exists()

    def filed(self, title: str, days: int) -> Case:
        facts = Facts(
            call=str(self.call.uuid),
            title=title,
            level="city",
            fund="city",
            audience="本区装备制造企业的中、高级工程师和生产管理人员，基层一线优先",
            need="演示数据：本区企业改造产线，缺懂机械又懂控制的系统集成人才。",
            centihours=4000,
            people=20,
            budget_fen=12_000_000,
            series=SERIES if "集成" in title else "",
            candidates=(
                Candidate(self.host.code, self.host.name, "city_base", "申人社〔2024〕0 号（演示）"),
                Candidate("qsjx", "青申精机", "leading", "演示：本区最大的数控装备企业"),
            ),
        )
        case = cases.replay_begin(DEMO, self.proposer, CODE, self.district, self.city, _ago(days + 2))
        cases.describe(self.proposer, case, dump(facts))
        cases.attach(self.proposer, case, NEED, [_paper("选题论证")], at=_ago(days + 1), by=DEMO)
        self.act(self.proposer, case, "submit", days)
        return case

    def act(self, user: User, case: Case, name: str, days: int, reason: str = "") -> None:
        case.refresh_from_db()
        row = case.declared.transition(name)
        files = [_paper(str(row.label))] if row is not None and row.takes else []
        cases.replay(DEMO, user, case, name, Said(reason, files), _ago(days))

    def approved(self, title: str, days: int) -> Programme:
        case = self.filed(title, days)
        self.act(
            self.people["officer"],
            case,
            "approve",
            days - 5,
            "选题贴近本区产业，承办单位是市级继续教育基地。",
        )
        row = Programme.objects.get(case=case)
        number = f"申人社专〔{today().year}〕{self.call.plans.count() + 1} 号（演示）"
        services.publish_plan(
            DEMO,
            self.call,
            f"{today().year} 年度高级研修项目计划（演示）",
            number,
            day=local_day(_ago(days - 10)),
        )
        return row

    def settled(self) -> None:
        """The first edition: two trainees passed, one of them wrote something."""
        if self.made(TITLES[0]):
            return
        row = self.approved(TITLES[0], 90)
        # A class opens before its last day only: the demo's ends today.
        first = today() - timedelta(days=30)
        run = planned_demo_run(self.teacher, self.course, "系统集成研修第一期", first, today(), 20)
        services.bind_run(self.teacher, row, run.uuid)
        self.act(self.proposer, row.case, "announce", 60)
        open_demo_run(self.teacher, run)
        trainees = [
            self.admitted(row, "learner", Told(title="middle", grassroots=True)),
            self.admitted(row, "learner2", Told(title="associate")),
        ]
        self.act(self.proposer, row.case, "begin", 31)
        held_demo_run(self.teacher, self.people["founder"], run, trainees)
        fen = {
            "teaching": 5_200_000,
            "venue": 1_200_000,
            "materials": 480_000,
            "board": 900_000,
            "other": 0,
        }
        results.account(self.teacher, row, fen, "演示决算")
        output = results.hand_in(
            trainees[0], row, NewOutput("产线联调的三步法", str(trainees[0]), "演示成果")
        )
        results.review(self.people["founder"], output, passed=True)
        row.refresh_from_db()
        if not hours_ruled(row):
            grade = grade_of(row.level)
            publish_hours_rule(
                DEMO,
                NewHoursRule(ACTIVITY, CATEGORY, IN_FORCE, 4000, "项", "演示规则，仅用于试用", grade=grade),
            )
        self.act(self.proposer, row.case, "report", 0)
        results.give(row)
        scores = dict(zip(WEIGHTS, (86, 90, 84, 80), strict=True))
        results.evaluate(self.people["officer"], row, scores, "三家企业用上了课上的联调方案。演示评估。")
        self.act(self.people["officer"], row.case, "evaluate", 0, "评估合格。")
        self.act(self.people["officer2"], row.case, "settle", 0, "按决算核拨。")

    def admitted(self, row: Programme, key: str, said: Told) -> User:
        user = self.people[key]
        application = enrolment.apply(
            user, row, Application(said, employer="青申精机", title_number="演示-2020-001")
        )
        enrolment.decide(self.teacher, application, Decision(True, title_seen=True))
        return user

    def enrolling(self) -> None:
        """The second edition: announced, somebody has applied."""
        if self.made(TITLES[1]):
            return
        row = self.approved(TITLES[1], 40)
        first = today() + timedelta(days=20)
        run = planned_demo_run(
            self.teacher, self.course, "系统集成研修第二期", first, first + timedelta(days=2), 20
        )
        services.bind_run(self.teacher, row, run.uuid)
        self.act(self.proposer, row.case, "announce", 3)
        open_demo_run(self.teacher, run)
        application = Application(
            Told(title="assistant", grassroots=True), "青申精机", "", "负责产线改造，单位推荐"
        )
        enrolment.apply(self.people["learner"], row, application)

    def waiting(self) -> None:
        if not self.made(TITLES[2]):
            self.filed(TITLES[2], 2)
