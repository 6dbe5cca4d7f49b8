"""Whose turn it is: writing claims. One counting stream a person, the rest play and say "not counted".

Owns: StreamClaim rows, the turns that follow from them, StudyStream. Refuses: counting. Every function here runs
under the person's StudyStream lock (services.py takes it).
"""

from lms.learning.study.intervals import FOREVER
from lms.learning.study.models import StreamClaim, StudySession, StudyStream
from lms.learning.study.rules import Rule


def claim(stream: StudyStream, session: StudySession, at_ms: int, kind: str) -> int:
    """Give the turn to `session` from `at_ms` on, and not before anything already accepted; returns the moment."""
    recent = StudySession.objects.filter(person_id=stream.person_id).order_by("-seen_ms")
    horizon = max(
        (active[-1][1] for active in recent.values_list("active", flat=True)[:20] if active), default=0
    )
    last = (
        StreamClaim.objects.filter(person_id=stream.person_id)
        .order_by("-at_ms")
        .values_list("at_ms", flat=True)
    )
    moment = max(at_ms, horizon, (last[:1][0] + 1) if last[:1] else 0)
    StreamClaim.objects.create(person_id=stream.person_id, session=session, at_ms=moment, kind=kind)
    if stream.session_id is not None:
        _end_turn(stream.session_id, moment)
    session.turns = [*session.turns, [moment, FOREVER]]
    session.released_ms = None
    session.save(update_fields=["turns", "released_ms"])
    stream.session = session
    stream.save(update_fields=["session"])
    return moment


def _end_turn(session_id: int, moment: int) -> None:
    holder = StudySession.objects.get(pk=session_id)
    holder.turns = [[start, min(end, moment)] for start, end in holder.turns]
    holder.save(update_fields=["turns"])


def may_claim(stream: StudyStream, session: StudySession, at_ms: int, rule: Rule) -> bool:
    """Whether the turn is free for `session`: nobody has it, or who had it left, or was not heard of for a while."""
    if stream.session_id is None or stream.session_id == session.pk:
        return True
    holder = StudySession.objects.filter(pk=stream.session_id).first()
    if holder is None or holder.released_ms is not None or holder.seen_ms + rule.live_ms < at_ms:
        return True
    # The same tab of the same browser shows one page: the holder's is gone, even if its farewell was lost.
    return bool(session.tab) and (holder.device, holder.tab) == (session.device, session.tab)


def release(stream: StudyStream, session: StudySession, at_ms: int, rule: Rule) -> None:
    """The page is left. Its turn goes to the page that was heard of last, lately, and not left; with none it stays
    here, so that someone who comes back offline to their only page loses nothing. A page that has been silent for
    longer may well be dead: given to it, the turn could not be had back without a line.
    """
    session.released_ms = at_ms
    session.save(update_fields=["released_ms"])
    if stream.session_id != session.pk:
        return
    waiting = (
        StudySession.objects.filter(
            person_id=stream.person_id,
            released_ms__isnull=True,
            opened_ms__gte=max(at_ms - rule.session_ms, 0),
            seen_ms__gte=max(at_ms - rule.live_ms, 0),
        )
        .exclude(pk=session.pk)
        .order_by("-seen_ms")
        .first()
    )
    if waiting is not None:
        claim(stream, waiting, at_ms, StreamClaim.Kind.HANDED)
