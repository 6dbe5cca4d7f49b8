"""Demo data of classes: one run of the demo's milling course with two meetings, a checklist and two places, a filing
and a rule of class hours. Invented people; checklist, filing and rule say that they are only for trying out. Safe to run twice.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta

from courses.api import CoursePage
from lms.accounts.api import Organisation, User
from lms.learning.classes import filings, queries
from lms.learning.classes.attendance import correct
from lms.learning.classes.hours import NewClassRule, publish_rule
from lms.learning.classes.hours_models import ClassHoursRule
from lms.learning.classes.models import ClassRun
from lms.learning.classes.practice import Sheet, publish_checklist, sign_off
from lms.learning.classes.services import NewMeeting, NewRun, add_meeting, join, move, plan
from lms.lib.actor import Actor
from lms.lib.clock import SHANGHAI, today

DEMO = Actor.system("demo")
COURSE, ASSESSORS = "cnc-gcode-2026", "sjpj"
TITLE = "数控铣实操周末班"
SOURCE = "演示清单，仅用于试用"
RULE_SOURCE = "演示规则，仅用于试用"
FILING = "演示备案〔2026〕1 号，仅用于试用"
AUTHORITY = "sjrs"
ITEMS = (
    "检查急停、防护门和夹紧，说出检查结果",
    "装夹 60×40 的板料并找正",
    "用试切法对刀，建立工件坐标系",
    "空运行，核对轨迹与图样",
    "加工首件并自检三处尺寸",
    "清理机床，填写交接记录",
)


def _rule_and_filing(course: CoursePage, officer: User, authority: Organisation) -> None:
    """Two hours of class are worth what the demo's own rule says, and the run may give as much as it was filed with."""
    if not ClassHoursRule.objects.exists():
        publish_rule(DEMO, NewClassRule(today() - timedelta(days=365), 45, 75, 30, RULE_SOURCE))
    run = ClassRun.objects.filter(course=course, title=TITLE).first()
    if run is not None and not run.filings.exists():
        filings.file(officer, run, authority=authority.uuid, reference=FILING, centihours=800)


def load_demo_classes(people: Mapping[str, User], organisations: Mapping[str, Organisation]) -> int:
    """people: "teacher" of the course's provider, "learner" and "learner2". Makes the checklist and a run that is open,
    with both learners in it, filed by the "officer". Returns how many runs of the course there are; 0 without the demo's course.
    """
    course = CoursePage.objects.live().filter(code=COURSE).first()
    if course is None:
        return 0
    if queries.checklist_of(course) is None:
        publish_checklist(DEMO, course, ITEMS, source=SOURCE)
    teacher = people["teacher"]
    if not ClassRun.objects.filter(course=course, title=TITLE).exists():
        first = today() + timedelta(days=14)
        second = first + timedelta(days=1)
        run = plan(
            teacher,
            NewRun(
                course=course.uuid,
                title=TITLE,
                place="青溪技师学院 3 号实训楼 204",
                starts_on=first,
                ends_on=second,
                enrol_until=first - timedelta(days=1),
                capacity=12,
                assessor_body=organisations[ASSESSORS].uuid,
                about="请穿工作服和防滑鞋，长发盘起。实训楼一层签到，带身份证件。",
            ),
        )
        for day, title in ((first, "安全、装夹与对刀"), (second, "空运行、首件与考评")):
            starts_at = datetime.combine(day, time(9), SHANGHAI)
            add_meeting(
                teacher,
                run,
                NewMeeting(title, str(teacher), starts_at, starts_at + timedelta(hours=3)),
            )
        run = move(teacher, run, "open")
        for key in ("learner", "learner2"):
            join(people[key], run)
    if "officer" in people:
        _rule_and_filing(course, people["officer"], organisations[AUTHORITY])
    return ClassRun.objects.filter(course=course).count()


# --- for the demo's programmes -----------------------------------------------------------------------------


def planned_demo_run(
    teacher: User, course: CoursePage, title: str, first: date, last: date, seats: int
) -> ClassRun:
    """A planned run with meetings on its first three days, which may have passed; enrolment closes on its last, from today on."""
    run = plan(teacher, NewRun(course.uuid, title, "青溪技师学院 3 号实训楼", first, last, last, seats))
    for place in range(3):
        starts_at = datetime.combine(first + timedelta(days=place), time(9), SHANGHAI)
        add_meeting(
            teacher, run, NewMeeting("专题研修", str(teacher), starts_at, starts_at + timedelta(hours=3))
        )
    return run


def open_demo_run(teacher: User, run: ClassRun) -> ClassRun:
    return move(teacher, run, "open")


def held_demo_run(teacher: User, assessor: User, run: ClassRun, people: Iterable[User]) -> None:
    """Begun; these people were at every meeting and passed; ended. For a run whose days have passed."""
    row = move(teacher, run, "start")
    checklist = queries.checklist_of(row.course)
    if checklist is None:
        checklist = publish_checklist(DEMO, row.course, ITEMS, source=SOURCE)
    keys = frozenset(item["key"] for item in checklist.items)
    for place in row.places.filter(person__in=list(people)).select_related("run__course", "run__provider"):
        for meeting in row.meetings.all():
            correct(
                teacher,
                meeting,
                place.uuid,
                since=meeting.starts_at,
                until=meeting.ends_at,
                reason="纸质签到表",
            )
        sign_off(assessor, place, Sheet(checklist.uuid, keys, True, 0))
    move(teacher, row, "end")
