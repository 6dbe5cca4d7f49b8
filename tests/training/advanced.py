"""A city authority that calls for topics, a district that proposes one, a college that hosts it, and the way to its settlement. All
invented."""

from datetime import date, datetime, timedelta
from typing import Any

from lms.accounts.models import Organisation, User
from lms.learning.classes import attendance, practice, queries, services
from lms.learning.classes.models import ClassPlace, ClassRun
from lms.learning.classes.services import NewMeeting, NewRun
from lms.learning.declarations.decisions import NewRule as HoursRule
from lms.learning.declarations.decisions import publish_rule
from lms.lib.clock import SHANGHAI
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Act, Case
from lms.training.lifecycle.services import NewRule, Said
from lms.training.programmes import enrolment, results
from lms.training.programmes import services as programmes
from lms.training.programmes.enrolment import Application, Decision
from lms.training.programmes.models import Programme, ProgrammeApplication
from lms.training.programmes.process import CODE, DOCUMENT, NEED, PROCESS, WEIGHTS
from lms.training.programmes.rules import Candidate, Facts, dump
from lms.training.programmes.rules import Said as Told
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.factories.courses import released_course
from tests.training.cases import SYSTEM, Bureau, pdf
from tests.training.ce import listed

VALUES: dict[str, int | None] = {
    **{setting.name: None for setting in PROCESS.settings},
    "review_days": 20,
    "supplement_days": 10,
    "pass_mark": 60,
    "weight_need": 20,
    "weight_delivery": 10,
    "weight_problem": 40,
    "weight_benefit": 30,
}
MIDDLE = Told(title="middle", grassroots=True)
GOOD = dict.fromkeys(WEIGHTS, 80)
FIRST, LAST = date(2026, 3, 20), date(2026, 3, 21)


class City:
    """authority: with officer and second; district: with proposer; college: with teacher and assessor, which has a course with
    practice. The tests' clock stands on 2 March 2026."""

    def __init__(self, kind: str = "advanced", **values: int | None) -> None:
        self.authority = OrganisationFactory(name="申江市人社局", kind="authority")
        rule = NewRule(CODE, self.authority, date(2022, 12, 2), VALUES | values, DOCUMENT)
        cases.set_rule(SYSTEM, rule)
        self.officer: User = member("officer", self.authority, display_name="郑明")
        self.second: User = member("officer", self.authority, display_name="何平")
        self.chief: User = member("admin", self.authority, display_name="丁局")
        self.district = OrganisationFactory(name="青溪区人社局", kind="authority")
        self.proposer: User = member("officer", self.district, display_name="林区")
        self.college = OrganisationFactory(name="青溪技师学院", kind="college")
        self.teacher: User = member("teacher", self.college, display_name="吴工")
        self.assessor: User = member("assessor", self.college, display_name="孙技")
        self.release = released_course(
            provider=self.college, mode="blended", kind="specialty", sector="industry"
        )
        self.course = self.release.course
        self.call = programmes.call(
            self.officer,
            programmes.NewCall(
                authority=self.authority,
                year=2026,
                kind=kind,
                title="2026 年高级研修项目选题征集",
                about="请各部门、各区报送选题和推荐的承办单位。",
                first_day=date(2026, 3, 2),
                last_day=date(2026, 3, 31),
            ),
        )

    def candidate(self, body: Organisation | None = None, standing: str = "city_base") -> Candidate:
        body = body or self.college
        if standing in ("city_base", "national_base"):
            listed(self.authority, body, national=standing == "national_base")
        return Candidate(body.code, body.name, standing, "申人社〔2024〕8 号（测试）")

    def facts(self, **changes: Any) -> Facts:
        values = {
            "call": str(self.call.uuid),
            "title": "智能制造系统集成",
            "level": "city",
            "fund": "city",
            "audience": "装备制造企业的中、高级工程师",
            "need": "本区高端装备企业缺系统集成人才。",
            "centihours": 4000,
            "people": 3,
            "budget_fen": 5_000_000,
            "candidates": (self.candidate(),),
        } | changes
        return Facts(**values)

    def draft(self, **changes: Any) -> Case:
        case = cases.begin(self.proposer, CODE, self.district, self.authority)
        return cases.describe(self.proposer, case, dump(self.facts(**changes)))

    def complete(self, **changes: Any) -> Case:
        case = self.draft(**changes)
        cases.attach(self.proposer, case, NEED, [pdf("论证.pdf")])
        return case

    def by(self, user: User, case: Case, *names: str, reason: str = "符合条件") -> Case:
        for name in names:
            case.refresh_from_db()
            row = case.declared.transition(name)
            files = [pdf(f"{name}.pdf")] if row is not None and row.takes else []
            cases.act(user, case, name, Said(reason, files))
        case.refresh_from_db()
        return case

    def submitted(self, **changes: Any) -> Case:
        return self.by(self.proposer, self.complete(**changes), "submit")

    def approved(self, **changes: Any) -> Programme:
        case = self.by(self.officer, self.submitted(**changes), "approve")
        return Programme.objects.get(case=case)

    def planned(self, **changes: Any) -> Programme:
        found = self.approved(**changes)
        programmes.publish_plan(
            self.officer, self.call, "2026 年度高级研修项目计划", "申人社专〔2026〕9 号（测试）"
        )
        return fresh(found)

    def run(self, **changes: Any) -> ClassRun:
        values = {
            "course": self.course.uuid,
            "title": "系统集成第一期",
            "place": "青溪校区 3 号楼",
            "starts_on": FIRST,
            "ends_on": LAST,
            "enrol_until": date(2026, 3, 19),
            "capacity": 3,
        } | changes
        found = services.plan(self.teacher, NewRun(**values))
        starts = datetime(FIRST.year, FIRST.month, FIRST.day, 9, tzinfo=SHANGHAI)
        services.add_meeting(
            self.teacher, found, NewMeeting("系统集成", "吴工", starts, starts + timedelta(hours=3))
        )
        return found

    def bound(self, programme: Programme | None = None, **changes: Any) -> Programme:
        found = programme or self.planned()
        return fresh(programmes.bind_run(self.teacher, found, self.run(**changes).uuid))

    def enrolling(self, programme: Programme | None = None, **changes: Any) -> Programme:
        """Announced, and the class takes people."""
        found = self.bound(programme, **changes)
        self.by(self.proposer, found.case, "announce")
        services.move(self.teacher, found.run, "open")
        return fresh(found)

    def applied(self, programme: Programme, said: Told = MIDDLE, **more: Any) -> ProgrammeApplication:
        user = more.pop("user", None) or UserFactory()
        return enrolment.apply(user, programme, Application(said, **{"title_number": "G2020-1"} | more))

    def admitted(self, programme: Programme, said: Told = MIDDLE, **more: Any) -> ProgrammeApplication:
        found = self.applied(programme, said, **more)
        return enrolment.decide(self.teacher, found, Decision(True, title_seen=True, reason="同意"))

    def held(self, clock: Any, programme: Programme, *passing: ProgrammeApplication) -> Programme:
        """Begun, the class held and ended, these people passed, the accounts kept; the summary is still to come."""
        self.by(self.proposer, programme.case, "begin")
        run = services.move(self.teacher, fresh(programme).run, "start")
        clock.move_to(datetime(2026, 3, 21, 18, tzinfo=SHANGHAI))
        for application in passing:
            self.judged(application)
        services.move(self.teacher, run, "end")
        fen = {"teaching": 2_000_000, "venue": 500_000, "materials": 300_000, "board": 0, "other": 0}
        results.account(self.teacher, programme, fen)
        return fresh(programme)

    def judged(self, application: ProgrammeApplication) -> None:
        """There from start to end, and passed."""
        place = ClassPlace.objects.select_related("run__course").get(pk=application.place_id)
        meeting = place.run.meetings.get()
        attendance.correct(
            self.teacher,
            meeting,
            place.uuid,
            since=meeting.starts_at,
            until=meeting.ends_at,
            reason="纸质签到表",
        )
        checklist = queries.checklist_of(self.course) or practice.publish_checklist(
            self.teacher, self.course, ["系统联调", "答辩"], source="项目方案"
        )
        done = frozenset(item["key"] for item in checklist.items)
        practice.sign_off(self.assessor, place, practice.Sheet(checklist.uuid, done, True, 0))

    def reported(self, clock: Any, programme: Programme, *passing: ProgrammeApplication) -> Programme:
        self.by(self.proposer, self.held(clock, programme, *passing).case, "report")
        return fresh(programme)

    def settled(self, clock: Any, programme: Programme, *passing: ProgrammeApplication) -> Programme:
        found = self.reported(clock, programme, *passing)
        results.evaluate(self.officer, found, GOOD, "解决了三家企业的联调问题。")
        self.by(self.officer, found.case, "evaluate")
        self.by(self.second, found.case, "settle")
        return fresh(found)


def ruled(grade: str = "市级", centihours: int = 5600, since: date = date(2022, 12, 2)) -> None:
    """A table of hours that has projects."""
    publish_rule(
        SYSTEM, HoursRule("project", "specialty", since, centihours, "项", "测试用的学时表", grade=grade)
    )


def fresh(programme: Programme) -> Programme:
    return Programme.objects.select_related(
        "case__rule", "case__authority", "case__body", "host", "run__course", "call", "plan"
    ).get(pk=programme.pk)


def last(case: Case) -> Act:
    found = case.acts.last()
    assert found is not None
    return found


def proposal(bureau: Bureau) -> Case:
    """A complete topic at the bureau's authority: its body is a district and its clerk the district's officer."""
    cases.set_rule(SYSTEM, NewRule(CODE, bureau.authority, date(2022, 12, 2), VALUES, DOCUMENT))
    bureau.firm = OrganisationFactory(name="青溪区人社局", kind="authority")
    bureau.clerk = member("officer", bureau.firm)
    host = OrganisationFactory(name="青溪技师学院", kind="college")
    call = programmes.call(
        bureau.officer,
        programmes.NewCall(
            *(bureau.authority, 2026, "advanced", "选题征集", "请报送选题。"),
            first_day=date(2026, 3, 2),
            last_day=date(2026, 12, 31),
        ),
    )
    facts = Facts(
        call=str(call.uuid),
        title="智能制造系统集成",
        level="city",
        fund="city",
        audience="工程师",
        need="缺人才",
        centihours=4000,
        people=3,
        candidates=(Candidate(host.code, host.name, "other", ""),),
    )
    case = cases.begin(bureau.clerk, CODE, bureau.firm, bureau.authority)
    case = cases.describe(bureau.clerk, case, dump(facts))
    cases.attach(bureau.clerk, case, NEED, [pdf("论证.pdf")])
    return case
