"""What each scope opens (Communication 4.2), and what a credential may read that reads its own statements alone."""

import json
from uuid import uuid4

import pytest
from django.conf import settings

from tests.records.samples import ACCOUNT, ACTIVITY, AGENT, REFERENCE, statement

pytestmark = pytest.mark.django_db

STATE = {"activityId": ACTIVITY["id"], "agent": json.dumps(AGENT), "stateId": "bookmark"}
PROFILE = {"activityId": ACTIVITY["id"], "profileId": "settings"}
PERSON = {"agent": json.dumps(AGENT), "profileId": "settings"}
# Of something that is there nowhere: whoever may ask is told so.
ASKED = {
    "write": lambda on, _one: on.call("POST", "statements", body=statement()),
    "find": lambda on, _one: on.call("GET", "statements"),
    "one of another's": lambda on, one: on.one(one),
    "agents": lambda on, _one: on.call("GET", "agents", {"agent": json.dumps(AGENT)}),
    "activities": lambda on, _one: on.call("GET", "activities", {"activityId": ACTIVITY["id"]}),
    "state": lambda on, _one: on.call("GET", "activities/state", STATE),
    "keep state": lambda on, _one: on.call("PUT", "activities/state", STATE, {"page": 3}),
    "profile": lambda on, _one: on.call("GET", "activities/profile", PROFILE),
    "keep profile": lambda on, _one: on.call(
        "PUT", "activities/profile", PROFILE, {"a": 1}, If_None_Match="*"
    ),
    "agent profile": lambda on, _one: on.call("GET", "agents/profile", PERSON),
}
KNOWN = {"agents": 200, "activities": 200}
READ = {"find": 200, "one of another's": 200} | KNOWN
DOCUMENTS = {"state": 404, "profile": 404, "agent profile": 404}
PROFILES = {"profile": 404, "agent profile": 404, "keep profile": 204}
OPENS = {
    "statements/write": {"write": 200},
    "statements/read/mine": READ | {"one of another's": 404},
    "statements/read": READ,
    "state": {"state": 404, "keep state": 204},
    "define": {},
    "profile": KNOWN | PROFILES,
    "all/read": READ | DOCUMENTS,
    "all": READ | DOCUMENTS | PROFILES | {"write": 200, "keep state": 204},
}


@pytest.mark.parametrize("scope", OPENS)
def test_a_scope_opens_what_it_says_and_nothing_else(xapi, speaker, scope):
    (theirs,) = xapi.keep(statement())
    on = speaker([scope])
    found = {name: ask(on, theirs).status_code for name, ask in ASKED.items()}
    assert found == dict.fromkeys(ASKED, 403) | OPENS[scope]


@pytest.fixture
def mine(speaker):
    return speaker(["statements/write", "statements/read/mine"])


def test_who_is_named_as_a_credential_has_not_written(xapi, mine):
    account = {"homePage": settings.PUBLIC_URL, "name": mine.secret.credential.key}
    (own,) = mine.keep(statement())
    named = xapi.keep(
        statement(actor={"account": account}),
        statement(context={"instructor": {"account": account}}),
        # What is about a statement is found by all that is found by the other.
        statement(object=REFERENCE | {"id": own}),
    )
    assert len(xapi.find(agent=json.dumps({"account": account}), related_agents="true")) == 4
    assert mine.find() == [own]
    assert mine.find(agent=json.dumps({"account": account}), related_agents="true") == [own]
    assert mine.find(ascending="true", limit=1) == [own]
    assert [mine.one(one).status_code for one in named] == [404, 404, 404]


def test_before_it_wrote_anything_a_credential_finds_nothing(xapi, mine):
    xapi.keep(
        statement(actor={"account": {"homePage": settings.PUBLIC_URL, "name": mine.secret.credential.key}})
    )
    assert mine.find() == []


def test_what_is_about_anothers_statement_is_its_writers(xapi, mine):
    (theirs,) = xapi.keep(statement())
    (own,) = mine.keep(statement(actor=ACCOUNT, object=REFERENCE | {"id": theirs}))
    assert mine.find(agent=json.dumps(AGENT)) == [own]


def test_the_next_page_of_another_leads_nowhere(xapi, mine):
    ids = mine.keep(statement(), statement(), statement())
    xapi.keep(*[statement() for _number in range(3)])
    everybody = xapi.call("GET", "statements", {"limit": 2}).json()["more"]
    assert mine.call("GET", everybody).status_code == 404
    page = mine.call("GET", "statements", {"limit": 2}).json()
    rest = mine.call("GET", page["more"]).json()
    assert {one["id"] for one in page["statements"] + rest["statements"]} == set(ids)
    assert rest["more"] == ""
    # Who reads everything may go on where another began, and reads no more than that one.
    assert [one["id"] for one in xapi.call("GET", page["more"]).json()["statements"]] == [
        one["id"] for one in rest["statements"]
    ]


def test_a_voided_one_of_anothers_is_not_there(xapi, mine):
    (theirs,), (own,) = xapi.keep(statement()), mine.keep(statement())
    voided = {"id": "http://adlnet.gov/expapi/verbs/voided"}
    xapi.keep(*[statement(verb=voided, object=REFERENCE | {"id": one}) for one in (theirs, own)])
    asked = [mine.call("GET", "statements", {"voidedStatementId": one}).status_code for one in (theirs, own)]
    assert asked == [404, 200]
    assert mine.find() == []


def test_names_that_others_gave_are_told_to_who_reads_them(xapi, mine, speaker):
    nameless = {"mbox": AGENT["mbox"]}
    xapi.keep(statement(actor=AGENT))
    asked = {"agent": json.dumps(nameless)}
    told = [AGENT["name"]]
    for on, names in ((mine, None), (speaker(["profile"]), told), (speaker(["statements/read"]), told)):
        assert on.call("GET", "agents", asked).json().get("name") == names
    called = mine.call("GET", "agents", {"agent": json.dumps(nameless | {"name": "小林"})}).json()
    assert called["name"] == ["小林"]


def test_a_launch_reads_its_own_registration_of_its_own(speaker):
    registration, other = uuid4(), uuid4()
    person = {"actor": ACCOUNT}
    bounds = {"actor": f"account:{ACCOUNT['account']['homePage']}\n{ACCOUNT['account']['name']}"}
    scopes = ["statements/write", "statements/read/mine"]
    first = speaker(scopes, registration=registration, **bounds)
    second = speaker(scopes, registration=other, **bounds)
    (one,) = first.keep(statement(**person, context={"registration": str(registration)}))
    (two,) = second.keep(statement(**person, context={"registration": str(other)}))
    assert (first.find(), second.find()) == ([one], [two])
    assert first.find(registration=str(other)) == []
    assert first.one(two).status_code == 404
