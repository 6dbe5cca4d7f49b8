"""Employees with hours, for tests of coverage and assignments. Everybody here is invented."""

from datetime import datetime
from typing import Any

from lms.learning.completion.models import Completion, CompletionTopUp
from lms.learning.enrolment.models import Enrolment
from lms.lib.clock import SHANGHAI, local_day
from tests.accounts.rosters import Firm
from tests.factories.accounts import UserFactory
from tests.factories.courses import released_course
from tests.factories.learning import enrolment


class TrainingFirm(Firm):
    """A firm with so many confirmed employees."""

    def __init__(self, employees: int = 3, **organisation: Any) -> None:
        super().__init__(**organisation)
        self.workers = [UserFactory() for _ in range(employees)]
        self.employments = self.employ(*self.workers) if employees else []


def completed(user: Any, centihours: int, *, kind: str = "specialty", year: int = 2026) -> Completion:
    """A course completed in March of that year, worth so much."""
    item = enrolment(user, released_course())
    item.state = Enrolment.State.COMPLETED
    item.save(update_fields=["state"])
    return Completion.objects.create(
        enrolment=item,
        person=user,
        release=item.release,
        kind=kind,
        counted_ms=0,
        centihours=centihours,
        rule={
            "version": 1,
            "valid_from": "2020-01-01",
            "ms_per_hour": 2_700_000,
            "speed_hundredths": 200,
            "approved_centihours": centihours,
        },
        evidence={},
        completed_at=datetime(year, 3, 3, 12, tzinfo=SHANGHAI),
    )


def topped_up(completion: Completion, centihours: int, *, year: int) -> CompletionTopUp:
    moment = datetime(year, 2, 2, 12, tzinfo=SHANGHAI)
    return CompletionTopUp.objects.create(
        completion=completion, number=1, counted_ms=1, centihours=centihours, day=local_day(moment), at=moment
    )
