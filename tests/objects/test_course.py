"""The whole way of a course whose files lie in an S3-compatible store, over HTTP: imported, prepared, studied, exported, deleted; and
what is left there of an import that fails."""

import pytest
from botocore.exceptions import ClientError
from django.core.files.storage import default_storage
from django.urls import reverse

from courses.models import CourseDocument, CourseImage, CoursePage, Release, VideoLadder
from courses.packs.api import export_course, import_pack
from courses.packs.contents import contents_of
from courses.packs.native import read_pack
from courses.storage.models import StoredItem
from lms.accounts.models import Organisation
from lms.lib.actor import Actor
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from lms.lib.objects import ObjectStorage
from tests.courses.media.clips import clip
from tests.courses.packs import making
from tests.factories.accounts import OrganisationFactory
from tests.factories.learning import enrolment

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


@pytest.fixture(autouse=True)
def _there(_home, settings, tmp_path, where):
    settings.HOME = tmp_path / "home"
    settings.MEDIA_ROOT, settings.H5P_ROOT = settings.HOME / "media", settings.HOME / "h5p"
    backend = "lms.lib.objects.ObjectStorage"
    media, private = ({"prefix": f"{where['prefix']}{name}/"} for name in ("media", "private"))
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": backend, "OPTIONS": where | media | {"base_url": "/media/"}},
        "private": {"BACKEND": backend, "OPTIONS": where | private},
    }


@pytest.fixture
def college(db):
    return OrganisationFactory(code="shkd", name="申江开放大学")


def whole():
    members = making.files() | {"media/cover.png": making.png(1600, 900), "media/v.mp4": clip()}
    return making.pack(making.with_pairs(making.manifest(licence="CC-BY-4.0")), members)


def prepare():
    """Films and pictures, and the jobs that ask for theirs."""
    while job := Job.objects.exclude(state="done").order_by("pk").first():
        jobs.run(job.pk)
        job.refresh_from_db()
        assert job.state == "done", (job.kind, job.message)


def in_bucket(store: ObjectStorage) -> dict[str, int]:
    """Every object of the test's bucket, with its bytes."""
    pages = store.client.get_paginator("list_objects_v2").paginate(Bucket=store.bucket)
    return {one["Key"]: one["Size"] for page in pages for one in page.get("Contents", ())}


def on_disk(settings):
    """What lies on this machine's disk besides H5P's own shelves."""
    return [path for name in ("media", "private", "packs") for path in (settings.HOME / name).rglob("*.*")]


@pytest.mark.long
def test_there_and_back(
    tmp_path, college, client, store, asked, settings, django_capture_on_commit_callbacks
):
    path = tmp_path / "a.zip"
    path.write_bytes(whole().getvalue())
    report = import_pack(path, organisation=college, actor=SYSTEM)
    assert report.problems == []
    prepare()
    assert on_disk(settings) == []

    # All of it counts, to the byte.
    items = StoredItem.objects.filter(organisation=college).exclude(kind__in=["h5p", "library"])
    cover = CourseImage.objects.get(pk=CoursePage.objects.get().cover_id)
    assert sum(items.values_list("bytes", flat=True)) in {
        sum(in_bucket(store).values()),
        # A cover that is the film's poster, too, counts with both.
        sum(in_bucket(store).values()) + cover.file.size,
    }

    # Studied: each size of the film and the original, by the bytes asked for and no others.
    ladder = VideoLadder.objects.get()
    item = enrolment(release=Release.objects.get(uuid=report.release))
    client.force_login(item.person)
    lesson = item.release.lessons.all()[0]
    assert client.get(reverse("learning:player", args=[item.uuid, lesson.uuid])).status_code == 200
    films = [name for name in in_bucket(store) if name.endswith((".mp4", ".m4s", ".m4a"))]
    assert len(films) >= 3, films
    assert ladder.made["rungs"]
    for key in films:
        name = key.removeprefix("city/media/")
        size = default_storage.size(name)
        asked.clear()
        part = client.get(default_storage.url(name), headers={"Range": f"bytes={size // 2}-{size // 2 + 99}"})
        assert part.status_code == 206
        assert len(part.getvalue()) == min(100, size - size // 2)
        assert [params["Range"] for word, params in asked if word == "GetObject"] == [
            f"bytes={size // 2}-{min(size // 2 + 99, size - 1)}"
        ]

    # A document to those who study, by its address, and to nobody else.
    document = CourseDocument.objects.get()
    assert client.get(document.url).getvalue() == making.PDF
    assert client.get(f"/media/{document.file.name}").status_code == 404
    client.logout()
    assert client.get(document.url).status_code == 302

    # Taken away: the same course.
    with export_course(CoursePage.objects.get(), SYSTEM) as pack:
        plan = read_pack(pack)
        assert (plan.problems, contents_of(plan)) == ([], contents_of(read_pack(whole())))

    # Deleted: what releases play stays, the rest leaves the bucket.
    with django_capture_on_commit_callbacks(execute=True):
        for model in (CourseImage, CourseDocument):
            for row in model.objects.all():
                row.delete()
    left = {name.rpartition(".")[2] for name in in_bucket(store)}
    assert left & {"png", "svg", "pdf", "avif", "webp"} == set()
    assert "mp4" in left


@pytest.mark.parametrize("ending", [".vtt", ".pdf"])
def test_nothing_stays_of_what_did_not_come_in(tmp_path, college, store, ending):
    """A store that refuses one file half way."""

    def full(params, **_more):
        if params["Key"].endswith(ending):
            raise ClientError({"Error": {"Code": "QuotaExceeded", "Message": "full"}}, "PutObject")

    path = tmp_path / "a.zip"
    path.write_bytes(whole().getvalue())
    store.client.meta.events.register("provide-client-params.s3.PutObject", full)
    try:
        with pytest.raises(OSError, match="QuotaExceeded"):
            import_pack(path, organisation=college, actor=SYSTEM)
    finally:
        store.client.meta.events.unregister("provide-client-params.s3.PutObject", full)
    assert in_bucket(store) == {}
    assert not CoursePage.objects.exists()


def test_more_than_may_be_stored_is_not_begun(tmp_path, college, store, settings, asked):
    settings.STORAGE_LIMIT_BYTES = 1000
    path = tmp_path / "a.zip"
    path.write_bytes(whole().getvalue())
    report = import_pack(path, organisation=Organisation.objects.get(), actor=SYSTEM)
    assert report.problems
    assert in_bucket(store) == {}
    assert "PutObject" not in {name for name, _ in asked}
