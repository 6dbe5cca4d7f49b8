"""What learning accounts do on events: a real name opens one; a posting to a closed account follows its person."""

from typing import Any
from uuid import UUID

from django.db import transaction

from creditbank.holders.services import SYSTEM, open_account
from creditbank.holders.settling import merges_about, settle
from lms.accounts.api import User
from lms.lib.outbox.registry import Event, consumer


def open_with_real_name(event: Event) -> None:
    """`identity.changed` → the learning account, once."""
    user = User.objects.filter(uuid=UUID(event.payload["person"]), erased_at__isnull=True).first()
    if user is not None:
        open_account(user)


def follow(event: Event) -> None:
    """`hours.posted`, `credit.posted` → whatever merge one of the accounts takes part in is settled again."""
    settle_again(event.payload)


def settle_again(payload: dict[str, Any]) -> None:
    holders = [UUID(line["holder"]) for line in payload["lines"] if line["holder"]]
    # The merge's own postings have settled everything; reversals and new hours have not.
    if payload["kind"] == "merge":
        return
    for merge in merges_about(holders):
        with transaction.atomic():
            settle(merge, SYSTEM)


def register() -> None:
    """Called when the application is ready."""
    consumer("identity.changed", name="creditbank.open_account")(open_with_real_name)
    for kind in ("hours.posted", "credit.posted"):
        consumer(kind, name="creditbank.settle_merges")(follow)
