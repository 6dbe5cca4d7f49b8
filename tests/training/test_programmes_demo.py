"""The demo's programmes: one was walked to its settlement, one enrols, one waits; loaded again, nothing is doubled."""

import pytest

from lms.accounts.demo import load_demo_people
from lms.learning.declarations.models import HoursDeclaration
from lms.lib.outbox.services import deliver_pending
from lms.training.lifecycle.models import Case
from lms.training.programmes.demo import COURSE, HOST, load_demo_programmes
from lms.training.programmes.models import (
    ProgrammeApplication,
    ProgrammePlan,
    ProgrammeResult,
    Settlement,
    TheoryOutput,
    TopicCall,
)
from lms.training.programmes.process import CODE
from tests.factories.courses import released_course


@pytest.mark.long
@pytest.mark.django_db
def test_the_demos_programmes(clock):
    people, organisations = load_demo_people()
    released_course(code=COURSE, provider=organisations[HOST], mode="blended", kind="vocational")
    for _again in range(2):
        load_demo_programmes(people, organisations)
        while deliver_pending():
            pass
    states = Case.objects.filter(process=CODE).values_list("state", flat=True)
    assert sorted(states) == ["enrolling", "settled", "submitted"]
    assert (TopicCall.objects.count(), ProgrammePlan.objects.count(), Settlement.objects.count()) == (1, 2, 1)
    assert sorted(ProgrammeApplication.objects.values_list("state", flat=True)) == [
        *("admitted", "admitted", "waiting")
    ]
    assert ProgrammeResult.objects.count() == 2
    assert HoursDeclaration.objects.filter(activity="project", state="accepted").count() == 2
    assert TheoryOutput.objects.get().outcome is not None
