"""Demo data of holds: one that waits for an answer and one that was released, of a demo learner. Safe to run twice.

The days are invented, the sentences are what a person would read. Sessions are entered as rows, of a day gone by and
without a report, so that no figure rests on them.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from courses.api import CoursePage, ReleaseLesson
from lms.accounts.api import User, actor
from lms.learning.enrolment.models import Enrolment
from lms.learning.enrolment.services import enrol
from lms.learning.holds import queries
from lms.learning.holds.decisions import Verdict, decide
from lms.learning.holds.detect import Suspicion
from lms.learning.holds.models import Act, Reason, StudyHold
from lms.learning.holds.services import explain, open_hold
from lms.learning.rosters.queries import courses
from lms.learning.study.models import StudySession
from lms.learning.study.services import progress_of, rule_in_force
from lms.lib.clock import SHANGHAI, epoch_ms, today

MINUTE = 60_000
COMPUTER, PHONE = StudySession.DeviceKind.COMPUTER, StudySession.DeviceKind.PHONE


def load_demo_holds(people: Mapping[str, User]) -> int:
    """people: "learner2", and "officer" of the authority. Returns how many holds there are."""
    learner, officer = people["learner2"], people["officer"]
    found = list(courses().order_by("pk")[:2])
    if len(found) == 2:
        _released(learner, officer, found[1])
        _open(learner, found[0])
    return StudyHold.objects.filter(person=learner).count()


def _open(learner: User, course: CoursePage) -> None:
    """Three hours on two devices, yesterday evening; the learner has said how it was."""
    day = today() - timedelta(days=1)
    begin = _at(day, time(18, 40))
    stretches = [
        [begin, begin + 96 * MINUTE, [COMPUTER.value, PHONE.value]],
        [begin + 110 * MINUTE, begin + 174 * MINUTE, [COMPUTER.value, PHONE.value]],
    ]
    evidence = {"overlap_ms": 160 * MINUTE, "limit_ms": 120 * MINUTE, "stretches": stretches}
    hold = _hold(learner, course, Reason.OVERLAP, day, evidence, begin, (COMPUTER, PHONE))
    if hold is not None:
        explain(learner, hold, text="电脑上放着视频，我拿手机看后面几课的文字，不知道会同时算。")


def _released(learner: User, officer: User, course: CoursePage) -> None:
    """A training room whose PCs were copied from one disk; the officer asked and found all of it honest."""
    day = today() - timedelta(days=12)
    begin = _at(day, time(13, 5))
    evidence = {
        "shared_ms": 82 * MINUTE,
        "limit_ms": 20 * MINUTE,
        "limit": 3,
        "stretches": [[begin, begin + 82 * MINUTE, 24]],
    }
    hold = _hold(learner, course, Reason.SHARED, day, evidence, begin, (COMPUTER,))
    if hold is not None:
        explain(learner, hold, text="那天在青溪技师学院的机房上课，一个班一起学的。")
        reason = "已向青溪技师学院核实：机房电脑由同一块硬盘复制，设备标识相同，当天 24 人各用一台，属实。"
        decide(officer, hold, Verdict(Act.RELEASE, reason))


def _hold(
    learner: User,
    course: CoursePage,
    reason: Reason,
    day: date,
    evidence: dict[str, object],
    begin: int,
    kinds: Sequence[StudySession.DeviceKind],
) -> StudyHold | None:
    """The hold, or None when it is there already."""
    item = enrol(learner, course, actor(learner))
    rule = queries.rule_on(day)
    if rule is None or StudyHold.objects.filter(enrolment=item, reason=reason).exists():
        return None
    lessons = list(item.release.lessons.order_by("position")[: len(kinds)])
    sessions = [
        _session(item, lesson, kind, begin + place * 5 * MINUTE)
        for place, (lesson, kind) in enumerate(zip(lessons, kinds, strict=False))
    ]
    found = Suspicion(learner.pk, item.pk, str(reason), day, tuple(sessions), evidence)
    return open_hold(found, rule)


def _session(item: Enrolment, lesson: ReleaseLesson, kind: StudySession.DeviceKind, opened_ms: int) -> int:
    row = StudySession.objects.create(
        person_id=item.person_id,
        enrolment=item,
        lesson=lesson,
        progress=progress_of(item, lesson),
        rule=rule_in_force(),
        device=f"demo-{kind.value}",
        device_kind=kind,
        opened_ms=opened_ms,
        seen_ms=opened_ms,
        released_ms=opened_ms,
    )
    return row.pk


def _at(day: date, moment: time) -> int:
    return epoch_ms(datetime.combine(day, moment, SHANGHAI))
