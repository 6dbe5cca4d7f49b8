"""Wagtail brings doors of its own beside allauth's: signing in and changing an address go by allauth's alone, with its
limits, its second factor and its proof."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse

from lms.accounts.api import staff_group
from lms.accounts.models import User
from tests.factories.accounts import PASSWORD, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    """Staff with a second factor."""
    user = member("officer")
    user.groups.add(staff_group())
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    return user


@pytest.mark.parametrize("address", ["/admin/login/", "/admin/login"])
def test_wagtails_own_sign_in_lets_nobody_in(officer, address):
    client = Client()
    for said in (
        {"username": officer.email, "password": PASSWORD},
        {"username": officer.phone, "password": PASSWORD},
    ):
        assert client.post(address, said)["Location"] == reverse("accounts_pages:staff_entry")
        assert "_auth_user_id" not in client.session


def test_it_leads_to_the_sites_and_back(officer):
    answer = Client().get("/admin/login/?next=/admin/pages/", follow=True)
    assert answer.redirect_chain[-1] == ("/accounts/login/?next=%2Fadmin%2Fpages%2F", 302)


def test_the_second_factor_is_asked_for(officer):
    client = Client()
    answer = client.post("/accounts/login/", {"login": officer.email, "password": PASSWORD})
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("address", ["/admin/password_reset/", "/admin/password_reset/confirm/MQ/x-y/"])
def test_wagtails_own_reset_is_shut(address):
    assert Client().get(address).status_code == 404


def test_an_address_is_not_changed_unproved(officer):
    client = Client()
    client.force_login(officer)
    account = reverse("wagtailadmin_account")
    page = client.get(account).content.decode()
    assert 'name="name_email-email"' not in page
    assert "password" not in page.split("<main")[1].split("</main>")[0]
    said = {
        "name_email-first_name": "x",
        "name_email-last_name": "y",
        "name_email-email": "victim@example.com",
    }
    client.post(account, said | {"locale-preferred_language": "", "locale-current_time_zone": ""})
    assert User.objects.get(pk=officer.pk).email == officer.email
