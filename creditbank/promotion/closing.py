"""Closing proposals that nobody should answer any more, since their holder's account was erased, or was merged and the award
stayed behind with it. Refuses: touching what an assessor has decided.
"""

from uuid import UUID

from django.utils.translation import gettext_noop

from creditbank.promotion.models import Promotion
from lms.accounts.api import User
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now

# Kept as they stand, read in the reader's language (`Promotion.said`).
ERASED = gettext_noop("持有人已注销。")
MERGED = gettext_noop("本人的账号已合并，这个奖项留在关闭的账号里。")


def close_waiting(holder: User, reason: str) -> list[UUID]:
    """Every waiting proposal by an award of this account ends with a reason; which. Call it in a transaction."""
    waiting = Promotion.objects.filter(outcome__holder=holder, state=Promotion.State.PROPOSED)
    closed = list(waiting.order_by("id").values_list("uuid", flat=True))
    waiting.update(state=Promotion.State.WITHDRAWN, decided_at=now(), reason=reason)
    for uuid in closed:
        record(
            Actor.system("creditbank.promotion"),
            action="promotion.close",
            target_type="creditbank.Promotion",
            target=uuid,
            data={"because": "erased" if reason == ERASED else "merged"},
        )
    return closed
