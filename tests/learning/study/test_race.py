"""Two real connections at once: one report is one row, one course is completed once, one attempt is begun once."""

from time import sleep

import pytest

from lms.learning.assessment.models import QuizAttempt
from lms.learning.assessment.services import begin, submit
from lms.learning.certificates.models import Certificate
from lms.learning.certificates.services import issue
from lms.learning.completion.models import Completion
from lms.learning.completion.services import consider
from lms.learning.study import projection
from lms.learning.study.barred import rebar
from lms.learning.study.models import LessonProgress, StreamClaim, StudyReport, StudySession
from lms.learning.study.presence.models import PresencePrompt
from lms.learning.study.presence.services import answer
from lms.learning.study.services import grant_block, take_over
from lms.lib.clock import epoch_ms, now
from lms.lib.outbox.models import OutboxEvent
from tests import races
from tests.factories.learning import SECOND, blocks, enrolment, opened, send

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
TIMES = 4


def at_once(*calls):
    """Run the calls at the same moment, each on a connection of its own; their results, in order. None may be refused."""
    return races.at_once(*calls, refused=())


def test_the_same_report_on_several_connections_is_one_row_and_one_answer():
    item = enrolment()
    page = opened(item)
    block = blocks(item)[0]["id"]
    met = {block: [[0, 5]]}
    found = at_once(*[lambda: send(page.session, 1, until=5, coverage=met)] * TIMES)
    assert StudyReport.objects.count() == 1
    assert sorted(taken.repeated for taken in found) == [False] + [True] * (TIMES - 1)
    assert len({taken.progress.active_ms for taken in found}) == 1


def test_reports_of_two_devices_lose_nothing():
    item = enrolment()
    pages = [opened(item), opened(item, kind="phone")]
    block = blocks(item)[0]["id"]

    def study(page, base):
        for seq in range(1, 11):
            send(page.session, seq, until=seq, coverage={block: [[base + seq * 10, base + seq * 10 + 10]]})

    def change():
        for page in pages * 3:
            take_over(item.person, page.session.uuid.hex)

    at_once(lambda: study(pages[0], 0), lambda: study(pages[1], 1000), change)
    row = LessonProgress.objects.get()
    assert StudyReport.objects.count() == 20
    assert row.covered_ms == 200
    assert projection.differences(row) == {}
    for page in pages:
        page.session.refresh_from_db()
        assert projection.session_differences(page.session) == {}
    moments = list(StreamClaim.objects.order_by("id").values_list("at_ms", flat=True))
    assert moments == sorted(set(moments))


def test_answers_and_reports_at_once_lose_nothing_and_one_answer_holds():
    item = enrolment()
    page = opened(item)
    block = blocks(item)[0]["id"]
    session = page.session
    asked_ms = epoch_ms(now())
    prompt = PresencePrompt.objects.create(
        session=session, issued_ms=session.opened_ms, due_ms=asked_ms, expires_ms=asked_ms
    )
    times = {"issued_ms": session.opened_ms, "due_ms": asked_ms, "expires_ms": asked_ms}
    StudySession.objects.filter(pk=session.pk).update(prompt={"id": prompt.uuid.hex, **times})
    rebar([session.pk])
    sleep(0.05)
    total = epoch_ms(now()) - session.opened_ms

    def study():
        for seq in range(1, 6):
            start, end = (seq - 1) * total // 5, seq * total // 5
            send(session, seq, until=end, active=[[start, end]], coverage={block: [[start, end]]})

    def tap():
        return answer(item.person, session.uuid.hex, prompt.uuid, total)

    *_, first, second = at_once(study, tap, tap)
    assert sorted([first.repeated, second.repeated]) == [False, True]
    assert first.answer.at_ms == second.answer.at_ms
    row = LessonProgress.objects.get()
    session.refresh_from_db()
    assert (session.prompt, len(session.barred)) == ({}, 1)
    assert row.active_ms + row.barred_ms == total
    assert row.barred_ms > 0
    assert projection.differences(row) == {}
    assert projection.session_differences(session) == {}


def test_a_course_finished_on_two_connections_is_completed_once():
    item = enrolment(with_quiz=True)
    lessons = list(item.release.lessons.all())
    quiz = lessons[2].blocks[0]
    attempt = begin(item.person, item, lessons[2], quiz["id"])
    right = {quiz["value"]["questions"][0]["id"]: ["a"]}

    def grant(lesson):
        return grant_block(item, lesson, lesson.blocks[0]["id"], source="h5p", evidence=item.uuid)

    at_once(
        lambda: grant(lessons[0]),
        lambda: grant(lessons[1]),
        lambda: submit(item.person, attempt, right),
        lambda: submit(item.person, attempt, right),
    )
    at_once(*[lambda: consider(item.pk)] * TIMES)
    completion = Completion.objects.get()
    assert OutboxEvent.objects.filter(kind="course.completed").count() == 1
    at_once(*[lambda: issue(completion.uuid)] * TIMES)
    assert Certificate.objects.count() == 1


def test_beginning_a_quiz_twice_at_once_is_one_attempt():
    item = enrolment(with_quiz=True)
    lesson = item.release.lessons.last()
    block = lesson.blocks[0]["id"]
    at_once(*[lambda: begin(item.person, item, lesson, block)] * TIMES)
    assert QuizAttempt.objects.count() == 1


def test_a_first_session_opened_twice_at_once():
    item = enrolment()
    at_once(*[lambda: opened(item)] * TIMES)
    assert StreamClaim.objects.count() == 1
    assert LessonProgress.objects.get().sessions.count() == TIMES


def test_time_is_never_taken_back_by_a_takeover_in_the_same_moment():
    item = enrolment()
    pages = [opened(item), opened(item, 1)]
    first = blocks(item)[0]["id"]
    at_once(
        lambda: send(pages[0].session, 1, until=2 * SECOND, coverage={first: [[0, 2000]]}),
        lambda: take_over(item.person, pages[1].session.uuid.hex),
    )
    for row in LessonProgress.objects.all():
        assert projection.differences(row) == {}
