"""Starting and ending processes so that none is left behind.

Every command gets a session of its own, so that a terminal's Ctrl-C reaches only the launcher, which then
ends the others in order. Nothing is ended by name, only by the id of a process started here.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import IO

from tools.common import Interrupted, Trouble, speak_utf8

GRACE_SECONDS = 15.0
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Signals:
    """Remembers the first signal; `check()` raises at a safe place, never in the middle of something."""

    def __init__(self) -> None:
        self.received = 0
        self.again = False

    def install(self) -> "Signals":
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._note)
        if _libc is not None:
            # Grandchildren whose parent ended come to us, so that they can be waited for.
            _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        return self

    def _note(self, signum: int, frame: FrameType | None) -> None:
        self.again = bool(self.received)
        self.received = self.received or signum

    def check(self) -> None:
        if self.received:
            raise Interrupted(self.received)

    def sleep(self, seconds: float) -> None:
        """Sleeps at most so long; raises `Interrupted` within 0.1 s of a signal."""
        end = time.monotonic() + seconds
        while True:
            self.check()
            left = end - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.1))


SIGNALS = Signals()


def _die_with_parent(signum: int) -> Callable[[], None] | None:
    """For the child, before exec: the kernel sends it `signum` when the launcher is killed outright."""
    libc = _libc
    if libc is None:
        return None
    parent = os.getpid()

    def arrange() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signum, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


class Process:
    """One started command, its name for people and its log."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: int | None = None,
        group: int | None = None,
        stop_signal: int = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.log = log
        self.stop_signal = stop_signal
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env) if env is not None else None,
                cwd=cwd,
                start_new_session=True,
                user=user,
                group=group,
                extra_groups=None if user is None else [],
                preexec_fn=_die_with_parent(stop_signal),
            )
        self.pid = self._popen.pid

    def ended(self) -> int | None:
        """The exit status, or None while it runs."""
        return self._popen.poll()

    def ask_to_stop(self) -> None:
        if self.ended() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, self.stop_signal)

    def group_lives(self) -> bool:
        """Whether the process or anything it started in its session is still there."""
        if self.ended() is None:
            return True
        with suppress(ChildProcessError):
            while os.waitpid(-self.pid, os.WNOHANG)[0]:
                pass
        try:
            os.killpg(self.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return _group_runs(self.pid)

    def kill_group(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        if self.ended() is None:
            with suppress(subprocess.TimeoutExpired):
                self._popen.wait(5)


def _group_runs(group: int) -> bool:
    """Whether a process of the group still runs; ended ones that nobody waited for do not count."""
    if sys.platform != "linux":
        return True
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name stands in brackets and may hold anything; state, parent and group follow it.
            state, _, member_of = (
                path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[:3]
            )
            if int(member_of) == group and state not in "ZX":
                return True
    return False


def stop_all(processes: Sequence[Process], grace: float = GRACE_SECONDS) -> list[Process]:
    """Asks all to stop at once, waits `grace` seconds, kills the rest. A second Ctrl-C shortens the wait.

    Returns those that had to be killed.
    """
    for process in processes:
        process.ask_to_stop()
    end = time.monotonic() + grace
    leaders_gone_at: dict[int, float] = {}
    waiting = list(processes)
    while waiting and time.monotonic() < end and not SIGNALS.again:
        for process in waiting:
            if process.ended() is not None:
                leaders_gone_at.setdefault(process.pid, time.monotonic())
        # What outlives its leader by two seconds has nobody left to tell it to stop.
        for process in waiting:
            gone = leaders_gone_at.get(process.pid)
            if gone is not None and time.monotonic() - gone > 2 and process.group_lives():
                process.kill_group()
        waiting = [process for process in waiting if process.group_lives()]
        if waiting:
            time.sleep(0.05)
    for process in waiting:
        process.kill_group()
    return waiting


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    output: IO[bytes] | Path | None = None,
    errors: Path | None = None,
    grace: float = 5.0,
) -> int:
    """Runs a command to its end and returns its status; a signal ends the command first, then raises.

    Without `output` both streams stay where ours go; a log named as `output` alone takes both.
    """
    opened: list[IO[bytes]] = []

    def target(place: IO[bytes] | Path | None) -> IO[bytes] | None:
        if isinstance(place, Path):
            place.parent.mkdir(parents=True, exist_ok=True)
            opened.append(place.open("ab"))
            return opened[-1]
        return place

    try:
        out = target(output)
        err = (
            target(errors)
            if errors is not None
            else (subprocess.STDOUT if isinstance(output, Path) else None)
        )
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=dict(env) if env is not None else None,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_die_with_parent(signal.SIGTERM),
        )
        while True:
            try:
                return process.wait(0.1)
            except subprocess.TimeoutExpired:
                if SIGNALS.received:
                    break
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        raise Interrupted(SIGNALS.received)
    finally:
        for file in opened:
            file.close()


def guarded(work: Callable[[], int]) -> int:
    """Runs a tool: `Trouble` becomes its sentences, a signal its status; never a stack trace for either."""
    speak_utf8()
    SIGNALS.install()
    try:
        return work()
    except Trouble as trouble:
        sys.stdout.flush()
        print(trouble, file=sys.stderr)
        return trouble.status
    except Interrupted as interrupted:
        return interrupted.status
