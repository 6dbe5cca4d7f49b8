"""What a form can be made to tell about others: whose certificate numbers and whose accounts are here."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from creditbank.outcomes.services import MOST_A_DAY, Deposit, deposit, verify_outcome
from lms.accounts.api import staff_group
from lms.accounts.models import Membership, RoleInvitation
from lms.accounts.organisations import invitations
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, NotFound, TooMany
from tests.factories.accounts import OrganisationFactory, UserFactory
from tests.factories.accounts import member as account
from tests.factories.creditbank import certificate, college, member, person

pytestmark = pytest.mark.django_db
NUMBER = "S000131000123243000456"
TYPED = {
    "kind": "vocational_skill_certificate", "title": "电工", "occupation_code": "6-31-01-03", "level": "3",
    "issuer_name": "申江职业技能评价中心", "number": NUMBER, "issued_on": "2024-01-01",
}  # fmt: skip


@pytest.mark.parametrize("case", ["free", "registered", "verified", "refused"])
def test_a_deposit_does_not_tell_whether_others_have_the_number(client, case):
    if case != "free":
        body = college("assess", "申江职业技能评价中心")
        outcome = certificate(person("甲"), number=NUMBER, issuer=body)
        if case == "verified":
            verify_outcome(member("assessor", body), outcome, method="issuer")
        if case == "refused":
            outcome.status = "refused"
            outcome.save()
    who = person("乙")
    client.force_login(who)
    answer = client.post(reverse("credit:apply"), TYPED, follow=True)
    mine = who.outcomes.get()
    assert answer.redirect_chain == [(reverse("credit:worth", args=[mine.uuid]), 302)]
    assert mine.status == "submitted"
    text = answer.content.decode()
    for word in ("已被登记", "另有人", "别人", "甲"):
        assert word not in text
    assert [row["status"] for row in client.get("/api/v1/credit/outcomes").json()] == ["submitted"]


def test_who_tries_numbers_is_stopped():
    who = person()
    for number in range(MOST_A_DAY):
        deposit(who, Deposit("x_certificate", "数据", "", None, "机构", f"X-{number:04}", date(2024, 1, 1)))
    with pytest.raises(TooMany):
        deposit(who, Deposit("x_certificate", "数据", "", None, "机构", "X-9999", date(2024, 1, 1)))
    assert who.outcomes.count() == MOST_A_DAY
    assert certificate(person("另一个人"))


@pytest.fixture
def inviting(client):
    """A client of an organisation's administrator, and where invitations are sent to."""
    organisation = OrganisationFactory()
    administrator = account("admin", organisation)
    administrator.groups.add(staff_group())
    client.force_login(administrator)
    return client, organisation, reverse("rongtong_grant", args=[organisation.uuid])


def shown(answer) -> str:
    """The page without what differs at every request."""
    return re.sub(
        r'(csrfmiddlewaretoken" value=|nonce=|CSRF_TOKEN": )"[^"]*"|190 \*{4} \d{4}',
        "",
        answer.content.decode(),
    )


def test_an_invitation_does_not_tell_whether_there_is_an_account(inviting):
    client, _organisation, url = inviting
    there = UserFactory(phone="+8619000000654", phone_verified=True, display_name="在册的人")
    answers = [
        client.post(url, {"person": phone, "role": "editor"}, follow=True)
        for phone in (there.phone, "+8619099999999")
    ]
    assert [answer.redirect_chain[0][1] for answer in answers] == [302, 302]
    assert "在册的人" not in shown(answers[1])
    assert RoleInvitation.objects.count() == 2
    RoleInvitation.objects.all().delete()
    again = client.post(url, {"person": "+8619099999998", "role": "editor"}, follow=True)
    assert shown(again) == shown(answers[0])
    assert not Membership.objects.filter(user=there).exists()


def test_nobody_comes_into_an_organisations_hands_unasked(inviting):
    client, _organisation, url = inviting
    there = UserFactory(phone="+8619000000654", phone_verified=True)
    client.post(url, {"person": there.phone, "role": "editor"})
    assert client.get(reverse("rongtong_person", args=[there.uuid])).status_code == 404
    offer = RoleInvitation.objects.get()
    for stranger in (UserFactory(), UserFactory(phone="+8619000000655", phone_verified=False)):
        with pytest.raises(NotFound):
            invitations.accept(stranger, offer.uuid)
    invitations.decline(there, offer.uuid)
    with pytest.raises(NotFound):
        invitations.accept(there, offer.uuid)
    assert not Membership.objects.filter(user=there).exists()


def test_an_unproved_number_opens_no_invitation(inviting):
    client, _organisation, url = inviting
    squatter = UserFactory(phone="+8619000000654", phone_verified=False)
    client.post(url, {"person": squatter.phone, "role": "editor"})
    assert not invitations.invitations_of(squatter).exists()


def test_an_invitation_ends_with_time_and_with_its_inviter(inviting):
    client, _organisation, url = inviting
    there = UserFactory(phone="+8619000000654", phone_verified=True)
    client.post(url, {"person": there.phone, "role": "editor"})
    offer = RoleInvitation.objects.get()
    Membership.objects.filter(role="admin").update(until=today() - timedelta(days=1))
    with pytest.raises(Conflict):
        invitations.accept(there, offer.uuid)
    Membership.objects.filter(role="admin").update(until=None)
    RoleInvitation.objects.update(invited_at=now() - invitations.VALID_FOR)
    with pytest.raises(NotFound):
        invitations.accept(there, offer.uuid)
    RoleInvitation.objects.update(invited_at=now())
    assert invitations.accept(there, offer.uuid).role == "editor"
