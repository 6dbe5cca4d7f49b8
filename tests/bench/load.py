"""A load from a second process: wrk, with its percentiles read back. Loopback only, bounded in time."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from urllib.request import urlopen

from tools.services import free_port

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


@contextmanager
def served(application: str, folder: Path, *, door: bool = False, **env: str) -> Iterator[str]:
    """The web processes as production starts them, one a core (deploy/bin/web; with `door`, deploy/bin/study's two);
    gives their address.
    """
    workers = 2 if door else os.cpu_count() or 1
    port = free_port()
    log = (folder / f"web-{port}.log").open("wb")
    # As deploy/bin/web starts it.
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asgi" if door else "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    command += ["--workers", str(workers), "--backlog", "2048", "--no-ws"]
    command += ["--loop", "uvloop"] if door else ["--blocking-threads", "2"]
    command += ["--workers-kill-timeout", "2", "--log-level", "warning", application]
    process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"PORT": str(port)} | env)
    try:
        _wait(f"http://127.0.0.1:{port}/healthz", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = monotonic() + 60
    while monotonic() < until and process.poll() is None:
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            sleep(0.1)
    raise SystemExit(f"{url} did not answer; see its log")
