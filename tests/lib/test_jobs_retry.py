"""A job that fails unexpectedly is tried again with growing pauses, and then a person sees it and puts it back."""

from datetime import timedelta

import pytest
from django.urls import reverse

from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.jobs import registry
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from lms.lib.outbox import registry as outbox_registry
from lms.lib.outbox.models import OutboxDelivery
from lms.lib.outbox.services import deliver_pending, emit
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
ACTOR = Actor.system("tests")


@pytest.fixture
def clock(time_machine):
    time_machine.move_to("2026-03-02T08:00:00+08:00", tick=False)
    return time_machine


@pytest.fixture
def kind(monkeypatch):
    def register(function):
        monkeypatch.setitem(registry._kinds, "test", function)

    return register


@pytest.fixture
def admin():
    return UserFactory(is_superuser=True, is_staff=True)


def breaks(context):
    raise ConnectionError("away\0")


def failed(kind, clock):
    """A job that used up all its tries."""
    kind(breaks)
    row = jobs.enqueue("test", {}, ACTOR)
    for _ in range(jobs.MAX_ATTEMPTS):
        jobs.run(row.id)
        clock.shift(3600)
    row.refresh_from_db()
    return row


def test_an_error_is_tried_again_after_a_pause_and_then_done(kind, clock):
    tries = []

    def breaks_once(context):
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError("away")
        return {"made": 1}

    kind(breaks_once)
    row = jobs.enqueue("test", {}, ACTOR)
    jobs.run(row.id)
    row.refresh_from_db()
    assert (row.state, row.error) == ("queued", "ConnectionError: away")
    assert "ConnectionError" not in row.message
    assert jobs.resume() == 0
    jobs.run(row.id)  # a late message finds it resting
    assert len(tries) == 1
    clock.shift(jobs.FIRST_PAUSE.total_seconds())
    assert jobs.resume() == 1
    jobs.run(row.id)
    row.refresh_from_db()
    assert (row.state, row.result, row.attempts) == ("done", {"made": 1}, 2)


def test_the_pauses_grow_and_end(kind, clock):
    kind(breaks)
    row = jobs.enqueue("test", {}, ACTOR)
    pauses = []
    for _ in range(jobs.MAX_ATTEMPTS - 1):
        before = jobs.now()
        jobs.run(row.id)
        row.refresh_from_db()
        pauses.append((row.next_try_at - before).total_seconds())
        clock.shift(pauses[-1])
    assert pauses == [30, 120, 480, 1920]
    jobs.run(row.id)
    row.refresh_from_db()
    assert row.state == "failed"
    clock.shift(100_000)
    assert jobs.resume() == 0


def test_a_refusal_is_a_result_and_not_tried_again(kind, clock):
    def refuses(context):
        raise Invalid("不行。")

    kind(refuses)
    row = jobs.enqueue("test", {}, ACTOR)
    jobs.run(row.id)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("failed", 1)


def test_a_kind_that_clears_up_after_itself_is_not_tried_again(kind, clock, monkeypatch, admin):
    kind(breaks)
    monkeypatch.setattr(registry, "_once", {"test"})
    row = jobs.enqueue("test", {}, ACTOR)
    jobs.run(row.id)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("failed", 1)
    with pytest.raises(Conflict):
        jobs.retry(admin, row.uuid)


def test_a_worker_that_lost_its_lease_says_nothing_more(kind, clock):
    """The first worker hangs, the second one does the work; then the first wakes up and fails."""
    row = jobs.enqueue("learning.certificate", {"completion": ""}, ACTOR)
    Job.objects.filter(id=row.id).update(kind="test")

    def slow(context):
        clock.shift(jobs.LEASE.total_seconds() + 1)
        kind(lambda other: {"by": "second"})
        jobs.run(row.id)
        raise ConnectionError("too late")

    kind(slow)
    jobs.run(row.id)
    row.refresh_from_db()
    assert (row.state, row.result) == ("done", {"by": "second"})


def test_a_worker_that_lost_its_lease_stops_at_its_next_step(kind, clock):
    row = None
    went_on = []

    def slow(context):
        clock.shift(jobs.LEASE.total_seconds() + 1)
        assert jobs.claim(row.id) is not None
        context.progress(1, 2)
        went_on.append(1)

    kind(slow)
    row = jobs.enqueue("test", {}, ACTOR)
    jobs.run(row.id)
    row.refresh_from_db()
    assert (row.state, row.attempts, row.progress_done) == ("running", 2, 0)
    assert went_on == []


def test_a_person_sees_how_far_a_job_is(kind, client, admin):
    kind(lambda context: {})
    row = jobs.enqueue("test", {}, ACTOR)
    client.force_login(admin)
    address = reverse("rongtong_jobs")
    for done, total, told in ((3, 9, "已处理 3，共约 9"), (3, 0, "已处理 3<")):
        Job.objects.filter(pk=row.pk).update(state="running", progress_done=done, progress_total=total)
        assert told in client.get(address, {"state": "running"}).content.decode()


def test_a_person_sees_a_failed_job_and_puts_it_back(kind, clock, client, admin):
    row = failed(kind, clock)
    client.force_login(admin)
    page = client.get(reverse("rongtong_jobs")).content.decode()
    assert str(row.uuid) in page
    assert "ConnectionError" in page
    assert client.post(reverse("rongtong_jobs"), {"job": str(row.uuid)}).status_code == 302
    row.refresh_from_db()
    assert row.state == "queued"
    assert AuditRow.objects.get(action="job.retry").person == admin.uuid
    kind(lambda context: {"made": 1})
    jobs.run(row.id)
    row.refresh_from_db()
    assert (row.state, row.result, row.attempts) == ("done", {"made": 1}, jobs.MAX_ATTEMPTS + 1)
    # Pressed once more, nothing is done twice.
    with pytest.raises(Conflict):
        jobs.retry(admin, row.uuid)


def test_after_being_put_back_all_tries_are_there_again(kind, clock, admin):
    row = failed(kind, clock)
    jobs.retry(admin, row.uuid)
    jobs.run(row.id)
    row.refresh_from_db()
    assert row.state == "queued"


def test_only_the_platforms_administrators(kind, clock, client):
    row = failed(kind, clock)
    staff = UserFactory(is_staff=True)
    with pytest.raises(NotAllowed):
        jobs.retry(staff, row.uuid)
    client.force_login(staff)
    assert client.post(reverse("rongtong_jobs"), {"job": str(row.uuid)}).status_code in (302, 403)
    row.refresh_from_db()
    assert row.state == "failed"


def test_an_event_that_does_not_get_through_is_seen_and_keeps_nobody_waiting(
    monkeypatch, clock, client, admin
):
    heard = []

    def chokes(event):
        if event.key == "test:1":
            raise ValueError("on \0 this")
        heard.append(event.key)

    monkeypatch.setitem(outbox_registry._consumers, "test.happened", {"chokes": chokes})
    emit("test.happened", {}, key="test:1")
    emit("test.happened", {}, key="test:2")
    for _ in range(3):
        deliver_pending()
        clock.shift(3600)
    assert heard == ["test:2"]
    assert OutboxDelivery.objects.get(event__key="test:1").attempts == 3
    client.force_login(admin)
    page = client.get(reverse("rongtong_jobs")).content.decode()
    assert "test:1" in page
    assert "test:2" not in page


def test_a_job_that_waits_for_its_turn_has_not_tried(kind, clock):
    busy = [True] * (jobs.MAX_ATTEMPTS + 1)

    def waits(context):
        if busy:
            busy.pop()
            raise jobs.JobLater(timedelta(seconds=20))
        return {"made": 1}

    kind(waits)
    row = jobs.enqueue("test", {}, ACTOR)
    for _ in range(jobs.MAX_ATTEMPTS + 1):
        jobs.run(row.id)
        row.refresh_from_db()
        assert (row.state, row.tries, row.error) == ("queued", 0, "")
        assert jobs.resume() == 0
        clock.shift(20)
    assert jobs.resume() == 1
    jobs.run(row.id)
    row.refresh_from_db()
    assert (row.state, row.result) == ("done", {"made": 1})
