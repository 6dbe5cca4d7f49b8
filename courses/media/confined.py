"""Runs one program with little: low priority, bounded time of the processor, memory and file size, no longer than us.

`python confined.py CPU_SECONDS FILE_BYTES program …`: sets the limits and becomes the program. A file by itself, without
an import of ours, since it starts once for every step. Linux ends the program when the worker that began it dies.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys

NICE = 15
MEMORY_BYTES = 6 * 1024**3
PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    cpu, size, program, *rest = arguments
    os.nice(NICE)
    limits = (
        (resource.RLIMIT_CPU, int(cpu)),
        (resource.RLIMIT_FSIZE, int(size)),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, limit in limits:
        # A machine may have bounded it more tightly already.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit, limit))
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.execv(program, [program, *rest])  # noqa: S606 - the caller's own program


if __name__ == "__main__":
    main(sys.argv[1:])
