"""The demo's tenders: one awarded, one that takes bids; loaded again, nothing is doubled."""

import pytest

from lms.accounts.demo import load_demo_people
from lms.training.lifecycle.models import Act
from lms.training.programmes.demo import COURSE, HOST, load_demo_programmes
from lms.training.tenders.demo import load_demo_tenders
from lms.training.tenders.models import SealedBid, Tender, TenderAward
from tests.factories.courses import released_course

pytestmark = [pytest.mark.long, pytest.mark.django_db]


def test_a12_the_demo_walks_a_tender_to_its_award_once(clock):
    people, organisations = load_demo_people()
    released_course(code=COURSE, provider=organisations[HOST], mode="blended", kind="vocational")
    load_demo_programmes(people, organisations)
    for _time in range(2):
        load_demo_tenders(people, organisations)
    states = dict(Tender.objects.values_list("title", "case__state"))
    assert sorted(states.values()) == ["awarded", "published"]
    award = TenderAward.objects.get()
    assert award.amount_fen <= award.ceiling_fen
    assert sorted(award.movements.values_list("kind", flat=True)) == ["commit", "pay"]
    assert SealedBid.objects.filter(tender__case__state="published").count() == 1
    assert Act.objects.filter(case__process="tender", name="award").count() == 1
