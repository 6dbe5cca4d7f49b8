"""Demo bases of one invented city: one that was evaluated well, nominated for the national list and has filed its classes; one that failed
and corrects itself; an exchange of the year with what both share. The standard is the demo authority's own. Loaded again, nothing is
doubled, and what a visitor did stays.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from lms.accounts.api import Organisation, Role, User, grant_role
from lms.learning.api import ClassRun
from lms.lib.actor import Actor
from lms.lib.clock import now, today
from lms.training.ce_bases import exchange, filings, queries, reviews
from lms.training.ce_bases.models import EducationBase, Exchange, FiledClass, SharedResource
from lms.training.ce_bases.process import ASKED_FOR, CODE, DOCUMENT, FILING, FILING_CODE, PROCESS
from lms.training.ce_bases.reviews import Mark, NewStandard, Past
from lms.training.ce_bases.rules import Criterion, Facts, Grade, Plan, PlannedClass, Terms, dump
from lms.training.experts.demo import registered
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import NewRule, Said

DEMO = Actor.system("demo")
CITY, GOOD, FAILING = "sjrs", "qpjx", "hxpx"
RUN = "数控铣实操周末班"
IN_FORCE = date(2022, 12, 2)
SOURCE = f"{DOCUMENT}（演示：虚构的申江市照此执行；天数、项目、权重和合格线是演示部门自己的设定）"
VALUES: dict[str, int | None] = {"notice_days": 5, "supplement_days": 10, "appeal_days": 10}
TERMS = Terms(
    criteria=(
        Criterion("c1", "师资队伍", 20, "专兼职结构、企业专家的比例"),
        Criterion("c2", "实训条件", 15, "设备与产业现场的接近程度"),
        Criterion("c3", "解决实际问题的效果", 40, "学员单位的应用和改进"),
        Criterion("c4", "长期社会影响效益", 25, "跟踪满一年的评价"),
    ),
    grades=(Grade("优秀", 90), Grade("良好", 75)),
    pass_mark=60,
    least_experts=2,
    corrections=1,
    correction_days=30,
    interval_months=12,
)
COLLEGE = Facts(
    host_kind="university",
    industry="industry",
    specialty="智能制造系统集成",
    site="实训中心 3 号楼，柔性产线一条，数控设备 20 台",
    team="专职教师 14 人，企业兼职工程师 22 人",
    record="演示数据：近三年办班 21 期，1,360 人次",
    plan="每年办班 6 期，建产线联调案例库，向各基地开放",
)
CENTRE = Facts(
    host_kind="association",
    industry="trade",
    specialty="跨境贸易数字化",
    site="教室 4 间，模拟操作室 1 间",
    team="专职教师 3 人，兼职 9 人",
    record="演示数据：近三年办班 9 期，310 人次",
    plan="每年办班 3 期",
)
_PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n"
MINUTES = (
    "两家基地介绍了产线联调和跨境业务模拟的教学办法，商定：联调案例库向各基地开放；师资互聘先从下半年的两期班试行；"
    "实训设备的预约办法由青溪技师学院整理后发各基地。演示数据。"
)


def load_demo_ce_bases(people: Mapping[str, User], organisations: Mapping[str, Organisation]) -> None:
    """The city's rules and standard, two bases, the filed plan, the exchange and the shared resources."""
    city = organisations[CITY]
    grant_role(people["teacher"], organisations[GOOD], Role.HR, DEMO)
    grant_role(people["founder"], organisations[FAILING], Role.HR, DEMO)
    for process, given in ((PROCESS, VALUES), (FILING, {})):
        if cases.rule_on(process.code, city, today()) is None:
            values = {setting.name: given.get(setting.name) for setting in process.settings}
            cases.set_rule(DEMO, NewRule(process.code, city, IN_FORCE, values, SOURCE))
    if reviews.standard_on(city, today()) is None:
        title = "申江市专业技术人员继续教育基地评估标准（演示）"
        reviews.publish_standard(DEMO, NewStandard(city, title, IN_FORCE, SOURCE, TERMS))
    good = _Way(people, city, organisations[GOOD], people["teacher"])
    failing = _Way(people, city, organisations[FAILING], people["founder"])
    good.nominated()
    failing.correcting()
    good.filed()
    _exchange(people, city)


def _ago(days: int) -> datetime:
    return now() - timedelta(days=days)


def _paper(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{name}.pdf", _PAPER, "application/pdf")


class _Way:
    """One body on its way, step by step in the past."""

    def __init__(
        self, people: Mapping[str, User], city: Organisation, body: Organisation, clerk: User
    ) -> None:
        self.people, self.city, self.body, self.clerk = people, city, body, clerk
        self.officer = people["officer"]
        self.experts = (people["assessor"], people["reviewer"])

    @property
    def made(self) -> bool:
        return Case.objects.filter(process=CODE, authority=self.city, body=self.body).exists()

    def nominated(self) -> None:
        if self.made:
            return
        case = self.named(COLLEGE, 420, (84, 80))
        self.evaluated(case, 60, (93, 91))
        self.act(self.officer, case, "keep", 55, "评估优秀，予以保留。")
        document = f"申人社专函〔{today().year}〕0 号（演示）"
        self.act(self.officer, case, "nominate", 30, "能力业绩突出，推荐申报国家级。", document=document)

    def correcting(self) -> None:
        if self.made:
            return
        case = self.named(CENTRE, 400, (66, 64))
        self.evaluated(case, 20, (52, 55))
        self.act(self.officer, case, "fail", 12, "解决实际问题的效果一项差距较大，限期整改。")

    def named(self, facts: Facts, days: int, marks: tuple[int, int]) -> Case:
        """So many days ago; the notice before it takes five working days, with a long holiday 18 days."""
        case = cases.replay_begin(DEMO, self.clerk, CODE, self.body, self.city, _ago(days + 45))
        cases.describe(self.clerk, case, dump(facts))
        for kind in ASKED_FOR:
            cases.attach(self.clerk, case, kind, [_paper(kind)], at=_ago(days + 44), by=DEMO)
        self.act(self.clerk, case, "submit", days + 42)
        self.act(self.officer, case, "accept", days + 40)
        self.marked(case, days + 35, marks)
        self.act(self.officer, case, "score", days + 32)
        self.act(self.officer, case, "pass", days + 30, "专家评审合格，同意公示。")
        self.act(self.officer, case, "name", days)
        return case

    def evaluated(self, case: Case, days: int, marks: tuple[int, int]) -> None:
        self.act(self.officer, case, "evaluate", days + 20)
        self.act(self.clerk, case, "report", days + 15)
        self.marked(case, days + 5, marks)
        self.act(self.officer, case, "tally", days)

    def marked(self, case: Case, days: int, marks: tuple[int, int]) -> None:
        review = reviews.last_review(case)
        assert review is not None
        past = Past(DEMO, _ago(days))
        registered(self.city, *self.experts)
        for expert, mark in zip(self.experts, marks, strict=True):
            seat = reviews.appoint(self.officer, review, expert, past=past)
            reviews.declare(expert, seat, independent=True, past=past)
            # Not every criterion alike, so that the page has something to reckon.
            given = {
                item.code: Mark(max(0, min(100, mark + shift)), "演示评分：依据材料和现场查看。")
                for item, shift in zip(TERMS.criteria, (4, 2, -3, 0), strict=True)
            }
            reviews.hand_in(expert, seat, given, past=past)

    def act(self, user: User, case: Case, name: str, days: int, reason: str = "", **values: object) -> None:
        case.refresh_from_db()
        row = case.declared.transition(name)
        files = [_paper(str(row.label))] if row is not None and row.takes else []
        cases.replay(DEMO, user, case, name, Said(reason, files, values), _ago(days))

    def filed(self) -> None:
        """The year's plan with the demo's class in it, which then stands in the filing."""
        run = ClassRun.objects.filter(provider=self.body, title=RUN).select_related("course").first()
        if run is None or Case.objects.filter(process=FILING_CODE, body=self.body).exists():
            return
        first, last = run.starts_on.isoformat(), run.ends_on.isoformat()
        classes = (
            PlannedClass(
                title=RUN,
                course=run.course.code,
                centihours=800,
                people=max(run.capacity, 20),
                first_day=first,
                last_day=last,
                fee_fen=0,
                teachers=str(self.clerk),
                place="3 号实训楼 204",
            ),
            PlannedClass(
                title="工业机器人应用研修班（演示）",
                centihours=1600,
                people=30,
                first_day=first,
                last_day=last,
                fee_fen=86_000,
                teachers=str(self.clerk),
                place="3 号实训楼 301",
            ),
        )
        case = cases.replay_begin(DEMO, self.clerk, FILING_CODE, self.body, self.city, _ago(52))
        cases.describe(self.clerk, case, dump(Plan(run.starts_on.year, "", classes)))
        self.act(self.clerk, case, "submit", 50)
        self.act(self.officer, case, "accept", 46)
        row = FiledClass.objects.filter(filing__case=case, title=RUN).get()
        filings.hold_as(self.clerk, row, run.uuid)


def _exchange(people: Mapping[str, User], city: Organisation) -> None:
    year = today().year
    bases = {
        row.body.code: row for row in queries.bases_on(today()).filter(authority=city).select_related("body")
    }
    if {GOOD, FAILING} <= set(bases) and not Exchange.objects.filter(authority=city, year=year).exists():
        held = max(today() - timedelta(days=25), date(year, 1, 1))
        row = exchange.announce(
            DEMO,
            exchange.NewExchange(
                authority=city,
                year=year,
                theme="产业课程共建共享（演示）",
                about="上午经验介绍，下午分组对接课程、设备和师资。演示数据。",
                held_on=held,
                place="申江市公共实训中心",
            ),
        )
        exchange.take_over(DEMO, people["teacher"], row, bases[GOOD], "产线联调案例库")
        exchange.take_over(DEMO, people["founder"], row, bases[FAILING], "跨境业务模拟课")
        exchange.keep_minutes(DEMO, row, MINUTES)
    _share(people["teacher"], bases.get(GOOD), "equipment", "柔性产线实训台", "bases")
    _share(people["teacher"], bases.get(GOOD), "paper", "产线联调案例库", "providers")
    _share(people["founder"], bases.get(FAILING), "teacher", "跨境贸易数字化讲师团", "bases")


def _share(user: User, base: EducationBase | None, kind: str, title: str, openness: str) -> None:
    if base is None or SharedResource.objects.filter(base=base, title=title).exists():
        return
    new = exchange.NewResource(
        year=today().year,
        kind=kind,
        title=title,
        openness=openness,
        about="演示资源：提前两周联系预约。",
        contact_name="联系人（演示）",
        contact_phone="021-00000000",
    )
    exchange.share(user, base, new)
