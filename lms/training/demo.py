"""The demo's yearly plans of public subjects, so that its courses earn hours, and whom the authority commissioned; one training bundle
with targets, an employer's training money, a district's skills training bases with a grant, the policy library, suggestions, and the public
board with all of it.
"""

from collections.abc import Mapping
from datetime import date

from courses.api import CoursePage, Kind
from lms.accounts.api import Organisation, User
from lms.learning.api import learning_year, this_year
from lms.lib.actor import Actor
from lms.lib.clock import today
from lms.training.bases.demo import load_demo_bases
from lms.training.board.demo import load_demo_board
from lms.training.bundles import services as bundles
from lms.training.bundles.models import Bundle
from lms.training.education_funds.demo import load_demo_education_funds
from lms.training.grants.demo import load_demo_grants
from lms.training.policies.demo import load_demo_policies
from lms.training.suggestions.demo import load_demo_suggestions
from lms.training.yearly_plans import queries, services
from lms.training.yearly_plans.commissions.demo import load_demo_commissions
from lms.training.yearly_plans.specialty import queries as specialty_queries
from lms.training.yearly_plans.specialty import services as specialty

DEMO = Actor.system("demo")
AUTHORITY = "sjrs"
REGION = "申江市（演示）"
FIRST_DAY = date(2022, 1, 1)
BUNDLE = "数控加工岗位能力提升"


def load_demo_plans(people: Mapping[str, User], organisations: Mapping[str, Organisation]) -> None:
    """A published plan of this year and of the years the demo's courses are of, each with every course of public subjects
    for the whole year; repeated, only what is missing is made.
    """
    authority = organisations[AUTHORITY]
    if not queries.may_publish(authority, today()):
        services.set_right(DEMO, services.NewRight(REGION, authority, FIRST_DAY, "演示设定，没有文件依据"))
    load_demo_commissions(organisations, authority)
    courses = list(CoursePage.objects.live().filter(kind=Kind.PUBLIC).order_by("code"))
    for year in sorted({this_year(), *(course.year for course in courses)}):
        if queries.last_version(authority, year) is None and year <= this_year():
            _plan(authority, year, courses)
    _bundle(authority)
    _specialty(authority)
    district = load_demo_bases(people, organisations)
    load_demo_education_funds(people, organisations, authority)
    load_demo_grants(people, organisations, district)
    load_demo_policies()
    load_demo_suggestions(people, authority)
    load_demo_board(authority)


def _plan(authority: Organisation, year: int, courses: list[CoursePage]) -> None:
    words = services.Words(
        f"申江市 {year} 年度专业技术人员公需科目培训实施计划",
        f"申人社专〔{year}〕0 号（演示）",
        "演示用的计划：虚构的发布单位，列入演示目录里的全部公需科目课程。",
    )
    draft = services.begin(DEMO, authority, year, words)
    span = learning_year(year)
    for course in courses:
        services.set_course(DEMO, draft, course.code, span.first, span.last)
    services.publish(DEMO, draft)


def _bundle(owner: Organisation) -> None:
    if Bundle.objects.filter(owner=owner, title=BUNDLE).exists():
        return
    about = bundles.About(
        BUNDLE,
        "给数控车工、钳工和装配岗位的一线人员：安全、读图、编程和数字化基础，一次学全。",
        "先学安全和数字化基础，再学编程。\n\n每门课学完都有结业证书；学时记在各自的类别里。\n\n演示用的课程包，虚构的主管部门。",
    )
    found = bundles.begin(DEMO, owner, this_year(), about)
    for code in CoursePage.objects.live().order_by("kind", "code").values_list("code", flat=True)[:5]:
        bundles.add_course(DEMO, found, code)
    bundles.publish(DEMO, found)
    bundles.set_target(DEMO, this_year(), owner, None, bundles.Figures(1200, None, "演示指标，没有文件依据"))


def _specialty(owner: Organisation) -> None:
    """A plan of specialty subjects of this year with a target, of the specialty courses that the demo has."""
    year = this_year()
    codes = list(
        CoursePage.objects.live()
        .filter(kind=Kind.SPECIALTY)
        .order_by("code")
        .values_list("code", flat=True)[:8]
    )
    if not codes or specialty_queries.last_version(owner, year) is not None:
        return
    bundles.set_target(
        DEMO, year, owner, None, bundles.Figures(400, None, "演示指标，没有文件依据", Kind.SPECIALTY.value)
    )
    words = specialty.Words(
        f"申江市 {year} 年度专业科目培训规划（演示）",
        note="演示用的规划：虚构的主管部门，列入演示目录里的专业科目课程。",
        guidance="每季度到开课单位听课，课程指南见各课程包。",
        assessing="年末看指标完成情况和学员评价，结果用于下一年的指标。",
    )
    draft = specialty.begin(DEMO, owner, year, words)
    span = learning_year(year)
    for code in codes:
        specialty.set_course(DEMO, draft, code, span.first, span.last)
    specialty.publish(DEMO, draft)
