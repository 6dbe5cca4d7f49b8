"""What holds say to the study engine: sessions that a person decided not to count."""

from collections.abc import Mapping, Sequence

from lms.learning.holds.models import HoldSession
from lms.learning.study.intervals import FOREVER
from lms.learning.study.rules import Bar

CODE = "held"


def bars(session_pks: list[int]) -> Mapping[int, Sequence[Bar]]:
    """The whole session, for good: what is reported of it later does not count either. One query.

    A bar takes the content of reports that end after its start: it begins before the opening, or a report of the very
    moment of opening would keep its own.
    """
    rows = HoldSession.objects.filter(session__in=session_pks, barred=True)
    return {
        pk: [(opened_ms - 1, FOREVER, CODE)]
        for pk, opened_ms in rows.values_list("session_id", "session__opened_ms")
    }
