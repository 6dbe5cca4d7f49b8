"""Two at the same moment: a session ends once, in one way; a registration has one open session; a token is fetched once."""

from datetime import timedelta

import pytest

from lms.learning.cmi5 import services
from lms.learning.cmi5.models import Cmi5Session
from tests.learning.cmi5.conftest import Speaker
from tests.races import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def sending(content, statement):
    """Sent over a client of its own: status and section of what was refused."""

    def send():
        response = Speaker(token=content.token).call("POST", "statements", body=[statement])
        return response.status_code, response.json().get("requirement") if response.status_code == 403 else ""

    return send


def ends(course):
    """How the registration's sessions stand, oldest first, and how many abandoned statements there are."""
    rows = Cmi5Session.objects.filter(registration=course.registration).order_by("pk")
    return list(rows.values_list("end", flat=True)), len(course.said("abandoned"))


def test_of_two_terminated_one_is_kept(course):
    content = course.launch().begin().say("initialized")
    told = [content.statement("terminated") for _n in range(2)]
    results = at_once(*[sending(content, one) for one in told], refused=())
    assert sorted(status for status, _section in results) == [200, 403]
    assert len(course.said("terminated")) == 1
    assert ends(course) == (["terminated"], 0)


def test_the_same_terminated_twice_is_one(course):
    content = course.launch().begin().say("initialized")
    told = content.statement("terminated")
    results = at_once(*[sending(content, told)] * 3, refused=())
    assert {status for status, _section in results} == {200}
    assert len(course.said("terminated")) == 1
    assert ends(course) == (["terminated"], 0)


def test_of_two_launches_one_session_stays_open(course):
    assert course.registration
    found = at_once(lambda: course.launch(), lambda: course.launch(1), refused=())
    assert len({one.session.uuid for one in found}) == 2
    assert ends(course) == (["abandoned", ""], 1)


def test_a_launch_beside_terminated_ends_the_session_before_in_one_way(course):
    content = course.launch().begin().say("initialized")
    told = content.statement("terminated")
    (status, _section), _launched = at_once(sending(content, told), lambda: course.launch(1), refused=())
    kept = len(course.said("terminated"))
    if status == 200:
        assert (ends(course), kept) == ((["terminated", ""], 0), 1)
    else:
        assert status in (401, 403)
        assert (ends(course), kept) == ((["abandoned", ""], 1), 0)


def test_a_launch_beside_the_hourly_look_abandons_once(course, clock):
    course.launch().begin().say("initialized")
    clock.shift(timedelta(hours=5))
    at_once(services.abandon_idle, lambda: course.launch(), services.abandon_idle, refused=())
    assert ends(course) == (["abandoned", ""], 1)


def test_a_token_is_fetched_once(course):
    content = course.launch()
    answers = at_once(*[lambda: content.fetch().json()] * 4, refused=())
    assert sum("auth-token" in one for one in answers) == 1
    assert {one.get("error-code") for one in answers} == {None, "1"}
