"""The demo's checks: one draw, one finished check whose finding was closed, one under way; loaded again, nothing is doubled."""

import pytest

from lms.accounts.demo import load_demo_people
from lms.lib.outbox.services import deliver_pending
from lms.training.bases.demo import load_demo_bases
from lms.training.lifecycle.models import Case
from lms.training.programmes.demo import COURSE, HOST, load_demo_programmes
from lms.training.supervision import queries, rules
from lms.training.supervision.demo import load_demo_supervision
from lms.training.supervision.models import Check, CheckPhoto, SampleDraw
from lms.training.supervision.process import CODE
from tests.factories.courses import released_course


@pytest.mark.long
@pytest.mark.django_db
def test_a17_the_demos_checks(clock, client):
    people, organisations = load_demo_people()
    released_course(code=COURSE, provider=organisations[HOST], mode="blended", kind="vocational")
    load_demo_bases(people, organisations)
    load_demo_programmes(people, organisations)
    for _again in range(2):
        load_demo_supervision(people, organisations)
        while deliver_pending():
            pass
    draw = SampleDraw.objects.get()
    assert sorted(Check.objects.values_list("state", flat=True)) == ["decided", "visiting"]
    assert Case.objects.get(process=CODE).state == "closed"
    assert CheckPhoto.objects.count() == 2
    said = queries.published(queries.frame(draw.frame.uuid))
    assert said["seed"] == rules.seed(said["frame_sha256"], said["root"], said["secrets"])
    page = client.get(f"/supervision/draws/{draw.frame.uuid}/")
    assert "不在本平台的账本里" in page.text
