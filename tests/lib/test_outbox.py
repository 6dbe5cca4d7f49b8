"""Events are rows of the transaction that caused them, delivered at least once to idempotent consumers."""

import pytest
from django.db import transaction

from lms.lib.outbox import registry
from lms.lib.outbox.models import OutboxDelivery, OutboxEvent
from lms.lib.outbox.services import deliver_pending, emit


@pytest.fixture
def heard(monkeypatch):
    """A consumer of its own kind of event, forgotten after the test."""
    events = []
    monkeypatch.setitem(registry._consumers, "test.happened", {"listener": events.append})
    return events


@pytest.mark.django_db
def test_an_event_is_delivered_once_to_each_consumer(heard):
    emit("test.happened", {"n": 1}, key="test:1")
    deliver_pending()
    deliver_pending()
    assert [event.payload for event in heard] == [{"n": 1}]
    assert OutboxEvent.objects.get(key="test:1").done_at is not None


@pytest.mark.django_db
def test_the_same_key_is_one_event(heard):
    emit("test.happened", {"n": 1}, key="test:1")
    emit("test.happened", {"n": 2}, key="test:1")
    deliver_pending()
    assert [event.payload for event in heard] == [{"n": 1}]


@pytest.mark.django_db
def test_a_rolled_back_act_leaves_no_event(heard):
    with pytest.raises(RuntimeError), transaction.atomic():
        emit("test.happened", {}, key="test:1")
        raise RuntimeError
    assert deliver_pending() == 0
    assert heard == []


@pytest.mark.django_db
def test_a_failing_consumer_is_tried_again_and_keeps_nobody_else_waiting(monkeypatch, time_machine):
    time_machine.move_to("2026-03-02T08:00:00+08:00", tick=False)
    heard, tries = [], []

    def fails_once(event):
        tries.append(event.key)
        if len(tries) == 1:
            raise ConnectionError("away")

    monkeypatch.setitem(registry._consumers, "test.happened", {"fails": fails_once, "works": heard.append})
    emit("test.happened", {}, key="test:1")
    deliver_pending()
    assert len(heard) == 1
    assert OutboxDelivery.objects.get(consumer="fails").last_error == "ConnectionError: away"
    assert deliver_pending() == 0  # not before its time
    time_machine.shift(60)
    deliver_pending()
    assert tries == ["test:1", "test:1"]
    assert len(heard) == 1
    assert OutboxEvent.objects.get().done_at is not None


@pytest.mark.django_db
def test_a_consumers_half_done_work_is_rolled_back_with_its_failure(monkeypatch):
    def writes_then_fails(event):
        emit("test.other", {}, key="half-done")
        raise ValueError

    monkeypatch.setitem(registry._consumers, "test.happened", {"bad": writes_then_fails})
    emit("test.happened", {}, key="test:1")
    deliver_pending()
    assert not OutboxEvent.objects.filter(key="half-done").exists()
