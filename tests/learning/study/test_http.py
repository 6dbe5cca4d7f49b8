"""The door of study time as a page uses it, and as a forger would."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from lms.learning.study.models import StudyReport, StudySession
from lms.learning.study.reports import token_for
from tests.factories.accounts import UserFactory
from tests.factories.learning import SECOND, body, enrolment, opened

pytestmark = pytest.mark.django_db
URL = "/learn/study/report"


@pytest.fixture
def item(clock):
    return enrolment()


@pytest.fixture
def session(item, clock):
    found = opened(item).session
    clock.shift(60)
    return found


@pytest.fixture
def signed(item):
    # With CSRF checks on: a report must pass without a token, the rest must not.
    client = Client(enforce_csrf_checks=True)
    client.force_login(item.person)
    return client


def post(client, data, content_type="text/plain;charset=UTF-8"):
    text = data if isinstance(data, str) else json.dumps(data)
    return client.post(URL, text, content_type=content_type)


def test_a_beacon_without_any_token_but_the_sessions_own_is_taken(signed, item, session):
    block = next(iter(session.progress.lengths))
    answer = post(signed, body(session, 1, until=60 * SECOND, coverage={block: [[0, 60_000]]}))
    assert answer.status_code == 200
    assert answer.json() == {
        "accepted_ms": 60_000,
        "refused": [],
        "counted_ms": 60_000,
        "percent": 60_000 * 100 // session.lesson.nominal_ms,
        "met": False,
        "session_active_ms": 60_000,
        "counting": True,
        "elsewhere": None,
        "prompt": None,
    }
    assert (
        post(signed, body(session, 1, until=60 * SECOND, coverage={block: [[0, 60_000]]})).json()
        == answer.json()
    )


def test_an_expired_sign_in_is_a_plain_401_and_the_report_is_taken_after_signing_in_again(
    signed, item, session
):
    data = body(session, 1, until=60 * SECOND)
    signed.logout()
    refused = post(signed, data)
    assert (refused.status_code, refused.json()["code"]) == (401, "login_required")
    assert StudyReport.objects.count() == 0
    signed.force_login(item.person)
    assert post(signed, data | {"state": "late"}).json()["session_active_ms"] == 60_000


def test_somebody_elses_token_is_refused(session):
    client = Client()
    client.force_login(UserFactory())
    answer = post(client, body(session, 1, until=60 * SECOND))
    assert (answer.status_code, answer.json()["code"]) == (403, "other_person")
    assert StudyReport.objects.count() == 0


FORGED = {
    "no json": ("{", 422),
    "not an object": ("[]", 422),
    "nan": ('{"seq": NaN}', 422),
    "tampered token": ({"session": "0" * 32 + ":forged"}, 403),
    "token of nothing": ({"session": token_for("0" * 32)}, 404),
    "no token": ({"session": None}, 422),
    "seq zero": ({"seq": 0}, 422),
    "seq text": ({"seq": "1"}, 422),
    "seq true": ({"seq": True}, 422),
    "negative": ({"active": [[-5, 10]]}, 422),
    "backwards": ({"active": [[10, 5]]}, 422),
    "unsorted": ({"active": [[20, 30], [0, 10]]}, 422),
    "overlapping": ({"active": [[0, 20], [10, 30]]}, 422),
    "float": ({"active": [[0, 10.5]]}, 422),
    "huge": ({"active": [[0, 10**15]]}, 422),
    "too many": ({"active": [[i * 2, i * 2 + 1] for i in range(600)]}, 422),
    "after its own end": ({"active": [[0, 61_000]]}, 422),
    "triples": ({"active": [[0, 1, 2]]}, 422),
    "coverage list": ({"coverage": []}, 422),
    "coverage negative": ({"coverage": {"a": [[-1, 2]]}}, 422),
    "coverage key": ({"coverage": {"a" * 65: [[0, 2]]}}, 422),
    "inactive reason": ({"inactive": [[0, 2, "magic"]]}, 422),
    "position": ({"position": {"block": 3, "ms": 1}}, 422),
    "state": ({"state": "everywhere"}, 422),
    "elapsed negative": ({"elapsed_ms": -1}, 422),
    "elapsed missing": ({"elapsed_ms": None}, 422),
    "too large": ({"coverage": {"x": "y" * 70_000}}, 413),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_reports_get_a_sentence_and_write_nothing(signed, session, name):
    change, status = FORGED[name]
    data = change if isinstance(change, str) else body(session, 1, until=60 * SECOND) | change
    answer = post(signed, data)
    assert answer.status_code == status
    assert answer.json()["message"]
    assert StudyReport.objects.count() == 0


def test_the_future_is_refused_with_its_reason_and_the_past_part_counts(signed, session):
    answer = post(signed, body(session, 1, until=3600 * SECOND)).json()
    assert answer["refused"][0]["reason"] == "ahead_of_clock"
    assert answer["refused"][0]["text"]
    assert answer["accepted_ms"] == 60_000


def test_the_same_number_with_other_content_is_409(signed, session):
    assert post(signed, body(session, 1, until=60 * SECOND)).status_code == 200
    answer = post(signed, body(session, 1, until=50 * SECOND))
    assert (answer.status_code, answer.json()["code"]) == (409, "seq_reused")


def test_opening_and_taking_over_need_the_pages_token(signed, item, session):
    lesson = item.release.lessons.first()
    data = {"enrolment": str(item.uuid), "lesson": str(lesson.uuid), "device": "d"}
    for url, payload in (("study_open", data), ("study_take_over", {"session": token_for(session.uuid.hex)})):
        address = reverse(f"learning:{url}")
        assert signed.post(address, json.dumps(payload), content_type="application/json").status_code == 403


def test_opening_answers_what_the_page_needs_and_says_where_else_it_counts(item, session):
    client = Client()
    client.force_login(item.person)
    lesson = item.release.lessons.last()
    data = {"enrolment": str(item.uuid), "lesson": str(lesson.uuid), "device": "phone-1", "tab": "t"}
    agent = {"User-Agent": "Mozilla/5.0 (Linux; Android 9) Mobile"}
    answer = client.post(
        reverse("learning:study_open"), json.dumps(data), content_type="application/json", headers=agent
    ).json()
    assert answer["counting"] is False
    assert answer["elsewhere"] == {"lesson": session.lesson.title, "device": "电脑"}
    assert StudySession.objects.get(uuid=answer["id"]).device_kind == "phone"
    taken = client.post(
        reverse("learning:study_take_over"),
        json.dumps({"session": answer["session"]}),
        content_type="application/json",
    )
    assert taken.json()["counting"] is True


@pytest.mark.parametrize(
    ("change", "status"),
    [({"enrolment": "x"}, 422), ({"lesson": None}, 422), ({"device": ""}, 422), ({"device": "d" * 41}, 422)],
)
def test_opening_with_nonsense_is_refused(item, change, status):
    client = Client()
    client.force_login(item.person)
    data = {
        "enrolment": str(item.uuid),
        "lesson": str(item.release.lessons.first().uuid),
        "device": "d",
    } | change
    answer = client.post(reverse("learning:study_open"), json.dumps(data), content_type="application/json")
    assert answer.status_code == status


def test_nobody_opens_a_session_in_another_persons_enrolment(item):
    client = Client()
    client.force_login(UserFactory())
    data = {"enrolment": str(item.uuid), "lesson": str(item.release.lessons.first().uuid), "device": "d"}
    answer = client.post(reverse("learning:study_open"), json.dumps(data), content_type="application/json")
    assert answer.status_code == 404
    assert StudySession.objects.count() == 0


def test_a_report_costs_few_statements(signed, session, django_assert_max_num_queries):
    block = next(iter(session.progress.lengths))
    post(signed, body(session, 1, until=30 * SECOND, coverage={block: [[0, 10_000]]}))
    with django_assert_max_num_queries(11):
        post(signed, body(session, 2, until=60 * SECOND, coverage={block: [[10_000, 20_000]]}))
