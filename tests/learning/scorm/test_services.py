"""Attempts and commits: kept once, resumed on another device, told as statements, refused when they are not one's own."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from lms.learning.claims.queries import claims, contradicted
from lms.learning.models import ScormAttempt, ScormSession
from lms.learning.study.models import LessonProgress, StudyGrant
from lms.records.statements.models import Statement
from tests.courses.activities import making
from tests.factories.accounts import UserFactory, member
from tests.factories.courses import released_course
from tests.factories.learning import enrolment
from tests.learning.scorm.conftest import MINUTE, cmi12, lesson_of, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("origins")]


def client_of(person):
    found = Client()
    found.force_login(person)
    return found


def post(client, item, lesson, what, data=None, block="sco"):
    url = reverse(f"learning:scorm_{what}", args=[item.uuid, lesson.uuid, block])
    return client.post(url, json.dumps(data or {}), content_type="application/json")


@pytest.fixture
def client(item):
    return client_of(item.person)


def opened(client, item, lesson):
    answer = post(client, item, lesson, "open")
    assert answer.status_code == 200, answer.content
    return answer.json()


def verbs():
    rows = [json.loads(row.raw) for row in Statement.objects.order_by("id")]
    return [row["verb"]["id"].rpartition("/")[2] for row in rows]


def test_suspended_here_resumed_there(client, item, lesson):
    first = opened(client, item, lesson)
    assert first["items"]["i1"]["core"]["entry"] == "ab-initio"
    left = cmi12(lesson_location="p2", session_time="00:05:00", exit="suspend") | {"suspend_data": "半程"}
    assert post(client, item, lesson, "commit", told(first["session"], 1, left, True)).json()["seq"] == 1
    again = opened(client_of(item.person), item, lesson)
    core = again["items"]["i1"]["core"]
    assert (core["entry"], core["lesson_location"], core["total_time"]) == ("resume", "p2", "0000:05:00.00")
    assert again["items"]["i1"]["suspend_data"] == "半程"
    assert again["attempt"] == 1
    assert verbs() == ["initialized", "suspended", "terminated"]


def test_the_end_meets_the_block_and_is_told(client, item, lesson):
    session = opened(client, item, lesson)["session"]
    done = cmi12("passed", score={"raw": "90"}, session_time="00:10:00")
    done["interactions"] = {
        "0": {"id": "q 1", "type": "choice", "student_response": "a", "result": "correct"}
    }
    answer = post(client, item, lesson, "commit", told(session, 1, done, True)).json()
    assert (answer["granted"], answer["percent"], answer["counted_ms"]) == (True, 100, 0)
    assert verbs() == ["initialized", "responded", "completed", "passed", "terminated"]
    statement = json.loads(Statement.objects.order_by("id").last().raw)
    assert statement["actor"]["account"] == {
        "homePage": "https://learn.example.org",
        "name": str(item.person.uuid),
    }
    assert statement["result"]["score"] == {"scaled": 0.9, "raw": 90}
    assert item.person.display_name not in json.dumps(statement)
    attempt = ScormAttempt.objects.get()
    assert (attempt.completion, attempt.success, attempt.score_scaled) == ("completed", "passed", 9000)
    assert (attempt.claimed_ms, attempt.ended) == (10 * MINUTE, True)
    # What was finished begins anew when it is opened again.
    assert opened(client, item, lesson)["attempt"] == 2


def test_the_same_and_an_older_number_change_nothing(client, item, lesson):
    session = opened(client, item, lesson)["session"]
    newer = told(session, 5, cmi12("completed", lesson_location="p5"), True)
    older = told(session, 3, cmi12("incomplete", lesson_location="p3"))
    first = post(client, item, lesson, "commit", newer).json()
    assert post(client, item, lesson, "commit", newer).json() == first
    assert post(client, item, lesson, "commit", older).json() == first
    assert ScormSession.objects.get().state["items"]["i1"]["core"]["lesson_location"] == "p5"
    assert StudyGrant.objects.count() == 1
    assert len(verbs()) == len(set(verbs()))


def test_a_late_session_does_not_undo_a_newer_one(client, item, lesson):
    late = opened(client, item, lesson)["session"]
    newer = opened(client, item, lesson)["session"]
    post(client, item, lesson, "commit", told(newer, 1, cmi12("completed", session_time="00:02:00")))
    post(client, item, lesson, "commit", told(late, 1, cmi12("incomplete", session_time="00:03:00")))
    attempt = ScormAttempt.objects.get()
    assert (attempt.completion, attempt.claimed_ms) == ("completed", 5 * MINUTE)


def test_nobody_speaks_for_another(client, item, lesson, caplog):
    session = opened(client, item, lesson)["session"]
    other = enrolment(person=UserFactory(), release=item.release)
    answer = post(client_of(other.person), other, lesson, "commit", told(session, 1, cmi12("passed")))
    assert answer.status_code == 404
    assert post(client_of(other.person), item, lesson, "commit", told(session, 1, cmi12())).status_code == 404
    assert post(Client(), item, lesson, "commit", told(session, 1, cmi12())).status_code == 401
    assert ScormSession.objects.get().seq == 0
    assert Statement.objects.count() == 0
    # Each stands in the log: who was signed in, and whose record it was about.
    who = f"by {other.person.uuid}"
    told_of = [one for one in caplog.messages if one.startswith("scorm: refused 404") and one.endswith(who)]
    assert [str(other.uuid) in told_of[0], str(item.uuid) in told_of[1]] == [True, True]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"seq": 0}, 422, "bad_commit"),
        ({"seq": True}, 422, "bad_commit"),
        ({"session": "x"}, 422, "bad_commit"),
        ({"items": {"i2": {"cmi": {}}}}, 422, "bad_commit"),
        ({"items": {"i1": {"cmi": []}}}, 422, "bad_commit"),
        ({"items": {"i1": {"cmi": {"core": {"hacked": "1"}}}}}, 422, "unknown_element"),
        ({"shared": 3}, 422, "bad_commit"),
        ({"current": "nobody"}, 422, "bad_commit"),
        ({"shared": "x" * 1024**2}, 413, "scorm_too_large"),
    ],
)
def test_nonsense_is_refused_and_nothing_kept(client, item, lesson, change, status, code, caplog):
    session = opened(client, item, lesson)["session"]
    answer = post(client, item, lesson, "commit", told(session, 1, cmi12()) | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ScormSession.objects.get().seq == 0
    assert any(one.startswith(f"scorm: refused {status} {code}") for one in caplog.messages)


@pytest.mark.parametrize("score", [{"raw": "5", "min": "9", "max": "1"}, {"raw": "500"}, {"raw": "x"}])
def test_a_score_that_makes_no_sense_loses_nothing_else(client, item, lesson, score):
    session = opened(client, item, lesson)["session"]
    assert (
        post(client, item, lesson, "commit", told(session, 1, cmi12("failed", score=score), True)).status_code
        == 200
    )
    assert "failed" in verbs()


def test_a_whole_package_with_rules_keeps_its_parts(client, item):
    lesson = lesson_of(item, making.sequenced(), "org")
    session = opened(client, item, lesson)["session"]
    a = {"completion_status": "completed", "success_status": "passed", "session_time": "PT1M"}
    data = {
        "session": session,
        "seq": 1,
        "items": {"a": {"cmi": a, "terminated": True}},
        "shared": "{}",
        "current": "b",
        "root": {"completion_status": "incomplete"},
    }
    assert post(client, item, lesson, "commit", data).json()["granted"] is False
    again = opened(client, item, lesson)
    assert (again["shared"], again["current"]) == ("{}", "b")
    assert again["items"]["a"]["success_status"] == "passed"
    b = {"completion_status": "completed", "session_time": "PT2M"}
    data |= {"session": again["session"], "items": {"b": {"cmi": b, "terminated": True}}}
    data["root"] = {"completion_status": "completed", "success_status": "passed"}
    assert post(client, item, lesson, "commit", data).json()["granted"] is True
    assert ScormAttempt.objects.get().claimed_ms == 3 * MINUTE


def test_what_contradicts_the_meter_is_shown_to_the_providers_staff(client, item, lesson):
    session = opened(client, item, lesson)["session"]
    post(client, item, lesson, "commit", told(session, 1, cmi12("completed", session_time="02:00:00"), True))
    # Study time is the meter's alone.
    assert LessonProgress.objects.get().counted_ms == 0
    (row,) = claims(contradicted(member("teacher", item.release.provider)))
    assert (row.kind, row.claimed_ms, row.metered_ms) == ("scorm12", 120 * MINUTE, 0)
    assert (row.contradiction.far, row.contradiction.quick) == (True, True)


def test_packages_stay_closed_where_they_had_the_sites_own_origin(client, item, lesson, settings):
    settings.CONTENT_URL = settings.PUBLIC_URL
    answer = post(client, item, lesson, "open")
    assert (answer.status_code, answer.json()["code"]) == (409, "scorm_no_origin")


def test_no_such_block(client, item, lesson):
    assert post(client, item, lesson, "open", block="nope").status_code == 404


def test_the_courses_rule_says_what_reports_are_worth(item, lesson):
    """On the course's page and on the learner's, where something of others is played; elsewhere nobody needs to know."""
    plain = enrolment(release=released_course())
    for one, says in ((item, True), (plain, False)):
        for address in (one.course.get_url(), reverse("learning:course", args=[one.uuid])):
            page = client_of(one.person).get(address).content.decode()
            assert "怎样算学完" in page
            assert ("它们报的时间不计入学时" in page) is says
