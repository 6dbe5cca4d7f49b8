"""Statements' part of an erasure: what papers say goes, and so do requests for a name with their evidence. Numbers,
hashes, receipts and sums stay: none of them names anybody.
"""

from collections.abc import Iterator
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lms.accounts.api import ErasurePart, User
from lms.learning.statements.models import (
    NameFile,
    NameRequest,
    PaperContent,
    RequestState,
    StatementLink,
    YearStatement,
)
from lms.learning.statements.queries import KIND
from lms.lib.clock import now
from lms.lib.evidence import discard
from lms.lib.verify import services as verify


def obstacles(user: User) -> Iterator[str]:
    """A request for a name that waits for a decision."""
    if NameRequest.objects.filter(person=user, state=RequestState.ASKED).exists():
        yield _("姓名更正申请还在审核。请等待结果，或先撤回。")


def erase(user: User) -> list[UUID]:
    """See the module's text. Files first."""
    discard(NameFile.objects.filter(request__person=user))
    requests = NameRequest.objects.filter(person=user)
    things = list(requests.values_list("uuid", flat=True))
    requests.update(old_name="", new_name="", why="", reason="")
    statements = YearStatement.objects.filter(person=user)
    for uuid in statements.values_list("uuid", flat=True):
        verify.revoke(KIND, uuid, gettext_noop("持有人已注销。"))
        things.append(uuid)
    StatementLink.objects.filter(statement__person=user, revoked_at=None).update(revoked_at=now())
    PaperContent.objects.filter(person=user).delete()
    return things


PART = ErasurePart(obstacles, erase)
