"""Whose turn it is: writing claims. One counting stream a person, the rest play and say "not counted".

Owns: StreamClaim rows, the turns that follow from them, StudyStream, OpenTurn. Refuses: counting. Every function here
runs under the person's StudyStream lock (services.py takes it).
"""

from lms.learning.study.intervals import FOREVER, Ranges, clip, intersect, merge, subtract
from lms.learning.study.models import OpenTurn, StreamClaim, StudySession, StudyStream
from lms.learning.study.projection import claims_of
from lms.learning.study.reports import MAX_MS
from lms.learning.study.rules import Claim, Rule, open_turns, turns


def claim(stream: StudyStream, session: StudySession, at_ms: int, kind: str) -> int:
    """Give the turn to `session` from `at_ms` on, and not before anything already accepted; returns the moment."""
    # Whatever is accepted ends within a day of its session's opening.
    recent = StudySession.objects.filter(person_id=stream.person_id, opened_ms__gt=max(at_ms - MAX_MS, 0))
    horizon = max((active[-1][1] for active in recent.values_list("active", flat=True) if active), default=0)
    last = (
        StreamClaim.objects.filter(person_id=stream.person_id)
        .order_by("-at_ms")
        .values_list("at_ms", flat=True)
    )
    moment = max(at_ms, horizon, (last[:1][0] + 1) if last[:1] else 0)
    StreamClaim.objects.create(person_id=stream.person_id, session=session, at_ms=moment, kind=kind)
    if stream.session_id is not None:
        _end_turn(stream.session_id, moment)
    _close(stream.person_id, moment)
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
    longer may well be dead: given to it, the turn could not be had back without a line. Kept so, the turn is open.
    """
    was_there = session.released_ms is None
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
    elif was_there:
        OpenTurn.objects.create(person_id=stream.person_id, from_ms=at_ms)


def come_back(stream: StudyStream, session: StudySession, at_ms: int) -> None:
    """A page that was left is there again; the turn, if it is its own, is open no longer."""
    session.released_ms = None
    session.save(update_fields=["released_ms"])
    if stream.session_id == session.pk:
        _close(stream.person_id, at_ms)


def _close(person_id: int, at_ms: int) -> None:
    OpenTurn.objects.filter(person_id=person_id, until_ms__gt=at_ms).update(until_ms=at_ms)


def use_open_turn(
    stream: StudyStream, session: StudySession, stretches: Ranges, at_ms: int, also_open: Ranges = ()
) -> bool:
    """Give `session` the open time it was active in (`stretches`, accepted, wall); whether there was any.

    also_open: open to this session alone, whoever held the turn.

    This is the one claim that is dated into the past: to time in which nobody was there, and of which nothing has been
    accepted from whoever held the turn. What was counted stays where it was counted, so that no moment counts twice.
    """
    wanted = subtract(stretches, merge(session.turns))
    if not wanted:
        return False
    rows = OpenTurn.objects.filter(
        person_id=stream.person_id, until_ms__gt=wanted[0][0], from_ms__lt=wanted[-1][1]
    )
    open_ = merge((*rows.values_list("from_ms", "until_ms"), *also_open))
    if not intersect(wanted, open_):
        return False
    known = claims_of(stream.person_id, open_[0][0])
    held = {
        row.pk: row
        for row in StudySession.objects.filter(pk__in={claim.session for claim in known} - {session.pk})
    }
    new = open_turns(session.pk, wanted, open_, known, {pk: merge(row.active) for pk, row in held.items()})
    StreamClaim.objects.bulk_create(
        StreamClaim(
            person_id=stream.person_id,
            session_id=item.session,
            at_ms=item.at,
            kind=StreamClaim.Kind.FREE if item.session == session.pk else StreamClaim.Kind.HANDED,
        )
        for item in new
    )
    after = turns([*known, *new])
    # What came from another's unheard time is open as well: that page may yet tell that it was in use.
    OpenTurn.objects.bulk_create(
        OpenTurn(person_id=stream.person_id, from_ms=start, until_ms=end)
        for start, end in _gained(session.pk, known, new)
        if intersect(((start, end),), also_open)
    )
    for row in (session, *held.values()):
        earlier = clip(merge(row.turns), 0, known[0].at)
        row.turns = [list(pair) for pair in merge((*earlier, *after.get(row.pk, ())))]
        row.save(update_fields=["turns"])
    if session.turns and session.turns[-1][1] == FOREVER and stream.session_id != session.pk:
        stream.session = session
        stream.save(update_fields=["session"])
        # Free for whoever comes; the page itself says next whether it is still there.
        session.released_ms = at_ms
        session.save(update_fields=["released_ms"])
    return bool(new)


def _gained(session: int, known: list[Claim], new: list[Claim]) -> Ranges:
    return subtract(turns([*known, *new]).get(session, ()), turns(known).get(session, ()))
