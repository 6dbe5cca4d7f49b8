"""Tokens, line items, scores, results and members, asked for by a tool as it would from its own server."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, connection

from lms.learning.completion.models import Completion
from lms.learning.lti.platform.models import LtiLineItem, LtiScore, LtiTool, Scope
from lms.learning.lti.platform.services import switch
from lms.learning.study.models import LessonProgress
from lms.lib.clock import now
from tests.factories.accounts import UserFactory
from tests.factories.learning import enrolment
from tests.learning.lti.conftest import tool_of
from tests.learning.lti.parties import OTHER, Tool, signed

pytestmark = pytest.mark.django_db
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"


@pytest.fixture
def told(tool, browser, address):
    return tool.open(browser.get(address)).get_launch_data()


@pytest.fixture
def line(told):
    return told[AGS]["lineitem"]


def score(told, **more):
    return {
        "userId": told["sub"],
        "scoreGiven": 8.5,
        "scoreMaximum": 10,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": now().isoformat(),
        "comment": "接线正确",
    } | more


def send(tool, line, said):
    return tool.service("POST", f"{line}/scores", Scope.SCORES, said)


# --- tokens --------------------------------------------------------------------------------------------------


def test_a_token_lasts_an_hour_and_opens_what_it_says(tool, told, line):
    answer = tool.ask_token(f"{Scope.SCORES} https://example.com/other").json()
    assert answer["expires_in"] == 3600
    assert answer["scope"] == Scope.SCORES
    ask = {"Authorization": f"Bearer {answer['access_token']}"}
    assert tool.browser.get(line, headers=ask).status_code == 403
    with time_machine.travel(now() + timedelta(seconds=3601)):
        assert tool.browser.post(f"{line}/scores", {}, headers=ask).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"key": OTHER},
        {"kid": "tool-2"},
        {"aud": "https://elsewhere.example.com/token"},
        {"iss": "somebody"},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"exp": 9_999_999_999},
        {"jti": None},
        {"sub": "nobody", "iss": "nobody"},
    ],
)
def test_an_assertion_that_is_not_right_opens_nothing(tool, change, caplog):
    answer = tool.ask_token(Scope.SCORES, **change)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert "LTI refused" in caplog.text


def test_an_assertion_is_good_once(tool):
    assertion = tool.assertion()
    assert tool.ask_token(Scope.SCORES, client_assertion=assertion).status_code == 200
    again = tool.ask_token(Scope.SCORES, client_assertion=assertion)
    assert again.status_code == 401
    assert "已经用过" in again.json()["error_description"]


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_only_rs256_is_believed(tool, algorithm):
    claims = {"iss": tool.row.client_id, "sub": tool.row.client_id, "jti": "x", "exp": 9e9, "iat": 1}
    key = json.dumps(tool.row.public_keys) if algorithm == "HS256" else ""
    assertion = signed(claims, key * 4, algorithm=algorithm)
    assert tool.ask_token(Scope.SCORES, client_assertion=assertion).status_code == 401


def test_scopes_are_the_tools_own(tool, row):
    LtiTool.objects.filter(pk=row.pk).update(scopes=[Scope.SCORES])
    answer = tool.ask_token(Scope.MEMBERS)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_scope"


def test_a_tool_that_is_off_has_no_token(tool, row, admin, line):
    token = tool.ask_token(Scope.SCORES).json()["access_token"]
    switch(admin, row, on=False, reason="合同到期")
    assert tool.ask_token(Scope.SCORES).status_code == 401
    ask = {"Authorization": f"Bearer {token}"}
    assert tool.browser.post(f"{line}/scores", {}, headers=ask).status_code == 401


def test_a_session_is_no_token(browser, line):
    assert browser.get(line).status_code == 401


# --- scores --------------------------------------------------------------------------------------------------


def test_a_score_is_evidence_and_moves_no_time(tool, told, line, item):
    before = list(LessonProgress.objects.values_list("counted_ms", flat=True))
    assert send(tool, line, score(told)).status_code == 204
    row = LtiScore.objects.get()
    assert (str(row.given), str(row.maximum), row.enrolment) == ("8.5000", "10.0000", item)
    assert list(LessonProgress.objects.values_list("counted_ms", flat=True)) == before
    assert not Completion.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT raw FROM records_statement")
        statements = [json.loads(found) for (found,) in cursor.fetchall()]
    said = next(one for one in statements if one["verb"]["id"].endswith("/scored"))
    assert said["result"]["score"] == {"scaled": 0.85, "raw": 8.5, "min": 0, "max": 10}
    assert said["actor"]["account"]["name"] == str(item.person.uuid)


def test_a_score_sent_twice_is_one_and_an_older_one_is_refused(tool, told, line):
    said = score(told)
    assert [send(tool, line, said).status_code for _turn in range(2)] == [204, 204]
    assert LtiScore.objects.count() == 1
    assert send(tool, line, said | {"scoreGiven": 2}).status_code == 409
    older = (now() - timedelta(hours=1)).isoformat()
    assert send(tool, line, score(told, timestamp=older)).status_code == 409
    later = (now() + timedelta(seconds=1)).isoformat()
    assert send(tool, line, score(told, timestamp=later, scoreGiven=9)).status_code == 204
    assert LtiScore.objects.count() == 2


def test_scores_only_grow(tool, told, line):
    send(tool, line, score(told))
    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute("UPDATE learning_ltiscore SET given = 10")


@pytest.mark.parametrize(
    "change",
    [
        {"scoreGiven": -1},
        {"scoreGiven": "8"},
        {"scoreGiven": True},
        {"scoreGiven": 1e12},
        {"scoreMaximum": 0},
        {"scoreMaximum": None},
        {"activityProgress": "Done"},
        {"gradingProgress": None},
        {"timestamp": "2026-03-02"},
        {"timestamp": "2026-03-02T12:00:00"},
        {"timestamp": None},
    ],
)
def test_a_score_that_is_none_is_refused_in_words(tool, told, line, change):
    answer = send(tool, line, score(told, **change))
    assert answer.status_code == 400
    assert answer.json()["message"]
    assert not LtiScore.objects.exists()


def test_extra_credit_is_kept_as_given(tool, told, line):
    assert send(tool, line, score(told, scoreGiven=12)).status_code == 204
    assert str(LtiScore.objects.get().given) == "12.0000"


@pytest.mark.parametrize("who", ["nobody", 5, None])
def test_nobody_gets_no_score(tool, told, line, who):
    assert send(tool, line, score(told, userId=who)).status_code == 403


def test_a_tool_scores_nobody_by_another_tools_name(tool, told, line, admin, item):
    from lms.learning.lti.platform.people import subject_of

    theirs = subject_of(tool_of(admin), item.person).sub
    assert send(tool, line, score(told, userId=theirs)).status_code == 403


def test_results_are_the_last_graded_scores(tool, told, line):
    send(tool, line, score(told))
    later = (now() + timedelta(seconds=1)).isoformat()
    send(tool, line, score(told, timestamp=later, scoreGiven=1, scoreMaximum=2))
    found = tool.service("GET", f"{line}/results", Scope.RESULTS).json()
    assert [(one["userId"], one["resultScore"], one["resultMaximum"]) for one in found] == [
        (told["sub"], 5, 10)
    ]
    assert tool.service("GET", f"{line}/results?user_id=nobody", Scope.RESULTS).json() == []


# --- line items ----------------------------------------------------------------------------------------------


def test_a_tool_keeps_columns_of_its_own(tool, told):
    items = told[AGS]["lineitems"]
    said = {"label": "期末", "scoreMaximum": 100, "tag": "final", "resourceId": "r1"}
    made = tool.service("POST", items, Scope.LINE_ITEMS, said)
    assert made.status_code == 201
    assert made.json()["id"] == made["Location"]
    one = made.json()["id"]
    changed = tool.service("PUT", one, Scope.LINE_ITEMS, said | {"label": "期末考试"}).json()
    assert changed["label"] == "期末考试"
    found = tool.service("GET", f"{items}?tag=final", Scope.LINE_ITEMS_READ).json()
    assert [row["label"] for row in found] == ["期末考试"]
    page = tool.service("GET", f"{items}?limit=1", Scope.LINE_ITEMS_READ)
    assert len(page.json()) == 1
    assert 'rel="next"' in page["Link"]
    assert tool.service("DELETE", one, Scope.LINE_ITEMS).status_code == 204
    assert tool.service("GET", one, Scope.LINE_ITEMS_READ).status_code == 404
    assert LtiLineItem.objects.count() == 2


def test_columns_and_courses_of_others_are_not_there(tool, told, line, admin, item):
    other = Tool(tool_of(admin, name="另一个"), tool.browser, settings.PUBLIC_URL)
    assert other.service("GET", line, Scope.LINE_ITEMS_READ).status_code == 404
    assert other.service("GET", told[AGS]["lineitems"], Scope.LINE_ITEMS_READ).status_code == 404
    assert other.service("POST", f"{line}/scores", Scope.SCORES, score(told)).status_code == 404


@pytest.mark.parametrize("said", [{}, {"label": "一"}, {"label": "一", "scoreMaximum": 0}, [1], "x"])
def test_a_column_that_is_none_is_refused(tool, told, said):
    assert tool.service("POST", told[AGS]["lineitems"], Scope.LINE_ITEMS, said).status_code == 400


# --- members -------------------------------------------------------------------------------------------------


def test_only_the_enrolled_are_told_and_without_names(tool, told, item, row):
    UserFactory()
    second = enrolment(UserFactory(display_name="周岚"), item.release).person
    address = told["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"][
        "context_memberships_url"
    ]
    found = tool.service("GET", address, Scope.MEMBERS)
    assert found["Content-Type"].startswith("application/vnd.ims.lti-nrps.v2")
    members = found.json()["members"]
    assert len(members) == 2
    assert told["sub"] in {one["user_id"] for one in members}
    assert all(set(one) == {"status", "user_id", "roles"} for one in members)
    LtiTool.objects.filter(pk=row.pk).update(asks_names=True)
    from lms.learning.lti.platform.people import answer

    answer(row, second, named=True)
    row.refresh_from_db()
    names = [one.get("name") for one in tool.service("GET", address, Scope.MEMBERS).json()["members"]]
    assert names == [None, "周岚"]
    page = tool.service("GET", f"{address}?limit=1", Scope.MEMBERS)
    assert len(page.json()["members"]) == 1
    assert 'rel="next"' in page["Link"]
    assert tool.service("GET", address, Scope.SCORES).status_code == 403


def test_a_line_item_of_a_link_is_made_once(tool, told, browser, address):
    tool.open(browser.get(address))
    with pytest.raises(IntegrityError):
        first = LtiLineItem.objects.get()
        LtiLineItem.objects.create(
            tool=first.tool, course=first.course, of_link=first.link, label="x", maximum=1, made_at=now()
        )
