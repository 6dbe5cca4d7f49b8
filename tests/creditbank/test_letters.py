"""What people are told by letter: once each, with the page to answer on, and never what is no longer true."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from creditbank.applications import services as applying
from creditbank.applications.expiry import give_notices
from creditbank.applications.services import Wish, submit
from creditbank.honours.cohorts import answer
from creditbank.promotion.services import refuse
from lms.lib.clock import now
from lms.lib.outbox.services import deliver_pending
from tests.creditbank.deposits.lists import assessor
from tests.creditbank.holders.decided import approved
from tests.creditbank.honours.test_a66 import cohort, invited
from tests.creditbank.promotion.test_promotions import waiting
from tests.factories.creditbank import certificate, member, person, programme, rule_version, terms

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def sent():
    """Deliver everything; the letters since the last time."""
    while deliver_pending():
        pass
    found = [(message.to[0], message.subject, message.body) for message in mail.outbox]
    mail.outbox.clear()
    return found


def test_whoever_is_invited_to_a_cohort_hears_of_it_once():
    row = invited(cohort())
    ((to, title, text),) = sent()
    assert (to, title) == (row.person.email, "邀请：劳模工匠学历提升")
    assert reverse("credit:cohort_member", args=[row.uuid]) in text
    assert "申江市总工会邀请你" in text
    assert sent() == []


def test_a_name_of_two_lines_keeps_no_letter_back():
    row = invited(cohort(name="劳模工匠\n学历提升"))
    ((to, title, _text),) = sent()
    assert (to, title) == (row.person.email, "邀请：劳模工匠 学历提升")


def test_an_invitation_that_was_answered_meanwhile_and_one_to_nobody_are_not_sent():
    row, gone = invited(cohort()), invited(cohort(name="青年技师学历提升"))
    answer(row.person, row, accept=False)
    type(gone.person).objects.filter(pk=gone.person.pk).update(is_active=False)
    assert sent() == []


def test_it_waits_on_the_first_page_too(client):
    row = invited(cohort())
    client.force_login(row.person)
    page = client.get(reverse("credit:overview")).content.decode()
    assert reverse("credit:cohort_member", args=[row.uuid]) in page
    answer(row.person, row, accept=True)
    assert "等你答复" not in client.get(reverse("credit:overview")).content.decode()
    client.force_login(person())
    assert "等你答复" not in client.get(reverse("credit:overview")).content.decode()


def test_a_decision_and_papers_asked_for_reach_the_applicant():
    user, version = person(), rule_version()
    outcome = certificate(user)
    case = submit(user, Wish(outcome.uuid, version.rule.code, version.number))
    assert sent() == []
    reviewer = member("reviewer", version.rule.programme.organisation)
    case = applying.decide(reviewer, case, approve=False, reason="编号与登记不符")
    ((to, title, text),) = sent()
    assert (to, title) == (user.email, f"申请有结果了：{outcome.title}")
    assert reverse("credit:application", args=[case.uuid]) in text
    # What the college wrote is behind the sign-in.
    assert "编号与登记不符" not in text


def test_credits_that_will_expire_are_announced():
    home = programme()
    terms(home.organisation, reviewers=1, evidence_required=False, shelf_life_months=12, notice_days=(30,))
    user = person()
    case = approved(user)
    sent()
    with time_machine.travel(now() + timedelta(days=350)):
        assert give_notices() == 1
        ((to, title, _text),) = sent()
    assert (to, title) == (user.email, f"学分将到期：{case.programme.name}")


def test_the_answer_to_a_proposed_promotion_is_announced():
    holder, row = waiting()
    refuse(assessor(), row, reason="不符合条件")
    ((_to, title, text),) = [letter for letter in sent() if letter[0] == holder.email]
    assert title == f"晋级申请有结果了：{row.outcome.title}"
    assert reverse("credit:outcome", args=[row.outcome.uuid]) in text
