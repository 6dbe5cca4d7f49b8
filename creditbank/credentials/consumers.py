"""What credentials do on events of the books: a posting that was reversed takes what was signed of it with it."""

from uuid import UUID

from creditbank.credentials.services import Reason, revoke_of_source
from lms.lib.outbox.registry import Event, consumer

NAME = "creditbank.revoke_credentials"


def revoke_reversed(event: Event) -> None:
    """`hours.posted` and `credit.posted` that reverse another posting."""
    reverses = event.payload.get("reverses")
    if reverses:
        revoke_of_source(UUID(reverses), Reason.REVERSED)


def register() -> None:
    """Called when the application is ready."""
    consumer("hours.posted", name=NAME)(revoke_reversed)
    consumer("credit.posted", name=NAME)(revoke_reversed)
