"""What an AU's statements must be to be kept (cmi5 6.3, 7.1, 9), requirement by requirement; what is refused is not kept."""

from datetime import timedelta

import pytest

from lms.learning.cmi5 import rules
from lms.learning.cmi5.models import Cmi5Session, Cmi5Unit
from tests.learning.cmi5.conftest import CMI5, COUNTS, RESULTS

pytestmark = pytest.mark.django_db
MASTERY = {rules.MASTERY_SCORE: 0.8}


@pytest.fixture
def content(course):
    return course.launch().begin()


@pytest.fixture
def running(content):
    return content.say("initialized")


def with_score(content, verb, score, **extensions):
    said = content.statement(verb, result=RESULTS[verb] | {"score": score})
    said["context"]["extensions"] |= MASTERY | extensions
    return said


def test_a_good_session_is_kept_whole_and_in_order(course, content):
    content.say("initialized")
    assert content.send(content.allowed()).status_code == 200
    assert content.send(with_score(content, "passed", {"scaled": 0.9})).status_code == 200
    content.say("completed", "terminated")
    verbs = [one["verb"]["id"].rpartition("/")[2] for one in course.said()]
    assert verbs[:6] == ["launched", "initialized", "experienced", "passed", "completed", "satisfied"]
    assert verbs[6:] == ["terminated"]
    unit = Cmi5Unit.objects.get(key=course.keys[0])
    assert (unit.scaled, unit.progress) == (rules.Decimal("0.9"), 100)
    assert None not in (unit.completed_at, unit.passed_at, unit.met_at)


def test_the_same_statement_again_changes_nothing(running):
    said = running.statement("completed")
    assert running.send(said).status_code == 200
    assert running.send(said).status_code == 200


def test_a_batch_is_judged_in_the_order_of_its_timestamps(content):
    first, second = content.statement("initialized"), content.statement("completed")
    assert content.send(second, first).status_code == 200


def test_one_bad_statement_of_a_batch_keeps_the_others_out(course, content):
    response = content.send(content.statement("initialized"), content.statement("failed", result={}))
    assert response.status_code == 403
    assert [one["verb"]["id"] for one in course.said()] == [rules.VERBS["launched"]]
    content.say("initialized")


def test_6_3_an_au_may_not_void(course, running):
    target = course.said("launched")[0]["id"]
    said = running.allowed(rules.VOIDED, object={"objectType": "StatementRef", "id": target})
    running.refused(said, "6.3")


def test_7_1_1_and_9_3_2_initialized_comes_first(content):
    content.refused(content.statement("completed"), "9.3.2")
    content.refused(content.allowed(), "7.1.3")
    content.say("initialized")


def test_9_3_2_initialized_comes_once(running):
    running.refused(running.statement("initialized"), "9.3")


def test_9_3_nothing_is_before_initialized_by_its_timestamp(running):
    running.refused(running.statement("completed", timestamp=running.at(0)), "9.3.2")
    running.refused(running.allowed(timestamp=running.at(0)), "7.1.3")


@pytest.mark.parametrize("verb", ["launched", "abandoned", "waived", "satisfied"])
def test_7_1_3_the_verbs_of_the_lms_are_not_the_aus(running, verb):
    running.refused(running.statement(verb), "7.1.3")


def test_7_1_3_any_verb_is_allowed_without_the_category(running):
    for verb in ("http://adlnet.gov/expapi/verbs/answered", rules.VERBS["completed"]):
        assert running.send(running.allowed(verb)).status_code == 200
    # It says nothing of what was achieved.
    assert Cmi5Unit.objects.get().completed_at is None


def test_7_1_3_another_verb_with_the_category_is_refused(running):
    running.refused(running.statement("http://adlnet.gov/expapi/verbs/experienced"), "7.1.3")


def test_9_1_a_statement_needs_an_id(running):
    said = running.statement("completed")
    named = said.pop("id")
    running.refused(said, "9.1")
    response = running.call("PUT", "statements", {"statementId": named}, said)
    assert response.status_code == 204


def test_9_2_the_actor_is_no_group(running):
    group = {"objectType": "Group", "member": [running.actor]}
    running.refused(running.statement("completed", actor=group), "9.2")


@pytest.mark.parametrize("verb", ["completed", "passed"])
def test_9_3_3_and_9_3_4_once_in_a_registration(course, running, verb):
    running.say(verb).say("terminated")
    again = course.launch(mode="Normal").begin().say("initialized")
    section = {"completed": "9.3.3", "passed": "9.3.4"}[verb]
    again.refused(again.statement(verb), section)


def test_9_3_once_in_a_session(running):
    running.say("completed")
    running.refused(running.statement("completed"), "9.3")


@pytest.mark.parametrize(("first", "second"), [("failed", "passed"), ("passed", "failed")])
def test_9_3_one_of_passed_and_failed_in_a_session(running, first, second):
    running.say(first)
    running.refused(running.statement(second), "9.3")


def test_9_3_failed_does_not_follow_passed_in_a_registration(course, running):
    running.say("passed", "terminated")
    again = course.launch(mode="Normal").begin().say("initialized")
    again.seconds += 100
    again.refused(again.statement("failed"), "9.3")


def test_9_3_5_failed_as_often_as_sessions_and_then_passed(course, running):
    running.say("failed", "terminated")
    again = course.launch().begin()
    again.seconds += 100
    again.say("initialized", "failed", "terminated")
    last = course.launch().begin()
    last.seconds += 200
    last.say("initialized", "passed")
    assert Cmi5Unit.objects.get().passed_at is not None


@pytest.mark.parametrize(
    ("verb", "scaled", "section"),
    [("passed", 0.79, "9.3.4"), ("failed", 0.8, "9.3.5"), ("failed", 1, "9.3.5")],
)
def test_9_3_4_and_9_3_5_the_score_goes_with_the_mastery_score(running, verb, scaled, section):
    running.refused(with_score(running, verb, {"scaled": scaled}), section)


@pytest.mark.parametrize(
    ("verb", "scaled"), [("passed", 0.8), ("passed", 1), ("failed", 0.7999), ("failed", 0)]
)
def test_9_3_4_and_9_3_5_scores_that_go_with_it_are_kept(running, verb, scaled):
    assert running.send(with_score(running, verb, {"scaled": scaled})).status_code == 200


def test_9_6_3_2_a_judged_score_tells_the_mastery_score_of_the_launch(running):
    for value in (0.5, "0.8", None):
        said = with_score(running, "passed", {"scaled": 0.9}, **{rules.MASTERY_SCORE: value})
        if value is None:
            del said["context"]["extensions"][rules.MASTERY_SCORE]
        running.refused(said, "9.6.3.2")


def test_9_3_8_nothing_after_terminated(running, clock):
    running.say("terminated")
    running.refused(running.statement("completed"), "9.3.8")
    running.refused(running.allowed(), "9.3.8")
    # What happened before and comes late is kept for a while.
    late = running.allowed(timestamp=running.at(1.5))
    assert running.send(late).status_code == 200
    clock.shift(timedelta(seconds=59))
    assert running.send(running.allowed(timestamp=running.at(1.6))).status_code == 200
    clock.shift(timedelta(seconds=2))
    assert running.send(running.allowed(timestamp=running.at(1.7))).status_code == 401


def test_9_3_8_terminated_is_the_last_by_its_timestamp(running):
    running.say("completed")
    running.refused(running.statement("terminated", timestamp=running.at(1)), "9.3.8")


def test_9_3_8_terminated_ends_the_session(running):
    running.say("terminated")
    session = Cmi5Session.objects.get()
    assert session.end == Cmi5Session.End.TERMINATED
    assert session.ended_at is not None


def test_9_4_the_object_is_the_au_that_was_launched(course, running):
    other = {"id": "https://yunhe.example.com/cmi5/au/1"}
    running.refused(running.statement("completed", object=other), "9.4")
    running.refused(running.statement("completed", object=running.actor), "9.4")


@pytest.mark.parametrize("verb", ["completed", "terminated"])
def test_9_5_1_only_passed_and_failed_have_a_score(running, verb):
    said = running.statement(verb, result=RESULTS[verb] | {"score": {"scaled": 0.9}})
    running.refused(said, "9.5.1")


@pytest.mark.parametrize(
    "score",
    [
        {"scaled": -0.1},
        {"raw": 5},
        {"raw": 5, "min": 0},
        {"raw": 5, "max": 10},
    ],
)
def test_9_5_1_scores_are_within_their_bounds(running, score):
    running.refused(with_score(running, "failed", score), "9.5.1")


@pytest.mark.parametrize(
    ("verb", "result", "section"),
    [
        ("passed", {"duration": "PT1S"}, "9.5.2"),
        ("passed", {"duration": "PT1S", "success": False}, "9.5.2"),
        ("failed", {"duration": "PT1S", "success": True}, "9.5.2"),
        ("completed", {"duration": "PT1S", "completion": True, "success": True}, "9.5.2"),
        ("completed", {"duration": "PT1S"}, "9.5.3"),
        ("completed", {"duration": "PT1S", "completion": False}, "9.5.3"),
        ("passed", {"duration": "PT1S", "success": True, "completion": True}, "9.5.3"),
        ("terminated", {"duration": "PT1S", "completion": True}, "9.5.3"),
        ("terminated", {}, "9.5.4.1"),
        ("completed", {"completion": True}, "9.5.4.1"),
        ("passed", {"success": True}, "9.5.4.1"),
        ("failed", {"success": False}, "9.5.4.1"),
    ],
)
def test_9_5_results_say_what_the_verb_says(running, verb, result, section):
    running.refused(running.statement(verb, result=result), section)


@pytest.mark.parametrize("value", [-1, 101, 1.5, "50", True])
def test_9_5_5_1_progress_is_a_whole_percentage(running, value):
    said = running.allowed() | {"result": {"extensions": {rules.PROGRESS: value}}}
    running.refused(said, "9.5.5.1")


def test_9_5_5_1_progress_is_shown(running):
    said = running.allowed()
    said["result"] = {"extensions": {rules.PROGRESS: 40}}
    assert running.send(said).status_code == 200
    assert Cmi5Unit.objects.get().progress == 40


@pytest.mark.parametrize("session", ["", "another"])
def test_9_6_3_1_the_session_id_of_the_launch(running, session):
    for said in (running.statement("completed"), running.allowed()):
        said["context"]["extensions"][rules.SESSION_ID] = session
        running.refused(said, "9.6.3.1")


def test_9_6_1_the_registration_of_the_launch(running):
    said = running.statement("completed")
    del said["context"]["registration"]
    assert running.send(said).status_code == 403


def test_10_2_1_the_context_template_is_in_every_statement(running):
    for said in (running.statement("completed"), running.allowed()):
        del said["context"]["contextActivities"]["grouping"]
        running.refused(said, "10.2.1")


@pytest.mark.parametrize(
    ("verb", "category"), [("completed", [CMI5]), ("passed", [CMI5]), ("terminated", [CMI5, COUNTS])]
)
def test_9_6_2_2_the_moveon_category_goes_with_results_that_count(running, verb, category):
    running.refused(running.statement(verb, category=category), "9.6.2.2")


def test_9_6_2_2_no_moveon_category_without_the_cmi5_one(running):
    said = running.allowed()
    said["context"]["contextActivities"]["category"] = [COUNTS]
    running.refused(said, "9.6.2.2")


def test_9_7_statements_have_a_timestamp_in_utc(running):
    said = running.statement("completed")
    del said["timestamp"]
    running.refused(said, "9.7")
    running.refused(running.statement("completed", timestamp="2026-03-02T12:00:05+08:00"), "9.7")


@pytest.mark.parametrize("mode", ["Browse", "Review"])
def test_10_2_2_without_normal_nothing_that_counts_is_kept(course, mode):
    content = course.launch(mode=mode).begin().say("initialized")
    for verb in ("completed", "passed", "failed"):
        content.refused(content.statement(verb), "10.2.2")
    content.say("terminated")
    assert Cmi5Unit.objects.get().completed_at is None


def test_4_2_who_may_read_everything_reads_several_sessions_of_a_person(course, running):
    running.say("terminated")
    course.launch().begin().say("initialized")
    assert len(course.said("initialized")) == 2


def test_an_au_reads_its_own_registration_alone(running):
    mine = running.get("statements", {}).json()["statements"]
    assert {one["context"]["registration"] for one in mine} == {running.query["registration"]}
