"""Workers are told at once, not over and over, and never too little: after every call there is a message."""

import threading
from heapq import heappop, heappush

from hypothesis import given
from hypothesis import strategies as st

from lms.lib.outbox.nudge import Nudge, in_a_thread

EVERY = 0.25


class Hours:
    """A clock that is moved on by hand, and what is due at its moments."""

    def __init__(self):
        self.now, self.due, self.sent, self.numbers = 0.0, [], [], iter(range(10_000))
        self.nudge = Nudge(
            lambda: self.sent.append(self.now), EVERY, later=self.later, clock=lambda: self.now
        )

    def later(self, seconds, function):
        heappush(self.due, (self.now + seconds, next(self.numbers), function))

    def go_on(self, seconds):
        end = self.now + seconds
        while self.due and self.due[0][0] <= end:
            self.now, _number, function = heappop(self.due)
            function()
        self.now = end


def test_the_first_is_told_at_once_and_the_rest_together():
    hours = Hours()
    hours.nudge()
    assert hours.sent == [0.0]
    for _ in range(20):
        hours.go_on(0.01)
        hours.nudge()
    assert hours.sent == [0.0]
    hours.go_on(1)
    assert hours.sent == [0.0, EVERY]
    hours.nudge()
    assert hours.sent == [0.0, EVERY, hours.now]


@given(st.lists(st.integers(0, 600), max_size=60))
def test_no_call_without_a_message_after_it_and_never_more_often(pauses_ms):
    hours, calls = Hours(), []
    for pause in pauses_ms:
        hours.go_on(pause / 1000)
        calls.append(hours.now)
        hours.nudge()
    hours.go_on(10)
    for call in calls:
        assert any(call <= sent <= call + EVERY + 1e-9 for sent in hours.sent)
    assert all(b - a >= EVERY - 1e-9 for a, b in zip(hours.sent, hours.sent[1:], strict=False))
    assert len(hours.sent) <= len(calls)


def test_what_waits_is_sent_by_a_thread_that_does_not_hold_up_the_end():
    told = threading.Event()
    seen = []

    def send():
        seen.append(threading.current_thread())
        if len(seen) == 2:
            told.set()

    nudge = Nudge(send, 0.05, later=in_a_thread, clock=iter([10.0, 10.01]).__next__)
    nudge()
    nudge()
    assert told.wait(20)
    assert seen[0] is threading.current_thread()
    assert seen[1] is not seen[0]
    assert seen[1].daemon
