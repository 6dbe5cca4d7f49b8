"""When to tell the workers that there is something to do: at once after a quiet while, else once at the end of it.

Owns: how often. A message costs the sender more than a posting does, and one look of a worker finds all that was
committed before it; so a process sends one, keeps quiet for a while, and sends one more for whatever came meanwhile.
Refuses: being relied on; what is owed stands in rows, and the beat looks at them anyway.
"""

from collections.abc import Callable
from threading import Timer
from time import monotonic

Later = Callable[[float, Callable[[], None]], None]


class Nudge:
    """Calls `send` at most every `every` seconds, and once after every call of its own (unless the process ends).

    later: carries out a function after so many seconds. A call may come from any thread; two at the same instant send
    one message too many at most.
    """

    def __init__(
        self, send: Callable[[], None], every: float, *, later: Later, clock: Callable[[], float] = monotonic
    ) -> None:
        self._send, self._every, self._later, self._clock = send, every, later, clock
        # Of the last message: sent then, or, if that is still to come, to be sent then. No flag that somebody waits: a
        # process forked meanwhile has no thread that would lower it.
        self._sent_at = -every

    def __call__(self) -> None:
        moment = self._clock()
        quiet_until = self._sent_at + self._every
        if moment >= quiet_until:
            self._sent_at = moment
            self._send()
        elif moment >= self._sent_at:
            self._sent_at = quiet_until
            self._later(quiet_until - moment, self._send)


def in_a_thread(seconds: float, function: Callable[[], None]) -> None:
    """In a thread that does not keep the process from ending."""
    timer = Timer(seconds, function)
    timer.daemon = True
    timer.start()


def never(seconds: float, function: Callable[[], None]) -> None:
    """Where tasks are carried out on the spot (tests): a thread would do it past the caller's back."""
