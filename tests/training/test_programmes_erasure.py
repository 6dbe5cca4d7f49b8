"""Somebody who passed a programme and was erased afterwards."""

import pytest

from creditbank.api import posted_in_all
from lms.accounts.models import User
from lms.learning.declarations.models import HoursDeclaration
from lms.learning.erasure import erase
from lms.lib.clock import now
from lms.lib.outbox.services import deliver_pending
from lms.training.programmes import results
from tests.training.advanced import City, ruled

pytestmark = pytest.mark.django_db


def test_a20_somebody_who_was_erased_gets_nothing_a_second_time(clock):
    city = City()
    ruled()
    programme = city.enrolling()
    passed = city.admitted(programme)
    person = passed.person
    done = city.reported(clock, programme, passed)
    results.give(done)
    erase(person)
    User.objects.filter(pk=person.pk).update(erased_at=now())
    assert results.give_again(city.teacher, done) == results.Given(1, 0, 0)
    while deliver_pending():
        pass
    assert HoursDeclaration.objects.filter(person=person).count() == 1
    assert posted_in_all(person.uuid) == 3997
