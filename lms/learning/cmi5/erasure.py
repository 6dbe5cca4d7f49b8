"""cmi5's part of an erasure: why a unit was waived is said in words about the person, and goes. Registrations and launches
stay under the person's number, as enrolments do.
"""

from collections.abc import Iterator
from uuid import UUID

from lms.accounts.api import ErasurePart, User
from lms.learning.cmi5.models import Cmi5Registration, Cmi5Unit


def obstacles(user: User) -> Iterator[str]:
    yield from ()


def erase(user: User) -> list[UUID]:
    own = Cmi5Registration.objects.filter(enrolment__person=user)
    Cmi5Unit.objects.filter(registration__in=own).exclude(waived_note="").update(waived_note="—")
    return list(own.values_list("uuid", flat=True))


PART = ErasurePart(obstacles, erase)
