"""Two at once never get more room together than there is."""

import pytest

from courses.models import StorageHold, Upload
from courses.packs.services import import_pack
from courses.storage import queries, services
from lms.lib.actor import Actor
from tests.courses.packs import making
from tests.factories.accounts import member
from tests.races import at_once, won

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_promises_at_once_stay_within_the_limit(college, limited):
    limited(college, 1000)
    results = at_once(*[lambda n=n: services.hold(college, f"work:{n}", 300) for n in range(6)])
    assert len(won(results)) == 3
    assert StorageHold.objects.count() == 3
    assert queries.used_by(college) == 900


def test_two_imports_at_once_share_what_is_left(college, limited, tmp_path):
    """Room for one: the other is refused whole, and what is stored is within the limit."""
    # Large beside its exercise, which is reckoned with its libraries.
    members = making.files() | {"media/card.pdf": making.PDF + b"%" + b"x" * 400_000}

    def pack(letter):
        return making.written(tmp_path / f"{letter}.zip", making.manifest(code=f"course-{letter}"), members)

    first, second, third = map(pack, "abc")
    probe = import_pack(first, organisation=college, actor=Actor.system("test"), publish=False)
    assert probe.ok
    one = queries.used_by(college)
    limited(college, 2 * one + one // 2)

    def bring(path):
        return import_pack(path, organisation=college, actor=Actor.system("test"), publish=False)

    states = sorted(str(report.state) for report in at_once(lambda: bring(second), lambda: bring(third)))
    assert states == ["done", "refused"]
    assert queries.used_by(college) <= 2 * one + one // 2
    assert not StorageHold.objects.exists()


def test_two_uploads_at_once_share_what_is_left(college, limited):
    from courses.packs.uploads.services import begin
    from lms.accounts.api import require_role

    limited(college, 1000)
    user = member("editor", college)
    actor = require_role(user, "editor", organisation=college)

    def ask(name):
        return begin(user=user, organisation=college, actor=actor, size=600, metadata="", name=name)

    results = at_once(lambda: ask("a"), lambda: ask("b"))
    assert len(won(results)) == 1
    assert Upload.objects.count() == 1
