"""Files of a pack worked on in threads before they are asked for.

Owns the order and the bounds: as many bytes in front of whoever asks, and no more threads. Refuses to know what is done with a file; what
it raises is raised where it is asked for.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")
# Hashing, inflating and the disk let go of Python's lock, so that these work beside whoever asks, and beside each other.
THREADS = 2
# Unpacked and not asked for yet; what lies in a refused pack behind its fault is not all unpacked for nothing.
BYTES_AHEAD = 64 * 1024**2


class Ahead(Generic[T]):
    """`wanted` are (name, its bytes), in the order in which they will be asked for; `work` is done on each in a thread. Made, asked
    and closed by one thread."""

    def __init__(self, work: Callable[[str], T], wanted: Iterable[tuple[str, int]]) -> None:
        self.work = work
        self.waiting = deque(dict(wanted).items())
        self.begun: dict[str, tuple[Future[T], int]] = {}
        self.bytes = 0
        # Whoever works on a large file looks here now and then.
        self.over = threading.Event()
        self.pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="pack")
        self._begin()

    def take(self, name: str) -> tuple[T] | None:
        """(What the work gave), waited for; None of a file that was not begun, which is whoever asks to work on. Raises what the work
        raised. Each is given once."""
        future, size = self.begun.pop(name, (None, 0))
        if future is None:
            return None
        try:
            return (future.result(),)
        finally:
            self.bytes -= size
            self._begin()

    def _begin(self) -> None:
        while self.waiting and (self.bytes < BYTES_AHEAD or not self.begun):
            name, size = self.waiting.popleft()
            self.begun[name] = self.pool.submit(self.work, name), size
            self.bytes += size

    def close(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        self.over.set()
        self.pool.shutdown(cancel_futures=True)
