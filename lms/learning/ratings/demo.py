"""Demo data of ratings: people who studied the first lessons of a few courses and say what they make of them, so that
satisfaction stands on course pages and in the order of search. Safe to run twice.

The sentences are what a person would write; the study goes the way of every report.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from itertools import count

from courses.api import CoursePage, ReleaseLesson
from lms.accounts.api import User, actor
from lms.learning.enrolment.models import Enrolment
from lms.learning.enrolment.services import enrol
from lms.learning.ratings.models import CourseRating
from lms.learning.ratings.services import bar, rate
from lms.learning.study.demo import COMPUTER, MINUTE, PHONE, at, studied
from lms.learning.study.models import StudySession
from lms.lib.clock import today

# Who wrote which: keys of the demo's people; none of them works for the bodies whose courses they rate.
RATERS = ("learner2", "hr", "assessor", "auditor", "officer", "officer2")


@dataclass(frozen=True)
class Said:
    stars: int
    text: str = ""


SAID: dict[str, tuple[Said, ...]] = {
    "cnc-gcode-2026": (
        Said(5, "G 代码一条一条对着刀路讲，拿到机床上就会看程序了。"),
        Said(5, "比我们车间带教讲得有条理，新来的人可以先学这门。"),
        Said(4, "练习做得好，希望再多几道编程题。"),
        Said(5),
        Said(4),
        Said(5, "手机上也能做练习，上下班路上就学完了前两课。"),
    ),
    "net-sec-2026": (
        Said(4, "钓鱼邮件的例子和我们单位遇到的差不多。"),
        Said(4),
        Said(5, "考核题有解释，错了知道错在哪里。"),
        Said(3, "内容实用，第一课偏短。"),
        Said(4),
    ),
    "lean-5s-2026": (
        Said(4, "照着检查表走了一遍仓库，当天就整理出两个货架。"),
        Said(3),
        Said(4),
        Said(2, "例子都是机械厂的，做服务业的不太用得上。"),
        Said(4),
        Said(3),
    ),
}


def load_demo_ratings(people: Mapping[str, User]) -> int:
    """people: RATERS. Returns how many ratings there are of the courses that the demo has; each person studied half of it first."""
    raters = [people[key] for key in RATERS]
    courses = CoursePage.objects.live().filter(code__in=SAID).order_by("code")
    for place, course in enumerate(courses):
        # A person's evenings lie one behind the other, a course every other week.
        for person, said, ago in zip(raters, SAID[course.code], count(60 - 14 * place, -1), strict=False):
            item = enrol(person, course, actor(person))
            # Whoever began it already, at an earlier load or by hand, is left alone, whether or not they could rate it then.
            if StudySession.objects.filter(enrolment=item).exists():
                continue
            _study(item, ago, item.release.lessons.order_by("position"))
            if not bar(person, item):
                rate(person, item.uuid, said.stars, said.text)
    return CourseRating.objects.filter(course__in=courses, stars__isnull=False).count()


def _study(item: Enrolment, ago: int, lessons: Iterable[ReleaseLesson]) -> None:
    """All lessons but the last, which has the test: an evening each, from so many days ago on."""
    outline = list(lessons)
    for evening, lesson in enumerate(outline[:-1]):
        begin = at(today() - timedelta(days=ago - evening), time(19, 30))
        studied(item, lesson, PHONE if evening else COMPUTER, begin, [(0, lesson.nominal_ms + 2 * MINUTE)])
