"""A draft's way through author, panel and administrator: who may do what, what never changes, what every act leaves."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from creditbank.rules.drafts import queries
from creditbank.rules.drafts.models import PanelTerms, RuleDraft, RuleVote
from creditbank.rules.drafts.services import (
    Publication,
    discard_draft,
    publish_draft,
    save_draft,
    set_panel,
    start_draft,
    submit_draft,
    vote,
    withdraw_draft,
)
from creditbank.rules.facts import in_force
from creditbank.rules.models import ConversionRule, ConversionRuleVersion
from creditbank.rules.queries import content_of, fact, versions
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.creditbank.rules.house import ELECTRICIAN, EXEMPTION, HOURS, House
from tests.factories.creditbank import college, member, person, programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return House()


def test_the_whole_way_and_what_it_leaves(house):
    version = house.published()
    assert (version.number, version.rule.code, version.centicredits) == (1, "shkd-2026-001", 500)
    assert content_of(version) == replace(ELECTRICIAN, valid_from=today())
    draft = version.draft
    assert draft.state == "published"
    rows = AuditRow.objects.filter(target=draft.uuid).order_by("id")
    acts = [row.action.removeprefix("rule_draft.") for row in rows]
    assert acts == ["start", "submit", "vote_yes", "vote_yes", "approve", "publish"]
    assert [row.role for row in rows] == ["editor", "editor", "reviewer", "reviewer", "reviewer", "admin"]
    assert {row.body for row in rows} == {house.home.code}
    assert rows[0].person == house.editor.uuid
    assert [event.who for event in queries.history_of(draft)][-1] == house.admin
    with pytest.raises(TypeError):
        version.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        ConversionRuleVersion.objects.filter(pk=version.pk)._raw_delete("default")


@pytest.mark.parametrize("role", ["reviewer", "teacher", "hr", "officer", "auditor", "assessor"])
def test_who_does_not_write(house, role):
    with pytest.raises(NotAllowed):
        start_draft(member(role, house.home), house.home, house.said())


@pytest.mark.parametrize("role", ["editor", "teacher", "admin", "auditor", "officer"])
def test_who_does_not_vote(house, role):
    draft = house.submitted()
    with pytest.raises(NotAllowed):
        vote(member(role, house.home), draft, round_seen=1, approve=True)
    assert not RuleVote.objects.exists()


@pytest.mark.parametrize("role", ["editor", "reviewer", "auditor", "officer"])
def test_who_does_not_publish(house, role):
    draft = house.approved()
    with pytest.raises(NotAllowed):
        publish_draft(member(role, house.home), draft, Publication(today(), code="x"))
    assert not ConversionRule.objects.exists()


def test_people_of_another_college_do_nothing_here(house):
    other = House("other", "另一所学校")
    draft = house.submitted()
    with pytest.raises(NotAllowed):
        start_draft(other.editor, house.home, house.said())
    with pytest.raises(Invalid):
        start_draft(house.editor, house.home, replace(house.said(), programme=other.programme))
    with pytest.raises(NotAllowed):
        vote(other.reviewers[0], draft, round_seen=1, approve=True)
    with pytest.raises(NotAllowed):
        withdraw_draft(other.admin, draft, reason="别校")
    with pytest.raises(NotAllowed):
        publish_draft(other.admin, house.approved(title="另一条"), Publication(today(), code="x"))
    with pytest.raises(NotFound):
        queries.draft_for(other.admin, draft.uuid)
    with pytest.raises(NotFound):
        queries.draft_for(person(), draft.uuid)
    assert not queries.drafts_for(other.admin).exists()


def test_nobody_judges_or_publishes_their_own(house):
    """An administrator who also reviews writes a draft: others vote, another administrator publishes."""
    everything = member("admin", house.home, "全能")
    from lms.accounts.models import Membership

    Membership.objects.create(user=everything, organisation=house.home, role="reviewer", since=today())
    draft = submit_draft(everything, start_draft(everything, house.home, house.said()))
    with pytest.raises(NotAllowed) as refusal:
        vote(everything, draft, round_seen=1, approve=True)
    assert refusal.value.code == "own_draft"
    for reviewer in house.reviewers[:2]:
        vote(reviewer, draft, round_seen=1, approve=True)
    with pytest.raises(NotAllowed) as refusal:
        publish_draft(everything, draft, Publication(today(), code="x"))
    assert refusal.value.code == "own_draft"
    assert publish_draft(house.admin, draft, Publication(today(), code="x")).number == 1


def test_only_the_author_writes_on(house):
    draft = house.draft()
    with pytest.raises(NotAllowed):
        save_draft(member("editor", house.home), draft, house.said())
    saved = save_draft(house.editor, draft, house.said(level=4))
    assert saved.content["level"] == 4
    with pytest.raises(NotAllowed):
        submit_draft(house.admin, draft)


def test_an_unfinished_draft_is_kept_and_not_submitted(house):
    draft = house.draft(courses=[], source_document="")
    with pytest.raises(Invalid) as refusal:
        submit_draft(house.editor, draft)
    assert refusal.value.details == {"field": "source_document"}
    draft.refresh_from_db()
    assert (draft.state, draft.round) == ("draft", 0)


def test_a_no_needs_a_reason_and_returns_the_draft(house):
    draft = house.submitted()
    with pytest.raises(Invalid):
        vote(house.reviewers[0], draft, round_seen=1, approve=False, reason=" ")
    vote(house.reviewers[1], draft, round_seen=1, approve=True)
    back = vote(house.reviewers[0], draft, round_seen=1, approve=False, reason="学分偏高")
    assert back.state == "returned"
    with pytest.raises(Conflict):
        vote(house.reviewers[2], draft, round_seen=1, approve=True)
    # The next round starts from nothing: the yes of the first one counts no more.
    again = submit_draft(house.editor, save_draft(house.editor, back, house.said(level=4)))
    assert (again.round, queries.yeses(again)) == (2, 0)
    with pytest.raises(Conflict):
        vote(house.reviewers[0], again, round_seen=1, approve=True)
    assert vote(house.reviewers[0], again, round_seen=2, approve=True).state == "review"


def test_nobody_votes_twice_in_a_round(house):
    draft = house.submitted()
    vote(house.reviewers[0], draft, round_seen=1, approve=True)
    with pytest.raises(Conflict) as refusal:
        vote(house.reviewers[0], draft, round_seen=1, approve=True)
    assert refusal.value.code == "voted_already"
    assert RuleVote.objects.count() == 1


def test_the_panels_size_is_dated_data(house):
    with pytest.raises(Invalid):
        set_panel(house.admin, house.home, approvals=1, valid_from=today(), source="一个人就够")
    with pytest.raises(NotAllowed):
        set_panel(house.editor, house.home, approvals=3, valid_from=today(), source="办法")
    before = house.submitted()
    set_panel(house.admin, house.home, approvals=3, valid_from=today(), source="校学分认定办法第七条")
    set_panel(house.admin, house.home, approvals=4, valid_from=today() + timedelta(days=1), source="修订")
    draft = house.submitted(title="另一条")
    assert (before.approvals, draft.approvals) == (2, 3)
    for reviewer in house.reviewers:
        assert draft.state == "review"
        draft = vote(reviewer, draft, round_seen=1, approve=True)
    assert draft.state == "approved"
    with pytest.raises(TypeError):
        PanelTerms.objects.update(approvals=2)


def test_what_the_panel_has_does_not_change_and_can_be_taken_back(house):
    draft = house.submitted()
    with pytest.raises(Conflict):
        save_draft(house.editor, draft, house.said(level=4))
    with pytest.raises(Invalid):
        withdraw_draft(house.editor, draft, reason="")
    back = withdraw_draft(house.editor, draft, reason="补充课程")
    assert back.state == "draft"
    approved = house.approved(title="另一条")
    assert withdraw_draft(house.admin, approved, reason="文件有变").state == "draft"
    gone = discard_draft(house.editor, back, reason="不再需要")
    assert gone.state == "discarded"
    with pytest.raises(Conflict):
        submit_draft(house.editor, gone)


def test_what_was_altered_behind_the_panels_back_is_not_published(house):
    draft = house.approved()
    RuleDraft.objects.filter(pk=draft.pk).update(content=draft.content | {"free": 10_000})
    with pytest.raises(Conflict) as refusal:
        publish_draft(house.admin, draft, Publication(today(), code="x"))
    assert refusal.value.code == "draft_altered"


def test_publication_asks_for_a_free_number_and_days_to_come(house):
    draft = house.approved()
    for said, field in (
        (Publication(today() - timedelta(days=1), code="x"), "valid_from"),
        (Publication(today(), today() - timedelta(days=1), "x"), "valid_until"),
        (Publication(today(), code="有 空格"), "code"),
        (Publication(today()), "code"),
    ):
        with pytest.raises(Invalid) as refusal:
            publish_draft(house.admin, draft, said)
        assert refusal.value.details["field"] == field
    house.published(code="taken", title="另一条")
    with pytest.raises(Conflict) as refusal:
        publish_draft(house.admin, draft, Publication(today(), code="taken"))
    assert refusal.value.code == "rule_code_taken"
    draft.refresh_from_db()
    assert draft.state == "approved"
    assert publish_draft(house.admin, draft, Publication(today(), code="free")).rule.code == "free"
    with pytest.raises(Conflict):
        publish_draft(house.admin, draft, Publication(today(), code="again"))


def test_a_rule_has_one_open_draft_and_its_versions_keep_direction_and_programme(house):
    version = house.published()
    second = programme(house.home, "second", name="另一专业")
    said = replace(house.said(level=4), direction="hours_to_credits", mode="", programme=second)
    draft = start_draft(house.editor, house.home, said, rule=version.rule)
    assert (draft.direction, draft.programme) == ("certificate_to_credits", house.programme)
    with pytest.raises(Conflict) as refusal:
        start_draft(house.editor, house.home, house.said(), rule=version.rule)
    assert refusal.value.code == "draft_open"
    submit_draft(house.editor, draft)
    for reviewer in house.reviewers[:2]:
        vote(reviewer, draft, round_seen=1, approve=True)
    newer = publish_draft(house.admin, draft, Publication(today() + timedelta(days=7)))
    assert (newer.rule, newer.number) == (version.rule, 2)
    facts = [fact(row) for row in versions()]
    assert in_force(facts, today())[version.rule.code].version == 1
    assert in_force(facts, today() + timedelta(days=7))[version.rule.code].level == 4


def test_a_rule_is_ended_by_a_later_version_only(house):
    first = house.published()
    ending = today() + timedelta(days=30)
    last = house.published(rule=first.rule, ends=True, valid_from=ending)
    assert last.ends
    facts = [fact(row) for row in versions()]
    assert [item.version for item in facts] == [1]
    day_before = ending - timedelta(days=1)
    assert in_force(facts, day_before)[first.rule.code].version == 1
    assert in_force(facts, ending) == {}
    # A decision of before is computed from the version alone, as it was.
    assert fact(ConversionRuleVersion.objects.get(pk=first.pk)).valid_until is None
    again = house.published(rule=first.rule, valid_from=ending + timedelta(days=30))
    facts = [fact(row) for row in versions()]
    assert in_force(facts, ending) == {}
    assert in_force(facts, again.valid_from)[first.rule.code].version == 3


def test_rules_of_every_direction_become_facts(house):
    hours = fact(house.published("hours", base=HOURS, direction="hours_to_credits", mode=""))
    assert (hours.rate.of_amount(6000), hours.mode, hours.centicredits) == (350, "", 0)
    exemption = fact(
        house.published("exempt", base=EXEMPTION, direction="credits_to_exemption", mode="credit_recognition")
    )
    assert (exemption.exemptions[0].code, exemption.min_score, exemption.level) == ("theory", 7000, None)


def test_issuers_are_found_by_code_or_name():
    home = college()
    assert queries.bodies([home.code, f" {home.name} ", "", "某鉴定中心", "某鉴定中心"]) == [
        {"code": home.code, "name": home.name},
        {"code": "某鉴定中心", "name": "某鉴定中心"},
    ]


def test_the_database_itself_refuses_what_must_not_be(house):
    draft = house.submitted()
    vote(house.reviewers[0], draft, round_seen=1, approve=True)
    for wrong in (
        lambda: RuleDraft.objects.filter(pk=draft.pk).update(state="published"),
        lambda: RuleVote.objects.create(
            draft=draft, round=1, person=house.reviewers[0], approve=True, at=draft.created_at
        ),
        lambda: RuleVote.objects.create(
            draft=draft, round=1, person=house.reviewers[1], approve=False, at=draft.created_at
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()
