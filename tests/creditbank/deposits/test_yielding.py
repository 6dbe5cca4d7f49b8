"""What waits for a suspended issuer keeps nobody else's list from being deposited."""

import pytest

from creditbank.deposits.models import DepositRow
from creditbank.deposits.queries import batch_of, batches_of
from creditbank.deposits.requests import deposit_many
from creditbank.deposits.waiting import give_waiting
from creditbank.outcomes.models import LearningOutcome
from lms.accounts.models import Identity
from lms.accounts.organisations.models import Organisation
from lms.lib.errors import Conflict, NotFound
from tests.accounts.machines.programs import machine
from tests.creditbank.deposits import lists
from tests.creditbank.deposits.lists import assessor, deposited, row, seen
from tests.creditbank.deposits.test_requests import item
from tests.factories.creditbank import college, member, person, skill_number

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    body = college("other", "别的机构")
    lists.entitled(body)
    return machine(body).machine


def suspend(status=Organisation.Status.SUSPENDED):
    Organisation.objects.filter(code="assess").update(status=status)


def test_a_suspended_issuers_waiting_row_of_another_person_gives_way(program):
    number = skill_number(3)
    first = deposited(row("王芳", "P7654321", number=number))
    with pytest.raises(Conflict):
        deposit_many(program, "k", [item("李明", "P7654329", number=number)])
    suspend()
    deposit_many(program, "k", [item("李明", "P7654329", number=number)])
    kept = first.rows.get()
    assert (kept.state, kept.content) == ("yielded", "")
    waits = DepositRow.objects.get(state="waiting")
    assert waits.batch.issuer.code == "other"
    later = person("李明")
    Identity.objects.filter(user=later).update(number="P7654329")
    seen(later)
    assert give_waiting(later) == 1
    assert LearningOutcome.objects.get().verified_for == "other"
    suspend(Organisation.Status.ACTIVE)
    with pytest.raises(AssertionError):
        # What is another person's by now is a fault of the list again.
        deposited(row("王芳", "P7654321", number=number), row("赵强", "P1112223"))


def test_the_person_gets_what_another_issuer_deposits_meanwhile(program):
    number = skill_number(3)
    first = deposited(row("王芳", "P7654321", number=number))
    suspend()
    deposit_many(program, "k", [item("王芳", "P7654321", number=number)])
    later = person("王芳")
    Identity.objects.filter(user=later).update(number="P7654321")
    seen(later)
    assert give_waiting(later) == 1
    assert LearningOutcome.objects.get().verified_for == "other"
    assert first.rows.get().state == "yielded"


def test_who_is_known_gets_it_at_once_and_the_row_waits_for_nothing(program):
    known = person("李明")
    name, paper = seen(known)
    number = skill_number(3)
    first = deposited(row("王芳", "P7654321", number=number))
    suspend()
    deposit_many(program, "k", [item(name, paper, number=number)])
    assert LearningOutcome.objects.get().holder == known
    suspend(Organisation.Status.ACTIVE)
    later = person("王芳")
    Identity.objects.filter(user=later).update(number="P7654321")
    seen(later)
    assert give_waiting(later) == 0
    assert first.rows.get().state == "waiting"


def test_an_issuers_lists_are_its_own():
    first = deposited(row("王芳", "P7654321"))
    stranger = member("assessor", college("other", "别的机构"), "外人")
    assert list(batches_of(college("other"))) == []
    with pytest.raises(NotFound):
        batch_of(stranger, first.uuid)
    assert batch_of(assessor(), first.uuid) == first
