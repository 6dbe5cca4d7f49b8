"""A city authority with two officers, a college that hosts digital items, a registered assessing body, and the way there. All invented."""

from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile

from creditbank.outcomes.rights import set_right
from lms.accounts.models import Organisation, User
from lms.learning.declarations.decisions import NewRule as HoursRule
from lms.learning.declarations.decisions import publish_rule
from lms.lib.clock import SHANGHAI
from lms.training.digital import contest, engineers
from lms.training.digital.models import ContestEntry, DigitalItem, DigitalTrainee, LevelList, ResultSheet
from lms.training.digital.process import AGREEMENT, CODE, DOCUMENT, PLAN, PROCESS
from lms.training.digital.rules import ADVANCE, OUT, Facts, SheetLine, dump
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import NewRule, Said
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.training.cases import SYSTEM, Bureau, pdf

UNTIL, HELD = date(2026, 3, 10), date(2026, 3, 12)
DIRECTION = "人工智能"
VALUES: dict[str, int | None] = {setting.name: None for setting in PROCESS.settings}
HEADING = "学员编号,姓名,等级,结论,成绩,评价日期,证书编号"


def facts_of(track: str = "contest", **changes: Any) -> Facts:
    values: dict[str, Any] = {
        "track": track,
        "year": 2026,
        "title": {"contest": "智慧社区创意大赛", "national": "人工智能工程技术人员培育"}.get(
            track, "数字技术项目"
        ),
        "about": "面向本市企业的数字技术人员。",
        "level": "national" if track == "national" else "city",
        "fund": "city",
        "budget_fen": 1_000_000,
    }
    if track in ("contest", "national"):
        values |= {"people": 5, "centihours": 2400, "enrol_until": UNTIL.isoformat()}
    if track == "contest":
        values |= {"stages": ("初赛", "决赛"), "team_most": 3}
    if track == "national":
        values |= {"direction": DIRECTION}
    if track == "school_firm":
        values |= {"partner": "青申精机", "agreement": "校企合作协议 2026-1"}
    if track == "standards":
        values |= {
            "standard_name": "云计算架构师",
            "standard_source": "某国际组织",
            "standard_version": "3.1",
        }
    return Facts(**values | changes)


class Lab:
    """authority: with officer and second; host: with teacher and dean (its administrator); assessors: with assessor, registered. The tests'
    clock stands on 2 March 2026."""

    def __init__(self) -> None:
        self.authority = OrganisationFactory(name="申江市人社局", kind="authority")
        cases.set_rule(SYSTEM, NewRule(CODE, self.authority, date(2022, 12, 2), VALUES, DOCUMENT))
        self.officer: User = member("officer", self.authority, display_name="郑明")
        self.second: User = member("officer", self.authority, display_name="何平")
        self.host = OrganisationFactory(name="青溪技师学院", kind="college")
        self.teacher: User = member("teacher", self.host, display_name="吴工")
        self.dean: User = member("admin", self.host, display_name="韩院")
        self.assessors = OrganisationFactory(name="申江技能评价中心", kind="assessor")
        self.assessor: User = member("assessor", self.assessors, display_name="孙技")
        right(self.assessors)

    def facts(self, track: str = "contest", **changes: Any) -> Facts:
        return facts_of(track, **changes)

    def draft(self, track: str = "contest", **changes: Any) -> Case:
        case = cases.begin(self.teacher, CODE, self.host, self.authority)
        return cases.describe(self.teacher, case, dump(self.facts(track, **changes)))

    def complete(self, track: str = "contest", **changes: Any) -> Case:
        case = self.draft(track, **changes)
        for kind in (PLAN, AGREEMENT):
            cases.attach(self.teacher, case, kind, [pdf(f"{kind}.pdf")])
        return case

    def by(self, user: User, case: Case, *names: str, reason: str = "符合条件") -> Case:
        for name in names:
            case.refresh_from_db()
            row = case.declared.transition(name)
            files = [pdf(f"{name}.pdf")] if row is not None and row.takes else []
            cases.act(user, case, name, Said(reason, files))
        case.refresh_from_db()
        return case

    def listed(self, track: str = "contest", **changes: Any) -> DigitalItem:
        case = self.by(self.teacher, self.complete(track, **changes), "submit")
        self.by(self.officer, case, "approve")
        return DigitalItem.objects.get(case=case)

    def opened(self, track: str = "contest", **changes: Any) -> DigitalItem:
        item = self.listed(track, **changes)
        self.by(self.teacher, item.case, "announce")
        return fresh(item)

    # --- contests ---------------------------------------------------------------------------------------

    def entered(self, item: DigitalItem, *people: User, name: str = "云上队") -> ContestEntry:
        """An entry of these people, the first its captain."""
        captain, *mates = people or (UserFactory(),)
        entry = contest.enter(captain, item, name)
        for mate in mates:
            contest.join(mate, item, entry.code)
        return entry

    def sheet(
        self, item: DigitalItem, stage: int, outcomes: dict[ContestEntry, str], **marks: int
    ) -> ResultSheet:
        lines = [SheetLine(str(entry.uuid), None, outcome) for entry, outcome in outcomes.items()]
        return contest.enter_results(self.teacher, fresh(item), stage, HELD, lines)

    def checked(self, item: DigitalItem, stage: int, outcomes: dict[ContestEntry, str]) -> ResultSheet:
        return contest.check_results(self.dean, self.sheet(item, stage, outcomes))

    def published(self, item: DigitalItem, stage: int, outcomes: dict[ContestEntry, str]) -> ResultSheet:
        return contest.publish_results(self.officer, self.checked(item, stage, outcomes))

    def final(
        self, clock: Any, item: DigitalItem, ranks: dict[ContestEntry, str], *out: ContestEntry
    ) -> ResultSheet:
        """Through both stages: the entries with a rank advanced."""
        later(clock)
        self.published(item, 0, dict.fromkeys(ranks, ADVANCE) | dict.fromkeys(out, OUT))
        return self.published(item, 1, ranks)

    # --- the national project ---------------------------------------------------------------------------------

    def trainee(self, item: DigitalItem, grade: str = "junior", **user: Any) -> DigitalTrainee:
        return engineers.sign_up(UserFactory(**user), item, grade)

    def handed_in(self, item: DigitalItem, *lines: str) -> LevelList:
        return engineers.upload(self.assessor, item, self.assessors, csv_of(*lines))


def right(body: Organisation, since: date = date(2022, 1, 1), allowed: bool = True) -> None:
    set_right(
        SYSTEM,
        kind="vocational_skill_certificate",
        allowed=allowed,
        valid_from=since,
        source="测试登记",
        organisation=body,
    )


def staff(user: User) -> User:
    """With a way into the staff's screens, which ask for the role by themselves."""
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    return user


def fresh(item: DigitalItem) -> DigitalItem:
    return DigitalItem.objects.select_related("case__rule", "authority", "host").get(pk=item.pk)


def later(clock: Any, day: date = date(2026, 3, 16)) -> None:
    clock.move_to(datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI))


def csv_of(*lines: str, heading: str = HEADING) -> SimpleUploadedFile:
    return SimpleUploadedFile("levels.csv", "\n".join([heading, *lines]).encode(), "text/csv")


def line(
    trainee: DigitalTrainee,
    grade: str = "初级",
    passed: str = "合格",
    mark: str = "85",
    day: date = HELD,
    number: str = "",
) -> str:
    return f"{trainee.number},{trainee.person},{grade},{passed},{mark},{day.isoformat()},{number}"


def ruled(
    grade: str, activity: str = "competition", centihours: int = 2000, since: date = date(2022, 12, 2)
) -> None:
    """A table of hours that has this."""
    publish_rule(
        SYSTEM, HoursRule(activity, "specialty", since, centihours, "项", "测试用的学时表", grade=grade)
    )


def proposal(bureau: Bureau) -> Case:
    """A complete item at the bureau's authority: its body is a college and its clerk a teacher there."""
    cases.set_rule(SYSTEM, NewRule(CODE, bureau.authority, date(2022, 12, 2), VALUES, DOCUMENT))
    bureau.firm = OrganisationFactory(name="青溪技师学院", kind="college")
    bureau.clerk = member("teacher", bureau.firm)
    case = cases.begin(bureau.clerk, CODE, bureau.firm, bureau.authority)
    case = cases.describe(bureau.clerk, case, dump(facts_of("leaders")))
    cases.attach(bureau.clerk, case, PLAN, [pdf("方案.pdf")])
    return case
