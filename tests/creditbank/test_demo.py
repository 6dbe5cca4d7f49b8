"""The demo's credit part: real through the services, marked as a demo, the same when loaded twice."""

import pytest

from creditbank.applications.models import Application
from creditbank.demo import SOURCE, load_demo_credit
from creditbank.holders.models import AccountMerge
from creditbank.holders.queries import preview
from creditbank.honours.models import CohortMember, Reward
from creditbank.ledger.audit import audit
from creditbank.outcomes.models import LearningOutcome
from creditbank.promotion.models import Promotion
from creditbank.rules.demo import HOURS_SOURCE, SHARE_SOURCE
from creditbank.rules.drafts.models import RuleDraft
from creditbank.rules.models import ConversionRule, ConversionRuleVersion
from lms.accounts.demo import load_demo_people

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_the_demo_is_loaded_once():
    people, organisations = load_demo_people()
    first = load_demo_credit(people, organisations)
    assert load_demo_credit(people, organisations) == first
    assert first == {"rules": 13, "outcomes": 4, "applications": 3}
    states = sorted(Application.objects.values_list("state", flat=True))
    # Two pairs of eyes: one has looked.
    assert states == ["approved", "proposed", "submitted", "submitted"]
    assert LearningOutcome.objects.filter(status="verified").count() == 4
    # An award that waits to become a level.
    assert Promotion.objects.get().state == "proposed"
    # It was rewarded, and its holder is in a cohort.
    assert Reward.objects.get().fen == 200_000
    assert CohortMember.objects.get().state == "joined"
    sources = set(ConversionRuleVersion.objects.values_list("source_document", flat=True))
    assert sources == {SOURCE, HOURS_SOURCE, SHARE_SOURCE}
    assert all(source.startswith("演示规则，仅用于试用") for source in sources)
    for field, choices in (("mode", ConversionRule.Mode), ("direction", ConversionRule.Direction)):
        shown = set(ConversionRule.objects.values_list(field, flat=True)) - {""}
        assert shown == set(choices.values)
    # One has agreed; the second of the panel is the administrator, who may publish what somebody else wrote.
    draft = RuleDraft.objects.get()
    assert (draft.state, draft.votes.count(), draft.approvals) == ("review", 1, 2)
    (merge,) = AccountMerge.objects.all()
    assert (merge.state, merge.survivor, merge.other) == ("requested", people["twin"], people["twin2"])
    assert preview(merge.survivor, merge.other).obstacles == []
    assert audit().broken == 0
