"""A running site as the walk sees it, whatever its shape; and the embedded shape, started as a user starts it."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tools.common import ROOT, tail
from tools.services import free_port

# A first start migrates and loads the demo: under a minute alone, several times that beside other tests on two cores.
READY_SECONDS = 400
END_SECONDS = 40
# What belongs to the test run itself or to a site that a developer runs beside it.
FOREIGN = ("PYTEST", "RONGTONG", "DJANGO", "DATABASE", "TEST_DATABASE", "REDIS", "ELASTICSEARCH")
SINGLE = {"PORT", "PUBLIC_URL", "CONTENT_URL", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "SECRET_KEY", "DEBUG"}


@dataclass
class Site:
    """base_url: where the site answers. read_codes(): the lines with one-time codes, oldest first, each holding
    some spelling of the recipient that `spelling` makes. lms(*arguments): runs `python -m lms …` in that shape.
    """

    base_url: str
    content_url: str
    read_codes: Callable[[], list[str]]
    spelling: Callable[[str], str]
    lms: Callable[..., str]
    home: Path
    _seen: dict[str, int] = field(default_factory=dict)

    def code(self, phone: str, seconds: float = 15) -> str:
        """The newest one-time code for a number (E.164) that was not asked for before."""
        name = self.spelling(phone)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = [line for line in self.read_codes() if name in line]
            codes = [match[0] for line in found if (match := re.search(r"(?<!\d)\d{6}(?!\d)", line))]
            if len(codes) > self._seen.get(phone, 0):
                self._seen[phone] = len(codes)
                return codes[-1]
            time.sleep(0.1)
        raise AssertionError(f"no new code for {name} within {seconds:.0f} s")


def lines(path: Path) -> list[str]:
    with suppress(FileNotFoundError):
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    return []


def clean_environment() -> dict[str, str]:
    """This process's environment without what would lead a started site to other data."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(FOREIGN) and name not in SINGLE
    }


# --- processes ---------------------------------------------------------------------------------------------


def _stat(pid: int) -> tuple[str, int, str] | None:
    """(state, parent, start time) of a process, None when there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name stands in brackets and may hold anything.
    rest = text.rpartition(")")[2].split()
    return rest[0], int(rest[1]), rest[19]


def descendants(root: int) -> set[tuple[int, str]]:
    """(pid, start time) of a process and of everything below it."""
    known = {int(path.name): _stat(int(path.name)) for path in Path("/proc").glob("[0-9]*")}
    found, wave = set(), [root]
    while wave:
        pid = wave.pop()
        row = known.get(pid)
        if row is not None:
            found.add((pid, row[2]))
        wave += [child for child, row in known.items() if row is not None and row[1] == pid]
    return found


def still_running(processes: set[tuple[int, str]]) -> list[int]:
    """Those that run on; an id given to a later process is not the same one."""
    rows = ((pid, started, _stat(pid)) for pid, started in processes)
    return [pid for pid, started, row in rows if row is not None and row[2] == started and row[0] not in "ZX"]


# --- the embedded shape ------------------------------------------------------------------------------------


def _wait_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise AssertionError(f"the launcher ended with {process.returncode}:\n{tail(log, 40)}")
        if "Rongtong is ready at" in log.read_text(encoding="utf-8", errors="replace"):
            with urllib.request.urlopen(f"{url}/healthz", timeout=10) as answer:
                assert answer.status == 200
            return
        time.sleep(0.1)
    raise AssertionError(f"not ready within {READY_SECONDS} s:\n{tail(log, 40)}")


def _command(arguments: tuple[str, ...], env: Mapping[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "lms", *arguments],
        cwd=ROOT, env=dict(env), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"lms {' '.join(arguments)}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@contextmanager
def embedded(folder: Path) -> Iterator[Site]:
    """`python -m tools.run` (what `make run` calls) on a data folder and port of its own, with the demo loaded.

    Ends it with Ctrl-C's signal and sees that nothing of it is left.
    """
    home, log, port = folder / "home", folder / "run.log", free_port()
    env = clean_environment() | {"PORT": str(port), "RONGTONG_HOME": str(home)}
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tools.run"],
            cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    started: set[tuple[int, str]] = set()
    try:
        _wait_ready(url, process, log)
        yield Site(
            base_url=url,
            content_url=url,
            read_codes=lambda: lines(home / "outbox-codes.log"),
            spelling=lambda phone: f"  {phone}  ",
            lms=lambda *arguments: _command(arguments, env),
            home=home,
        )
        assert process.poll() is None, f"the launcher ended by itself:\n{tail(log, 40)}"
    finally:
        started |= descendants(process.pid)
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        try:
            status = process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
    left = still_running(started)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left, f"still running after Ctrl-C: {left}\n{tail(log, 20)}"
    assert status == 0, f"the launcher ended with {status}:\n{tail(log, 40)}"
    assert len(started) > 3, "web and worker were not among the launcher's processes"
