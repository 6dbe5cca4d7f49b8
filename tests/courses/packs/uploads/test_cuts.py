"""However often the line is cut and wherever, going on at the offset the server names gives the same bytes."""

import hashlib
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.models import Upload
from courses.packs.uploads import services, store
from courses.packs.uploads.services import append, begin
from lms.accounts.api import Role, require_role

pytestmark = [pytest.mark.django_db, pytest.mark.long]


class Line:
    """A body whose line is lost after `cut` bytes, and which brings them in portions of its own."""

    def __init__(self, body, cut, random):
        self.left = body[:cut]
        self.random = random

    def read(self, size):
        size = min(size, self.random.randint(1, services.PIECE))
        piece, self.left = self.left[:size], self.left[size:]
        return piece


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    size=st.integers(0, 400_000),
    seed=st.integers(0, 2**32),
    cuts=st.lists(st.tuples(st.integers(1, 200_000), st.floats(0, 1)), max_size=12),
)
def test_cuts_and_resumptions(editor, college, size, seed, cuts):
    random = Random(seed)
    body = random.randbytes(size)
    actor = require_role(editor, Role.EDITOR, organisation=college)
    row = begin(user=editor, organisation=college, actor=actor, size=size, metadata="", name="a.zip")
    try:
        for length, cut in [*cuts, (size, 1.0)]:
            at = Upload.objects.get(pk=row.pk).offset
            part = body[at : at + length]
            line = Line(part, round(len(part) * cut), random)
            append(row, line, at=at, length=len(part), checksum=None, actor=actor)
            told = Upload.objects.get(pk=row.pk)
            assert told.offset == row.offset == at + round(len(part) * cut)
            assert store.data_path(row.uuid).read_bytes() == body[: told.offset]
        assert (told.state, told.sha256) == ("complete", hashlib.sha256(body).hexdigest())
    finally:
        Upload.objects.all().delete()
        store.remove(row.uuid)
