"""The holds' part of an erasure: what anybody wrote in them goes, and files; figures, moments and decisions stay, unnamed.

A hold is no obstacle: whoever wants to be forgotten need not wait until a suspicion was looked into.
"""

from uuid import UUID

from lms.accounts.api import ErasurePart, User
from lms.learning.holds.models import HoldFile, HoldWord, StudyHold
from lms.lib.evidence import discard


def erase(user: User) -> list[UUID]:
    """Files first."""
    discard(HoldFile.objects.filter(hold__person=user))
    HoldWord.objects.filter(step__hold__person=user).delete()
    holds = StudyHold.objects.filter(person=user)
    holds.update(device="")
    return list(holds.values_list("uuid", flat=True))


PART = ErasurePart(lambda user: (), erase)
