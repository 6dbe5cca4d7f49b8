"""What exercises and quizzes tell stands in the record store of the course's provider, once."""

import json
from uuid import uuid4

import pytest
from django.utils.translation import override

from courses.models import CoursePage
from lms.learning.assessment import services as quizzes
from lms.learning.assessment.queries import statements_of
from lms.learning.erasure import erase
from lms.learning.records.outgoing import QUIZ
from lms.learning.records.services import keep_statement
from lms.lib.outbox.models import OutboxDelivery, OutboxEvent
from lms.lib.outbox.services import deliver_pending
from lms.records.models import Statement, StatementKey
from tests.factories.learning import enrolment
from tests.learning.assessment.test_quizzes import ids, quiz_release
from tests.learning.records.test_records import event
from tests.learning.records.test_records import item as item_
from tests.learning.records.test_records import lesson as lesson_

pytestmark = pytest.mark.django_db
item, lesson = item_, lesson_


def told():
    """What the stores hold, in order."""
    return [json.loads(row.text or row.raw) for row in Statement.objects.order_by("stored_ms", "pk")]


def test_an_exercise_stands_in_its_providers_store_once(item, lesson):
    row = keep_statement(item.person, item, lesson, "ex", event())
    deliver_pending()
    (found,) = told()
    assert found == row.raw
    key = StatementKey.objects.select_related("store").get()
    assert key.store.organisation_id == item.release.provider_id
    # Killed after its work, before the delivery's row.
    OutboxDelivery.objects.update(done_at=None)
    OutboxEvent.objects.update(done_at=None)
    deliver_pending()
    assert len(told()) == 1
    assert not OutboxEvent.objects.filter(done_at=None).exists()


def test_an_id_chosen_by_a_browser_takes_nobodys_place(item, lesson):
    chosen = uuid4()
    keep_statement(item.person, item, lesson, "ex", event(), statement_id=chosen)
    other = enrolment(release=item.release)
    keep_statement(other.person, other, lesson, "ex", event(), statement_id=chosen)
    deliver_pending()
    deliver_pending()
    found = told()
    assert {one["actor"]["account"]["name"] for one in found} == {
        str(item.person.uuid),
        str(other.person.uuid),
    }
    assert len({one["id"] for one in found}) == 2


def test_a_closed_quiz_says_each_question_and_the_whole():
    mine = enrolment(release=quiz_release())
    place = mine.release.lessons.all()[1]
    block = next(found["id"] for found in place.blocks if found["type"] == "quiz")
    attempt = quizzes.begin(mine.person, mine, place, block)
    second = ids(place, block)[1]
    quizzes.submit(mine.person, attempt, {second: ["true"]})
    quizzes.submit(mine.person, attempt)
    assert OutboxEvent.objects.filter(kind=QUIZ).count() == 1
    deliver_pending()
    answered, whole = told()
    assert (answered["result"]["response"], answered["result"]["success"]) == ("true", True)
    assert whole["verb"]["id"] == "http://adlnet.gov/expapi/verbs/failed"
    attempt.refresh_from_db()
    assert [answered, whole] == statements_of(attempt, "zh-hans")


@pytest.mark.parametrize(("written", "said"), [("zh-Hans", "zh-Hans"), ("en", "en"), ("中文", "und")])
def test_a_quiz_names_the_language_it_is_written_in_whoever_reads_it(written, said):
    mine = enrolment(release=quiz_release())
    CoursePage.objects.update(language=written)
    place = mine.release.lessons.all()[1]
    block = next(found["id"] for found in place.blocks if found["type"] == "quiz")
    attempt = quizzes.begin(mine.person, mine, place, block)
    with override("en"):
        quizzes.submit(mine.person, attempt, {ids(place, block)[1]: ["true"]})
    deliver_pending()
    answered, whole = told()
    assert answered["context"]["language"] == "en"
    assert set(answered["object"]["definition"]["description"]) == {said}
    assert set(whole["object"]["definition"]["name"]) == {said}


def test_of_the_erased_nothing_is_sent(item, lesson):
    keep_statement(item.person, item, lesson, "ex", event())
    erase(item.person)
    deliver_pending()
    assert told() == []
    assert not OutboxEvent.objects.filter(done_at=None).exists()
