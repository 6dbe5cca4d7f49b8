"""Real connections at the same moment: of several at once exactly one gets through, and the books hold."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from creditbank.applications import redemptions
from creditbank.applications.models import Application, OutcomeUse, UseDraw
from creditbank.applications.services import Move, Wish, decide, submit, submit_many
from creditbank.ledger.models import Transaction
from tests.creditbank.applications.cases import House, books_hold, credits_of
from tests.creditbank.applications.test_lots import approved, transfer_rule
from tests.factories.creditbank import certificate, member, person, programme, rule_version
from tests.races import at_once, won

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_one_proposal_and_one_confirmation():
    house = House()
    learner, row = house.case()
    reviewers = [member("reviewer", house.home, f"审核{n}") for n in range(4)]
    for state in ("proposed", "approved"):
        row = Application.objects.get(pk=row.pk)
        tasks = [lambda who=who, row=row: decide(who, row, approve=True, reason="同意") for who in reviewers]
        assert len(won(at_once(*tasks))) == 1
        row = Application.objects.get(pk=row.pk)
        assert row.state == state
    assert Transaction.objects.count() == OutcomeUse.objects.count() == 1
    assert credits_of(learner) == 800
    books_hold()


def test_the_same_outcome_for_the_same_programme_by_two_rules():
    """Both rules fit; whoever comes first has it, and the other is told so."""
    house = House(reviewers=1)
    other = rule_version(
        house.version.rule.programme,
        code="other",
        courses=[{"code": "X1", "name": "课", "centicredits": 100}],
    )
    learner = person()
    paper = certificate(learner)
    tasks = [
        lambda version=version: submit(learner, house.wish(paper, version))
        for version in (house.version, other) * 2
    ]
    assert len(won(at_once(*tasks))) == 1
    assert Application.objects.count() == 1


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def test_twenty_requests_for_the_same_outcome():
    """Through every door at once: two tabs with the form, the button that applies for all, and programs."""
    house = House(reviewers=1)
    learner = person()
    paper = certificate(learner)
    said = {"outcome": str(paper.uuid), "rule": house.version.rule.code, "version": 1}
    clients = [signed_in(learner) for _ in range(20)]
    form = {"rule": said["rule"], "version": 1}
    api, page = "/api/v1/credit/applications", reverse("credit:worth", args=[paper.uuid])
    tasks = [
        (lambda c=c: c.post(api, json.dumps(said), content_type="application/json"))
        if place % 2
        else (lambda c=c: c.post(page, form))
        for place, c in enumerate(clients)
    ]
    answers = at_once(*tasks, refused=())
    statuses = [answer.status_code for answer in answers]
    assert Application.objects.count() == 1
    made = [status for status in statuses if status == 201]
    assert len(made) <= 1, statuses
    # The others of the programs are told so; a form leads to the one that was made.
    assert set(statuses) <= {201, 302, 409}, statuses
    for answer in answers:
        if answer.status_code == 409 and "json" in answer["Content-Type"]:
            assert answer.json()["message"]


def test_an_allocation_pressed_several_times():
    house = House()
    second = rule_version(
        programme(house.home, code="second"),
        code="second",
        courses=[{"code": "Y1", "name": "课", "centicredits": 100}],
    )
    learner = person()
    paper = certificate(learner)
    wishes = [Wish(paper.uuid, version.rule.code, 1) for version in (house.version, second)]
    results = at_once(*[lambda: submit_many(learner, wishes) for _ in range(4)])
    assert len(won(results)) == 4
    assert {tuple(row.pk for row in rows) for rows in won(results)} == {
        tuple(Application.objects.order_by("id").values_list("pk", flat=True))
    }


def test_a_course_moves_to_one_of_two_colleges():
    giving = House(reviewers=1)
    learner, first = approved(giving)
    tasks = []
    for code in ("college-b", "college-c"):
        house = House(reviewers=1, code=code)
        version = transfer_rule(giving, house, code=f"transfer-{code}")
        row = submit(learner, Move(first.uuid, "EL101", version.rule.code, 1))
        tasks.append(lambda who=house.first, what=row: decide(who, what, approve=True, reason="按协议"))
    assert len(won(at_once(*tasks))) == 1
    assert UseDraw.objects.count() == 1
    assert credits_of(learner, giving.home) == 300
    assert credits_of(learner) == 700
    books_hold()


def test_redeemed_while_a_course_of_it_moves():
    giving = House(reviewers=1)
    receiving = House(reviewers=1, code="college-b")
    learner, first = approved(giving)
    version = transfer_rule(giving, receiving)
    row = submit(learner, Move(first.uuid, "EL101", version.rule.code, 1))
    asked = redemptions.request(learner, first.programme)
    results = at_once(
        lambda: decide(receiving.first, row, approve=True, reason="按协议"),
        lambda: redemptions.redeem(giving.admin, asked, reason="毕业"),
        lambda: redemptions.redeem(giving.admin, asked, reason="毕业"),
    )
    assert len(won(results)) == 1
    assert (credits_of(learner, giving.home), credits_of(learner, receiving.home)) in {(300, 400), (0, 0)}
    books_hold()
