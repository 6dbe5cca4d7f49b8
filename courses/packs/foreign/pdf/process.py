"""Running program.py over a PDF file: a process of its own with bounds of its own, told line by line.

Refuses: opening the file here, and waiting for ever.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).with_name("program.py")
_MAX_LINE = 32 * 1024**2


def pieces(path: Path, pictures: Path, *, seconds: int) -> Iterator[dict[str, Any]]:
    """Objects as the program writes them; ends when it does, however that is. pictures: the folder it puts pictures into.
    seconds: of the clock, after which it is stopped; what was read by then counts.
    """
    command = [sys.executable, "-I", str(PROGRAM), str(path), str(pictures)]
    with tempfile.TemporaryFile() as written:
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(  # noqa: S603  # a fixed program, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                check=False,
            )
        written.seek(0)
        while line := written.readline(_MAX_LINE):
            try:
                yield json.loads(line)
            except ValueError:
                return
