"""The rows an import makes in bulk are what Wagtail would have made one by one."""

import hashlib
import os
import threading
import zipfile
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from wagtail.models import Page, PageLogEntry, ReferenceIndex, Revision

from courses.models import (
    ChapterPage,
    CourseDocument,
    CourseImage,
    CoursePage,
    CourseVideo,
    LessonPage,
    PackImport,
)
from courses.packs import ahead
from courses.packs.archive import Archive, open_archive
from courses.packs.services import import_pack
from lms.lib import disk
from lms.lib.actor import Actor
from tests.courses.packs import making
from tests.factories.accounts import OrganisationFactory

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")


@pytest.fixture
def pack(tmp_path):
    """One with a cover, films and files, larger than is hashed in one piece."""
    name = "media/large.pdf"
    data = making.manifest()
    data["chapters"][0]["lessons"][0]["blocks"].append({"type": "file", "file": name, "name": "大文件"})
    large = making.PDF + b"0123456789abcdef" * 200_000
    return making.written(tmp_path / "pack.zip", data, {**making.files(), name: large})


@pytest.mark.parametrize("publish", [True, False])
def test_pages_have_their_first_revision_and_their_log(pack, publish):
    report = import_pack(pack, organisation=OrganisationFactory(), actor=SYSTEM, publish=publish)
    assert not report.problems
    pages = [*CoursePage.objects.all(), *ChapterPage.objects.all(), *LessonPage.objects.all()]
    assert len(pages) > 2
    for page in pages:
        assert (page.live, page.has_unpublished_changes) == (publish, not publish)
        revision = Revision.objects.for_instance(page).get()
        assert page.latest_revision == revision
        assert page.latest_revision_created_at == revision.created_at
        assert page.live_revision == (revision if publish else None)
        assert (page.first_published_at is not None) == publish
        assert revision.object_str == page.title
        told = set(PageLogEntry.objects.filter(page=page.pk).values_list("action", flat=True))
        assert told == ({"wagtail.create", "wagtail.publish"} if publish else {"wagtail.create"})
        again = revision.as_object()
        assert (again.title, again.live, again.slug) == (page.title, publish, page.slug)
    problems = Page.find_problems()
    assert not any(problems), problems
    assert ReferenceIndex.objects.filter(content_type=LessonPage().content_type).exists()


def test_files_are_known_by_the_hashes_of_their_bytes(pack):
    import_pack(pack, organisation=OrganisationFactory(), actor=SYSTEM)
    rows = [*CourseImage.objects.all(), *CourseDocument.objects.all()]
    assert any(row.file_size > 3_000_000 for row in rows)
    for row in rows:
        with row.file.open("rb") as stored:
            assert row.file_hash == hashlib.sha1(stored.read()).hexdigest()
    assert PackImport.objects.get().file_hash == hashlib.sha256(pack.read_bytes()).hexdigest()
    film = CourseVideo.objects.first()
    assert film.captions.count() == len(set(film.captions.values_list("language", flat=True)))


def test_two_hashes_beside_each_other_are_those_of_the_whole(tmp_path, pack):
    archive, _problems = open_archive(pack)
    with archive:
        archive.keep_in = tmp_path
        for name in archive.sizes:
            found, head = archive.digest(name, sha1=True)
            data = archive.read(name, 10**8)
            assert found == hashlib.sha256(data).hexdigest()
            assert archive.unpacked[name].sha1 == hashlib.sha1(data).hexdigest()
            assert data.startswith(head)


def test_one_hash_where_one_is_asked_for(tmp_path, pack):
    archive, _problems = open_archive(pack)
    assert isinstance(archive, Archive)
    with archive:
        archive.keep_in = tmp_path
        archive.digest("media/large.pdf")
        assert archive.unpacked["media/large.pdf"].sha1 == ""


def test_what_was_read_ahead_is_what_is_read(tmp_path, pack):
    """In another order, some not at all, some never foreseen; a damaged one is told when it is asked for."""
    archive, _problems = open_archive(pack)
    with archive:
        archive.keep_in = tmp_path
        names = sorted(archive.sizes)
        archive.read_ahead([(name, True) for name in names[2:]])
        for name in reversed(names[:-1]):
            data = archive.read(name, 10**8)
            found, head = archive.digest(name)
            assert (found, head) == (hashlib.sha256(data).hexdigest(), data[: len(head)])
            assert archive.unpacked[name].path.read_bytes() == data
        paths = [there.path for there in archive.unpacked.values()]
        assert len(set(paths)) == len(paths)


def test_a_damaged_file_read_ahead_is_told_once(tmp_path, pack):
    with zipfile.ZipFile(pack) as whole:
        info = whole.getinfo("media/large.pdf")
        at = info.header_offset + 60 + len(info.filename)
    data = bytearray(pack.read_bytes())
    data[at] ^= 255
    broken = tmp_path / "broken.zip"
    broken.write_bytes(data)
    archive, _problems = open_archive(broken)
    with archive:
        archive.keep_in = tmp_path
        archive.read_ahead([(name, False) for name in archive.sizes])
        assert [archive.digest(name) is None for name in archive.sizes].count(True) == 1
        assert [str(problem.code) for problem in archive.problems] == ["zip_damaged"]


def test_no_more_is_read_ahead_than_the_bound_and_nothing_after_the_end(monkeypatch):
    monkeypatch.setattr(ahead, "BYTES_AHEAD", 100)
    begun, may_end = [], threading.Event()

    def work(name):
        begun.append(name)
        if name == "0":
            raise OSError(28, "No space left on device")
        may_end.wait(20)
        return name

    reader = ahead.Ahead(work, [(str(n), 60) for n in range(10)])
    with pytest.raises(OSError, match="No space"):
        reader.take("0")
    assert reader.take("9") is None
    may_end.set()
    assert reader.take("1") == ("1",)
    assert reader.take("1") is None
    reader.close()
    assert reader.over.is_set()
    assert len(begun) <= 4
    assert "9" not in begun


def test_the_disk_has_every_file_before_the_course_is_there(pack, monkeypatch):
    flushed = set()
    fsync = os.fsync

    def noting(opened):
        flushed.add(os.fstat(opened).st_ino)
        fsync(opened)

    monkeypatch.setattr(disk, "AT_ONCE", 1)
    monkeypatch.setattr(os, "fsync", noting)
    import_pack(pack, organisation=OrganisationFactory(), actor=SYSTEM)
    rows = [*CourseImage.objects.all(), *CourseDocument.objects.all(), *CourseVideo.objects.all()]
    assert {os.stat(row.file.path).st_ino for row in rows} <= flushed


def test_a_disk_that_does_not_take_the_files_leaves_no_course(pack, monkeypatch):
    def refuse(_opened):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="Input/output"):
        import_pack(pack, organisation=OrganisationFactory(), actor=SYSTEM)
    monkeypatch.undo()
    assert not CoursePage.objects.exists()
    assert not CourseImage.objects.exists()
    assert list(Path(default_storage.path("packs")).rglob("*.*")) == []


@pytest.mark.parametrize("publish", [True, False])
def test_pages_made_at_once_are_as_wagtail_makes_them(pack, publish):
    """Tree, log and references, as if each page had been added by itself."""
    import_pack(pack, organisation=OrganisationFactory(), actor=SYSTEM, publish=publish)
    assert not any(Page.find_problems())
    course = CoursePage.objects.get()
    pages = [course, *(page.specific for page in course.get_descendants())]
    actions = ["wagtail.create", "wagtail.publish"] if publish else ["wagtail.create"]
    for page in pages:
        logged = PageLogEntry.objects.filter(page=page.pk).order_by("action")
        assert [entry.action for entry in logged] == actions
        assert page.url_path == f"{page.get_parent().url_path}{page.slug}/"
    fields = ("to_content_type_id", "to_object_id", "model_path", "content_path", "content_path_hash")
    found = ReferenceIndex.objects.filter(base_content_type__model="page")
    before = set(found.values_list("content_type_id", "object_id", *fields))
    assert len(before) > len(pages)
    for page in pages:
        ReferenceIndex.remove_for_object(page)
        ReferenceIndex.create_or_update_for_object(page)
    assert set(found.values_list("content_type_id", "object_id", *fields)) == before


def test_the_hash_of_the_file_stands_with_every_end(pack):
    college = OrganisationFactory()
    for state in ("done", "unchanged"):
        assert import_pack(pack, organisation=college, actor=SYSTEM).state == state
    assert import_pack(pack, organisation=OrganisationFactory(), actor=SYSTEM).state == "refused"
    hashes = set(PackImport.objects.values_list("file_hash", flat=True))
    assert hashes == {hashlib.sha256(pack.read_bytes()).hexdigest()}
