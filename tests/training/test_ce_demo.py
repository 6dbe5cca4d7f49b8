"""The demo's continuing-education bases: one nominated, one on its way out, a filed plan, this year's exchange; loaded again, nothing is
doubled."""

import pytest

from lms.accounts.demo import load_demo_people
from lms.learning.classes.demo import load_demo_classes
from lms.learning.classes.models import ClassFiling
from lms.lib.clock import today
from lms.lib.outbox.services import deliver_pending
from lms.training.ce_bases.demo import load_demo_ce_bases
from lms.training.ce_bases.models import BaseFiling, BaseReview, EducationBase, Exchange, SharedResource
from lms.training.ce_bases.queries import standing
from lms.training.lifecycle.models import Case
from tests.factories.courses import released_course


@pytest.mark.long
@pytest.mark.django_db
def test_the_demos_continuing_education_bases(clock):
    people, organisations = load_demo_people()
    released_course(code="cnc-gcode-2026", provider=organisations["qpjx"], mode="blended", kind="vocational")
    load_demo_classes(people, organisations)
    for _again in range(2):
        load_demo_ce_bases(people, organisations)
        while deliver_pending():
            pass
    good, failing = (standing(organisations[code].pk, today()) for code in ("qpjx", "hxpx"))
    assert (good.in_exit, good.grade) == (False, "优秀")
    assert (failing.in_exit, failing.grade) == (True, None)
    assert EducationBase.objects.count() == 2
    assert BaseReview.objects.filter(closed_on__isnull=False).count() == 4
    assert sorted(Case.objects.filter(process="ce-base").values_list("state", flat=True)) == [
        "correcting",
        "named",
    ]
    assert BaseFiling.objects.get().classes.count() == 2
    assert ClassFiling.objects.order_by("-pk")[0].reference.startswith("BA-")
    assert Exchange.objects.get().places.count() == 2
    assert SharedResource.objects.count() == 3
