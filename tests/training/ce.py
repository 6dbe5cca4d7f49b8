"""A city authority with officers, a standard and its rules; a college that is, or wants to be, a continuing-education base; three experts.
All invented; what the document leaves open is the tests' own. The tests' clock stands on 2 March 2026."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Permission

from lms.accounts.models import Organisation, User
from lms.learning.classes import services as classes
from lms.learning.classes.models import ClassRun
from lms.learning.classes.services import NewMeeting, NewRun
from lms.lib.clock import SHANGHAI
from lms.training.ce_bases import reviews
from lms.training.ce_bases.models import (
    BaseFiling,
    BaseReview,
    BaseStandard,
    EducationBase,
    FiledClass,
    ReviewSeat,
)
from lms.training.ce_bases.process import ASKED_FOR, CODE, DOCUMENT, FILING, FILING_CODE, PROCESS
from lms.training.ce_bases.reviews import Mark, NewStandard
from lms.training.ce_bases.rules import Criterion, Facts, Grade, Plan, PlannedClass, Terms, dump
from lms.training.experts.models import Expert
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import NewRule, Said
from lms.training.tenders.models import PanelExpert
from tests.factories.accounts import OrganisationFactory, member
from tests.factories.courses import released_course
from tests.training.cases import SYSTEM, after, pdf, registered

VALUES: dict[str, int | None] = {
    **{setting.name: None for setting in PROCESS.settings},
    "notice_days": 5,
    "supplement_days": 10,
    "appeal_days": 10,
}
FILING_VALUES: dict[str, int | None] = {setting.name: None for setting in FILING.settings} | {"last_month": 2}
TERMS = Terms(
    criteria=(
        Criterion("c1", "师资队伍", 30),
        Criterion("c2", "解决实际问题的效果", 40),
        Criterion("c3", "长期社会影响效益", 30),
    ),
    grades=(Grade("优秀", 90), Grade("良好", 75)),
    pass_mark=60,
    least_experts=2,
    corrections=1,
    correction_days=20,
    interval_months=12,
)
FACTS = Facts(
    host_kind="university",
    industry="industry",
    specialty="智能制造系统集成",
    site="实训中心 2000 平方米",
    team="专职教师 12 人，企业工程师 20 人",
    record="近三年办班 18 期，1200 人次",
    plan="每年办班 6 期，建产线联调案例库",
)
FIRST, LAST = date(2026, 3, 20), date(2026, 3, 21)


class Region:
    """authority: with officer, second and chief; college: with clerk (its HR), teacher and a course; experts: three of an assessing
    body."""

    def __init__(
        self, *, terms: Terms | None = TERMS, college: Organisation | None = None, **values: int | None
    ) -> None:
        self.authority = OrganisationFactory(name="申江市人社局", kind="authority")
        for process, given in ((CODE, VALUES | values), (FILING_CODE, FILING_VALUES)):
            cases.set_rule(SYSTEM, NewRule(process, self.authority, date(2022, 12, 2), given, DOCUMENT))
        self.officer: User = member("officer", self.authority, display_name="郑明")
        self.second: User = member("officer", self.authority, display_name="何平")
        self.chief: User = member("admin", self.authority, display_name="丁局")
        self.college = college or OrganisationFactory(name="青溪技师学院", kind="college")
        self.clerk: User = member("hr", self.college, display_name="李事")
        self.teacher: User = member("teacher", self.college, display_name="吴工")
        self.assessors = OrganisationFactory(name="申江评价中心", kind="assessor")
        self.experts: list[User] = [
            member("assessor", self.assessors, display_name=name) for name in ("孙技", "周工", "许教授")
        ]
        registered(self.authority, *self.experts)
        self.standard: BaseStandard | None = self.rule(terms) if terms else None

    def rule(self, terms: Terms, since: date = date(2026, 3, 2)) -> BaseStandard:
        new = NewStandard(
            self.authority, "继续教育基地评估标准", since, "申人社专〔2026〕3 号（测试）", terms
        )
        return reviews.publish_standard(SYSTEM, new)

    # --- a base ------------------------------------------------------------------------------------------

    def draft(self, body: Organisation | None = None, clerk: User | None = None, **changes: Any) -> Case:
        body, clerk = body or self.college, clerk or self.clerk
        case = cases.begin(clerk, CODE, body, self.authority)
        return cases.describe(clerk, case, dump(FACTS) | changes)

    def complete(self, **options: Any) -> Case:
        case = self.draft(**options)
        for kind in ASKED_FOR:
            cases.attach(options.get("clerk") or self.clerk, case, kind, [pdf(f"{kind}.pdf")])
        return case

    def submitted(self, **options: Any) -> Case:
        return self.by(options.get("clerk") or self.clerk, self.complete(**options), "submit")

    def by(self, user: User, case: Case, *names: str, reason: str = "符合条件", **values: Any) -> Case:
        """Do these acts one after the other, each on the case as it stands."""
        for name in names:
            case.refresh_from_db()
            row = case.declared.transition(name)
            files = [pdf(f"{name}.pdf")] if row is not None and row.takes else []
            cases.act(user, case, name, Said(reason, files, values))
        case.refresh_from_db()
        return case

    def review(self, case: Case) -> BaseReview:
        found = reviews.last_review(case)
        assert found is not None
        return found

    def marked(self, case: Case, *marks: int, experts: list[User] | None = None) -> None:
        """As many experts as marks declare and give every criterion that mark."""
        review = self.review(case)
        assert self.standard is not None
        for expert, mark in zip(experts or self.experts, marks, strict=False):
            seat = reviews.appoint(self.officer, review, expert)
            reviews.declare(expert, seat, independent=True)
            given = {item["code"]: Mark(mark, "材料和现场相符") for item in self.standard.criteria}
            reviews.hand_in(expert, seat, given)

    def reviewed(self, *marks: int, **options: Any) -> Case:
        """Submitted, accepted and scored."""
        case = self.by(self.officer, self.submitted(**options), "accept")
        self.marked(case, *(marks or (80, 80)))
        return self.by(self.officer, case, "score")

    def named(self, clock: Any, *marks: int, **options: Any) -> EducationBase:
        """Through the public notice; the clock stands on the day after it."""
        case = self.by(self.officer, self.reviewed(*marks, **options), "pass")
        after(clock, case.due_on)
        self.by(self.officer, case, "name")
        return base_of(case)

    def evaluated(self, base: EducationBase, *marks: int) -> Case:
        """The yearly evaluation, scored."""
        case = self.by(self.officer, base.case, "evaluate")
        self.marked(case, *marks)
        return self.by(self.officer, case, "tally")

    def base(self) -> EducationBase:
        """Named today, where the rule asks for no notice."""
        return base_of(self.by(self.officer, self.reviewed(80, 80), "name_unnoticed"))

    # --- a plan --------------------------------------------------------------------------------------------

    def planned(self, **changes: Any) -> PlannedClass:
        values = {
            "title": "产线联调研修班",
            "centihours": 800,
            "people": 30,
            "first_day": FIRST.isoformat(),
            "last_day": LAST.isoformat(),
            "fee_fen": 120_000,
            "teachers": "吴工",
            "place": "青溪校区 3 号楼",
        } | changes
        return PlannedClass(**values)

    def plan(self, *classes: PlannedClass, year: int = 2026) -> Case:
        case = cases.begin(self.clerk, FILING_CODE, self.college, self.authority)
        plan = Plan(year, "", classes or (self.planned(),))
        return cases.describe(self.clerk, case, dump(plan))

    def filed(self, *classes: PlannedClass, year: int = 2026) -> BaseFiling:
        case = self.by(self.clerk, self.plan(*classes, year=year), "submit")
        self.by(self.officer, case, "accept")
        return BaseFiling.objects.get(case=case)

    # --- a class ---------------------------------------------------------------------------------------------

    def course(self) -> Any:
        return released_course(
            provider=self.college, mode="blended", kind="specialty", sector="industry"
        ).course

    def run(self, course: Any, first: date = FIRST, last: date = LAST, capacity: int = 30) -> ClassRun:
        new = NewRun(
            course.uuid, "产线联调第一期", "青溪校区 3 号楼", first, last, first - timedelta(days=1), capacity
        )
        found = classes.plan(self.teacher, new)
        starts = datetime(first.year, first.month, first.day, 9, tzinfo=SHANGHAI)
        classes.add_meeting(
            self.teacher, found, NewMeeting("联调", "吴工", starts, starts + timedelta(hours=3))
        )
        return found


def base_of(case: Case) -> EducationBase:
    return EducationBase.objects.select_related("case", "body", "authority").get(case=case)


def only_class(filing: BaseFiling) -> FiledClass:
    return FiledClass.objects.get(filing=filing)


def office(client: Any, user: User) -> None:
    """Signed in for the staff's pages."""
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)


def listed(
    authority: Organisation, body: Organisation, *, national: bool = False, since: date = date(2024, 3, 1)
) -> EducationBase:
    """A base that was named on paper, with its rows alone; one that is there already stays."""
    there = EducationBase.objects.filter(body=body, removed_on__isnull=True).first()
    if there is not None:
        return there
    moment = datetime(since.year, since.month, since.day, 12, tzinfo=SHANGHAI)
    number = f"JJ-{since.year}-9{EducationBase.objects.count():04d}"
    rule = cases.rule_on(CODE, authority, since) or cases.set_rule(
        SYSTEM, NewRule(CODE, authority, date(2022, 12, 2), VALUES, DOCUMENT)
    )
    case = Case.objects.create(
        number=number,
        process=CODE,
        rule=rule,
        authority=authority,
        body=body,
        applicant=member("hr", body),
        state="named",
        waits="day",
        begun_at=moment,
        opened_on=since,
    )
    base = EducationBase.objects.create(
        case=case,
        authority=authority,
        body=body,
        number=f"TEST-{number}",
        host_kind="university",
        industry="industry",
        specialty="测试",
        named_on=since,
    )
    if national:
        base.levels.create(step="nominated", since=since, document="推荐函（测试）", at=moment)
        base.levels.create(step="national", since=since, document="公告（测试）", at=moment)
    return base


def asked_experts() -> set[str]:
    """The addresses of everybody who was asked into a register, onto a panel or into a review."""
    rows = (Expert.objects, PanelExpert.objects, ReviewSeat.objects)
    people = ("person__email", "person__email", "expert__email")
    return {
        mail for found, name in zip(rows, people, strict=True) for mail in found.values_list(name, flat=True)
    }
