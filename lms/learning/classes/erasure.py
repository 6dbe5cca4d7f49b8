"""The classes' part of an erasure: photos go, seats that others could have are given up, the audit loses its text.

Attendance and sheets are append-only and stay under the person's number: completions stand on them.
"""

from collections.abc import Iterator
from uuid import UUID

from lms.accounts.api import ErasurePart, User
from lms.learning.classes.models import ClassPlace, PracticePhoto, PracticeResult
from lms.learning.classes.services import give_up
from lms.lib.evidence import discard


def obstacles(user: User) -> Iterator[str]:
    """None: a class goes on without whoever is gone."""
    yield from ()


def erase(user: User) -> list[UUID]:
    """Files first."""
    discard(PracticePhoto.objects.filter(result__place__person=user))
    give_up(user)
    results = PracticeResult.objects.filter(place__person=user)
    places = ClassPlace.objects.filter(person=user)
    return [*places.values_list("uuid", flat=True), *results.values_list("uuid", flat=True)]


PART = ErasurePart(obstacles, erase)
