"""The people and organisations of the demo: all invented, and visibly so.

Phone numbers come from 190 0000 00xx, addresses from example.com, organisation codes and the identity
number from a region (990000, 310199) that does not exist; their check digits are right, so that every form
accepts them.
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from lms.accounts.branding.demo import load_demo_brands
from lms.accounts.employment import queries as employment_queries
from lms.accounts.employment.models import Roster
from lms.accounts.employment.rules import Person
from lms.accounts.employment.services import confirm, load_roster
from lms.accounts.identity.models import Identity
from lms.accounts.identity.rules import check_digit
from lms.accounts.identity.services import set_identity, verify_identity
from lms.accounts.institutions.demo import load_demo_institutions
from lms.accounts.organisations import services
from lms.accounts.organisations.models import Membership, Organisation, Role
from lms.accounts.organisations.rules import uscc_check_digit
from lms.accounts.people.models import User
from lms.accounts.people.rules import display_phone
from lms.accounts.people.services import add_person
from lms.lib.actor import Actor

DEMO_PASSWORD = "Rongtong-2026!"  # noqa: S105  printed for everyone who tries the demo
DEMO = Actor.system("demo")


@dataclass(frozen=True)
class DemoOrganisation:
    code: str
    name: str
    kind: str
    uscc_head: str
    sector: str = ""

    @property
    def uscc(self) -> str:
        return self.uscc_head + uscc_check_digit(self.uscc_head)


@dataclass(frozen=True)
class DemoPerson:
    key: str
    name: str
    email: str
    number: int
    role: str = ""
    organisation: str = ""

    @property
    def phone(self) -> str:
        return f"+861900000{self.number:04d}"


_KIND = Organisation.Kind
ORGANISATIONS = (
    DemoOrganisation("shkd", "申江开放大学", _KIND.COLLEGE, "12990000DEM000001", "education_health"),
    DemoOrganisation("qpjx", "青溪技师学院", _KIND.COLLEGE, "12990000DEM000002", "education_health"),
    DemoOrganisation("hxpx", "华新培训中心", _KIND.PROVIDER, "52990000DEM000003"),
    DemoOrganisation("qsjx", "青申精密机械有限公司", _KIND.ENTERPRISE, "91990000DEM000004", "industry"),
    DemoOrganisation("sjrs", "申江市人力资源和社会保障局", _KIND.AUTHORITY, "11990000DEM000005"),
    DemoOrganisation("sjpj", "申江技能评价中心", _KIND.ASSESSOR, "52990000DEM000006"),
    DemoOrganisation("sjgh", "申江市总工会", _KIND.UNION, "81990000DEM000007"),
)
PEOPLE = (
    DemoPerson("learner", "林小雨", "lin.xiaoyu@example.com", 1),
    DemoPerson("learner2", "陈大江", "chen.dajiang@example.com", 2),
    DemoPerson("editor", "周文", "zhou.wen@example.com", 3, Role.EDITOR, "shkd"),
    DemoPerson("reviewer", "何静", "he.jing@example.com", 4, Role.REVIEWER, "shkd"),
    DemoPerson("teacher", "吴工", "wu.gong@example.com", 5, Role.TEACHER, "qpjx"),
    DemoPerson("assessor", "孙技", "sun.ji@example.com", 6, Role.ASSESSOR, "sjpj"),
    DemoPerson("hr", "钱芳", "qian.fang@example.com", 7, Role.HR, "qsjx"),
    DemoPerson("officer", "郑明", "zheng.ming@example.com", 8, Role.OFFICER, "sjrs"),
    DemoPerson("auditor", "冯正", "feng.zheng@example.com", 9, Role.AUDITOR, "sjrs"),
    DemoPerson("admin", "卫东", "wei.dong@example.com", 10, Role.ADMIN, "shkd"),
    DemoPerson("superuser", "平台管理员", "root@example.com", 11),
    # Another officer decides what the first one asked for.
    DemoPerson("officer2", "何平", "he.ping@example.com", 12, Role.OFFICER, "sjrs"),
    DemoPerson("twin", "罗晓梅", "luo.xiaomei@example.com", 13),
    DemoPerson("twin2", "罗晓梅", "luo.xiaomei.old@example.com", 14),
    DemoPerson("founder", "方远", "fang.yuan@example.com", 15),
    DemoPerson("approver", "秦越", "qin.yue@example.com", 16, Role.APPROVER, "shkd"),
    DemoPerson("curator", "叶青", "ye.qing@example.com", 17, Role.CURATOR, "sjrs"),
)
# The roster of the demo's enterprise: (name, phone, department, post, first day, key of the person who has confirmed).
# One waits for the answer of somebody who can sign in, two of people who have no account; nobody can tell which.
EMPLOYER = "qsjx"
ROSTER = (
    ("林小雨", "+8619000000001", "装配车间", "数控车工", date(2021, 7, 1), "learner"),
    ("陈大江", "+8619000000002", "装配车间", "钳工", date(2023, 3, 15), ""),
    ("吴工", "+8619000000005", "技术部", "工艺工程师", date(2018, 9, 3), "teacher"),
    ("钱芳", "+8619000000007", "人事部", "人事专员", date(2019, 2, 18), "hr"),
    ("沈一帆", "+8619000000021", "质检部", "检验员", date(2024, 6, 3), ""),
    ("顾小满", "+8619000000022", "质检部", "检验员", date(2025, 8, 11), ""),
)
_LEARNER_NUMBER = "31019919900101001"
# key, paper, number without its last digit (a passport's: whole), who issued it
PAPERS = (
    ("learner", Identity.Kind.ID_CARD, _LEARNER_NUMBER, ""),
    ("twin", Identity.Kind.ID_CARD, "31019919880315002", ""),
    ("twin2", Identity.Kind.PASSPORT, "E99900014", "CHN"),
    ("founder", Identity.Kind.ID_CARD, "31019919790902001", ""),
)


def learner_id_number() -> str:
    """The invented identity number of the demo's learner."""
    return _LEARNER_NUMBER + check_digit(_LEARNER_NUMBER)


@transaction.atomic
def load_demo_people() -> tuple[dict[str, User], dict[str, Organisation]]:
    """People by key and organisations by code, made where missing; again, nothing is doubled."""
    organisations = {row.code: _organisation(row) for row in ORGANISATIONS}
    people = {row.key: _person(row, organisations) for row in PEOPLE}
    for key, kind, number, country in PAPERS:
        _real_name(people[key], kind, number, country)
    _roster(people, organisations[EMPLOYER])
    load_demo_institutions(people["founder"], people["officer"])
    load_demo_brands(DEMO, organisations)
    return people, organisations


def _real_name(user: User, kind: str, number: str, country: str) -> None:
    if Identity.objects.filter(user=user).exists():
        return
    whole = number if kind == Identity.Kind.PASSPORT else number + check_digit(number)
    set_identity(user, kind, user.display_name, whole, DEMO, country=country)
    verify_identity(user, DEMO, reason="演示数据，虚构人物")


def _roster(people: dict[str, User], employer: Organisation) -> None:
    """Once: a visitor of the demo may change it."""
    if Roster.objects.filter(organisation=employer).exists():
        return
    listed = [
        Person(name, phone, "", "", department, post, since)
        for name, phone, department, post, since, _key in ROSTER
    ]
    load_roster(DEMO, employer, listed)
    for *_line, key in ROSTER:
        if key:
            confirm(people[key], employment_queries.lines_for(people[key]).get(organisation=employer))


def _organisation(row: DemoOrganisation) -> Organisation:
    found = Organisation.objects.filter(code=row.code).first()
    if found is not None:
        return found
    return services.register_organisation(
        DEMO, code=row.code, name=row.name, kind=row.kind, uscc=row.uscc, sector=row.sector
    )


def _person(row: DemoPerson, organisations: dict[str, Organisation]) -> User:
    user = User.objects.filter(email=row.email).first()
    if user is None:
        user = add_person(
            email=row.email,
            phone=row.phone,
            display_name=row.name,
            password=DEMO_PASSWORD,
            is_superuser=row.key == "superuser",
        )
    if row.role and not Membership.objects.filter(user=user, role=row.role).exists():
        services.grant_role(user, organisations[row.organisation], row.role, DEMO)
    return user


def demo_accounts() -> list[tuple[str, str, str]]:
    """(what the person is, what to sign in with, password), for printing after the first start."""
    roles = dict(Role.choices)
    plain = {
        "learner": _("学习者"),
        "learner2": _("学习者（未实名）"),
        "superuser": _("平台管理员"),
        "twin": _("学习者（有两个账号）"),
        "twin2": _("学习者（同一人的旧账号）"),
        "founder": _("机构登记申请人"),
    }
    return [
        (
            plain.get(row.key) or str(roles[row.role]),
            f"{row.email} / {display_phone(row.phone)}",
            DEMO_PASSWORD,
        )
        for row in PEOPLE
    ]
