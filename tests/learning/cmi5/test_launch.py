"""What a launch leaves and tells (cmi5 8, 9.3.1, 9.6.3, 10, 11), requirement by requirement."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from lms.learning.cmi5 import rules
from lms.learning.cmi5.models import Cmi5Registration, Cmi5Session
from lms.lib.errors import Invalid, NotFound
from tests.courses.packs.foreign.cmi5 import BASE, au
from tests.factories.accounts import UserFactory
from tests.learning.cmi5.conftest import RESULTS, Content

pytestmark = pytest.mark.django_db
EXT = rules.SESSION_ID.removesuffix("sessionid")


def test_8_1_the_address_has_the_five_parameters_each_once(course):
    parts = urlsplit(course.launch().url)
    assert f"{parts.scheme}://{parts.netloc}" == "http://content.testserver"
    assert parts.path == f"/packages/{course.package.uuid}/files/index.html"
    query = parse_qs(parts.query, strict_parsing=True)
    assert sorted(query) == ["activityId", "actor", "endpoint", "fetch", "registration"]
    assert {len(values) for values in query.values()} == {1}


def test_13_1_4_the_own_query_of_an_address_is_merged_and_its_fragment_kept(make):
    content = make(au(url="https://au.example.com/start?level=2#top")).launch()
    parts = urlsplit(content.url)
    assert (parts.netloc, parts.fragment) == ("au.example.com", "top")
    assert content.query["level"] == "2"
    assert len(content.query) == 6


def test_8_1_1_endpoint_is_where_statements_are_taken(course):
    content = course.launch()
    assert content.query["endpoint"] == "http://testserver/xapi/"
    assert content.begin().call("GET", "about").status_code == 200


def test_8_1_3_and_9_2_the_actor_is_an_account_that_tells_nothing_of_the_person(course):
    actor = course.launch().actor
    assert actor == {
        "objectType": "Agent",
        "account": {"homePage": "http://testserver", "name": str(course.learner.uuid)},
    }
    assert str(course.learner.phone or "…") not in json.dumps(actor)


def test_8_1_4_one_registration_for_an_enrolment(course):
    first, second = course.launch(0), course.launch(1)
    assert first.query["registration"] == second.query["registration"]
    assert UUID(first.query["registration"]) == course.registration.uuid
    assert Cmi5Registration.objects.count() == 1


def test_8_1_5_the_activity_id_is_ours_and_the_same_for_every_launch_and_registration(course):
    ids = {course.launch().query["activityId"], course.launch().query["activityId"]}
    assert len(ids) == 1
    assert ids.isdisjoint({f"{BASE}au/1"})
    assert course.launch(1).query["activityId"] not in ids
    other = course.registration
    course.enrolment = type(course.enrolment).objects.create(
        person=UserFactory(),
        course=course.enrolment.course,
        release=course.release,
        started_at=course.enrolment.started_at,
        studied_at=course.enrolment.studied_at,
    )
    course.learner = course.enrolment.person
    assert course.launch().query["activityId"] in ids
    assert course.registration != other


@pytest.mark.parametrize(("method", "told"), [("OwnWindow", "OwnWindow"), ("AnyWindow", "AnyWindow")])
def test_8_1_the_launch_method_is_told(make, method, told):
    assert make(au(launchMethod=method)).launch().launch_method == told


def test_8_2_1_the_fetch_url_answers_a_post_with_json_and_the_token(course):
    content = course.launch()
    response = content.fetch()
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/json")
    assert list(response.json()) == ["auth-token"]
    assert response["Access-Control-Allow-Origin"] == "*"
    content.token = response.json()["auth-token"]
    assert content.launch_data()["launchMode"] == "Normal"


def test_8_2_1_a_get_gives_nothing_and_uses_nothing_up(course):
    content = course.launch()
    assert content.fetch("GET").status_code == 405
    assert "auth-token" in content.fetch().json()


def test_8_2_3_1_the_token_comes_once(course):
    content = course.launch().begin()
    response = content.fetch()
    assert response.status_code == 200
    assert response.json()["error-code"] == "1"
    assert response.json()["error-text"]
    assert "auth-token" not in response.json()
    # What was given before is still good.
    content.say("initialized")


def test_8_2_3_2_expired_and_invented_addresses_have_their_codes(course, clock):
    content = course.launch()
    clock.shift(timedelta(seconds=601))
    assert content.fetch().json()["error-code"] == "1"
    invented = content.client.post("/learn/cmi5/fetch/nothing")
    assert (invented.status_code, invented.json()["error-code"]) == (200, "2")


def test_8_2_3_2_a_launch_after_it_makes_a_fetch_url_worthless(course):
    first = course.launch()
    course.launch()
    assert first.fetch().json()["error-code"] == "1"


def test_8_2_1_the_token_ends_with_the_session(course, clock):
    content = course.launch().begin()
    clock.shift(timedelta(hours=12, seconds=1))
    assert content.call("GET", "statements").status_code == 401


def test_9_3_1_launched_is_recorded_before_anything_else_and_once(course):
    course.launch()
    said = course.said()
    assert [one["verb"]["id"] for one in said] == [rules.VERBS["launched"]]


def test_9_6_3_what_the_launched_statement_tells(course):
    content = course.launch()
    (said,) = course.said("launched")
    extensions = said["context"]["extensions"]
    assert said["actor"]["account"]["name"] == str(course.learner.uuid)
    # 9.4: the object is the AU, by the launch's id.
    assert said["object"]["id"] == content.query["activityId"]
    # 9.6.1
    assert said["context"]["registration"] == content.query["registration"]
    # 9.6.2.1, 9.6.2.2: the category, and no moveon without a result that counts.
    assert [one["id"] for one in said["context"]["contextActivities"]["category"]] == [rules.CATEGORY]
    # 9.6.2.3: the publisher's id, unaltered.
    assert [one["id"] for one in said["context"]["contextActivities"]["grouping"]] == [f"{BASE}au/1"]
    # 9.6.3.1–9.6.3.7
    assert extensions == {
        EXT + "sessionid": str(content.session.uuid),
        EXT + "launchmode": "Normal",
        EXT + "launchurl": f"http://content.testserver/packages/{course.package.uuid}/files/index.html",
        EXT + "moveon": "CompletedAndPassed",
        EXT + "masteryscore": 0.8,
        EXT + "launchparameters": "起点=1",
    }
    # 9.7
    assert said["timestamp"].endswith("Z")


def test_9_6_3_what_is_not_in_the_structure_is_not_in_the_statement(course):
    course.launch(1)
    (said,) = course.said("launched")
    assert set(said["context"]["extensions"]) == {
        EXT + name for name in ("sessionid", "launchmode", "launchurl", "moveon")
    }


def test_10_2_the_launch_data_document(course):
    content = course.launch().begin()
    data = content.launch_data()
    assert data["contextTemplate"] == {
        # 10.2.1
        "extensions": {EXT + "sessionid": str(content.session.uuid)},
        "contextActivities": {"grouping": [{"objectType": "Activity", "id": f"{BASE}au/1"}]},
    }
    assert data["launchMode"] == "Normal"
    assert data["launchParameters"] == "起点=1"
    assert data["masteryScore"] == 0.8
    assert data["moveOn"] == "CompletedAndPassed"
    lesson = course.lessons[0]
    assert data["returnURL"] == (
        f"http://testserver/learn/{course.enrolment.uuid}/{lesson.uuid}/cmi5/{course.block()}/done/"
    )
    # 10.2.7.1
    assert data["entitlementKey"] == {"courseStructure": "xyz-9"}


def test_10_2_what_the_structure_does_not_say_is_left_out(course):
    data = course.launch(1).begin().launch_data()
    assert not {"launchParameters", "masteryScore", "entitlementKey"} & set(data)


def test_10_1_each_launch_writes_its_own_session_into_the_document(course):
    course.launch()
    second = course.launch().begin()
    template = second.launch_data()["contextTemplate"]
    assert template["extensions"][rules.SESSION_ID] == str(second.session.uuid)


@pytest.mark.parametrize("mode", rules.MODES)
def test_10_2_2_the_launch_mode_is_one_of_three(course, mode):
    assert course.launch(mode=mode).begin().launch_data()["launchMode"] == mode


def test_10_2_2_no_other_mode_is_launched(course):
    with pytest.raises(Invalid):
        course.launch(mode="normal")
    assert not Cmi5Session.objects.exists()


def test_10_2_2_what_is_done_is_launched_for_review(course):
    first = course.launch().begin().say("initialized", "completed")
    assert course.launch().session.mode == "Normal"
    passed = RESULTS["passed"] | {"score": {"scaled": 0.9}}
    second = course.launch().begin().say("initialized")
    said = second.statement("passed", result=passed)
    said["context"]["extensions"][rules.MASTERY_SCORE] = 0.8
    assert second.send(said).status_code == 200
    assert course.launch().session.mode == "Review"
    assert first.session.mode == "Normal"


def test_11_the_preferences_are_there_and_may_be_changed(course):
    content = course.launch().begin()
    place = {"agent": content.query["actor"], "profileId": "cmi5LearnerPreferences"}
    response = content.get("agents/profile", place)
    assert response.json() == {"languagePreference": "zh-Hans,zh-CN", "audioPreference": "on"}
    changed = response.json() | {"audioPreference": "off"}
    etag = {"If-Match": response["ETag"]}
    assert content.call("PUT", "agents/profile", place, changed, **etag).status_code == 204
    # The next launch leaves it alone.
    assert course.launch().begin().get("agents/profile", place).json()["audioPreference"] == "off"


def test_a_launch_is_for_ones_own_enrolment_alone(course):
    from lms.learning.cmi5 import services

    with pytest.raises(NotFound):
        services.launch_block(UserFactory(), course.enrolment, course.lessons[0], course.block())
    with pytest.raises(NotFound):
        services.launch_block(course.learner, course.enrolment, course.lessons[0], "nothing")
    assert not Cmi5Session.objects.exists()


def test_8_1_content_speaks_for_its_learner_alone(course, make):
    content = course.launch().begin()
    other = Content(_as(make(au("9"))))
    statement = content.statement("initialized", actor=other.actor)
    assert content.send(statement).status_code == 403
    agent = {"agent": json.dumps(other.actor), "profileId": "cmi5LearnerPreferences"}
    assert content.call("GET", "agents/profile", agent).status_code == 403
    place = content.place | {"agent": json.dumps(other.actor), "stateId": "LMS.LaunchData"}
    assert content.call("GET", "activities/state", place).status_code == 403
    elsewhere = content.place | {"registration": other.query["registration"], "stateId": "x"}
    assert content.call("PUT", "activities/state", elsewhere, {}).status_code == 403


def test_a_forged_launch_and_a_replay_are_logged(course, caplog):
    content = course.launch().begin()
    content.fetch()
    other = {"objectType": "Agent", "account": {"homePage": "http://testserver", "name": "somebody"}}
    content.send(content.statement("initialized", actor=other))
    content.send(content.statement("completed"))
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    session = str(content.session.uuid)
    assert any(session in one and "asked for again" in one for one in told)
    content.session.refresh_from_db()
    key = content.session.credential.key
    assert any(one.startswith("xapi: refused 403 actor, POST") and key in one for one in told)
    assert any(session in one and "9.3.2" in one for one in told)


def test_a_fetch_url_of_no_launch_and_one_that_is_over_are_logged(course, caplog):
    content = course.launch()
    forged = urlsplit(content.query["fetch"]).path[:-1]
    assert content.client.post(forged).json()["error-code"] == "2"
    assert "cmi5: a token was asked for with a fetch URL that is of no launch" in caplog.messages
    course.launch()
    assert content.fetch().json()["error-code"] == "1"
    assert any(str(content.session.uuid) in one and "too late" in one for one in caplog.messages)


def test_content_writes_documents_of_its_own_activity_alone(course):
    content = course.launch().begin()
    place = {"activityId": course.launch(1).query["activityId"], "profileId": "x"}
    again = course.launch().begin()
    assert again.call("PUT", "activities/profile", place, {}, **{"If-None-Match": "*"}).status_code == 403
    mine = {"activityId": again.query["activityId"], "profileId": "x"}
    assert again.call("PUT", "activities/profile", mine, {}, **{"If-None-Match": "*"}).status_code == 204
    assert content.call("GET", "activities/profile", mine).status_code == 401


def _as(course):
    from lms.learning.cmi5 import services

    return services.launch_block(course.learner, course.enrolment, course.lessons[0], course.block())
