"""Real connections at the same moment: a draft is published once, a vote counts once, a number is given once."""

import pytest

from creditbank.rules.drafts.models import RuleDraft, RuleVote
from creditbank.rules.drafts.services import Publication, publish_draft, start_draft, vote, withdraw_draft
from creditbank.rules.models import ConversionRule, ConversionRuleVersion
from lms.lib.clock import today
from tests.creditbank.rules.house import House
from tests.factories.creditbank import member
from tests.races import at_once, won

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_the_same_draft_published_by_four_administrators():
    house = House()
    draft = house.approved()
    admins = [member("admin", house.home) for _ in range(4)]
    said = [Publication(today(), code=f"number-{n}") for n in range(4)]
    results = at_once(
        *(
            lambda who=who, what=what: publish_draft(who, draft, what)
            for who, what in zip(admins, said, strict=True)
        )
    )
    assert len(won(results)) == 1
    assert (ConversionRule.objects.count(), ConversionRuleVersion.objects.count()) == (1, 1)


def test_one_number_for_two_rules_at_once():
    house = House()
    drafts = [house.approved(title=f"规则{n}") for n in range(2)]
    results = at_once(
        *(
            lambda what=what: publish_draft(house.admin, what, Publication(today(), code="one"))
            for what in drafts
        )
    )
    assert len(won(results)) == 1
    assert sorted(RuleDraft.objects.values_list("state", flat=True)) == ["approved", "published"]


def test_one_reviewer_clicking_four_times():
    house = House()
    draft = house.submitted()
    results = at_once(
        *(lambda: vote(house.reviewers[0], draft, round_seen=1, approve=True) for _ in range(4))
    )
    assert len(won(results)) == 1
    assert RuleVote.objects.count() == 1
    draft.refresh_from_db()
    assert draft.state == "review"


def test_the_last_yes_a_no_and_the_author_taking_it_back_at_once():
    house = House()
    draft = house.submitted()
    vote(house.reviewers[0], draft, round_seen=1, approve=True)
    at_once(
        lambda: vote(house.reviewers[1], draft, round_seen=1, approve=True),
        lambda: vote(house.reviewers[2], draft, round_seen=1, approve=False, reason="不妥"),
        lambda: withdraw_draft(house.editor, draft, reason="再改"),
    )
    draft.refresh_from_db()
    # Whoever came first decided; a draft with a no, or taken back, never stands approved.
    if draft.state == "approved":
        assert not RuleVote.objects.filter(approve=False).exists()
    else:
        assert draft.state in ("returned", "draft")


def test_two_drafts_of_one_rules_next_version_at_once():
    house = House()
    rule = house.published().rule
    results = at_once(
        *(lambda: start_draft(house.editor, house.home, house.said(level=4), rule=rule) for _ in range(3))
    )
    assert len(won(results)) == 1
    assert RuleDraft.objects.filter(rule=rule, state="draft").count() == 1
