"""Demo study: sessions on days gone by, with the reports that an honest page would have sent.

Owns: nothing; what is kept goes the way of every report, so that the ledger, its days and its checks say of it what they say of
anybody's.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from fractions import Fraction

from django.db import transaction

from courses.api import ReleaseLesson
from lms.learning.enrolment.models import Enrolment
from lms.learning.study.claims import claim
from lms.learning.study.locking import lock
from lms.learning.study.models import StreamClaim, StudySession
from lms.learning.study.reports import facts_of
from lms.learning.study.services import keep, progress_of, rule_in_force, rule_of
from lms.lib.clock import SHANGHAI, epoch_ms

MINUTE = 60_000
COMPUTER, PHONE = StudySession.DeviceKind.COMPUTER, StudySession.DeviceKind.PHONE


def at(day: date, moment: time) -> int:
    """Milliseconds of a moment of a day in Shanghai."""
    return epoch_ms(datetime.combine(day, moment, SHANGHAI))


@transaction.atomic
def studied(
    item: Enrolment,
    lesson: ReleaseLesson,
    kind: StudySession.DeviceKind,
    opened_ms: int,
    parts: Sequence[tuple[int, int]],
    covered: Fraction = Fraction(1),
    counts: bool = True,
) -> StudySession:
    """A page that was open then and told at its end when somebody was active (ms after opening), and how much of each of
    the lesson's blocks was met. counts: it had the turn, and no page of the person's opened later had it before.
    """
    stream, progress = lock(item.person_id), progress_of(item, lesson)
    end = parts[-1][1]
    session = StudySession.objects.create(
        person_id=item.person_id,
        enrolment=item,
        lesson=lesson,
        progress=progress,
        rule=rule_in_force(),
        device=f"demo-{kind.value}",
        device_kind=kind,
        opened_ms=opened_ms,
        seen_ms=opened_ms,
        released_ms=opened_ms + end,
    )
    if counts:
        claim(stream, session, opened_ms, StreamClaim.Kind.OPEN)
    said = {
        "seq": 1,
        "elapsed_ms": end,
        "active_ms_total": sum(until - since for since, until in parts),
        "active": [list(part) for part in parts],
        "coverage": {block: [[0, int(length * covered)]] for block, length in progress.lengths.items()},
        "state": "late",
    }
    keep(stream, session, facts_of(said, session=session.uuid.hex), rule_of(session), opened_ms + end)
    return session
