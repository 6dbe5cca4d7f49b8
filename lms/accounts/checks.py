"""System checks: allauth's own, less the two that our sign-up answers in another way, and ours.

allauth's settings check knows only "e-mail is mandatory" as a safe sign-up. Ours lets a person come by
phone or by e-mail: SIGNUP_FORM_CLASS demands one of the two, EmailStage and PhoneVerificationStage each
prove what was given. Its two messages about that (one has no id) would have to be silenced for everything
at once; here exactly they go.
"""

from typing import Any

from allauth.account import checks as allauth_checks
from django.conf import settings
from django.core import checks
from django.core.checks.registry import registry

ANSWERED = (
    "ACCOUNT_LOGIN_METHODS conflicts with ACCOUNT_SIGNUP_FIELDS",
    "ACCOUNT_EMAIL_VERIFICATION = 'mandatory' requires 'email*' in ACCOUNT_SIGNUP_FIELDS",
)


def allauth_settings(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """allauth's findings except those in ANSWERED, and only while our answer to them is in force."""
    found: list[checks.CheckMessage] = allauth_checks.settings_check(app_configs, **kwargs)
    if not _one_of_two_demanded():
        return found
    return [message for message in found if message.msg not in ANSWERED]


def _one_of_two_demanded() -> bool:
    from lms.accounts.people.adapter import AccountAdapter

    return (
        settings.ACCOUNT_SIGNUP_FORM_CLASS == "lms.accounts.people.signup.ReachableForm"
        and "lms.accounts.people.stages.EmailStage" in AccountAdapter().get_login_stages()
        and settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory"
        and getattr(settings, "ACCOUNT_PHONE_VERIFICATION_ENABLED", True)
    )


def senders(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """`check --deploy`: a production shape whose codes only reach the log can't sign anyone in by phone."""
    found: list[checks.CheckMessage] = []
    if settings.RONGTONG_CODE_SENDER.endswith(".ConsoleSender"):
        found.append(
            checks.Warning(
                "One-time codes to phones are only logged. Set RONGTONG_CODE_SENDER.", id="accounts.W001"
            )
        )
    if not settings.EMAIL_HOST_SET:
        found.append(checks.Warning("E-mail is only logged. Set EMAIL_HOST.", id="accounts.W002"))
    return found


def install() -> None:
    """Called when the app is ready: put ours in the place of allauth's."""
    registry.registered_checks.discard(allauth_checks.settings_check)
    checks.register(allauth_settings)
    checks.register(senders, deploy=True)
