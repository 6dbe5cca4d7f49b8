"""Who is next: quick jobs before all others, patient ones only so many at once, nobody's many before another's few."""

from collections import Counter

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from courses.media import services as media
from courses.media.queries import whose_turn
from courses.models import CourseVideo
from lms.lib.actor import Actor
from lms.lib.clock import now
from lms.lib.jobs import registry
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from lms.lib.jobs.turns import fairest
from tests.factories.accounts import OrganisationFactory
from tests.races import at_once

ACTOR = Actor.system("tests")
RUNNING = {"state": Job.State.RUNNING, "attempts": 1}


@pytest.fixture
def ran(monkeypatch, settings):
    """Three kinds, "quick", "plain" and "patient", whose jobs tell the list that they ran."""
    settings.PATIENT_JOBS = 1
    order = []
    for kind in ("quick", "plain", "patient"):
        monkeypatch.setitem(registry._kinds, kind, lambda ctx: order.append(ctx.args["name"]) or {})
    monkeypatch.setattr(registry, "_quick", {"quick"})
    monkeypatch.setattr(registry, "_patient", {"patient"})
    return order


def queued(kind, *names):
    return [jobs.enqueue(kind, {"name": name}, ACTOR).id for name in names]


def under_way(*ids):
    Job.objects.filter(id__in=ids).update(lease_until=now() + jobs.LEASE, **RUNNING)


@pytest.mark.django_db
def test_a_quick_job_goes_first_and_none_is_forgotten(ran):
    plain = queued("plain", "a", "b", "c")
    quick = queued("quick", "q")
    # The messages arrive in the order in which they were sent.
    for job_id in [*plain, *quick]:
        jobs.run(job_id)
    assert ran == ["q", "b", "c", "a"]
    assert not Job.objects.exclude(state=Job.State.DONE).exists()


@pytest.mark.django_db
def test_a_message_of_a_quick_job_that_ran_does_not_begin_a_patient_one(ran):
    (quick,) = queued("quick", "q")
    jobs.run(quick)
    queued("patient", "p")
    jobs.run(quick)
    assert ran == ["q"]


@pytest.mark.django_db
def test_patient_jobs_leave_a_worker_to_others(ran, django_capture_on_commit_callbacks):
    first, second, third = queued("patient", "1", "2", "3")
    under_way(first)
    jobs.run(second)
    assert ran == []
    assert Job.objects.get(id=second).state == Job.State.QUEUED
    (plain,) = queued("plain", "a")
    jobs.run(plain)
    assert ran == ["a"]
    # The worker of the first was killed: its lease is over, and it stands in nobody's way.
    Job.objects.filter(id=first).update(lease_until=now() - jobs.LEASE)
    # One that ends wakes the next, until none waits.
    with django_capture_on_commit_callbacks(execute=True):
        jobs.run(second)
    assert sorted(ran) == ["1", "2", "3", "a"]
    assert Job.objects.get(id=third).state == Job.State.DONE


@pytest.mark.django_db
def test_a_patient_job_that_fails_wakes_the_next(ran, monkeypatch, django_capture_on_commit_callbacks):
    def broken(_ctx):
        raise ValueError

    monkeypatch.setitem(registry._kinds, "broken", broken)
    monkeypatch.setattr(registry, "_patient", {"patient", "broken"})
    (first,) = queued("broken", "1")
    queued("patient", "2")
    with django_capture_on_commit_callbacks(execute=True):
        jobs.run(first)
    assert ran == ["2"]


@pytest.mark.django_db
def test_two_hundred_patient_jobs_hide_no_other_from_who_resumes(ran, monkeypatch):
    queued("patient", *map(str, range(200)))
    (plain,) = queued("plain", "a")
    woken = []
    monkeypatch.setattr(jobs, "_wake", woken.append)
    assert jobs.resume() == 2
    assert plain in woken


@pytest.mark.django_db
def test_the_kinds_of_patient_jobs_take_turns(ran, monkeypatch):
    monkeypatch.setitem(registry._kinds, "other", lambda _ctx: {})
    monkeypatch.setattr(registry, "_patient", {"patient", "other"})
    first, *_rest = queued("patient", "1", "2", "3")
    (other,) = queued("other", "x")
    Job.objects.filter(id=first).update(state=Job.State.DONE, attempts=1, finished_at=now())
    assert jobs.next_patient() == other


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_workers_woken_at_once_begin_one_patient_job(ran):
    with transaction.atomic():
        ids = queued("patient", "1", "2", "3", "4")
        transaction.get_connection().run_on_commit.clear()
    begun = at_once(*(lambda job_id=job_id: jobs._begin(job_id) for job_id in ids))
    assert len([row for row in begun if row is not None]) == 1


@pytest.mark.django_db
def test_the_films_of_one_course_do_not_keep_anothers_waiting():
    mine, theirs = OrganisationFactory(), OrganisationFactory()
    order = []
    for n, organisation in enumerate([mine, mine, mine, theirs]):
        film = CourseVideo.objects.create(
            title=str(n), file=f"{n}.mp4", duration_ms=9000, organisation=organisation
        )
        order.append(media.ask(film, ACTOR).job_id)
    seen = []
    for _ in order:
        found = whose_turn(order[0])
        seen.append(order.index(found))
        Job.objects.filter(id=found).update(state=Job.State.DONE, attempts=1, finished_at=now())
    assert seen == [0, 3, 1, 2]
    assert whose_turn(order[0]) == order[0]


@given(st.lists(st.sampled_from("abcd"), max_size=12))
def test_nobody_is_served_twice_before_all_that_wait_are_served_once(owners):
    waiting = dict(enumerate(owners, 1))
    last: dict[str, object] = {}
    served = Counter()
    while waiting:
        first = {}
        for job_id, owner in waiting.items():
            first.setdefault(owner, job_id)
        found = fairest(first, last)
        owner = waiting.pop(found)
        assert found == first[owner]
        assert served[owner] == min(served[one] for one in first)
        served[owner] += 1
        last[owner] = now()
    assert fairest({}, {}) is None
