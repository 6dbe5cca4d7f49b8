"""Hours are posted once per completion, whoever says so and how often."""

from datetime import date

import pytest

from creditbank.api import post_hours, posted_hours, posting_of_completion
from creditbank.consumers import post_completed_course
from creditbank.ledger.models import Transaction
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid
from lms.lib.ids import uuid7
from lms.lib.outbox.models import OutboxEvent
from lms.lib.outbox.registry import Event, consumers_of
from lms.lib.outbox.services import deliver_pending, emit

pytestmark = pytest.mark.django_db


def completed(**changes):
    return {
        "completion": str(uuid7()),
        "person": str(uuid7()),
        "course": str(uuid7()),
        "release": str(uuid7()),
        "title": "电工安全",
        "kind": "vocational",
        "centihours": 250,
        "completed_at": "2026-03-31T17:00:00+00:00",
        "rule": {"min_coverage_percent": 90, "quizzes": "all_passed"},
    } | changes


def event(payload):
    return Event(uuid7(), "course.completed", f"course.completed:{payload['completion']}", payload, now())


def test_a_completion_is_posted_once():
    person, completion = uuid7(), uuid7()
    values = {
        "completion_uuid": completion,
        "kind": "specialty",
        "centihours": 1234,
        "occurred_on": date(2026, 3, 2),
        "evidence": {"course": "x"},
        "rule": ("hours", 3),
    }
    first, again = post_hours(person, **values), post_hours(person, **values)
    assert first.uuid == again.uuid
    assert posted_hours(person) == {"public": 0, "specialty": 1234, "vocational": 0}
    assert posting_of_completion(completion).uuid == first.uuid
    assert (first.rule_code, first.rule_version) == ("hours", 3)
    with pytest.raises(Conflict):
        post_hours(person, **values | {"centihours": 1235})


def test_what_is_not_posted():
    values = {"completion_uuid": uuid7(), "occurred_on": date(2026, 3, 2), "evidence": {}}
    for wrong in (
        {"kind": "public", "centihours": 0},
        {"kind": "public", "centihours": 1.5},
        {"kind": "x", "centihours": 1},
    ):
        with pytest.raises(Invalid):
            post_hours(uuid7(), **values, **wrong)


def test_the_event_delivered_twice_posts_once_on_shanghais_day():
    payload = completed()
    post_completed_course(event(payload))
    post_completed_course(event(payload))
    row = Transaction.objects.get()
    assert row.occurred_on == date(2026, 4, 1)
    assert row.evidence["rule"] == payload["rule"]
    assert row.evidence["title"] == "电工安全"


def test_through_the_outbox():
    payload = completed()
    assert "creditbank.post_hours" in consumers_of("course.completed")
    emit("course.completed", payload, key=f"course.completed:{payload['completion']}")
    while deliver_pending():
        pass
    posted = OutboxEvent.objects.get(kind="hours.posted")
    assert posted.payload["completion"] == payload["completion"]
    assert posted.payload["person"] == payload["person"]
    assert posted.payload["centihours"] == 250


def test_a_completion_without_hours_posts_nothing():
    post_completed_course(event(completed(centihours=0)))
    assert not Transaction.objects.exists()


def test_a_named_rule_is_kept_with_its_version():
    post_completed_course(event(completed(rule={"code": "counting", "version": 2})))
    row = Transaction.objects.get()
    assert (row.rule_code, row.rule_version) == ("counting", 2)
