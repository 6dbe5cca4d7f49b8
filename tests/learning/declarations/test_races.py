"""Real connections at the same moment: a claim is accepted once, a work and a year's cap are counted one by one."""

import pytest
from django.db import IntegrityError, transaction

from creditbank.api import audit, posted_hours
from lms.learning.declarations.decisions import Verdict, review
from lms.learning.declarations.models import DeclarationStep, HoursDeclaration, WorkCredit
from lms.learning.declarations.services import close, supplement, withdraw
from lms.lib.clock import now
from lms.lib.errors import Refusal
from lms.lib.outbox.models import OutboxEvent
from lms.lib.outbox.services import deliver_pending
from tests.factories.accounts import member
from tests.learning.declarations.claims import House, accept, picture, rule
from tests.races import at_once, won

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def delivered():
    while deliver_pending():
        pass


def test_the_same_claim_accepted_by_four_reviewers():
    house = House()
    claim = house.passed()
    reviewers = [member("reviewer", house.department) for _ in range(4)]
    results = at_once(*(lambda who=who: accept(who, claim) for who in reviewers))
    assert len(won(results)) == 1
    assert WorkCredit.objects.count() == 1
    assert DeclarationStep.objects.filter(act="accept").count() == 1
    assert OutboxEvent.objects.filter(kind="declaration.accepted").count() == 1
    delivered()
    assert posted_hours(house.worker.uuid)["specialty"] == 1200
    assert audit().breaks == []


def test_a_years_cap_holds_for_claims_accepted_at_once():
    house = House()
    rule(yearly_cap_centihours=2000)
    claims = [house.passed(centihours=None) for _ in range(4)]
    reviewers = [member("reviewer", house.department) for _ in range(4)]
    results = at_once(
        *(lambda who=who, what=what: accept(who, what) for who, what in zip(reviewers, claims, strict=True))
    )
    assert len(won(results)) == 4
    counted = sorted(HoursDeclaration.objects.values_list("counted_centihours", flat=True))
    assert counted == [0, 0, 800, 1200]
    delivered()
    assert posted_hours(house.worker.uuid)["specialty"] == 2000


def test_the_same_work_handed_in_four_times_at_once():
    house = House()
    results = at_once(*(lambda: house.claim(title="年会") for _ in range(4)))
    assert len(won(results)) == 1
    assert HoursDeclaration.objects.count() == 1


def test_accepting_and_withdrawing_at_once():
    house = House()
    claim = house.passed()
    results = at_once(lambda: accept(house.reviewer, claim), lambda: withdraw(house.worker, claim))
    assert len(won(results)) == 1
    claim.refresh_from_db()
    assert (claim.state == "accepted") == WorkCredit.objects.exists()


def test_supplementing_twice_and_closing_at_once():
    house = House()
    claim = review(house.hr, house.claim(), Verdict("ask", "请补会议通知"))
    results = at_once(
        lambda: supplement(house.worker, claim, text="已补", files=[picture()]),
        lambda: supplement(house.worker, claim, text="已补", files=[picture()]),
        lambda: close(claim.pk),
    )
    assert [isinstance(result, Refusal) for result in results].count(True) == 1
    claim.refresh_from_db()
    assert (claim.state, claim.files.count()) == ("employer", 1)


def test_the_database_itself_refuses_a_second_credit_of_the_same_number():
    house = House()
    first, second = house.accepted(title="年会"), house.claim(title="另一年会")
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkCredit.objects.create(
            person=house.worker,
            work_key=first.work_key,
            number=1,
            declaration=second,
            accepted_centihours=1,
            before_centihours=0,
            counted_centihours=1,
            at=now(),
        )
