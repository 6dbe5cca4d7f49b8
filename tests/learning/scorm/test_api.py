"""A learner's own attempts over /api/v1/: begun, kept, gone on with, listed; nobody else's."""

import pytest

from lms.learning.models import ScormAttempt
from tests.factories.accounts import UserFactory
from tests.learning.scorm.conftest import cmi12, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("origins")]


@pytest.fixture
def call(client, item, lesson):
    """A door of the block, by POST with a body, or by GET."""
    client.force_login(item.person)

    def asked(what, data=None, block="sco"):
        path = f"/api/v1/learning/scorm/enrolments/{item.uuid}/lessons/{lesson.uuid}/{block}/{what}"
        if what == "attempts":
            return client.get(path)
        return client.post(path, data or {}, content_type="application/json")

    return asked


def test_an_attempt_is_begun_kept_and_gone_on_with(call):
    first = call("open")
    assert first.status_code == 200, first.content
    session = first.json()["session"]
    assert first.json()["items"]["i1"]["core"]["entry"] == "ab-initio"
    left = cmi12(lesson_location="p2", session_time="00:05:00", exit="suspend") | {"suspend_data": "半程"}
    assert call("commit", told(session, 1, left, True)).json() == {
        "seq": 1,
        "granted": False,
        "percent": 0,
        "counted_ms": 0,
    }
    again = call("open").json()
    assert again["items"]["i1"]["suspend_data"] == "半程"
    done = cmi12("passed", session_time="00:01:00", score={"raw": "90", "min": "0", "max": "100"})
    assert call("commit", told(again["session"], 1, done, True)).json()["granted"] is True
    (row,) = call("attempts").json()["items"]
    assert (row["number"], row["success"], row["score"], row["sessions"]) == (1, "passed", 9000, 2)
    assert row["claimed_ms"] == 6 * 60_000


def test_the_same_number_changes_nothing_and_nonsense_is_refused(call):
    session = call("open").json()["session"]
    assert call("commit", told(session, 2, cmi12(lesson_location="p2"))).json()["seq"] == 2
    assert call("commit", told(session, 2, cmi12(lesson_location="p9"))).json()["seq"] == 2
    for wrong in (
        {"seq": 0},
        {"seq": "x"},
        {"session": "x"},
        {"items": {"i1": {"cmi": {"no_such": "1"}, "terminated": False}}},
        {"items": []},
    ):
        assert call("commit", told(session, 3, cmi12()) | wrong).status_code == 422, wrong
    long = told(session, 3, cmi12() | {"suspend_data": "x" * 2**20})
    assert call("commit", long).status_code == 413
    state = ScormAttempt.objects.get().sessions.get().state
    assert state["items"]["i1"]["core"]["lesson_location"] == "p2"


def test_nobody_elses(call, client, item):
    session = call("open").json()["session"]
    assert call("open", block="none").status_code == 404
    assert call("attempts", block="none").status_code == 404
    client.force_login(UserFactory())
    assert call("open").status_code == 404
    assert call("commit", told(session, 1, cmi12())).status_code == 404
    assert call("attempts").status_code == 404
    client.logout()
    assert call("open").status_code == 401
