"""What people are told, once each, in their language, and never what is no longer true."""

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.utils import translation

from lms.config.celery import app
from lms.learning.classes import services, walk_ins
from lms.learning.classes.models import WalkIn
from lms.learning.classes.notices import remind_of_tomorrow
from lms.lib.clock import SHANGHAI
from lms.lib.outbox.models import OutboxEvent
from lms.lib.outbox.services import deliver_pending
from tests.factories.accounts import UserFactory
from tests.factories.learning import enrolment
from tests.learning.classes.classroom import DAY, Classroom
from tests.learning.classes.test_walk_ins import come

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def room(clock):
    return Classroom(capacity=1)


def sent():
    """Deliver everything; (to, subject) of what went out since the last time."""
    while deliver_pending():
        pass
    found = [(message.to[0], message.subject) for message in mail.outbox]
    mail.outbox.clear()
    return found


def test_those_who_study_the_course_hear_that_enrolment_is_open_once(clock):
    room = Classroom(meetings=0)
    studies = enrolment(release=room.release).person
    UserFactory()
    room.meeting()
    assert sent() == []
    room.run = services.move(room.teacher, room.run, "open")
    assert sent() == [(studies.email, "可以报名了：春季第一班")]
    services.move(room.teacher, room.run, "close")
    services.move(room.teacher, room.run, "open")
    assert sent() == []


def test_too_late_to_be_true_is_not_sent(clock):
    room = Classroom(meetings=0)
    enrolment(release=room.release)
    room.meeting()
    room.run = services.move(room.teacher, room.run, "open")
    services.move(room.teacher, room.run, "close")
    assert sent() == []
    assert not OutboxEvent.objects.filter(kind="class.notice").exists(), "not even written"


def test_changes_reach_those_in_the_class_and_those_who_wait(room):
    seated, waiting = room.learner(), room.learner()
    sent()
    meeting = room.meeting(DAY + timedelta(days=3))
    both = {seated.person.email, waiting.person.email}
    assert {to for to, subject in sent() if subject == "新增一次课：春季第一班"} == both
    services.cancel_meeting(room.teacher, meeting, reason="停电")
    assert {to for to, subject in sent() if subject == "取消一次课：春季第一班"} == both
    services.move(room.teacher, room.run, "cancel", reason="机床大修")
    assert {to for to, subject in sent() if subject == "班次取消：春季第一班"} == both


def test_a_place_from_the_waiting_list_each_time_it_comes(room):
    first, second = room.learner(), room.learner()
    sent()
    services.leave(first.person, room.run)
    assert sent() == [(second.person.email, "候补成功：春季第一班")]
    services.join(first.person, room.run)
    services.leave(second.person, room.run)
    assert sent() == [(first.person.email, "候补成功：春季第一班")]


def test_the_day_before_once_and_only_to_those_with_a_seat(room, clock):
    seated = room.learner()
    room.learner()
    sent()
    assert remind_of_tomorrow() == 0
    clock.move_to(datetime(2026, 3, 9, 0, 30, tzinfo=SHANGHAI))
    for _hour in range(3):
        assert remind_of_tomorrow() == 1
    assert sent() == [(seated.person.email, "明天上课：春季第一班")]
    assert sent() == []


def test_the_result_when_the_class_is_over(room, clock):
    place = room.learner()
    room.began()
    clock.move_to(datetime(2026, 3, 11, 18, tzinfo=SHANGHAI))
    room.present(place, room.meetings[0])
    while deliver_pending():
        pass
    mail.outbox.clear()
    services.move(room.teacher, room.run, "end")
    while deliver_pending():
        pass
    (message,) = mail.outbox
    assert "共 2 次课，你出席 1 次，合计 180 分钟" in message.body
    assert f"/learn/classes/{room.run.uuid}/" in message.body


def test_the_organisers_word_on_a_walk_in(room, clock):
    room.began()
    clock.move_to(DAY)
    user = UserFactory()
    come(user, room.meetings[0])
    sent()
    walk_ins.decide(room.teacher, WalkIn.objects.get().uuid, confirm=False, reason="名额留给本单位")
    while deliver_pending():
        pass
    (message,) = mail.outbox
    assert message.to == [user.email]
    assert "名额留给本单位" in message.body


def test_in_the_language_in_which_one_joined(room):
    with translation.override("en"):
        place = room.learner()
    assert place.language == "en"
    sent()
    room.meeting(DAY + timedelta(days=3))
    with translation.override("en"):
        wanted = translation.gettext("新增一次课：%(class)s") % {"class": "春季第一班"}
    assert sent() == [(place.person.email, wanted)]


def test_whoever_is_gone_is_told_nothing(room):
    place = room.learner()
    sent()
    place.person.is_active = False
    place.person.save(update_fields=["is_active"])
    room.meeting(DAY + timedelta(days=3))
    assert sent() == []
    assert not OutboxEvent.objects.filter(done_at=None).exists()


def test_the_beat_knows_its_tasks():
    for name in ("class-reminders", "class-hours"):
        assert app.conf.beat_schedule[name]["task"] in app.tasks
