"""/api/v1/credit/account: one's learner number and merges. Joining accounts takes a person at a page."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from creditbank.holders import queries
from creditbank.holders.models import AccountMerge
from creditbank.holders.services import open_account
from lms.accounts.api import User

router = Router()


class MergeOut(Schema):
    uuid: UUID
    state: str
    way: str
    survivor: bool = Field(description="Whether this account is the one that goes on.")
    requested_at: datetime
    decided_at: datetime | None
    reason: str


class AccountOut(Schema):
    number: str = Field(description="Twelve digits, ISO 7064 MOD 97-10; empty before a real name was given.")
    opened_at: datetime | None
    numbers: list[str] = Field(description="Every number that finds this person, the one in use first.")
    merges: list[MergeOut] = Field(description="The newest twenty.")


@router.get("/account", response=AccountOut, summary="My learner number")
def account(request: HttpRequest) -> AccountOut:
    user: User = request.user  # type: ignore[assignment]
    held = open_account(user)
    shown = queries.merges_of(user).exclude(state=AccountMerge.State.OPEN)[:20]
    return AccountOut(
        number=held.number if held else "",
        opened_at=held.opened_at if held else None,
        numbers=queries.numbers_of(user),
        merges=[
            MergeOut(
                uuid=row.uuid,
                state=row.state,
                way=row.way,
                survivor=row.survivor_id == user.pk,
                requested_at=row.requested_at,
                decided_at=row.decided_at,
                reason=row.reason,
            )
            for row in shown
        ],
    )
