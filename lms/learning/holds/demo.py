"""Demo data of holds: one that waits for an answer and one that was released, of a demo learner. Safe to run twice.

The days are invented, the sentences are what a person would read. Sessions are opened on days gone by, and what they
report goes in as every report does: the day that a hold names shows the stretches that it names.
"""

from collections.abc import Mapping
from datetime import time, timedelta
from fractions import Fraction

from courses.api import CoursePage
from lms.accounts.api import User, actor
from lms.learning.enrolment.models import Enrolment
from lms.learning.enrolment.services import enrol
from lms.learning.holds import queries
from lms.learning.holds.decisions import Verdict, decide
from lms.learning.holds.detect import Suspicion
from lms.learning.holds.models import Act, Reason, StudyHold
from lms.learning.holds.services import explain, look_at, open_hold
from lms.learning.rosters.queries import courses
from lms.learning.study.demo import COMPUTER, MINUTE, PHONE, at, studied
from lms.lib.clock import today

THIRD = Fraction(1, 3)


def load_demo_holds(people: Mapping[str, User]) -> int:
    """people: "learner2", and "officer" of the authority. Returns how many holds there are."""
    learner, officer = people["learner2"], people["officer"]
    found = list(courses().order_by("pk")[:2])
    if len(found) == 2:
        _released(learner, officer, found[1])
        _open(learner, found[0])
    return StudyHold.objects.filter(person=learner).count()


def _open(learner: User, course: CoursePage) -> None:
    """Three hours on two devices, yesterday evening, as the look of the night found them; the learner has said how it was."""
    day = today() - timedelta(days=1)
    item = _fresh(learner, course, Reason.OVERLAP)
    if item is None:
        return
    begin, parts = at(day, time(18, 40)), [(0, 96 * MINUTE), (110 * MINUTE, 174 * MINUTE)]
    lessons = item.release.lessons.order_by("position")[:2]
    for lesson, kind in zip(lessons, (COMPUTER, PHONE), strict=False):
        studied(item, lesson, kind, begin, parts, covered=THIRD, counts=False)
    for hold in look_at(learner, day):
        explain(learner, hold, text="电脑上放着视频，我拿手机看后面几课的文字，不知道会同时算。")


def _released(learner: User, officer: User, course: CoursePage) -> None:
    """A training room whose PCs were copied from one disk; the officer asked and found all of it honest. The learner's own
    study is there, the other people of the room are not.
    """
    day = today() - timedelta(days=12)
    item, rule = _fresh(learner, course, Reason.SHARED), queries.rule_on(day)
    lesson = item.release.lessons.order_by("position").first() if item else None
    if item is None or rule is None or lesson is None:
        return
    begin = at(day, time(13, 5))
    session = studied(item, lesson, COMPUTER, begin, [(0, 82 * MINUTE)], covered=THIRD, counts=False)
    evidence = {
        "shared_ms": 82 * MINUTE,
        "limit_ms": 20 * MINUTE,
        "limit": 3,
        "stretches": [[begin, begin + 82 * MINUTE, 24]],
    }
    hold = open_hold(Suspicion(learner.pk, item.pk, str(Reason.SHARED), day, (session.pk,), evidence), rule)
    if hold is not None:
        explain(learner, hold, text="那天在青溪技师学院的机房上课，一个班一起学的。")
        reason = "已向青溪技师学院核实：机房电脑由同一块硬盘复制，设备标识相同，当天 24 人各用一台，属实。"
        decide(officer, hold, Verdict(Act.RELEASE, reason))


def _fresh(learner: User, course: CoursePage, reason: Reason) -> Enrolment | None:
    """The learner's enrolment in the course, or None where it has its hold already."""
    item = enrol(learner, course, actor(learner))
    return None if StudyHold.objects.filter(enrolment=item, reason=reason).exists() else item
