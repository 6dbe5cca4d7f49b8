"""A worker that slept through its lease wakes up while another imports the same pack, or after that: it commits nothing, spoils
nothing of the other's, and leaves nothing behind."""

import contextlib
import io
import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_save

from courses.activities import files
from courses.models import (
    ContentPackage,
    CourseDocument,
    CourseImage,
    CoursePage,
    CourseVideo,
    H5PContent,
    PackImport,
    Release,
)
from courses.packs.handing_in import start_import
from courses.packs.kept import WORK, incoming, preview_folder, workspace
from courses.packs.planning import confirm_import, plan_import, run_plan
from courses.packs.report import State
from courses.packs.services import run_import
from courses.storage.models import StorageHold
from lms.lib.actor import Actor
from lms.lib.clock import now
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from tests.courses.activities import making as activities
from tests.courses.packs import making
from tests.courses.packs.foreign.reading import DETAILS
from tests.races import at_once

SYSTEM = Actor.system("tests")


class Sleeper(jobs.RunningJob):
    """A worker that falls asleep at a step of its import, named by how its message begins; what others do meanwhile is
    `meanwhile`."""

    def __init__(self, row, step, meanwhile):
        super().__init__(row)
        self.step, self.meanwhile, self.slept = step, meanwhile, False

    def progress(self, done, total, message=""):
        super().progress(done, total, message)
        if not self.slept and message.startswith(self.step):
            self.slept = True
            self.meanwhile()


def runs_out(row):
    Job.objects.filter(pk=row.job_id).update(lease_until=now() - timedelta(minutes=5))


def another_imports(row):
    def meanwhile():
        runs_out(row)
        jobs.run(row.job_id)
        row.refresh_from_db()
        assert row.state in (State.DONE, State.PLANNED), row.report

    return meanwhile


def ordered(college, data, *, name="a.zip", details=None):
    return start_import(data, name=name, organisation=college, actor=SYSTEM, details=details)


def stored(row):
    """The files of an import, by their names in the storage, and what the rows of its materials name."""
    root = Path(settings.MEDIA_ROOT)
    lying = {
        str(path.relative_to(root))
        for folder in ("packs", "documents")
        for path in (root / folder).rglob("*")
        if path.is_file()
    }
    named = {
        name
        for model in (CourseImage, CourseDocument, CourseVideo)
        for row in model.objects.all()
        for name in (row.file.name, getattr(row, "poster", None) and row.poster.name)
        if name
    }
    named |= {caption.file.name for film in CourseVideo.objects.all() for caption in film.captions.all()}
    own = (str(row.uuid), row.uuid.hex)
    return [{name for name in names if any(one in name for one in own)} for names in (lying, named)]


def whole(row, *, tries=2):
    """One import, one course, one release, and each file and exercise once."""
    row.refresh_from_db()
    row.job.refresh_from_db()
    assert (row.state, row.job.state, row.job.attempts) == (State.DONE, Job.State.DONE, tries)
    course = CoursePage.objects.get(provider=row.organisation)
    assert Release.objects.filter(course=course).count() == 1
    lying, named = stored(row)
    assert lying == named
    assert not StorageHold.objects.filter(organisation=row.organisation).exists()
    waiting = incoming(row.uuid)
    assert not waiting.exists()
    assert not list(waiting.parent.glob(f"*{WORK}"))


@pytest.mark.django_db
@pytest.mark.parametrize("step", ["检查课程包", "安装", "保存", "写入课程页面", "完成"])
def test_a_worker_that_wakes_up_late_commits_nothing(college, step):
    row = ordered(college, making.pack())
    worker = Sleeper(jobs.claim(row.job_id), step, another_imports(row))
    if step == "完成":
        # It had committed before; the other finds that, and there is nothing left to lose.
        run_import(worker)
    else:
        with pytest.raises(jobs.JobLost):
            run_import(worker)
    assert worker.slept
    whole(row)
    assert H5PContent.objects.filter(organisation=college).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("step", ["检查课程包", "安装", "保存", "写入课程页面", "完成"])
def test_a_foreign_packs_worker_that_wakes_up_late(college, step, django_capture_on_commit_callbacks):
    """The package stands once, the file of the pack is kept once, and what is done is not called failed."""
    row = ordered(college, io.BytesIO(activities.simple()), details=DETAILS)
    # Once it is committed there is nothing left to lose.
    lost = contextlib.nullcontext() if step == "完成" else pytest.raises(jobs.JobLost)
    with django_capture_on_commit_callbacks(execute=True), lost:
        run_import(Sleeper(jobs.claim(row.job_id), step, another_imports(row)))
    whole(row)
    assert [path.name for path in files.root().iterdir()] == [str(ContentPackage.objects.get().uuid)]
    kept = [path for path in (Path(settings.HOME) / "private").rglob("*") if path.is_file()]
    assert [path.name for path in kept] == [row.original.rpartition("/")[2]]


@pytest.mark.django_db
def test_a_failure_of_a_worker_that_lost_its_import_takes_nothing_back(college):
    """The other's files lie where this one's lay: whoever fails first looks whether they are still its own."""
    row = ordered(college, making.pack())

    def meanwhile():
        another_imports(row)()
        raise OSError(28, "No space left on device")

    with pytest.raises(jobs.JobLost):
        run_import(Sleeper(jobs.claim(row.job_id), "写入课程页面", meanwhile))
    whole(row)


@pytest.mark.django_db
def test_a_worker_does_not_write_into_the_folder_of_another(college):
    """The first sleeps while it unpacks, the second begins and sleeps, too, and the first goes on: each has a folder."""
    row = ordered(college, making.pack())

    def second():
        runs_out(row)
        other = Sleeper(jobs.claim(row.job_id), "写入课程页面", lambda: first.append("awake"))
        run_import(other)
        jobs._finish(other.row, Job.State.DONE, "")

    first = []
    with pytest.raises(jobs.JobLost):
        run_import(Sleeper(jobs.claim(row.job_id), "检查课程包", second))
    assert first == ["awake"]
    whole(row)


def test_a_worker_that_comes_late_to_its_folder_leaves_the_next_ones_alone():
    uuid = uuid4()
    with workspace(uuid, 2) as theirs:
        with workspace(uuid, 1) as mine:
            assert theirs.is_dir()
            assert mine != theirs
        assert theirs.is_dir()
    assert not theirs.exists()
    with workspace(uuid, 1) as left, workspace(uuid, 2):
        assert not left.exists()


@pytest.mark.django_db
def test_a_late_plan_does_not_open_what_was_confirmed(college):
    row = plan_import(making.pack(), name="a.zip", organisation=college, actor=SYSTEM)
    planned = row.job

    def meanwhile():
        another_imports(row)()
        confirm_import(row, SYSTEM, publish=True)

    with pytest.raises(jobs.JobLost):
        run_plan(Sleeper(jobs.claim(planned.pk), "检查课程包", meanwhile))
    row.refresh_from_db()
    assert row.state == State.QUEUED
    assert preview_folder(row.uuid).is_dir()
    jobs.run(row.job_id)
    whole(row, tries=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "ends"), [(State.CANCELLED, Job.State.CANCELLED), (State.FAILED, Job.State.FAILED)]
)
def test_an_import_that_was_closed_is_not_begun_again(college, state, ends):
    """Its worker was killed between the import's last word and the job's."""
    row = ordered(college, making.pack())
    PackImport.objects.filter(pk=row.pk).update(state=state)
    jobs.run(row.job_id)
    row.refresh_from_db()
    row.job.refresh_from_db()
    assert (row.state, row.job.state) == (state, ends)
    assert not incoming(row.uuid).exists()
    assert not CoursePage.objects.exists()


# -- at the same moment ------------------------------------------------------------------------------------


def until(true, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


def tries(row):
    return Job.objects.values_list("attempts", flat=True).get(pk=row.job_id)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("sender", [Release, PackImport], ids=["before-the-lease", "after-the-lease"])
def test_two_workers_of_one_import_at_the_same_moment(college, sender):
    """The first sleeps in its last transaction. Before it has asked for its lease the other takes the import over, waits for
    the course, and writes it alone; afterwards the other waits for the job itself, and finds it done."""
    with transaction.atomic():
        # Claimed before the worker of the tests hears of it.
        row = ordered(college, making.pack())
        mine = jobs.claim(row.job_id)
    seen = []

    def sleeps(instance, **_):
        if seen or (sender is PackImport and instance.state != State.DONE):
            return
        seen.append("asleep")
        runs_out_elsewhere.append(True)
        # Where the lease is asked for already nobody gets the job: nothing to wait for but a while.
        until(lambda: tries(row) == 2, 20 if sender is Release else 0.5)

    runs_out_elsewhere = []

    def first():
        try:
            run_import(jobs.RunningJob(mine))
        except jobs.JobLost:
            return "lost"
        jobs._finish(mine, Job.State.DONE, "")
        return "done"

    def second():
        assert until(lambda: runs_out_elsewhere)
        if sender is Release:
            runs_out(row)
        while tries(row) == 1 and Job.objects.filter(pk=row.job_id, state=Job.State.RUNNING).exists():
            jobs.run(row.job_id)
        return PackImport.objects.get(pk=row.pk).state

    post_save.connect(sleeps, sender=sender)
    try:
        found = at_once(first, second, refused=())
    finally:
        post_save.disconnect(sleeps, sender=sender)
    assert found == (["lost", State.DONE] if sender is Release else ["done", State.DONE])
    whole(row, tries=2 if sender is Release else 1)
    assert H5PContent.objects.filter(organisation=college).count() == 1
