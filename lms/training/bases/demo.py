"""Demo bases of one invented district: one that stands and was re-checked, one in its public notice with an objection, one that was
taken back. Loaded again, nothing is doubled, and what a visitor did stays.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from lms.accounts.api import Organisation, Role, User, grant_role, register_organisation
from lms.lib.actor import Actor
from lms.lib.clock import local_day, now
from lms.lib.errors import Refusal
from lms.training.bases import services as bases
from lms.training.bases.models import Base, TrainingReport
from lms.training.bases.process import CODE, CONDITIONS, DOCUMENT, PRIORITY, PROCESS
from lms.training.bases.rules import Facts, Firm, Project, dump
from lms.training.lifecycle import services
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import NewRule, Said

DEMO = Actor.system("demo")
DISTRICT = "qxrs"
IN_FORCE = date(2023, 6, 14)
SOURCE = f"{DOCUMENT}（演示：虚构的青溪区照此执行）"
_PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n"
TURNING = Facts(
    site="城北实训车间 600 平方米，数控车床 12 台、加工中心 4 台",
    department="技能培训部",
    staff=3,
    experts=5,
    projects=(
        Project("数控车削", "key_industry", "6-18-01-01", "own", 60),
        Project("机床装调维修", "high_demand", "6-20-03-01", "apprentice", 24),
    ),
    sources=("staff", "chain"),
    firms=(Firm("溪北配套件厂（演示）", "91350100M000100Y43"),),
)
ROBOTS = Facts(
    site="学院工业机器人实训中心，工作站 8 套",
    department="校企合作处",
    staff=4,
    experts=6,
    flags=("scarce",),
    projects=(Project("工业机器人系统操作", "key_industry", "6-30-99-00", "joint", 120),),
    sources=("students",),
)
BAMBOO = Facts(
    site="传统工艺传习室 200 平方米",
    department="培训教务部",
    staff=1,
    experts=2,
    projects=(Project("竹编", "heritage", "6-09-03-05", "apprentice", 12),),
    sources=("staff",),
)


def load_demo_bases(people: Mapping[str, User], organisations: Mapping[str, Organisation]) -> Organisation:
    """The district's authority with two officers and their superior, its rule, and three applications."""
    district = Organisation.objects.filter(code=DISTRICT).first() or register_organisation(
        DEMO, code=DISTRICT, name="青溪区人力资源和社会保障局", kind=Organisation.Kind.AUTHORITY
    )
    for key, role in (("officer", Role.OFFICER), ("officer2", Role.OFFICER), ("curator", Role.ADMIN)):
        grant_role(people[key], district, role, DEMO)
    # Who applies for the college and the centre.
    grant_role(people["teacher"], organisations["qpjx"], Role.HR, DEMO)
    grant_role(people["founder"], organisations["hxpx"], Role.HR, DEMO)
    if services.rule_on(CODE, district, local_day(now())) is None:
        values = {setting.name: setting.standard for setting in PROCESS.settings}
        services.set_rule(DEMO, NewRule(CODE, district, IN_FORCE, values, SOURCE))
    first, second = people["officer"], people["officer2"]
    _Way(district, organisations["qsjx"], people["hr"], first, second).standing()
    _Way(district, organisations["qpjx"], people["teacher"], first, second).announced(people["learner2"])
    _Way(district, organisations["hxpx"], people["founder"], second, first).removed()
    return district


def _ago(days: int) -> datetime:
    return now() - timedelta(days=days)


class _Way:
    """One application of a body, step by step in the past."""

    def __init__(
        self, authority: Organisation, body: Organisation, clerk: User, officer: User, second: User
    ) -> None:
        self.authority, self.body, self.clerk = authority, body, clerk
        self.officer, self.second = officer, second
        self.case: Case | None = None

    @property
    def made(self) -> bool:
        return Case.objects.filter(process=CODE, authority=self.authority, body=self.body).exists()

    def standing(self) -> None:
        if not self.made:
            self._named(TURNING, 700)
            self._act(self.officer, "recheck", 340, "年度复核")
            self._act(self.clerk, "report_now", 338)
            self._act(self.officer, "keep", 335, "设备和师资与认定时相符，全年培训 71 人次。")
        self._reports()

    def _reports(self) -> None:
        """What the base has trained; one group was entered twice and struck."""
        base = Base.objects.filter(case__process=CODE, authority=self.authority, body=self.body).first()
        if base is None or not base.active or TrainingReport.objects.filter(base=base).exists():
            return
        turning, fitting = TURNING.projects
        firm = TURNING.firms[0]
        for project, mode, source, people, first, hired in (
            (turning, "own", "staff", 28, 640, None),
            (fitting, "apprentice", "staff", 24, 560, None),
            (turning, "targeted", "chain", 19, 450, 17),
        ):
            bases.report(
                self.clerk,
                base,
                bases.Report(
                    project.name,
                    mode,
                    source,
                    people,
                    local_day(_ago(first)),
                    local_day(_ago(first - 45)),
                    firm.name if source == "chain" else "",
                    firm.code if source == "chain" else "",
                    hired,
                ),
            )
        twice = bases.Report(turning.name, "own", "staff", 27, local_day(_ago(640)), local_day(_ago(595)))
        row = bases.report(self.clerk, base, twice)
        bases.strike_report(
            self.clerk, base, row.uuid, "与同期的 28 人是同一个班：按签到表核对，少记了一人，重复的这条冲正。"
        )

    def announced(self, objector: User) -> None:
        if self.made:
            return
        self._filed(ROBOTS, 20, (*CONDITIONS, PRIORITY))
        self._act(self.officer, "accept", 18)
        try:
            self._act(self.officer, "pass", 1, "四项条件都具备，紧缺项目的依据属实。")
        except Refusal:
            # The year's calendar is not loaded: it waits in review, as it would in an office.
            return
        case = self._case()
        notice = case.notices.get()
        services.object_to(
            objector, notice, "演示异议：公示的设备数量与现场不一致，请核查。", at=_ago(0), by=DEMO
        )

    def removed(self) -> None:
        if not self.made:
            self._named(BAMBOO, 800)
            self._act(self.officer, "recheck", 430, "年度复核")
            self._act(self.officer, "intend", 425, "演示数据：传习室已经停用，不能继续发挥培养作用。")
            self._act(self.clerk, "defend", 422, "演示数据：场地到期，正在另找。")
            self._act(self.second, "remove", 415, "演示数据：传习室已经停用，另找的场地没有落实。")
            self._act(self.clerk, "accept_removal", 410)

    def _filed(self, facts: Facts, days: int, kinds: tuple[str, ...] = CONDITIONS) -> None:
        self.case = services.replay_begin(DEMO, self.clerk, CODE, self.body, self.authority, _ago(days + 2))
        services.describe(self.clerk, self.case, dump(facts))
        for kind in kinds:
            paper = SimpleUploadedFile(f"{kind}.pdf", _PAPER, "application/pdf")
            services.attach(self.clerk, self.case, kind, [paper], at=_ago(days + 1), by=DEMO)
        self._act(self.clerk, "submit", days)

    def _named(self, facts: Facts, days: int) -> None:
        """So many days ago; the notice before it takes five working days, with a long holiday 18 days."""
        self._filed(facts, days + 30)
        self._act(self.officer, "accept", days + 28)
        self._act(self.officer, "pass", days + 25, "四项条件都具备，同意公示。")
        self._act(self.officer, "name", days)

    def _act(self, user: User, name: str, days: int, reason: str = "") -> None:
        row = PROCESS.transition(name)
        files = [SimpleUploadedFile(f"{name}.pdf", _PAPER, "application/pdf")] if row and row.takes else []
        services.replay(DEMO, user, self._case(), name, Said(reason, files), _ago(days))

    def _case(self) -> Case:
        assert self.case is not None
        self.case.refresh_from_db()
        return self.case
