"""The demo's pack: loaded twice, there once, and believed; without the course, nothing."""

import pytest

from lms.accounts.demo import load_demo_people
from lms.learning.evidence.checking import check
from lms.learning.evidence.demo import COURSE, load_demo_evidence
from lms.learning.evidence.keys import public_keys
from lms.learning.evidence.models import EvidencePack
from lms.lib.private import private_storage
from tests.factories.courses import released_course

pytestmark = pytest.mark.django_db


def test_the_demo_twice(tmp_path):
    people, organisations = load_demo_people()
    assert load_demo_evidence(people) == 0
    released_course(code=COURSE, provider=organisations["qpjx"])
    assert [load_demo_evidence(people) for _ in range(2)] == [1, 1]
    file = tmp_path / "pack.zip"
    with private_storage().open(EvidencePack.objects.get().file) as source:
        file.write_bytes(source.read())
    assert check(file, public_keys()).right
