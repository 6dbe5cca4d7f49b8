"""The demo's outcomes: of several kinds, marked as a demo, the same when loaded twice; and its list can be deposited."""

import pytest

from creditbank.deposits.demo import load_demo_deposits
from creditbank.deposits.models import DepositBatch
from creditbank.outcomes.demo import load_demo_outcomes
from creditbank.outcomes.models import CatalogueEntry, LearningOutcome
from creditbank.outcomes.services import verify_outcome
from lms.accounts.demo import load_demo_people
from tests.creditbank.deposits.lists import run

pytestmark = pytest.mark.django_db


def test_the_demo_is_loaded_once():
    people, organisations = load_demo_people()
    assert load_demo_outcomes(people, organisations) == load_demo_outcomes(people, organisations) == 6
    assert LearningOutcome.objects.values("kind").distinct().count() == 6
    assert LearningOutcome.objects.filter(status="supplement").count() == 1
    assert all("演示" in source for source in CatalogueEntry.objects.values_list("source", flat=True))
    # The demo's issuer is entitled to what the demo's learner has of it.
    asked = LearningOutcome.objects.get(status="supplement")
    assert verify_outcome(people["assessor"], asked, method="issuer").status == "verified"
    assert load_demo_deposits(people, organisations) == load_demo_deposits(people, organisations) == 1
    batch = run(DepositBatch.objects.get())
    assert (batch.state, batch.lines) == ("ready", 2), list(batch.faults.values_list("sentence", flat=True))
