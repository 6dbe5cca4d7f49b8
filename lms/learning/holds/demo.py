"""Demo data of holds: one that waits for an answer and one that was released, of a demo learner. Safe to run twice.

The days are invented, the sentences are what a person would read. Sessions are opened on days gone by, and what they
report goes in as every report does: the day that a hold names shows the stretches that it names.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction

from courses.api import CoursePage, ReleaseLesson
from lms.accounts.api import User, actor
from lms.learning.enrolment.models import Enrolment
from lms.learning.enrolment.services import enrol
from lms.learning.holds import queries
from lms.learning.holds.decisions import Verdict, decide
from lms.learning.holds.detect import Suspicion
from lms.learning.holds.models import Act, Reason, StudyHold
from lms.learning.holds.services import explain, look_at, open_hold
from lms.learning.rosters.queries import courses
from lms.learning.study.locking import lock
from lms.learning.study.models import StudySession
from lms.learning.study.reports import facts_of
from lms.learning.study.services import keep, progress_of, rule_in_force, rule_of
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
    """Three hours on two devices, yesterday evening, as the look of the night found them; the learner has said how it was."""
    day = today() - timedelta(days=1)
    item = _fresh(learner, course, Reason.OVERLAP)
    if item is None:
        return
    begin, parts = _at(day, time(18, 40)), [(0, 96 * MINUTE), (110 * MINUTE, 174 * MINUTE)]
    lessons = item.release.lessons.order_by("position")[:2]
    for lesson, kind in zip(lessons, (COMPUTER, PHONE), strict=False):
        _studied(item, lesson, kind, begin, parts)
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
    begin = _at(day, time(13, 5))
    session = _studied(item, lesson, COMPUTER, begin, [(0, 82 * MINUTE)])
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


@transaction.atomic
def _studied(
    item: Enrolment,
    lesson: ReleaseLesson,
    kind: StudySession.DeviceKind,
    opened_ms: int,
    parts: Sequence[tuple[int, int]],
) -> StudySession:
    """A page that was open then and told at its end when somebody was active (ms after opening), and that a third of the
    lesson was met."""
    stream, progress = lock(item.person_id), progress_of(item, lesson)
    end = parts[-1][1]
    session = StudySession.objects.create(
        person_id=item.person_id,
        enrolment=item,
        lesson=lesson,
        progress=progress,
        rule=rule_in_force(),
        device=f"demo-{kind.value}",
        device_kind=kind,
        opened_ms=opened_ms,
        seen_ms=opened_ms,
        released_ms=opened_ms + end,
    )
    said = {
        "seq": 1,
        "elapsed_ms": end,
        "active_ms_total": sum(until - since for since, until in parts),
        "active": [list(part) for part in parts],
        "coverage": {block: [[0, length // 3]] for block, length in progress.lengths.items()},
        "state": "late",
    }
    keep(stream, session, facts_of(said, session=session.uuid.hex), rule_of(session), opened_ms + end)
    return session


def _at(day: date, moment: time) -> int:
    return epoch_ms(datetime.combine(day, moment, SHANGHAI))
