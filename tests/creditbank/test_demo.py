"""The demo's credit part: real through the services, marked as a demo, the same when loaded twice."""

import pytest

from creditbank.applications.models import Application
from creditbank.demo import SOURCE, load_demo_credit
from creditbank.ledger.audit import audit
from creditbank.outcomes.models import LearningOutcome
from creditbank.rules.models import ConversionRuleVersion
from lms.accounts.demo import load_demo_people

pytestmark = pytest.mark.django_db


def test_the_demo_is_loaded_once():
    people, organisations = load_demo_people()
    first = load_demo_credit(people, organisations)
    assert load_demo_credit(people, organisations) == first
    assert first == {"rules": 4, "outcomes": 3, "applications": 3}
    states = sorted(Application.objects.values_list("state", flat=True))
    assert states == ["approved", "submitted", "submitted"]
    assert LearningOutcome.objects.filter(status="verified").count() == 2
    assert set(ConversionRuleVersion.objects.values_list("source_document", flat=True)) == {SOURCE}
    assert audit().broken == 0
