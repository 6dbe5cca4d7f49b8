"""Programmes of the invented year: one call of the city, and from each unit's department one topic to every end."""

from dataclasses import asdict
from datetime import timedelta

from django.db import transaction

from courses.api import CoursePage
from lms.accounts.api import Organisation, Role, User
from lms.learning.api import (
    NewHoursRule,
    held_demo_run,
    open_demo_run,
    planned_demo_run,
    publish_hours_rule,
)
from lms.lib.clock import today
from lms.training.lifecycle.models import Case
from lms.training.programmes import enrolment, results, services
from lms.training.programmes.demo import COURSE, VALUES
from lms.training.programmes.enrolment import Application, Decision
from lms.training.programmes.models import Programme, TopicCall
from lms.training.programmes.process import CODE, NEED, WEIGHTS
from lms.training.programmes.results import ACTIVITY, CATEGORY, NewOutput, grade_of, hours_ruled
from lms.training.programmes.rules import Candidate, Facts
from lms.training.programmes.rules import Said as Told
from lms.training.year.world import DEMO, IN_FORCE, SOURCE, Way, World, day_ago

PATHS = ("settled", "failed", "refused", "cancelled", "withdrawn", "lapsed")
# Those whose class was held.
HELD = ("settled", "failed")
_TOPICS = ("智能制造系统集成", "工业互联网安全", "集成电路封装测试", "细胞培养工艺", "城市应急管理")


class _Year:
    """What the programmes of a world have in common."""

    def __init__(self, world: World, course: CoursePage) -> None:
        self.world, self.course, self.host = world, course, course.provider
        self.teacher = world.person("teacher", self.host, Role.TEACHER)
        self.assessor = world.person("assessor", self.host, Role.ASSESSOR)
        self.officer, self.second = world.officer(world.city), world.officer(world.city, 2)
        self.call = TopicCall.objects.filter(authority=world.city).first() or services.call(
            DEMO,
            services.NewCall(
                authority=world.city,
                year=today().year,
                kind="advanced",
                title=f"{today().year} 年度高级研修项目选题征集（演示年）",
                about="请各部门报送选题和推荐的承办单位。演示数据。",
                first_day=day_ago(150),
                last_day=today(),
            ),
        )

    def cases(self) -> dict[str, Case]:
        """Title → its case, as it stands."""
        rows = Case.objects.filter(process=CODE, authority=self.world.city)
        return {row.facts["title"]: row for row in rows}

    def title(self, unit: int, path: str) -> str:
        topic = self.world.random("topic", unit, path).choice(_TOPICS)
        return f"{topic}（演示年 {unit + 1}-{PATHS.index(path) + 1}）"

    def department(self, unit: int) -> tuple[Organisation, User]:
        return self.world.department(unit)

    def way(self, unit: int) -> Way:
        body, clerk = self.department(unit)
        return Way(CODE, body, self.world.city, clerk)

    def filed(self, unit: int, path: str) -> None:
        """Up to where the yearly plan is waited for, or to the end before it."""
        pick = self.world.random("programme", unit, path)
        facts = Facts(
            call=str(self.call.uuid),
            title=self.title(unit, path),
            level="city",
            fund="city",
            audience="装备制造企业的中、高级工程师，基层一线优先",
            need="演示年：产线改造缺系统集成人才。",
            centihours=4000,
            people=20,
            budget_fen=pick.randrange(60, 140) * 100_000,
            series="智能制造系统集成研修（演示年）" if path == "settled" else "",
            candidates=(Candidate(self.host.code, self.host.name, "leading", "演示年：行业内龙头"),),
        )
        way = self.way(unit).begun(asdict(facts), 100, [NEED])
        way.act(way.clerk, "submit", 100)
        if path == "refused":
            way.act(self.officer, "refuse", 96, "演示年：与另一选题重复。")
        elif path == "lapsed":
            way.act(self.officer, "ask", 96, "演示年：请补充需求调研。")
        elif path == "withdrawn":
            way.act(way.clerk, "withdraw", 96)
        else:
            way.act(self.officer, "approve", 95)
            if path == "cancelled":
                way.act(self.officer, "cancel", 94, "演示年：单位提出不再举办。")

    def held(self, unit: int, path: str, case: Case) -> None:
        """From the public plan to the end."""
        way = self.way(unit)
        way.case = case
        row = Programme.objects.select_related("case", "host").get(case=way.case)
        # A class opens before its last day only: it ends today.
        first = today() - timedelta(days=30)
        run = planned_demo_run(self.teacher, self.course, row.title[:80], first, today(), 20)
        services.bind_run(self.teacher, row, run.uuid)
        way.act(way.clerk, "announce", 60)
        open_demo_run(self.teacher, run)
        trainees = [self.admitted(row, unit, path, number) for number in range(2)]
        way.act(way.clerk, "begin", 31)
        held_demo_run(self.teacher, self.assessor, run, trainees)
        fen = {"teaching": 4_000_000, "venue": 900_000, "materials": 300_000, "board": 0, "other": 0}
        results.account(self.teacher, row, fen, "演示年决算")
        row.refresh_from_db()
        if not hours_ruled(row):
            grade = grade_of(row.level)
            publish_hours_rule(
                DEMO, NewHoursRule(ACTIVITY, CATEGORY, IN_FORCE, 4000, "项", SOURCE, grade=grade)
            )
        output = NewOutput(f"{row.title}的一点心得"[:120], str(trainees[0]), "演示成果")
        results.review(self.assessor, results.hand_in(trainees[0], row, output), passed=True)
        way.act(way.clerk, "report", 0)
        results.give(row)
        good = path == "settled"
        scores = dict.fromkeys(WEIGHTS, 82 if good else 40)
        results.evaluate(self.officer, row, scores, "演示年评估：回访了学员单位。")
        way.act(self.officer, "evaluate" if good else "fail", 0)
        if good:
            way.act(self.second, "settle", 0)

    def admitted(self, row: Programme, unit: int, path: str, number: int) -> User:
        user = self.world.person(f"trainee-{unit}-{path}-{number}")
        said = Told(title="middle", grassroots=number == 0)
        application = Application(said, employer="演示企业", title_number=f"演示-{unit}-{number}")
        enrolment.decide(
            self.teacher, enrolment.apply(user, row, application), Decision(True, title_seen=True)
        )
        return user


def make(world: World) -> None:
    course = CoursePage.objects.live().select_related("provider").filter(code=COURSE).first()
    if course is None:
        world.notes.append(f"no course {COURSE}: programmes are left out (load the demo first)")
        return
    world.rule(CODE, world.city, {**VALUES, "supplement_days": 10})
    year = _Year(world, course)
    there = year.cases()
    for unit in world.units:
        for path in PATHS:
            if year.title(unit, path) not in there:
                with transaction.atomic():
                    year.filed(unit, path)
    if Programme.objects.filter(call=year.call, plan__isnull=True, case__state="approved").exists():
        number = f"演示年〔{today().year}〕{year.call.plans.count() + 1} 号"
        title = f"{today().year} 年度高级研修项目计划（演示年）"
        services.publish_plan(DEMO, year.call, title, number, day=day_ago(90))
    there = year.cases()
    for unit in world.units:
        for path in HELD:
            case = there[year.title(unit, path)]
            if case.state == "approved":
                with transaction.atomic():
                    year.held(unit, path, case)
