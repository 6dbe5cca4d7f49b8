"""moveOn, satisfied, abandoned and waived: what the LMS itself finds and writes (cmi5 9.3, 9.5.4.2, 9.6.1, 13.1.4)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from lms.learning.cmi5 import erasure, export, rules, services
from lms.learning.cmi5.models import Cmi5Satisfied, Cmi5Session
from lms.learning.study.models import LessonProgress
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed
from tests.courses.packs.foreign.cmi5 import BASE, au, block
from tests.factories.accounts import UserFactory
from tests.factories.creditbank import member

pytestmark = pytest.mark.django_db


def keys(course):
    return sorted(
        Cmi5Satisfied.objects.filter(registration=course.registration).values_list("key", flat=True)
    )


@pytest.mark.parametrize(
    ("move_on", "verbs", "met"),
    [
        ("NotApplicable", [], True),
        ("Completed", ["passed"], False),
        ("Completed", ["completed"], True),
        ("Passed", ["completed"], False),
        ("Passed", ["failed"], False),
        ("Passed", ["passed"], True),
        ("CompletedAndPassed", ["completed"], False),
        ("CompletedAndPassed", ["passed"], False),
        ("CompletedAndPassed", ["passed", "completed"], True),
        ("CompletedOrPassed", ["failed"], False),
        ("CompletedOrPassed", ["completed"], True),
        ("CompletedOrPassed", ["passed"], True),
    ],
)
def test_13_1_4_move_on(make, move_on, verbs, met):
    course = make(au(moveOn=move_on))
    course.launch().begin().say("initialized", *verbs, "terminated")
    assert (keys(course) == ["course"]) is met


def test_9_6_1_what_is_satisfied_at_registration_is_said_then(make):
    course = make(block("a", au("1")), au("2", moveOn="Completed"))
    registration = course.registration
    (said,) = course.said("satisfied")
    assert said["context"]["extensions"][rules.SESSION_ID]
    assert [row.key for row in Cmi5Satisfied.objects.filter(registration=registration)] == [
        services.course_by(course.package.uuid).blocks[0].key
    ]


def test_9_3_9_blocks_and_the_course_are_said_to_be_satisfied_once(make):
    course = make(
        block("a", au("1", moveOn="Completed"), block("b", au("2", moveOn="Completed"))),
        au("3", moveOn="Passed"),
    )
    first = course.launch(1).begin().say("initialized", "completed")
    assert [_published(one) for one in course.said("satisfied")] == [f"{BASE}block/b"]
    course.launch(0).begin().say("initialized", "completed")
    third = course.launch(2).begin().say("initialized", "passed", "terminated")
    said = course.said("satisfied")
    assert [_published(one) for one in said] == [f"{BASE}block/b", f"{BASE}block/a", f"{BASE}course"]
    # 9.4: ids of our own, all different; the definition says what it is.
    assert len({one["object"]["id"] for one in said} | {first.query["activityId"]}) == 4
    assert not {one["object"]["id"] for one in said} & {f"{BASE}block/b", f"{BASE}course"}
    types = [one["object"]["definition"]["type"] for one in said]
    assert types == [rules.BLOCK_TYPE, rules.BLOCK_TYPE, rules.COURSE_TYPE]
    # The session of the launch that brought it about.
    assert said[-1]["context"]["extensions"][rules.SESSION_ID] == str(third.session.uuid)
    assert {one["context"]["contextActivities"]["category"][0]["id"] for one in said} == {rules.CATEGORY}
    assert not any("result" in one for one in said)


def _published(statement):
    return statement["context"]["contextActivities"]["grouping"][0]["id"]


# --- abandoned ----------------------------------------------------------------------------------------------


def test_9_3_6_a_new_launch_of_the_registration_abandons_the_active_session(course):
    first = course.launch().begin().say("initialized")
    course.launch(1)
    (said,) = course.said("abandoned")
    assert said["context"]["extensions"][rules.SESSION_ID] == str(first.session.uuid)
    assert said["object"]["id"] == first.query["activityId"]
    # 9.5.4.2: from the launch to the last statement.
    assert said["result"] == {"duration": "PT1S"}
    assert first.send(first.statement("terminated")).status_code == 401
    assert Cmi5Session.objects.filter(end="abandoned").count() == 1


def test_9_3_6_a_session_that_ended_is_not_abandoned(course):
    course.launch().begin().say("initialized", "terminated")
    course.launch()
    assert course.said("abandoned") == []


def test_9_3_6_silence_abandons_a_session_once(course, clock):
    content = course.launch().begin().say("initialized")
    clock.shift(timedelta(hours=3, minutes=59))
    assert services.abandon_idle() == 0
    clock.shift(timedelta(minutes=2))
    assert services.abandon_idle() == 1
    assert services.abandon_idle() == 0
    assert len(course.said("abandoned")) == 1
    assert content.send(content.statement("completed")).status_code == 401


def test_what_is_heard_keeps_a_session_alive(course, clock):
    content = course.launch().begin().say("initialized")
    clock.shift(timedelta(hours=3))
    content.say("completed")
    clock.shift(timedelta(hours=3))
    assert services.abandon_idle() == 0


def test_another_learners_launch_abandons_nothing(course, make):
    content = course.launch().begin().say("initialized")
    make(au("7")).launch()
    content.say("terminated")


# --- waived -------------------------------------------------------------------------------------------------


@pytest.fixture
def editor(course):
    return member("editor", course.release.provider, "何敏")


def test_9_3_7_waived_is_said_with_its_reason_and_a_session_of_its_own(course, editor):
    course.launch(1).begin().say("initialized", "completed", "terminated")
    services.waive(editor, course.registration, course.keys[0], reason="Tested Out", note="入学测试 92 分")
    (said,) = course.said("waived")
    assert said["result"] == {"success": True, "completion": True, "extensions": {rules.REASON: "Tested Out"}}
    category = [one["id"] for one in said["context"]["contextActivities"]["category"]]
    assert category == [rules.CATEGORY, rules.MOVE_ON]
    session = said["context"]["extensions"][rules.SESSION_ID]
    assert not Cmi5Session.objects.filter(uuid=session).exists()
    # 9.3.9: a waived AU has met its criteria; the same session id, and nothing else with it.
    with_it = [one for one in course.said() if one["context"]["extensions"][rules.SESSION_ID] == session]
    assert sorted(one["verb"]["id"].rpartition("/")[2] for one in with_it) == [
        "satisfied",
        "satisfied",
        "waived",
    ]
    assert AuditRow.objects.get(action="cmi5.waive").reason == "入学测试 92 分"


def test_9_3_7_once_in_a_registration(course, editor):
    services.waive(editor, course.registration, course.keys[0], reason="Administrative", note="转学")
    with pytest.raises(Conflict):
        services.waive(editor, course.registration, course.keys[0], reason="Administrative", note="转学")
    assert len(course.said("waived")) == 1


def test_a_waiver_needs_a_reason_and_a_role(course, editor):
    with pytest.raises(Invalid):
        services.waive(editor, course.registration, course.keys[0], reason="Administrative")
    with pytest.raises(Invalid):
        services.waive(editor, course.registration, course.keys[0], reason="因为", note="转学")
    for nobody in (course.learner, UserFactory(), member("teacher", course.release.provider, "周航")):
        with pytest.raises(NotAllowed):
            services.waive(nobody, course.registration, course.keys[0], reason="Administrative", note="x")
    assert course.said("waived") == []


def test_a_waiver_gives_no_study_time(course, editor):
    services.waive(editor, course.registration, course.keys[0], reason="Administrative", note="转学")
    assert not LessonProgress.objects.exists()


def test_a_persons_own_data_has_it_and_an_erasure_takes_the_words(course, editor):
    content = course.launch().begin().say("initialized")
    services.waive(editor, course.registration, course.keys[0], reason="Administrative", note="林小雨转学")
    (row,) = export.part(course.learner)
    assert row["units"][0]["waived_note"] == "林小雨转学"
    assert [one["uuid"] for one in row["launches"]] == [content.session.uuid]
    assert erasure.PART.erase(course.learner) == [course.registration.uuid]
    assert "林小雨" not in str(export.part(course.learner))


# --- what it is worth ---------------------------------------------------------------------------------------


def test_the_time_that_content_claims_counts_for_nothing(course):
    """The block is met for the time it is reckoned to take; PT9H is a statement."""
    content = course.launch(1).begin().say("initialized")
    result = {"completion": True, "duration": "PT9H"}
    assert content.send(content.statement("completed", result=result)).status_code == 200
    progress = LessonProgress.objects.get()
    assert progress.granted == [course.block(1)]
    assert progress.met_ms == course.lessons[1].nominal_ms


def test_nothing_is_met_by_an_au_that_wants_nothing(make):
    course = make(au("1"))
    course.launch().begin().say("initialized", "terminated")
    assert all(row.granted == [] for row in LessonProgress.objects.all())


# --- pages --------------------------------------------------------------------------------------------------


def test_the_launch_page_leads_to_the_content(course, client):
    client.force_login(course.learner)
    address = [course.enrolment.uuid, course.lessons[0].uuid, course.block()]
    response = client.post(reverse("learning:cmi5_launch", args=address))
    assert response.status_code == 200
    assert "http://content.testserver/packages/" in response.content.decode()
    assert client.get(reverse("learning:cmi5_launch", args=address)).status_code == 405
    client.force_login(UserFactory())
    assert client.post(reverse("learning:cmi5_launch", args=address)).status_code == 404


def test_the_lessons_page_says_how_it_stands(course, client):
    client.force_login(course.learner)
    url = reverse("learning:player", args=[course.enrolment.uuid, course.lessons[1].uuid])
    before = client.get(url).content.decode()
    assert (
        reverse("learning:cmi5_launch", args=[course.enrolment.uuid, course.lessons[1].uuid, course.block(1)])
        in before
    )
    course.launch(1).begin().say("initialized", "completed", "terminated")
    assert "已达到要求" in client.get(url).content.decode()


def test_the_page_an_au_comes_back_to_asks_for_no_sign_in(course, client):
    address = [course.enrolment.uuid, course.lessons[0].uuid, course.block()]
    assert client.get(reverse("learning:cmi5_done", args=address)).status_code == 200
    assert client.get(reverse("learning:cmi5_over")).status_code == 200
