"""Until the disk has it: files and folders whose bytes outlive a power failure.

Owns how that is waited for. Refuses to know what the files are; storages that are no disk of ours have files for good when they
say so (whoever asks leaves those out).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

# Files waited for at once: the disk's journal is then written for many of them together.
AT_ONCE = 8


@contextmanager
def flushing(paths: Iterable[str]) -> Iterator[Callable[[], None]]:
    """Bring files to the disk, and the names of their folders, beside what the caller does; what is given waits for it. Raises
    OSError there, where the disk refuses."""
    files = list(paths)
    pool = ThreadPoolExecutor(max_workers=AT_ONCE)
    under_way = [pool.submit(_flush, path) for path in files]

    def wait() -> None:
        for one in under_way:
            one.result()
        for folder in {os.path.dirname(path) for path in files}:
            flush_names(folder)

    try:
        yield wait
    finally:
        pool.shutdown(cancel_futures=True)


def flush_tree(folder: str | os.PathLike[str]) -> None:
    """Wait until the disk has a folder with all that is in it. Its own name is its parent's (`flush_names`). Raises OSError."""
    files, folders = [], []
    for place, _, names in os.walk(folder):
        folders.append(place)
        files += [os.path.join(place, name) for name in names]
    with flushing(files) as wait:
        wait()
    for one in folders:
        flush_names(one)


def flush_names(folder: str | Path) -> None:
    """Wait until the disk has the names of what is in a folder, where the file system knows how: some of the network do
    not. Raises OSError."""
    try:
        _flush(folder)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise


def _flush(path: str | Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
