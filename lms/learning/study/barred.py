"""Time of a session that does not count although it was active and in turn: what is known of it, kept in step.

`StudySession.barred` is a projection of what the sources say (a prompt that nobody answered, a stretch held by a person
who looked into it). Owns: writing it, and what follows in session, lesson and days. Refuses: reasons; whoever has one
registers a source, and calls `rebar` in the transaction in which it changes.

Barred time stays the session's: nobody else gets it, so that lifting a bar gives all of it back.
"""

from collections.abc import Iterable

from django.db import transaction

from lms.learning.study import projection
from lms.learning.study.bar_sources import bars_of
from lms.learning.study.intervals import Ranges, intersect, length, merge, subtract
from lms.learning.study.listeners import lesson_left, lesson_met, tell
from lms.learning.study.locking import lock
from lms.learning.study.models import LessonProgress, StudyReport, StudySession
from lms.learning.study.rules import Bar, barred_ranges


@transaction.atomic
def rebar(session_pks: Iterable[int]) -> int:
    """Bring the sessions to what the sources say now, with all that follows; how many changed.

    Takes the lock of every person concerned, in their order. A lesson that is met by it, or has more counted, is told
    to completion; figures that fall stay what was issued for them (completion/services.py).
    """
    wanted = sorted(set(session_pks))
    people = (
        StudySession.objects.filter(pk__in=wanted).order_by("person_id").values_list("person_id", flat=True)
    )
    for person_id in people.distinct():
        lock(person_id)
    bars = bars_of(wanted)
    changed, touched = 0, set[int]()
    for session in StudySession.objects.filter(pk__in=wanted).order_by("pk"):
        found = [list(bar) for bar in bars[session.pk]]
        if found == session.barred:
            continue
        changed += 1
        if _is_heard_of(session, _difference(session.barred, bars[session.pk])):
            touched.add(session.progress_id)
        own = intersect(merge(session.active), merge(session.turns))
        session.barred = found
        session.attributed_ms = length(subtract(own, barred_ranges(bars[session.pk])))
        session.barred_ms = length(own) - session.attributed_ms
        session.save(update_fields=["barred", "attributed_ms", "barred_ms"])
    for progress in LessonProgress.objects.filter(pk__in=touched).order_by("pk"):
        _rebuild(progress)
    return changed


def _difference(before: Iterable[Bar], after: Iterable[Bar]) -> Ranges:
    old, new = barred_ranges(before), barred_ranges(after)
    return merge((*subtract(old, new), *subtract(new, old)))


def _is_heard_of(session: StudySession, changed: Ranges) -> bool:
    """Whether anything was reported that can lie in what changed: else no figure does."""
    if not changed:
        return False
    rows = StudyReport.objects.filter(session=session, opened_ms=session.opened_ms)
    return rows.filter(received_ms__gt=changed[0][0]).exists()


def _rebuild(progress: LessonProgress) -> None:
    was_met, counted_ms = progress.is_met, progress.counted_ms
    projection.repair(progress)
    if progress.is_met and not was_met:
        tell(lesson_met, progress.enrolment_id)
    elif progress.is_met and progress.counted_ms > counted_ms:
        tell(lesson_left, progress.enrolment_id)
