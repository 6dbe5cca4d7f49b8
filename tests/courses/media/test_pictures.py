"""Pictures of a lesson as AVIF and WebP in sizes: made by the worker, pinned by the file, found in one query."""

import io
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.test import override_settings
from PIL import Image

from courses.media import pictures
from courses.models import CourseImage, CourseRendition
from lms.lib.actor import Actor
from lms.lib.jobs.models import Job
from lms.lib.jobs.services import run
from lms.lib.outbox.services import deliver_pending
from tests.courses.packs.making import SVG
from tests.factories.courses import released_course

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def photo(width, height=300, suffix="JPEG"):
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, suffix)
    return ContentFile(out.getvalue(), name=f"photo-{width}.{suffix.lower()}")


def picture(file):
    # As an import makes them: with a hash, by which Wagtail remembers what was made, and nothing made by saving.
    return CourseImage.objects.create(title="图", file=file, file_hash=uuid4().hex)


def shown(*images):
    values = [("image", {"image": image, "alt": "图", "caption": ""}) for image in images]
    return released_course([[("text", "<p>" + "停电。" * 900 + "</p>"), *values]])


def made(release):
    pictures.ask(release.uuid, Actor.system("tests"))
    job = Job.objects.get(kind=pictures.JOB)
    run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.message
    return job


def test_sizes_are_made_by_the_worker_and_found_in_one_query(django_assert_num_queries):
    large, narrow = picture(photo(2000)), picture(photo(600))
    release = shown(large, narrow)
    blocks = release.lessons.get().blocks
    # Publishing made nothing but what it shows without script and formats.
    assert CourseRendition.objects.exclude(filter_spec="width-1280").count() == 0
    with django_assert_num_queries(1):
        assert pictures.of_blocks(blocks) == {}
    job = made(release)
    assert job.result == {"pictures": 2, "made": 6 + 4}
    with django_assert_num_queries(1):
        found = pictures.of_blocks(blocks)
    assert [source["type"] for source in found[large.file.name]] == ["image/avif", "image/webp"]
    srcset = found[large.file.name][0]["srcset"]
    assert [part.split(" ")[1] for part in srcset.split(", ")] == ["480w", "960w", "1440w"]
    # Never larger than it is.
    assert [part.split(" ")[1] for part in found[narrow.file.name][1]["srcset"].split(", ")] == [
        "480w",
        "600w",
    ]
    with CourseRendition.objects.filter(filter_spec__contains="avif").first().file.open("rb") as file:
        assert Image.open(file).format == "AVIF"


def test_a_picture_that_took_the_place_of_another_is_not_shown_for_it():
    image = picture(photo(500))
    release = shown(image)
    made(release)
    image.renditions.all().delete()
    image.file = photo(700)
    image.save()
    pictures.make(image)
    assert pictures.of_blocks(release.lessons.get().blocks) == {}


def test_drawings_and_what_cannot_be_read_stay_as_they_are():
    drawing = picture(ContentFile(SVG, name="a.svg"))
    image = picture(photo(500))
    release = shown(drawing, image)
    image.file.storage.delete(image.file.name)
    assert made(release).result == {"pictures": 1, "made": 0}
    assert pictures.of_blocks(release.lessons.get().blocks) == {}


def test_a_lesson_without_pictures_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert pictures.of_blocks([{"type": "text", "value": {"html": ""}}]) == {}


def test_publishing_has_them_made():
    release = shown(picture(photo(500)))
    with override_settings(CELERY_TASK_ALWAYS_EAGER=True):
        deliver_pending()
    assert Job.objects.get(kind=pictures.JOB).args["release"] == str(release.uuid)
