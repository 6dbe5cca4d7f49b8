"""A circuit breaker: after a failure nobody asks a dead server again for a while, so that nobody waits for it.

Owns: when the next one may ask. Refuses: knowing what is asked. It stands in the memory of a process; another process
finds out for itself, with one question.
"""

import threading
import time

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 10.0


class Breaker:
    """Closed: everybody asks. After a failure it is open for a pause, which doubles with each further one; then a
    single one asks, and by the answer it closes or opens again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pause = 0.0
        self._until = 0.0

    @property
    def closed(self) -> bool:
        return not self._pause

    def lets(self) -> bool:
        """Whether the caller may ask; a caller that may tells `good` or `bad` afterwards."""
        if not self._pause:
            return True
        with self._lock:
            if time.monotonic() < self._until:
                return False
            # The others keep away until this one has its answer, or for a pause if none comes.
            self._until = time.monotonic() + self._pause
            return True

    def good(self) -> None:
        self._pause = 0.0

    def bad(self) -> None:
        with self._lock:
            self._pause = min(max(2 * self._pause, FIRST_PAUSE_S), LONGEST_PAUSE_S)
            self._until = time.monotonic() + self._pause
