"""The rows an import makes in bulk are what Wagtail would have made one by one."""

import hashlib

import pytest
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
from courses.packs.archive import Archive, open_archive
from courses.packs.services import import_pack
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
