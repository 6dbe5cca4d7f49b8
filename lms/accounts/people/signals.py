"""What follows from allauth's events. Each is one call of a service."""

from typing import Any

from allauth.account.signals import email_confirmed, user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from lms.accounts.organisations.wagtail_access import keep_in_step
from lms.accounts.people.adapter import proved_by_its_owner
from lms.accounts.people.models import User
from lms.accounts.people.services import email_proved


@receiver(email_confirmed)
def on_email_confirmed(sender: Any, request: HttpRequest, email_address: Any, **kwargs: Any) -> None:
    email_proved(email_address.user, email_address.email, keep_password=proved_by_its_owner())


@receiver(user_logged_in)
def on_logged_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    # A membership may have begun or run out overnight without anyone touching it.
    keep_in_step(user)
