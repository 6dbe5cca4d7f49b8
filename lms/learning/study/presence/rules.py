"""When presence is asked for, and what follows from not answering: plain functions over plain values, no clock.

Seldom: only after so much time counted without anything that shows somebody is there (an answered quiz or exercise, a
lesson opened by hand, a take-over). Never where the prompt could outlast what is left of the lesson. Announced, with
minutes to answer; and unanswered it bars from its end on, never what was before.

Milliseconds; `wall` ones since 1970 UTC.
"""

from dataclasses import dataclass

from lms.learning.study.intervals import FOREVER
from lms.learning.study.rules import Bar, Rule

UNANSWERED = "unanswered"


@dataclass(frozen=True)
class Moments:
    """Wall: announced, asked from, to be answered before."""

    issued: int
    due: int
    expires: int


def next_at(attributed_ms: int, rule: Rule) -> int:
    """How much attributed time the session has when the next prompt is announced, after a proof of presence now."""
    if not rule.presence_every_ms:
        return FOREVER
    return attributed_ms + max(rule.presence_every_ms - rule.presence_notice_ms, 0)


def is_due(attributed_ms: int, prompt_at_ms: int, left_ms: int, rule: Rule) -> bool:
    """Whether to announce one: enough was counted, and what is left of the lesson's content outlasts the prompt."""
    return attributed_ms >= prompt_at_ms and left_ms > rule.presence_notice_ms + rule.presence_answer_ms


def moments(now: int, rule: Rule) -> Moments:
    due = now + rule.presence_notice_ms
    return Moments(now, due, due + rule.presence_answer_ms)


def answered_at(opened: int, at_ms: int, issued: int, received: int) -> int:
    """The wall moment of an answer that a page dates `at_ms` after its opening: after the question, before its arrival."""
    return max(issued, min(opened + at_ms, received))


def answered_for(at: int, heard: int | None, due: int, expires: int) -> int:
    """The moment for which an answer given at `at` holds (wall): its own. A page that first heard of the question at
    `heard`, after it was asked (its line or the page itself was still), has as long from then on as others have.
    """
    in_time = heard is not None and heard > due and at - heard <= expires - due
    return min(at, expires) if in_time else at


def bar_of(expires: int, answered: int | None) -> Bar | None:
    """What does not count for one prompt: from its end until the answer; nothing when that came in time."""
    until = FOREVER if answered is None else answered
    return (expires, until, UNANSWERED) if until > expires else None
