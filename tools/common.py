"""What the tools share: where things are, how they speak and how they fail."""

import hashlib
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parents[1]
# Where `say` speaks (None: standard output); tools whose output is data turn it to standard error.
SPOKEN_TO: TextIO | None = None


class Trouble(Exception):
    """Something a person can put right: what happened and the way on, in plain sentences."""

    def __init__(self, *lines: str, status: int = 1) -> None:
        super().__init__("\n".join(lines))
        self.status = status


class Interrupted(Exception):
    """Ctrl-C, SIGTERM or SIGHUP arrived; everything that was started is to be ended."""

    def __init__(self, signum: int) -> None:
        super().__init__(f"signal {signum}")
        self.status = 128 + signum


def speak_utf8() -> None:
    """Chinese sentences must not end in a stack trace on a terminal whose locale is C."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):
            stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)  # type: ignore[union-attr]


def say(text: str = "") -> None:
    # A closed pipe (`make run | head`) is no reason to leave processes behind.
    with suppress(BrokenPipeError):
        print(text, file=SPOKEN_TO, flush=True)


def cache_folder() -> Path:
    """Where big things that outlive a clone are kept: RONGTONG_CACHE, else the user's cache folder."""
    named = os.environ.get("RONGTONG_CACHE", "").strip()
    if named:
        return Path(named).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME", "").strip() or "~/.cache"
    return Path(base).expanduser().resolve() / "rongtong"


def files_below(*places: Path) -> list[Path]:
    """The files at and below `places`, in a fixed order; what does not exist is left out."""
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            found += [path for path in place.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        elif place.is_file():
            found.append(place)
    return sorted(found)


def digest(paths: Iterable[Path], *words: str) -> str:
    """A hash over names (relative to the repository) and contents, and over `words`."""
    total = hashlib.sha256()
    for word in words:
        total.update(word.encode() + b"\0")
    for path in paths:
        name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        total.update(str(name).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def read_text(path: Path) -> str:
    """The file's text, or "" where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def write_text(path: Path, text: str) -> None:
    """Written aside and moved into place: whoever reads it sees all of it or the earlier one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def tail(path: Path, lines: int = 20) -> str:
    """The last `lines` lines of a log, indented."""
    return "\n".join(f"    {line}" for line in read_text(path).splitlines()[-lines:])
