"""Documents that packs bring are asked for at /documents/ like any other; no server gives them away by their address."""

import importlib

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client

from courses.media.stored import first_name
from courses.models import CourseDocument, CourseImage
from courses.packs.services import import_pack
from lms.lib.actor import Actor
from tests.courses.packs import making
from tests.factories.accounts import OrganisationFactory, UserFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.long]
UUID = "0198a1b2-1111-7222-8333-444455556666"
OLD = f"packs/{UUID}/0123456789-rules.pdf"
moving = importlib.import_module("courses.migrations.0012_pack_documents")


@pytest.fixture
def college():
    return OrganisationFactory(code="shkd")


def test_a_file_that_is_shown_and_offered_lies_in_two_places(tmp_path, college):
    """The cover of the pack, offered as a document, too, under a name as long as names come."""
    name = f"media/{'long-name-' * 8}.png"
    data = making.manifest(cover=name)
    blocks = data["chapters"][0]["lessons"][0]["blocks"]
    blocks.append({"type": "file", "file": name, "name": "海报"})
    members = {**making.files(), name: making.png(8, 8)}
    path = making.written(tmp_path / "pack.zip", data, members)
    report = import_pack(path, organisation=college, actor=Actor.system("tests"), publish=True)
    assert not report.problems
    anyone, editor = Client(), Client()
    editor.force_login(member("editor", college))
    for document in CourseDocument.objects.all():
        assert len(document.file.name) <= 100
        assert anyone.get(f"/media/{document.file.name}").status_code == 404
        assert anyone.get(document.url).status_code == 302
        assert editor.get(document.url).status_code == 200
    poster = CourseDocument.objects.get(title="海报")
    cover = CourseImage.objects.get(width=8)
    assert poster.filename == cover.filename
    assert anyone.get(f"/media/{cover.file.name}").status_code == 200


class Editor:
    """What a migration hands over: where it writes."""

    connection = connection


@pytest.fixture
def old():
    default_storage.save(OLD, ContentFile(making.PDF))
    yield CourseDocument.objects.create(title="规程", file=OLD)
    for name in (OLD, moving.place_of(OLD)):
        default_storage.delete(name)


def test_those_of_earlier_packs_are_moved_and_keep_their_addresses(old, django_capture_on_commit_callbacks):
    address = old.url
    assert Client().get(f"/media/{OLD}").status_code == 200
    # A move that was cut off in the middle has left half a file.
    default_storage.save(moving.place_of(OLD), ContentFile(making.PDF[:4]))
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            moving.move_documents(apps, Editor())
    old = CourseDocument.objects.get()
    assert not default_storage.exists(OLD)
    assert Client().get(f"/media/{old.file.name}").status_code == 404
    staff = Client()
    staff.force_login(UserFactory(is_superuser=True))
    answer = staff.get(address)
    assert b"".join(answer.streaming_content) == making.PDF
    # What was handed in for review before is still what was handed in.
    assert first_name(old.file.name) == OLD


def test_a_picture_beside_it_keeps_its_file(old, django_capture_on_commit_callbacks):
    CourseImage.objects.create(title="同一份", file=OLD, width=1, height=1)
    with django_capture_on_commit_callbacks(execute=True):
        moving.move_documents(apps, Editor())
    assert default_storage.exists(OLD)
    assert CourseDocument.objects.get().file.name != OLD


@pytest.mark.parametrize("name", ["documents/a.pdf", "packs/x/a.pdf", f"documents/{'x' * 32}/a.pdf", OLD])
def test_other_names_stay_what_they_are(name):
    assert first_name(name) == name
