"""Staff see where SCORM and cmi5 packages claim what the meter did not see; nobody else does, and the learner is told."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.activities.api import ContentPackage
from lms.accounts.api import looks_at
from lms.learning.claims.queries import claims, contradicted
from lms.learning.claims.rules import contradiction
from lms.learning.models import Cmi5Session, ScormAttempt
from lms.learning.study.models import LessonProgress
from lms.lib.clock import now
from tests.factories.accounts import UserFactory, member
from tests.factories.learning import enrolment
from tests.learning.clients import signed_in
from tests.learning.cmi5.conftest import RESULTS

pytestmark = pytest.mark.django_db
MINUTE = 60_000
URL = "/admin/scorm-claims/"


@pytest.fixture
def teacher(course):
    return member("teacher", course.release.provider)


def found(teacher, kind=""):
    return claims(contradicted(teacher, kind))


def ends(course, place=0, **durations):
    """A launch that says of each verb the duration that is given."""
    content = course.launch(place).begin().say("initialized")
    for verb, duration in durations.items():
        content.say(verb, result=RESULTS[verb] | {"duration": duration})
    return content


def attempt_at(course, **changes):
    """A SCORM attempt of the course's learner, in its lesson."""
    said = {"kind": "scorm12", "number": ScormAttempt.objects.count() + 1, "nominal_ms": 10 * MINUTE}
    return ScormAttempt.objects.create(
        person=course.learner,
        enrolment=course.enrolment,
        lesson=course.lessons[0],
        block="sco",
        package=course.package.uuid,
        part="i1",
        opened_at=now(),
        heard_at=now(),
        **said | changes,
    )


def test_a_claimed_duration_is_held_against_the_meter(course, teacher, metered):
    ends(course, terminated="PT2H")
    (row,) = found(teacher)
    assert (row.kind, row.claimed_ms, row.metered_ms) == ("cmi5", 120 * MINUTE, 0)
    assert (row.contradiction.far, row.contradiction.quick) == (True, False)
    assert (row.person, row.lesson) == (course.learner, course.lessons[0])
    # Nothing of it became study time.
    assert not LessonProgress.objects.filter(counted_ms__gt=0).exists()
    metered(course.enrolment, course.lessons[0], 55 * MINUTE)
    assert found(teacher) == []


def test_sessions_add_up_and_a_completion_may_tell_of_all(course, teacher, clock):
    ends(course, terminated="PT8M")
    clock.shift(timedelta(minutes=9))
    # Eight minutes of each of the two; 16 all told, however often they are told.
    ends(course, completed="PT16M", terminated="PT8M")
    clock.shift(timedelta(minutes=9))
    ends(course, failed="PT2M", terminated="PT2M")
    (row,) = found(teacher)
    assert row.claimed_ms == 18 * MINUTE


def test_done_sooner_than_anyone_could_be(course, teacher, metered, clock):
    content = course.launch().begin().say("initialized")
    clock.shift(timedelta(seconds=20))
    content.say("passed", "terminated")
    metered(course.enrolment, course.lessons[0], 9 * MINUTE)
    (row,) = found(teacher)
    assert (row.done_after_ms, row.contradiction) == (
        20_000,
        contradiction(0, 9 * MINUTE, 20_000, 10 * MINUTE),
    )
    assert row.contradiction.quick


def test_done_though_nobody_was_seen_to_study(course, teacher, metered, clock):
    content = course.launch().begin().say("initialized")
    clock.shift(timedelta(minutes=5))
    content.say("completed", "terminated")
    # Said a second time, in another way: it was done already.
    clock.shift(timedelta(minutes=1))
    course.launch().begin().say("initialized", "passed")
    (row,) = found(teacher)
    assert (row.done_after_ms, row.contradiction.quick, row.contradiction.unseen) == (300_000, False, True)
    metered(course.enrolment, course.lessons[0], MINUTE)
    assert found(teacher) == []


def test_what_was_heard_before_claims_were_noted_is_not_shown(course, teacher):
    course.launch().begin().say("initialized")
    assert found(teacher) == []
    # Rows of the time when only the verbs were kept.
    ends(course, passed="PT9H", terminated="PT9H")
    Cmi5Session.objects.filter(end="terminated").update(used=["initialized", "passed", "terminated"])
    assert found(teacher) == []


def test_a_row_of_before_goes_on(course, teacher):
    content = course.launch().begin().say("initialized")
    Cmi5Session.objects.update(used=["initialized"])
    content.say("terminated", result={"duration": "PT3H"})
    assert found(teacher)[0].claimed_ms == 180 * MINUTE
    assert Cmi5Session.objects.get().plain().used == {"initialized", "terminated"}


def test_the_list_is_what_the_rule_says(course, teacher, metered):
    metered(course.enrolment, course.lessons[0], 30_000)
    far = 2 * 30_000 + 10 * MINUTE
    told = [
        {"claimed_ms": claimed, "completed_after_ms": after, "nominal_ms": nominal}
        for claimed in (0, far, far + 1)
        for after in (None, 0, 999, 1000, 30_000)
        for nominal in (0, 19, 20_000, 600_000, 600_001)
    ]
    rows = [attempt_at(course, **one) for one in told]
    wrong = {
        row.heard_at
        for row in rows
        if contradiction(row.claimed_ms, 30_000, row.completed_after_ms, row.nominal_ms)
    }
    shown = found(teacher)
    assert {row.heard_at for row in shown} == wrong
    assert len(shown) == len(wrong)
    assert all(row.contradiction for row in shown)
    assert [row.heard_at for row in shown] == sorted(wrong, reverse=True)


def test_one_page_of_both_by_kind(course, teacher):
    ends(course, terminated="PT2H")
    attempt_at(course, claimed_ms=60 * MINUTE)
    attempt_at(course, claimed_ms=60 * MINUTE, kind="scorm2004")
    client = signed_in(teacher, staff=True)
    assert reverse("learning_scorm_claims") == URL
    page = client.get(URL)
    assert "内容包声称的时间与成绩" in page.content.decode()
    assert [row.kind for row in page.context["rows"]] == ["scorm2004", "scorm12", "cmi5"]
    for kind in ContentPackage.Kind.values:
        assert [row.kind for row in client.get(URL, {"kind": kind}).context["rows"]] == [kind]
    assert len(client.get(URL, {"kind": "h5p"}).context["rows"]) == 3


def test_pages_ask_as_often_for_many_as_for_one(course, teacher):
    client = signed_in(teacher, staff=True)
    ends(course, terminated="PT2H")
    attempt_at(course, claimed_ms=60 * MINUTE)
    with CaptureQueriesContext(connection) as once:
        client.get(URL)
    for _n in range(40):
        attempt_at(course, claimed_ms=60 * MINUTE)
    with CaptureQueriesContext(connection) as again:
        first = client.get(URL)
    assert len(again) <= len(once)
    assert (len(first.context["rows"]), first.context["page"].paginator.count) == (30, 42)
    assert len(client.get(URL, {"page": "2"}).context["rows"]) == 12


@pytest.mark.parametrize("role", ["teacher", "editor", "admin"])
def test_who_works_for_the_body_sees_its_own(course, role):
    ends(course, terminated="PT2H")
    own, other = member(role, course.release.provider), member(role)
    assert len(found(own)) == 1
    assert found(other) == []
    page = signed_in(own, staff=True).get(URL)
    assert course.learner.display_name in page.content.decode()
    (look,) = looks_at(course.learner)
    assert (look.reason, look.role, look.body) == ("核对课件自报的时间", role, course.release.provider.code)
    # Nobody was shown to the other, and so nobody looked at.
    assert signed_in(other, staff=True).get(URL).context["rows"] == []
    assert len(looks_at(course.learner)) == 1


@pytest.mark.parametrize("role", ["hr", "reviewer", None])
def test_nobody_else_sees_any(course, role):
    ends(course, terminated="PT2H")
    user = member(role, course.release.provider) if role else UserFactory()
    assert signed_in(user, staff=True).get(URL).status_code == 403
    assert signed_in(course.learner).get(URL).status_code in (302, 403)
    assert list(looks_at(course.learner)) == []


def test_a_trial_of_a_machine_is_nobodys_study(course, teacher):
    content = ends(course, terminated="PT2H")
    Cmi5Session.objects.filter(pk=content.session.pk).update(lesson=None)
    assert found(teacher) == []


def test_another_learners_meter_is_not_this_ones(course, teacher, metered):
    ends(course, terminated="PT2H")
    metered(enrolment(release=course.release), course.lessons[0], 300 * MINUTE)
    assert len(found(teacher)) == 1
