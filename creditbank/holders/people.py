"""What a person's export and erasure do with learning accounts and merges.

The number stays for ever, as a figure without a name: it is never given again. A closed account goes with the one that
went on; what was written about a merge goes with either.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from creditbank.holders.models import AccountMerge
from creditbank.holders.queries import accounts_of, merges_of, numbers_of
from lms.accounts.api import ErasurePart, User, erase_along, export_parts

PART_NAME = "learning_account"
State = AccountMerge.State


def part(user: User) -> dict[str, Any]:
    """The numbers, the merges, and everything that is kept under the accounts that were merged into this one."""
    closed = [account for account in accounts_of(user) if account.pk != user.pk] if _goes_on(user) else []
    return {
        "numbers": numbers_of(user),
        "merges": [
            {
                "uuid": row.uuid,
                "state": row.state,
                "way": row.way,
                "evidence": row.evidence,
                "survivor": row.survivor_id == user.pk,
                "requested_at": row.requested_at,
                "decided_at": row.decided_at,
                "reason": row.reason,
                "undone_at": row.undone_at,
                "undone_reason": row.undone_reason,
            }
            for row in merges_of(user)
        ],
        "closed_accounts": [export_parts(account, without=PART_NAME) for account in closed],
    }


def _goes_on(user: User) -> bool:
    return accounts_of(user)[0].pk == user.pk


def obstacles(user: User) -> Iterator[str]:
    """A merge that waits for its decision."""
    waiting = AccountMerge.objects.filter(Q(survivor=user) | Q(other=user), state=State.REQUESTED)
    if waiting.exists():
        yield _("你有一份账号合并申请在等待核准。请等待结果，或先撤回。")


def erase(user: User) -> list[UUID]:
    """See the module's text."""
    if _goes_on(user):
        for account in accounts_of(user)[1:]:
            erase_along(account)
    merges = AccountMerge.objects.filter(Q(survivor=user) | Q(other=user))
    merges.filter(state=State.OPEN).update(state=State.WITHDRAWN)
    merges.update(evidence="", reason="", undone_reason="", code_hash="")
    return list(merges.values_list("uuid", flat=True))


PART = ErasurePart(obstacles, erase)
