"""The holds' part of an erasure: what anybody wrote in them goes, and files; figures, moments and decisions stay, unnamed.

A hold is no obstacle: whoever wants to be forgotten need not wait until a suspicion was looked into.
"""

from uuid import UUID

from lms.accounts.api import ErasurePart, User
from lms.learning.holds.models import HoldFile, HoldWord, StudyHold


def erase(user: User) -> list[UUID]:
    """Files first: a row without its file is found again, a file without its row never."""
    for file in HoldFile.objects.filter(hold__person=user):
        file.file.delete(save=False)
        file.delete()
    HoldWord.objects.filter(step__hold__person=user).delete()
    holds = StudyHold.objects.filter(person=user)
    holds.update(device="")
    return list(holds.values_list("uuid", flat=True))


PART = ErasurePart(lambda user: (), erase)
