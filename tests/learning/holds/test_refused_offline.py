"""What the door of study without a line refuses is kept in mind, explained on its day, and seen where it is forged."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from lms.learning.holds.models import StudyHold, StudyIncident
from lms.learning.holds.refused import REASONS, refused_on
from lms.learning.holds.services import scan
from lms.learning.study.offline.services import issue_ticket
from tests.factories.accounts import UserFactory
from tests.factories.learning import enrolment
from tests.learning.holds.cases import DAY, MINUTE, at, course, looked, studies

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def taken_along(item, device="phone"):
    lesson = item.release.lessons.first()
    return issue_ticket(item.person, item, lesson.uuid, device=device, device_kind="phone")


def part(token, seq=1, *, key=None, until=MINUTE, since=0, **more):
    return {
        "ticket": token,
        "session": str(key or UUID(int=7)),
        "since_ms": since,
        "lasted_ms": until,
        "seq": seq,
        "elapsed_ms": until,
        "active_ms_total": until,
        "active": [[0, until]],
        "inactive": [],
        "coverage": {},
    } | more


def say(person, content):
    client = Client()
    client.force_login(person)
    data = content if isinstance(content, str) else json.dumps(content)
    return client.post(reverse("learning:study_offline"), data, content_type="application/json")


class TestExplained:
    def test_begun_after_the_tickets_end(self, item, clock):
        issued = taken_along(item)
        lesson = issued.ticket.lesson.title
        clock.shift(timedelta(days=16))
        answer = say(item.person, part(issued.token, since=15 * 24 * 60 * MINUTE, until=12 * MINUTE))
        assert answer.json()["code"] == "ticket_expired"
        for day in (DAY + timedelta(days=15), DAY + timedelta(days=16)):
            (told,) = refused_on(item.person, day)
            assert (told.kind, told.lesson, told.number) == ("ticket_expired", lesson, 1)
            assert told.active_ms == 12 * MINUTE
        assert refused_on(item.person, DAY) == []
        client = Client()
        client.force_login(item.person)
        page = client.get(reverse("hours:day", args=[DAY + timedelta(days=15)])).content.decode()
        assert str(REASONS["ticket_expired"]) in page
        assert "没有学习记录" not in page
        shown = client.get(f"/api/v1/learning/days/{DAY + timedelta(days=16)}").json()["refused"]
        assert [(row["reason"], row["active_ms"]) for row in shown] == [("ticket_expired", 12 * MINUTE)]

    def test_handed_in_after_the_last_day(self, item, clock):
        issued = taken_along(item)
        clock.shift(timedelta(days=60))
        assert say(item.person, part(issued.token)).json()["code"] == "too_late"
        assert [told.kind for told in refused_on(item.person, DAY)] == ["too_late"]

    def test_over_the_bounds(self, item, clock):
        issued = taken_along(item)
        clock.shift(timedelta(hours=3))
        key = uuid4()
        for number in range(6):
            base = number * 20 * MINUTE
            pieces = [[base + 2000 * n, base + 2000 * n + 1000] for n in range(400)]
            until = base + 20 * MINUTE
            answer = say(item.person, part(issued.token, number + 1, key=key, until=until, active=pieces))
        assert answer.json()["code"] == "too_fragmented"
        assert say(item.person, "x" * 70_000).status_code == 413
        assert {told.kind for told in refused_on(item.person, DAY)} == {"too_fragmented", "too_large"}

    def test_the_same_again_is_one_line_whenever_it_is_sent(self, item, clock):
        issued = taken_along(item)
        clock.shift(timedelta(days=60))
        for minutes in range(3):
            clock.shift(timedelta(minutes=1))
            # A device says anew each time how long its page has been open.
            say(item.person, part(issued.token) | {"lasted_ms": MINUTE * (minutes + 2)})
        assert StudyIncident.objects.count() == 1

    def test_what_is_taken_or_cannot_be_read_leaves_nothing(self, item, clock):
        issued = taken_along(item)
        clock.shift(timedelta(hours=1))
        assert say(item.person, part(issued.token)).status_code == 200
        assert say(item.person, "{").status_code == 422
        assert say(item.person, part(issued.token, 2) | {"since_ms": "soon"}).status_code == 422
        assert Client().post(reverse("learning:study_offline"), "{}", "application/json").status_code == 401
        assert not StudyIncident.objects.exists()

    def test_a_strangers_lesson_is_not_named(self, item, clock):
        issued = taken_along(item)
        clock.shift(timedelta(hours=1))
        other = UserFactory()
        assert say(other, part(issued.token)).json()["code"] == "other_person"
        (told,) = refused_on(other, DAY)
        assert (told.kind, told.lesson, told.opened) == ("other_person", "", None)
        assert refused_on(item.person, DAY) == []

    def test_honest_ones_and_forged_ones_do_not_crowd_each_other_out(self, item, clock):
        issued = taken_along(item)
        clock.shift(timedelta(days=60))
        for number in range(1, 121):
            say(item.person, part(issued.token, number))
        assert StudyIncident.objects.count() == 100
        assert say(item.person, part("forged:" + "0" * 43)).json()["code"] == "bad_ticket"
        assert StudyIncident.objects.filter(kind="bad_ticket").count() == 1


class TestSuspected:
    def test_a_script_that_guesses_tickets(self, item, clock):
        page = studies(clock, item, 9, 30)
        for number in range(5):
            say(item.person, part(f"{uuid4().hex}:{number:043d}"))
        (hold,) = looked(clock)
        assert (hold.reason, hold.evidence["refusals"]) == ("forged", {"bad_ticket": 5})
        assert [row.session for row in hold.sessions.all()] == [page.session]

    def test_one_broken_ticket_all_night(self, item, clock):
        studies(clock, item, 9, 30)
        for number in range(1, 30):
            say(item.person, part("forged:" + "0" * 43, number))
        assert looked(clock) == []

    def test_parts_inflated_under_their_numbers_name_the_session_they_were_tried_on(self, clock):
        item = enrolment(release=course(min_coverage_percent=25))
        issued = taken_along(item)
        clock.move_to(at(9, day=DAY + timedelta(days=1)), tick=False)
        # Studied on the first day, handed in on the second; the course has no quiz, so that it counts on arrival.
        assert say(item.person, part(issued.token, until=10 * MINUTE)).status_code == 200
        for number in range(5):
            changed = part(issued.token, until=60 * MINUTE + number)
            assert say(item.person, changed).json()["code"] == "seq_reused"
        clock.move_to(at(1, day=DAY + timedelta(days=2)), tick=False)
        scan(DAY + timedelta(days=1))
        hold = StudyHold.objects.get()
        assert hold.evidence["refusals"] == {"seq_reused": 5}
        (named,) = hold.sessions.all()
        assert named.session.offline.ticket == issued.ticket

    def test_somebody_elses_tickets_from_another_device(self, item, clock):
        friend = enrolment(release=item.release)
        issued = taken_along(friend, device="their-phone")
        studies(clock, item, 9, 30, device="my-phone")
        for number in range(1, 7):
            say(item.person, part(issued.token, number))
        (hold,) = looked(clock)
        assert (hold.person, hold.evidence["refusals"]) == (item.person, {"other_person": 6})

    def test_a_ticket_that_stayed_on_a_shared_tablet(self, item, clock):
        friend = enrolment(release=item.release)
        issued = taken_along(friend, device="family-tablet")
        studies(clock, item, 9, 30, device="family-tablet")
        for number in range(1, 12):
            assert say(item.person, part(issued.token, number)).status_code == 403
        assert looked(clock) == []

    def test_a_week_that_came_too_late_is_no_suspicion(self, item, clock):
        issued = taken_along(item)
        clock.shift(timedelta(days=60))
        day = DAY + timedelta(days=60)
        for number in range(1, 40):
            say(item.person, part(issued.token, number))
        assert StudyIncident.objects.count() == 39
        clock.shift(timedelta(days=1))
        assert looked_on(day) == []


def looked_on(day):
    scan(day)
    return list(StudyHold.objects.all())
