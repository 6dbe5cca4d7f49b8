"""A load from a second process: wrk, with its percentiles read back. Loopback only, bounded in time."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep
from urllib.request import urlopen

from tests.production.proxy import nginx
from tools.processes import stop_all
from tools.services import HOST, free_port

CORES = os.cpu_count() or 1
# As deploy/bin/web and deploy/bin/study start them.
WEB = ["--interface", "wsgi", "--blocking-threads", "1", "--backlog", "2048"]
DOOR = ["--interface", "asgi", "--loop", "uvloop", "--workers", "2", "--backlog", "4096"]
DONE = """
done = function(summary, latency, requests)
  io.stderr:write(string.format('{"requests":%d,"duration_us":%d,"errors":%d,"p50_us":%d,"p95_us":%d,"p99_us":%d}',
    summary.requests, summary.duration,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
"""


def wrk_path() -> str:
    """wrk, brought by the package manager where it is missing and we may."""
    if not shutil.which("wrk"):
        if os.geteuid() != 0:
            raise SystemExit("The bench needs wrk: apt-get install wrk")
        subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], check=True, stdout=subprocess.DEVNULL)
    return shutil.which("wrk") or "wrk"


def press(
    url: str, *, seconds: int, clients: int = 8, headers: dict[str, str] | None = None, script: str = ""
) -> dict[str, float]:
    """Requests per second and latencies (ms) of `clients` connections on `url` for `seconds`; errors are counted."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
        lua.write(script + DONE)
        lua.flush()
        command = [wrk_path(), "-t1", f"-c{clients}", f"-d{seconds}s", "-s", lua.name, "--timeout", "10s"]
        for name, value in (headers or {}).items():
            command += ["-H", f"{name}: {value}"]
        told = subprocess.run([*command, url], check=True, capture_output=True, text=True)
    figures = json.loads(told.stderr[told.stderr.index("{") :])
    return {
        "per_second": round(figures["requests"] * 1e6 / figures["duration_us"]),
        "p50_ms": round(figures["p50_us"] / 1000, 1),
        "p95_ms": round(figures["p95_us"] / 1000, 1),
        "p99_ms": round(figures["p99_us"] / 1000, 1),
        "errors": figures["errors"],
    }


@contextmanager
def reporting(folder: Path, sessions: list[str]) -> Iterator[str]:
    """A wrk script that sends the next report of one session after the other; a session is a line of cookie, token
    and block, parted by tabs. Each report tells one millisecond more than the one before it.
    """
    path = folder / "sessions.tsv"
    path.write_text("\n".join(sessions) + "\n")
    body = (
        '{"session":"%s","seq":%d,"elapsed_ms":%d,"active_ms_total":%d,"active":[[0,%d]],'
        '"coverage":{"%s":[[0,%d]]},"position":{"block":"%s","ms":%d},"state":"here"}'
    )
    try:
        yield f"""
local sessions = {{}}
for line in io.lines("{path}") do
  local cookie, token, block = line:match("([^\t]*)\t([^\t]*)\t([^\t]*)")
  table.insert(sessions, {{cookie, token, block}})
end
local n = 0
request = function()
  local it, seq = sessions[n % #sessions + 1], math.floor(n / #sessions) + 1
  n = n + 1
  local body = string.format('{body}', it[2], seq, seq, seq, seq, it[3], seq, it[3], seq)
  return wrk.format("POST", nil, {{["Content-Type"] = "application/json", ["Cookie"] = it[1]}}, body)
end
"""
    finally:
        path.unlink()


_kept: dict[str, str] = {}
_keeping: ExitStack | None = None


@contextmanager
def keeping() -> Iterator[None]:
    """Meanwhile what one part has served stays for those that come after it, as a site stays for its visitors: starting it
    takes longer than most figures.
    """
    global _keeping
    with ExitStack() as _keeping:
        try:
            yield
        finally:
            _kept.clear()
    _keeping = None


@contextmanager
def served(application: str, folder: Path, **env: str) -> Iterator[str]:
    """The address of an application served as production serves pages: by a process a core (deploy/bin/web) behind nginx
    (deploy/nginx).
    """
    if _keeping is not None and not env:
        if application not in _kept:
            _kept[application] = _keeping.enter_context(_served(application, folder, env))
        yield _kept[application]
        return
    with _served(application, folder, env) as address:
        yield address


@contextmanager
def _served(application: str, folder: Path, env: dict[str, str]) -> Iterator[str]:
    with ExitStack() as started:
        webs = [started.enter_context(_granian(application, folder, WEB, env)) for _ in range(CORES)]
        yield started.enter_context(_balanced(webs, folder))


@contextmanager
def alone(application: str, folder: Path, **env: str) -> Iterator[str]:
    """The same without nginx, with a worker a core behind one address: for what is not about balance, as a browser by itself."""
    with _granian(application, folder, [*WEB, "--workers", str(CORES)], env) as address:
        yield address


@contextmanager
def study_door(application: str, folder: Path, **env: str) -> Iterator[str]:
    """The process of study reports, asked directly (deploy/bin/study)."""
    with _granian(application, folder, DOOR, env) as address:
        yield address


@contextmanager
def _granian(application: str, folder: Path, how: list[str], env: dict[str, str]) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "granian", "--host", HOST, "--port", str(port), "--no-ws", *how]
    command += ["--workers-kill-timeout", "2", "--log-level", "warning", application]
    with (folder / f"web-{port}.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env=os.environ | {"PORT": str(port)} | env
        )
        try:
            _wait(f"http://{HOST}:{port}/healthz", lambda: process.poll() is not None)
            yield f"http://{HOST}:{port}"
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def _balanced(webs: list[str], folder: Path) -> Iterator[str]:
    site, content = free_port(), free_port()
    log = folder / f"nginx-{site}.log"
    started = nginx(
        folder / f"nginx-{site}",
        os.environ | {"PUBLIC_URL": f"http://{HOST}:{site}", "CONTENT_URL": f"http://{HOST}:{content}"},
        log=log,
        # The load says itself from where each request comes.
        balancer=HOST,
        LISTEN=f"{HOST}:{site}",
        CONTENT_LISTEN=f"{HOST}:{content}",
        UPSTREAM=" ".join(web.removeprefix("http://") for web in webs),
        ACCESS_LOG=str(folder / f"access-{site}.log"),
        RONGTONG_HOME=str(folder),
    )
    try:
        _wait(f"http://{HOST}:{site}/healthz", lambda: started.ended() is not None)
        yield f"http://{HOST}:{site}"
    finally:
        stop_all([started])


def _wait(url: str, ended: Callable[[], bool]) -> None:
    until = monotonic() + 60
    while monotonic() < until and not ended():
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            sleep(0.1)
    raise SystemExit(f"{url} did not answer; see its log")
