"""Signing in and out, as rows. Owns: what is kept of it. Refuses: addresses, browsers' names, places."""

from typing import Any

from allauth.account.signals import user_logged_in
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from lms.accounts.api import User
from lms.learning.evidence.models import SignIn
from lms.lib.clock import now


def device_of(user_agent: str) -> str:
    """The kind of device that a User-Agent header (RFC 9110) speaks of; "other" for what is no browser."""
    if "iPad" in user_agent or "Tablet" in user_agent:
        return SignIn.Device.TABLET
    if "Mobi" in user_agent or "iPhone" in user_agent:
        return SignIn.Device.PHONE
    if "Android" in user_agent:
        return SignIn.Device.TABLET
    return SignIn.Device.COMPUTER if "Mozilla/" in user_agent else SignIn.Device.OTHER


def note(person: User, act: str, request: HttpRequest | None) -> SignIn:
    """One row: the person signed in or out at this moment."""
    agent = request.headers.get("User-Agent", "") if request is not None else ""
    return SignIn.objects.create(person=person, act=act, device=device_of(agent), at=now())


@receiver(user_logged_in)
def on_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    note(user, SignIn.Act.IN, request)


@receiver(user_logged_out)
def on_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        note(user, SignIn.Act.OUT, request)
