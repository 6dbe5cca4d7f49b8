"""What is nobody's fault: a disk that fills up and a worker that is killed, at each step of an import. Nothing half-made
is seen, nothing is left lying about, and what can be done again is done again."""

import contextlib
import io
import os
import resource
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db.models.signals import post_save

from courses.h5p.api import install_package
from courses.models import CoursePage, H5PContent, PackImport
from courses.packs.handing_in import cancel_import, start_import
from courses.packs.kept import WORK, incoming
from courses.packs.planning import confirm_import, plan_import, sweep_plans
from courses.packs.report import State
from courses.packs.services import run_import
from courses.storage.api import hold
from courses.storage.models import StorageHold
from lms.lib.actor import Actor
from lms.lib.clock import now
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from lms.lib.private import private_storage
from tests.courses.packs import making
from tests.courses.packs.foreign.reading import DETAILS, tarred, zipped
from tests.factories.courses import released_course, text

pytestmark = [pytest.mark.django_db, pytest.mark.long]
SYSTEM = Actor.system("tests")
BIG = 600_000
PAGE = "<html><title>停电</title><body><p>" + "先断电，再救人。" * 60 + "</p><img src='a.png'></body></html>"


@contextlib.contextmanager
def full(bytes_):
    """The limit on file sizes stands for the disk: the system refuses the write in the same way."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def picture():
    return making.png() + bytes(range(256)) * (BIG // 256)


def native():
    members = making.files() | {"media/cover.png": picture()}
    return making.pack(members=members)


def web():
    return io.BytesIO(zipped({"index.html": PAGE, "a.png": picture()}))


def lying():
    """Every file of an import, wherever it lies."""
    roots = [
        Path(settings.MEDIA_ROOT) / "packs",
        Path(settings.HOME) / "packs",
        Path(settings.HOME) / "private",
    ]
    return sorted(str(path) for root in roots if root.exists() for path in root.rglob("*") if path.is_file())


def run(row):
    with contextlib.suppress(OSError):
        jobs.run(row.job_id)
    row.refresh_from_db()
    row.job.refresh_from_db()


def foreign_plan(college, data=None):
    row = plan_import(data or web(), name="课.zip", organisation=college, actor=SYSTEM)
    run(row)
    assert row.state == State.PLANNED
    return row


def confirmed(row):
    return confirm_import(row, SYSTEM, publish=False, details=DETAILS)


def test_a_full_disk_while_files_are_unpacked(college):
    row = start_import(native(), name="a.zip", organisation=college, actor=SYSTEM, publish=False)
    with full(BIG // 2):
        run(row)
    assert row.state == State.FAILED
    assert not CoursePage.objects.exists()
    assert not H5PContent.objects.exists()
    assert lying() == []


def test_a_full_disk_after_a_plan_was_confirmed(college):
    row = foreign_plan(college)
    row = confirmed(row)
    with full(BIG // 2):
        run(row)
    assert row.state == State.FAILED
    assert not CoursePage.objects.exists()
    assert lying() == []


def test_a_full_disk_while_a_tar_is_looked_into(college):
    """A plan writes nothing of the course, but a tar has to be unpacked to be looked into: the pack is not blamed."""
    chapters = "<course org='o' course='c' url_name='r'><chapter display_name='x'/></course>"
    data = io.BytesIO(tarred({"course/course.xml": chapters, "course/static/a.png": picture()}))
    row = plan_import(data, name="课.tar.gz", organisation=college, actor=SYSTEM)
    with full(BIG // 2):
        run(row)
    assert row.state == State.FAILED
    assert lying() == []


@pytest.mark.parametrize("foreign", [False, True])
def test_a_worker_killed_while_it_unpacked(college, foreign):
    if foreign:
        row = confirmed(foreign_plan(college))
    else:
        row = start_import(native(), name="a.zip", organisation=college, actor=SYSTEM, publish=False)
    # As it lies there: a claimed row, parts of files, and some stored already.
    left = [
        incoming(row.uuid).with_suffix(WORK) / "0",
        Path(settings.MEDIA_ROOT) / "packs" / str(row.uuid) / "half.png",
    ]
    for path in left:
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
    PackImport.objects.filter(pk=row.pk).update(state=State.RUNNING)
    run(row)
    assert (row.state, row.job.state) == (State.DONE, Job.State.DONE), row.report
    assert not left[1].exists()
    assert not left[0].parent.exists()
    assert CoursePage.objects.count() == 1


def test_a_full_disk_while_the_original_is_kept(college):
    """All that is unpacked fits, the pack's own file does not: the course is not there without it."""
    pictures = {f"{n}.png": making.png() + bytes([n]) * (BIG // 3) for n in range(4)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as pack:
        for name, content in {"index.html": PAGE.replace("a.png", "0.png"), **pictures}.items():
            pack.writestr(name, content)
    data = packed.getvalue()
    row = confirmed(foreign_plan(college, io.BytesIO(data)))
    with full(BIG // 2):
        run(row)
    assert (row.state, row.original) == (State.FAILED, "")
    assert not CoursePage.objects.exists()
    assert lying() == []
    row = confirmed(foreign_plan(college, io.BytesIO(data)))
    run(row)
    assert row.state == State.DONE
    with private_storage().open(row.original) as kept:
        assert kept.read() == data


def test_what_cannot_be_committed_leaves_no_original(college):
    """All of it was written, and the last write of the transaction finds no room."""

    def refuse(instance, **_sent):
        if instance.state == State.DONE:
            raise OSError(28, "No space left on device")

    row = confirmed(foreign_plan(college))
    post_save.connect(refuse, sender=PackImport)
    try:
        run(row)
    finally:
        post_save.disconnect(refuse, sender=PackImport)
    assert (row.state, row.original) == (State.FAILED, "")
    assert not CoursePage.objects.exists()
    assert lying() == []


def test_a_worker_killed_before_its_job_ended_keeps_the_original(college):
    row = confirmed(foreign_plan(college))
    data = incoming(row.uuid).read_bytes()
    run(row)
    # Its commit was its last work.
    incoming(row.uuid).write_bytes(data)
    Job.objects.filter(pk=row.job_id).update(state=Job.State.QUEUED)
    run(row)
    assert row.state == State.DONE
    with private_storage().open(row.original) as kept:
        assert kept.read() == data
    assert not incoming(row.uuid).exists()


def test_a_worker_killed_after_the_original_was_kept(college):
    row = confirmed(foreign_plan(college))
    left = private_storage().save(f"packs/{row.uuid}.1", ContentFile(b"x"))
    PackImport.objects.filter(pk=row.pk).update(
        state=State.RUNNING, report={"installed": {"original": [left]}}
    )
    Job.objects.filter(pk=row.job_id).update(attempts=1)
    run(row)
    assert row.state == State.DONE
    assert row.original != left
    assert not private_storage().exists(left)


def spent(row):
    """The job of an import whose workers were killed until its tries were spent, the last one in the middle of writing."""
    left = [
        incoming(row.uuid).with_suffix(WORK) / "0",
        Path(settings.MEDIA_ROOT) / "packs" / str(row.uuid) / "half.png",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    hold(row.organisation, f"import:{row.uuid}", 1000)
    content = install_package(
        io.BytesIO(making.h5p()), actor=SYSTEM, title="半截", organisation=row.organisation
    )
    PackImport.objects.filter(pk=row.pk).update(
        state=State.RUNNING, report={"installed": {"H5PContent": [str(content.uuid)]}}
    )
    Job.objects.filter(pk=row.job_id).update(
        state=Job.State.RUNNING, attempts=jobs.MAX_ATTEMPTS, lease_until=now() - timedelta(minutes=5)
    )
    jobs.run(row.job_id)
    row.refresh_from_db()
    row.job.refresh_from_db()
    assert (row.state, row.job.state) == (State.RUNNING, Job.State.FAILED)
    return content


def ended(row):
    row.refresh_from_db()
    assert not CoursePage.objects.exists()
    assert not H5PContent.objects.exists()
    assert not StorageHold.objects.exists()
    sweep_plans()
    left = incoming(row.uuid).with_suffix(WORK)
    os.utime(left, (0, 0))
    sweep_plans()
    assert lying() == []
    return row.state


@pytest.mark.parametrize("foreign", [False, True])
def test_an_import_whose_tries_are_spent_can_be_cancelled(
    college, foreign, django_capture_on_commit_callbacks
):
    if foreign:
        row = confirmed(foreign_plan(college))
    else:
        row = start_import(native(), name="a.zip", organisation=college, actor=SYSTEM, publish=False)
    spent(row)
    with django_capture_on_commit_callbacks(execute=True):
        cancel_import(row, SYSTEM)
    assert ended(row) == State.CANCELLED
    # Asked for again, it stays what it is.
    cancel_import(row, SYSTEM)
    row.refresh_from_db()
    assert row.state == State.CANCELLED


def test_an_import_nobody_cancels_ends_by_itself(college, django_capture_on_commit_callbacks):
    row = start_import(native(), name="a.zip", organisation=college, actor=SYSTEM, publish=False)
    spent(row)
    with django_capture_on_commit_callbacks(execute=True):
        sweep_plans()
    assert ended(row) == State.FAILED


def test_what_a_lesson_shows_meanwhile_is_not_taken_away(college, django_capture_on_commit_callbacks):
    row = start_import(native(), name="a.zip", organisation=college, actor=SYSTEM, publish=False)
    content = spent(row)
    with django_capture_on_commit_callbacks(execute=True):
        released_course(
            [[text(), ("h5p", {"content": content, "title": "练习", "minutes": 3})]], provider=college
        )
    cancel_import(row, SYSTEM)
    assert H5PContent.objects.get() == content


def test_a_worker_that_lost_its_import_leaves_it_to_the_other(college):
    row = start_import(native(), name="a.zip", organisation=college, actor=SYSTEM, publish=False)
    lost = jobs.claim(row.job_id)
    Job.objects.filter(pk=row.job_id).update(lease_until=now() - timedelta(minutes=5))
    assert jobs.claim(row.job_id) is not None
    with pytest.raises(jobs.JobLost):
        run_import(jobs.RunningJob(lost))
    row.refresh_from_db()
    # Nothing is written, not even that it runs: that is the other's to say.
    assert row.state == State.QUEUED
    assert incoming(row.uuid).exists()
    Job.objects.filter(pk=row.job_id).update(lease_until=now() - timedelta(minutes=5))
    run(row)
    assert row.state == State.DONE


def test_what_a_killed_import_left_and_nobody_began_again_goes(college):
    folder = incoming(foreign_plan(college).uuid).with_suffix(WORK)
    folder.mkdir()
    (folder / "0").write_bytes(b"x")
    sweep_plans()
    assert folder.exists()
    os.utime(folder, (0, 0))
    sweep_plans()
    assert not folder.exists()
