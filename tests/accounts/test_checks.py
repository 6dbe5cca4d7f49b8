"""System checks: what is left out is left out for a reason that is looked at again here."""

import pytest
from allauth.account import checks as allauth_checks
from django.core import checks

from lms.accounts.checks import ANSWERED, allauth_settings, senders
from lms.accounts.people.signup import ReachableForm


def test_nothing_is_found_and_nothing_is_silenced_wholesale(settings):
    found = [message for message in checks.run_checks() if not message.is_silenced()]
    assert [message for message in found if message.id != "staticfiles.W004"] == []
    assert None not in settings.SILENCED_SYSTEM_CHECKS


def test_exactly_the_two_answered_findings_are_left_out():
    said = {message.msg for message in allauth_checks.settings_check(None)}
    assert said == set(ANSWERED)
    assert allauth_settings(None) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ACCOUNT_SIGNUP_FORM_CLASS", None),
        ("ACCOUNT_PHONE_VERIFICATION_ENABLED", False),
    ],
)
def test_they_come_back_once_the_answer_is_gone(settings, name, value):
    setattr(settings, name, value)
    assert {message.msg for message in allauth_settings(None)} == set(ANSWERED)


def test_other_findings_are_not_swallowed(settings):
    settings.ACCOUNT_UNIQUE_EMAIL = False
    assert any("ACCOUNT_UNIQUE_EMAIL" in message.msg for message in allauth_settings(None))


def test_the_answer_itself():
    assert not ReachableForm({}).is_valid()


def test_a_deployment_without_a_sender_is_told(settings):
    settings.EMAIL_HOST_SET = False
    assert {message.id for message in senders(None)} == {"accounts.W001", "accounts.W002"}
