"""A background job is a row: claimed by one worker, resumed after a crash, ended with a sentence."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction

from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now
from lms.lib.errors import Invalid
from lms.lib.jobs import registry
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from tests.races import at_once

ACTOR = Actor.system("tests")


@pytest.fixture
def kind(monkeypatch):
    """Registers a function as the job kind "test" for one test."""

    def register(function):
        monkeypatch.setitem(registry._kinds, "test", function)

    return register


@pytest.mark.django_db
def test_a_job_runs_to_its_result(kind):
    def work(context):
        context.progress(1, 2, "一半")
        return {"sum": context.args["a"] + 1}

    kind(work)
    row = jobs.enqueue("test", {"a": 1}, ACTOR)
    jobs.run(row.id)
    row.refresh_from_db()
    assert (row.state, row.result, row.progress_done, row.progress_total) == ("done", {"sum": 2}, 1, 2)


@pytest.mark.django_db
def test_the_same_key_is_the_same_job(kind):
    kind(lambda context: {})
    assert jobs.enqueue("test", {}, ACTOR, key="k").id == jobs.enqueue("test", {}, ACTOR, key="k").id


@pytest.mark.django_db
def test_a_killed_workers_job_is_taken_over_when_its_lease_ran_out(kind, time_machine):
    time_machine.move_to("2026-03-02T08:00:00+08:00", tick=False)
    kind(lambda context: {"done": True})
    row = jobs.enqueue("test", {}, ACTOR)
    assert jobs.claim(row.id) is not None  # a worker that is then killed
    assert jobs.claim(row.id) is None
    assert jobs.resume() == 0
    time_machine.shift(jobs.LEASE.total_seconds() + 1)
    assert jobs.resume() == 1
    jobs.run(row.id)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("done", 2)


@pytest.mark.django_db
def test_a_job_that_kills_its_workers_stops_being_tried(kind, time_machine):
    time_machine.move_to("2026-03-02T08:00:00+08:00", tick=False)
    ran = []
    kind(lambda context: ran.append(1) or {})
    row = jobs.enqueue("test", {}, ACTOR)
    for _ in range(jobs.MAX_ATTEMPTS):
        jobs.claim(row.id)
        time_machine.shift(jobs.LEASE.total_seconds() + 1)
    jobs.run(row.id)
    row.refresh_from_db()
    assert row.state == "failed"
    assert ran == []


@pytest.mark.django_db
def test_a_refusal_is_the_jobs_message_and_a_crash_shows_no_trace(kind):
    def refuses(context):
        raise Invalid("课程包里没有清单。", details={"problems": ["manifest.json"]})

    kind(refuses)
    row = jobs.enqueue("test", {}, ACTOR)
    jobs.run(row.id)
    row.refresh_from_db()
    assert (row.state, row.message, row.result) == (
        "failed",
        "课程包里没有清单。",
        {"problems": ["manifest.json"]},
    )

    kind(lambda context: 1 / 0)
    crashed = jobs.enqueue("test", {}, ACTOR)
    jobs.run(crashed.id)
    crashed.refresh_from_db()
    # It rests and is tried again (test_jobs_retry.py).
    assert crashed.state == "queued"
    assert "ZeroDivision" not in crashed.message


@pytest.mark.django_db
def test_cancelling(kind):
    def long_work(context):
        jobs.cancel(context.job)
        context.check_cancelled()
        raise AssertionError("went on after being cancelled")

    kind(long_work)
    running = jobs.enqueue("test", {}, ACTOR)
    jobs.run(running.id)
    running.refresh_from_db()
    assert running.state == "cancelled"

    queued = jobs.enqueue("test", {}, ACTOR)
    jobs.cancel(queued)
    jobs.run(queued.id)
    queued.refresh_from_db()
    assert queued.state == "cancelled"


@pytest.mark.django_db
def test_a_worker_that_lost_its_lease_cannot_commit(kind, time_machine):
    time_machine.move_to("2026-03-02T08:00:00+08:00", tick=False)
    kind(lambda context: {})
    row = jobs.enqueue("test", {}, ACTOR)
    first = jobs.RunningJob(jobs.claim(row.id))
    time_machine.shift(jobs.LEASE.total_seconds() + 1)
    # Run out, but nobody else has it: still its own, and for a while again.
    first.require_lease()
    assert jobs.claim(row.id) is None
    time_machine.shift(jobs.LEASE.total_seconds() + 1)
    second = jobs.RunningJob(jobs.claim(row.id))
    assert (first.attempt, second.attempt) == (1, 2)
    with pytest.raises(jobs.JobLost), transaction.atomic():
        first.require_lease()
    second.require_lease()
    jobs.cancel(row)
    second.require_lease()
    Job.objects.filter(id=row.id).update(state=Job.State.FAILED)
    with pytest.raises(jobs.JobLost):
        second.require_lease()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_nobody_takes_a_job_over_between_the_lease_and_the_commit(kind):
    kind(lambda context: {})
    with transaction.atomic():
        # Claimed before the worker of the tests hears of it.
        row = jobs.enqueue("test", {}, ACTOR)
        first, asked = jobs.RunningJob(jobs.claim(row.id)), threading.Event()
    Job.objects.filter(id=row.id).update(lease_until=now() - timedelta(minutes=5))

    def commits():
        with transaction.atomic():
            first.require_lease()
            asked.set()
            # Whoever else wants the job waits here for its row.
            time.sleep(0.3)
            Job.objects.filter(id=row.id).update(message="写好了")

    def takes_over():
        asked.wait(20)
        return jobs.claim(row.id)

    assert at_once(commits, takes_over) == [None, None]
    row.refresh_from_db()
    assert (row.message, row.attempts) == ("写好了", 1)
    # Without a transaction there is nothing it could keep.
    with pytest.raises(RuntimeError):
        first.require_lease()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_long_transaction_keeps_its_lease_and_a_hung_one_does_not(kind, monkeypatch):
    """Nothing is reported from within the transaction, and still nobody else can claim the job; what takes longer than
    any step may is given up."""
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=0.4))
    monkeypatch.setattr(jobs, "RENEW_S", 0.1)
    taken = []

    def others(job, seconds):
        """What another worker gets that tries again and again, on a connection of its own."""

        def look():
            until = time.monotonic() + seconds
            while time.monotonic() < until and not taken:
                time.sleep(0.05)
                if jobs.claim(job) is not None:
                    taken.append(1)
            connection.close()

        return threading.Thread(target=look)

    def long(context):
        with context.held(), transaction.atomic():
            AuditRow.objects.select_for_update().first()
            other = others(context.job.id, 1.2)
            other.start()
            other.join()
        return {"taken": len(taken)}

    kind(long)
    row = jobs.enqueue("test", {}, ACTOR)
    jobs.run(row.id)
    row.refresh_from_db()
    assert (row.state, row.result, row.attempts) == ("done", {"taken": 0}, 1)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("lease-")]

    monkeypatch.setattr(jobs, "LONGEST_HELD", timedelta(seconds=0.2))
    row = jobs.enqueue("test", {}, ACTOR)
    jobs.run(row.id)
    assert taken == [1]
    assert Job.objects.get(id=row.id).attempts == 2
