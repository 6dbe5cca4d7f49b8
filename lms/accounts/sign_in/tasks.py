"""The wake-up that takes sessions and tokens away whose time is over, of pages, of programs, of organisations."""

from importlib import import_module

from celery import shared_task
from django.conf import settings


@shared_task(name="lms.accounts.sign_in.clear_sessions")
def clear_sessions() -> None:
    """Nobody can come back to them; begun sign-ins of programs end after a quarter of an hour."""
    from lms.accounts.machines.services import clear_tokens

    clear_tokens()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
