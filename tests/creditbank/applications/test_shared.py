"""Outcomes that rules share: what the planner offers, applying takes, the college grants, and the database holds apart."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditbank.applications import services
from creditbank.applications.models import Application, OutcomeUse
from creditbank.applications.planner import answer
from creditbank.applications.services import Wish, decide, reverse_recognition, submit, submit_many
from creditbank.applications.transfers import offers
from creditbank.ledger.audit import audit
from creditbank.outcomes.services import verify_outcome
from creditbank.rules.facts import Direction, Rate
from creditbank.rules.services import NewVersion, open_rule, publish_version
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid
from tests.conftest import guards_aside
from tests.creditbank.applications.cases import House, books_hold, credits_of
from tests.creditbank.applications.test_lots import approved, transfer_rule
from tests.examples import examples
from tests.factories.creditbank import SYSTEM, certificate, member, person, programme, rule_version, terms

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def course(code, centicredits=200):
    return [{"code": code, "name": f"课 {code}", "centicredits": centicredits}]


@pytest.fixture
def house():
    return House(reviewers=1)


@pytest.fixture
def sharing(house):
    """Two rules of one programme that share an outcome."""
    target = programme(house.home, code="shared")
    return [
        rule_version(target, code=f"shared-{code.lower()}", courses=course(code), shares_outcome=True)
        for code in ("A1", "B1")
    ]


def offered(user, target):
    """The planner's offers in one programme, as they are sent by the button."""
    (plan,) = [plan for plan in answer(user, today()).plans if plan.programme == target]
    return [Wish(shown.outcome.uuid, shown.version.rule.code, shown.version.number) for shown in plan.offers]


def grant(house, row):
    return decide(house.first, row, approve=True, reason="相符")


def handed_in(house, learner, version):
    """A verified certificate of the learner's, applied for under a rule."""
    paper = certificate(learner)
    row = submit(learner, house.wish(paper, version))
    verify_outcome(member("reviewer", house.home, "核实"), paper, method="register")
    return paper, row


def test_what_two_rules_share_is_offered_applied_for_and_granted_by_both(house, sharing):
    learner = person()
    target = sharing[0].rule.programme
    paper = certificate(learner)
    wishes = offered(learner, target)
    assert {wish.rule_code for wish in wishes} == {"shared-a1", "shared-b1"}
    rows = submit_many(learner, wishes)
    assert offered(learner, target) == []
    verify_outcome(member("reviewer", house.home, "核实"), paper, method="register")
    assert [grant(house, row).state for row in rows] == ["approved", "approved"]
    assert credits_of(learner) == 400
    assert OutcomeUse.objects.filter(outcome=paper, release__isnull=True).count() == 2
    books_hold()


def test_one_of_two_is_offered_while_the_other_waits_or_was_granted(house, sharing):
    learner = person()
    target = sharing[0].rule.programme
    _paper, first = handed_in(house, learner, sharing[0])
    assert [wish.rule_code for wish in offered(learner, target)] == ["shared-b1"]
    grant(house, first)
    (wish,) = offered(learner, target)
    grant(house, submit(learner, wish))
    assert offered(learner, target) == []
    assert credits_of(learner) == 400
    books_hold()


def test_each_is_taken_back_and_given_again_by_itself(house, sharing):
    learner = person()
    _paper, first = handed_in(house, learner, sharing[0])
    grant(house, first)
    (wish,) = offered(learner, sharing[0].rule.programme)
    grant(house, submit(learner, wish))
    reverse_recognition(house.admin, first, reason="更正")
    assert credits_of(learner) == 200
    grant(house, submit(learner, house.wish(first.outcome, sharing[0])))
    assert credits_of(learner) == 400
    with pytest.raises(Conflict) as refusal:
        submit(learner, house.wish(first.outcome, sharing[1]))
    assert refusal.value.code == "already_used"
    books_hold()


def test_a_rule_that_does_not_share_stands_beside_none(house, sharing):
    learner = person()
    alone = rule_version(sharing[0].rule.programme, code="alone", courses=course("C1"))
    paper, first = handed_in(house, learner, sharing[0])
    with pytest.raises(Conflict) as refusal:
        submit(learner, house.wish(paper, alone))
    assert refusal.value.code == "already_applied"
    services.withdraw(learner, first)
    row = submit(learner, house.wish(paper, alone))
    with pytest.raises(Conflict) as refusal:
        submit(learner, house.wish(paper, sharing[1]))
    assert refusal.value.code == "already_applied"
    grant(house, row)
    with pytest.raises(Conflict) as refusal:
        submit(learner, house.wish(paper, sharing[1]))
    assert refusal.value.code == "already_used"


def test_an_appeal_is_not_heard_beside_an_application_that_does_not_share(house, sharing):
    learner = person()
    alone = rule_version(sharing[0].rule.programme, code="alone", courses=course("C1"))
    paper = certificate(learner)
    refused = decide(
        house.first, submit(learner, house.wish(paper, sharing[0])), approve=False, reason="看不清"
    )
    other = submit(learner, house.wish(paper, alone))
    with pytest.raises(Conflict) as refusal:
        services.appeal(learner, refused, reason="看得清")
    assert refusal.value.code == "already_applied"
    services.withdraw(learner, other)
    submit(learner, house.wish(paper, sharing[1]))
    assert services.appeal(learner, refused, reason="看得清").state == "appealed"


@pytest.mark.parametrize("shared", ["", "shared-a1"])
def test_the_database_itself_lets_no_other_stand_beside_a_use(house, sharing, shared):
    learner = person()
    _paper, first = handed_in(house, learner, sharing[0])
    row = grant(house, first)
    assert row.transaction.evidence["rule"]["shares"] == "shared-a1"
    (wish,) = offered(learner, sharing[0].rule.programme)
    second = submit(learner, wish)
    with pytest.raises(IntegrityError), transaction.atomic():
        OutcomeUse.objects.create(
            achievement=row.outcome.achievement,
            outcome=row.outcome,
            programme=row.programme,
            shared_rule=shared,
            application=second,
            transaction=row.transaction,
            centicredits=200,
            used_at=row.decided_at,
        )


@pytest.mark.parametrize(
    "change",
    ["shared_rule = ''", "shared_rule = 'shared-b1'", "shared_rule = 'shared-a1'"],
)
def test_the_audit_sees_what_stands_otherwise(house, sharing, change):
    learner = person()
    _paper, first = handed_in(house, learner, sharing[0])
    grant(house, first)
    (wish,) = offered(learner, sharing[0].rule.programme)
    second = grant(house, submit(learner, wish))
    books_hold()
    use = second.use if change.endswith("'shared-a1'") else Application.objects.get(pk=first.pk).use
    connection.check_constraints()
    with guards_aside(connection), connection.cursor() as cursor:
        cursor.execute("DROP INDEX creditbank_one_first_use")
        cursor.execute(f"UPDATE creditbank_outcomeuse SET {change} WHERE id = %s", [use.pk])
    report = audit()
    assert any("shared otherwise" in line for line in report.breaks), report.breaks
    assert any("living uses" in line for line in report.breaks), report.breaks


def test_a_course_leaves_once_whatever_rules_share(db):
    giving, receiving = House(reviewers=1), House(reviewers=1, code="college-b")
    learner, _first = approved(giving)
    for code in ("move-1", "move-2"):
        transfer_rule(giving, receiving, code=code, shares_outcome=True)
    given = [offer for offer in offers(learner, today()) if offer.can_apply]
    assert len({offer.course.pk for offer in given}) == len(given)
    assert all(offer.version.rule.direction == Direction.CREDITS_TO_CREDITS for offer in given)


def test_what_is_offered_together_is_taken_together_under_a_cap(house):
    """One after the other, the hours would take the whole cap and leave nothing of the certificate's course."""
    target = programme(house.home, code="capped")
    more = {"programme_cap_centicredits": 500}
    by_hours(target, "hours", **more)
    rule_version(target, code="whole", courses=course("W1", 300), **more)
    learner = person()
    training(learner, 300)
    certificate(learner)
    wishes = offered(learner, target)
    assert len(wishes) == 2
    for some in (wishes, wishes[::-1]):
        rows = submit_many(learner, some)
        assert {row.rule_version.rule.code: row.centicredits for row in rows} == {"hours": 200, "whole": 300}
        assert all(services.withdraw(learner, row).state == "withdrawn" for row in rows)


def by_hours(target, code, **fields):
    """A credit for each hour."""
    rule = open_rule(SYSTEM, target, code=code, title="学时", direction=Direction.HOURS_TO_CREDITS, mode="")
    values = {
        "outcome_kind": "training_hours",
        "rate": Rate(100, 100),
        "valid_from": date(2025, 1, 1),
        "source_document": "测试规则文件",
    } | fields
    return publish_version(SYSTEM, rule, NewVersion(**values))


def training(learner, centihours, title="培训"):
    return certificate(
        learner,
        kind="training_hours",
        title=title,
        occupation_code="",
        level=None,
        number="",
        starts_on=date(2024, 5, 1),
        centihours=centihours,
        unit="training",
    )


def test_what_gives_no_credits_or_lacks_evidence_is_not_offered(house):
    strict = programme(house.home, code="strict")
    terms(house.home, strict, evidence_required=True, reviewers=1)
    version = rule_version(strict, code="strict-1", courses=course("S1"))
    learner = person()
    paper = certificate(learner)
    (plan,) = [plan for plan in answer(learner, today()).plans if plan.programme == strict]
    (shown,) = plan.lines
    assert (shown.line.gives, shown.can_apply, plan.offers) == (True, False, [])
    assert "证明材料" in shown.sentence
    with pytest.raises(Invalid):
        submit(learner, house.wish(paper, version))
    verify_outcome(member("assessor", house.home), certificate(learner, issuer=house.home), method="issuer")
    assert len(offered(learner, strict)) == 1


# --- whatever the planner offers, applying takes ---------------------------------------------------------

RULES = st.lists(
    st.fixed_dictionaries(
        {
            "hours": st.booleans(),
            "courses": st.sampled_from([course("A", 100), course("B", 200), course("C", 300)]),
            "programme_cap_centicredits": st.sampled_from([None, 250, 500]),
            "cap_per_rule": st.sampled_from([None, 200]),
            "cap_per_institution": st.sampled_from([None, 300]),
            "group": st.sampled_from(["", "g"]),
            "stackable": st.booleans(),
            "shares_outcome": st.booleans(),
        }
    ),
    min_size=1,
    max_size=4,
)


def published(target, number, *, hours, **fields):
    if hours:
        return by_hours(target, f"any-{number}", **fields | {"courses": [], "rate": Rate(100, 50, step=50)})
    return rule_version(target, code=f"any-{number}", **fields)


@pytest.mark.long
@settings(
    max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rules=RULES, papers=st.lists(st.sampled_from([3, 150, 400]), min_size=1, max_size=3), data=st.data())
def test_whatever_the_planner_offers_is_taken(db, rules, papers, data):
    with transaction.atomic():
        house = House(reviewers=1, code="any")
        target = programme(house.home, code="any")
        for number, fields in enumerate(rules):
            published(target, number, **fields)
        learner = person()
        for number, what in enumerate(papers):
            training(learner, what, f"培训 {number}") if what > 100 else certificate(learner, level=what)
        # Something may wait already; what is offered beside it is taken too.
        before = offered(learner, target)
        if before and data.draw(st.booleans()):
            submit(learner, data.draw(st.sampled_from(before)))
            before = offered(learner, target)
        with transaction.atomic():
            if before:
                made = submit_many(learner, before)
                assert [row.state for row in made] == ["submitted"] * len(before)
            transaction.set_rollback(True)
        for wish in before:
            with transaction.atomic():
                assert submit(learner, wish).state == "submitted"
                transaction.set_rollback(True)
        assert Application.objects.filter(programme=target).count() <= 1
        transaction.set_rollback(True)
