"""Real connections at the same moment: one writer, one last place, one who takes the file."""

import hashlib

import pytest

from courses.models import Upload
from courses.packs.uploads import rules, store
from courses.packs.uploads.services import append, begin, remove, take
from lms.accounts.api import Role, require_role
from lms.lib.errors import Refusal
from tests.factories.accounts import OrganisationFactory, member
from tests.races import at_once, won

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
MB = 1024**2


@pytest.fixture(autouse=True)
def college(db):
    return OrganisationFactory(code="shkd")


@pytest.fixture
def editor(college):
    return member("editor", college)


@pytest.fixture
def actor(editor, college):
    return require_role(editor, Role.EDITOR, organisation=college)


def begun(editor, college, actor, size):
    return begin(user=editor, organisation=college, actor=actor, size=size, metadata="", name="a.zip")


class Body:
    def __init__(self, body):
        self.left = body

    def read(self, size):
        piece, self.left = self.left[:size], self.left[size:]
        return piece


def test_two_parts_for_the_same_place(editor, college, actor):
    """Two windows of one person: one part is taken, the other gets 423 or 409, and nothing is mixed."""
    bodies = [bytes([n]) * 4 * MB for n in range(4)]
    row = begun(editor, college, actor, 8 * MB)

    def send(body):
        return append(
            Upload.objects.select_related("organisation").get(pk=row.pk),
            Body(body), at=0, length=len(body), checksum=None, actor=actor,
        )  # fmt: skip

    results = at_once(*(lambda body=body: send(body) for body in bodies))
    assert len(won(results)) == 1
    assert {one.status for one in results if isinstance(one, Refusal)} <= {409, 423}
    assert Upload.objects.get().offset == 4 * MB
    assert store.data_path(row.uuid).read_bytes() in bodies


def test_the_last_place_of_an_organisation(editor, college, actor):
    Upload.objects.bulk_create(
        Upload(
            organisation=college,
            user=editor,
            name="x",
            size=0,
            metadata="",
            expires_at="2999-01-01T00:00:00Z",
        )
        for _ in range(rules.MAX_UPLOADS - 1)
    )
    results = at_once(*(lambda: begun(editor, college, actor, 5) for _ in range(4)))
    assert len(won(results)) == 1
    assert Upload.objects.count() == rules.MAX_UPLOADS


def test_taken_by_two_imports_and_given_up_at_once(editor, college, actor):
    row = begun(editor, college, actor, 5)
    append(row, Body(b"hello"), at=0, length=5, checksum=None, actor=actor)
    assert row.sha256 == hashlib.sha256(b"hello").hexdigest()

    def again():
        return Upload.objects.select_related("organisation", "user").get(pk=row.pk)

    rows = [again() for _ in range(4)]
    results = at_once(*(lambda one=one: take(one, actor) for one in rows[:3]), lambda: remove(rows[3], actor))
    assert len(won(results)) == 1
    assert not Upload.objects.exists()
    path = won(results)[0]
    assert path is None or path.read_bytes() == b"hello"
