"""The demo's claims: loaded twice, there once; one posted, one waiting."""

import pytest

from creditbank.api import posted_hours
from lms.accounts.demo import load_demo_people
from lms.learning.declarations.demo import SOURCE, load_demo_declarations
from lms.learning.declarations.models import HoursActivityRule, HoursDeclaration
from lms.lib.outbox.services import deliver_pending

pytestmark = pytest.mark.django_db


def test_the_demo_twice():
    people, organisations = load_demo_people()
    assert load_demo_declarations(people, organisations) == 2
    assert load_demo_declarations(people, organisations) == 2
    while deliver_pending():
        pass
    assert posted_hours(people["teacher"].uuid)["specialty"] == 1200
    states = HoursDeclaration.objects.order_by("id").values_list("state", flat=True)
    assert list(states) == ["accepted", "employer"]
    assert set(HoursActivityRule.objects.values_list("source", flat=True)) == {SOURCE}
