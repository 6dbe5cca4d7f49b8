"""The whole way of a course where its files lie in an object store: handed in, prepared, studied, taken away, removed. Nothing asks
for a path, and nothing of it is left on this machine's disk.
"""

import errno
import io
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from courses.models import CourseDocument, CourseImage, CoursePage, PackImport, Release
from courses.packs.api import export_cartridge, export_course, import_pack
from courses.packs.contents import contents_of
from courses.packs.native import read_pack
from courses.packs.waiting_exports import KEPT, keep, sweep_exports
from courses.packs.waiting_exports import kept as kept_export
from lms.lib import clock
from lms.lib.actor import Actor
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from lms.lib.private import private_storage
from tests.courses.media.clips import clip
from tests.courses.object_store import ObjectStore
from tests.courses.packs import making
from tests.factories.learning import enrolment

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


@pytest.fixture(autouse=True)
def _elsewhere(settings, monkeypatch):
    monkeypatch.setattr(ObjectStore, "buckets", {})
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "tests.courses.object_store.ObjectStore"},
        "private": {"BACKEND": "tests.courses.object_store.ObjectStore", "OPTIONS": {"where": "private"}},
    }


@pytest.fixture
def on_disk(settings):
    """What lies on this machine's disk besides H5P's own shelves."""

    def found():
        homes = [settings.HOME / name for name in ("media", "private", "packs")]
        return sorted(str(path) for home in homes for path in home.rglob("*") if path.is_file())

    return found


def whole():
    """Every kind of block, a picture large enough for sizes and a film that can be prepared."""
    members = making.files() | {"media/cover.png": making.png(1600, 900), "media/v.mp4": clip()}
    return making.pack(making.with_pairs(making.manifest(licence="CC-BY-4.0")), members)


def brought(path, college, pack, **how):
    path.write_bytes(pack.getvalue())
    report = import_pack(path, organisation=college, actor=SYSTEM, **how)
    assert report.problems == []
    return report


def sources(blocks):
    for block in blocks:
        value = block["value"]
        yield from (value[name] for name in ("src", "poster") if value.get(name))
        yield from (caption["src"] for caption in value.get("captions", ()))


@pytest.mark.long
def test_there_and_back(tmp_path, college, client, on_disk):
    report = brought(tmp_path / "a.zip", college, whole())
    # Films and pictures, and the jobs that ask for theirs.
    while job := Job.objects.exclude(state="done").order_by("pk").first():
        jobs.run(job.pk)
        job.refresh_from_db()
        assert job.state == "done", job.message
    assert on_disk() == []

    # Studied: what lessons show is answered, films by the bytes asked for, documents to those who study.
    item = enrolment(release=Release.objects.get(uuid=report.release))
    client.force_login(item.person)
    seen = {}
    for lesson in item.release.lessons.all():
        page = client.get(reverse("learning:player", args=[item.uuid, lesson.uuid]))
        assert page.status_code == 200
        for address in sources(lesson.blocks):
            answer = client.get(address)
            seen[address.rpartition(".")[2]] = (answer.status_code, len(answer.getvalue()))
            part = client.get(address, headers={"Range": "bytes=2-5"})
            assert (part.status_code, part.getvalue()) == (206, client.get(address).getvalue()[2:6]), address
    assert seen.keys() == {"svg", "png", "mp4", "vtt", "pdf"}
    assert all(status == 200 and size > 0 for status, size in seen.values()), seen
    client.logout()
    assert client.get(CourseDocument.objects.get().url).status_code == 302

    # Taken away: the same course, as a cartridge too.
    with export_course(CoursePage.objects.get(), SYSTEM) as pack:
        plan, before = read_pack(pack), read_pack(whole())
        assert plan.problems == []
        assert contents_of(plan) == contents_of(before)
    pack, _named = export_cartridge(CoursePage.objects.get(), SYSTEM)
    with pack:
        assert "imsmanifest.xml" in zipfile.ZipFile(pack).namelist()
    assert on_disk() == []


def test_what_waits_and_what_is_kept(tmp_path, college, editor, client):
    """The kept original of a foreign pack, its questions without a place, and an export that waits for its maker."""
    page = f"<title>用电安全</title><p>{'先断电，再救人。' * 60}</p>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("index.html", page)
    told = {
        "code": "pages-1",
        "kind": "vocational",
        "year": 2026,
        "centihours": 1,
        "mode": "online",
        "summary": "用电安全",
    }
    told |= {"licence": "CC-BY-4.0", "authors": ["测试学院"], "title": "用电安全"}
    told |= {"rule": {"min_coverage_percent": 90, "quizzes": "none"}}
    brought(tmp_path / "pages.zip", college, out, details=told)
    row = PackImport.objects.get()
    kept = private_storage()
    assert kept.exists(row.original)
    answer = client.get(reverse("courses_pack_original", args=[row.uuid]))
    assert answer.getvalue() == out.getvalue()

    course = CoursePage.objects.get()
    with export_course(course, SYSTEM) as pack:
        ticket = keep(editor, course, pack, name="a.zip", form="native", left_out=2)
    waiting = kept_export(editor, course, ticket)
    assert waiting is not None
    with waiting.pack as file:
        assert zipfile.ZipFile(file).testzip() is None
    assert sweep_exports() == 0
    with time_machine.travel(clock.now() + KEPT + timedelta(minutes=1), tick=False):
        assert sweep_exports() == 1
    assert [name for name in kept if name.startswith("exports/")] == []


def test_nothing_stays_of_what_did_not_come_in(tmp_path, college, monkeypatch):
    """A bucket that fails half way."""
    saved = ObjectStore._save

    def full(store, name, content):
        if name.endswith(".vtt"):
            raise OSError(errno.ENOSPC, "the bucket is full")
        return saved(store, name, content)

    monkeypatch.setattr(ObjectStore, "_save", full)
    path = tmp_path / "a.zip"
    path.write_bytes(whole().getvalue())
    with pytest.raises(OSError, match="full"):
        import_pack(path, organisation=college, actor=SYSTEM)
    assert list(ObjectStore()) == []
    assert not CoursePage.objects.exists()


def test_what_is_deleted_leaves_the_bucket(tmp_path, college, django_capture_on_commit_callbacks):
    brought(tmp_path / "a.zip", college, whole())
    with django_capture_on_commit_callbacks(execute=True):
        for model in (CourseImage, CourseDocument):
            for row in model.objects.all():
                row.delete()
    # Releases go on playing a film that editors see no more, with what is written under it.
    assert {name.rpartition(".")[2] for name in ObjectStore()} == {"mp4", "vtt"}


def test_no_way_of_writing_it_leads_past_who_may_have_a_document(tmp_path, college, client, monkeypatch):
    """Stores that came from elsewhere read a backslash as a slash."""
    brought(tmp_path / "a.zip", college, whole())
    opened = ObjectStore._open
    monkeypatch.setattr(
        ObjectStore, "_open", lambda store, name, mode="rb": opened(store, name.replace("\\", "/"), mode)
    )
    monkeypatch.setattr(
        ObjectStore, "get_modified_time", lambda store, name: store.held[name.replace("\\", "/")][1]
    )
    name = CourseDocument.objects.get().file.name
    assert name.startswith("documents/")
    for written in (name, name.replace("/", "%5C"), f".%5C{name}", f"x/../{name}"):
        assert client.get(f"/media/{written}").status_code == 404, written
