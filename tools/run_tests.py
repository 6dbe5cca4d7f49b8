"""`make test` and `make test-fast`: every test, once on each database, and one line that says how it went.

Owns: the order of the runs, their environment, the sum. Refuses: a silent skip. What could not be had and
what was skipped is named at the end, and fails the run where CI=true. `--fast` is the inner loop of a minute; `--soak` runs the
long forms (Hypothesis profile `soak`, RONGTONG_SOAK=1). RONGTONG_SAMPLE is the seed of the short form that .ci/run takes: every
file runs on one of the two databases, a quarter of them on PostgreSQL; of the browser's files a fifth is run, of the files that
ask the search engine the half, of those that take long a third, others each time. The walk through everything and the production
shape, much of which waits for real seconds to pass, are run always, beside the others.
"""

import os
import secrets
import shlex
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree  # our own reports
from dataclasses import dataclass, field
from pathlib import Path

from tools import environment
from tools.common import ROOT, Interrupted, Trouble, say
from tools.environment import PYTHON, child_environment
from tools.processes import SIGNALS, Process, guarded, run, stop_all
from tools.services import ALL, Services

# Variables of a developer's own site that must not reach the tests: no test may touch real data.
PRIVATE = (
    *("DATABASE_URL", "TEST_DATABASE_URL", "REDIS_URL", "ELASTICSEARCH_URL", "ELASTICSEARCH_PREFIX"),
    *("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "PUBLIC_URL", "CONTENT_URL", "PORT", "DEBUG"),
    *("SECRET_KEY", "RONGTONG_FIELD_KEYS", "RONGTONG_LOOKUP_KEY"),
)

NO_SERVICES = "not browser and not postgres and not redis and not elasticsearch and not production"


@dataclass(frozen=True)
class Phase:
    """One run of pytest: which tests, and which of the services' variables they see."""

    name: str
    marks: str
    needs: tuple[str, ...] = ()
    # pytest's own processes.
    workers: int = 2
    variables: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    # Without the tests that touch no service: what they say is the same on every database.
    services_only: bool = False
    # What the short form draws, as said to people; "" for a run that has no short form.
    sampled: str = ""
    # Begins first and goes on beside the others; what it says is shown when it has ended.
    beside: bool = False


PHASES = (
    Phase(
        "SQLite",
        NO_SERVICES,
        sampled="random three quarters of the files, of their tests that take long a third",
    ),
    Phase(
        "PostgreSQL, Redis, Elasticsearch",
        "not browser and not production",
        needs=("postgresql", "redis", "elasticsearch"),
        variables=("DATABASE_URL", "REDIS_URL", "ELASTICSEARCH_URL"),
        services_only=True,
        sampled="the other quarter, and what is made for the services, half of the search engine's files",
    ),
    Phase(
        "browser",
        "browser and not production and not walk",
        needs=("chromium", "fonts"),
        # Pages that are waited for leave a third of the processors unused with two.
        workers=3,
        variables=("RONGTONG_CHROMIUM",),
        sampled="a random fifth of the files",
    ),
    Phase(
        "the walk and the production shape",
        "production or walk",
        needs=("postgresql", "redis", "elasticsearch", "nginx", "chromium", "fonts"),
        workers=1,
        variables=("RONGTONG_CHROMIUM",),
        beside=True,
    ),
)

# Every package of a folder, played in Chromium.
INTEROP = Phase(
    "interop",
    "browser",
    needs=("chromium", "fonts"),
    workers=1,
    variables=("RONGTONG_CHROMIUM",),
    paths=("tests/interop/packs",),
)
# The inner loop: what takes its time is left to `make test`, and most of Hypothesis's examples too.
QUICK = Phase(
    "SQLite",
    f"{NO_SERVICES} and not long",
    sampled="all tests that touch no database; of the others those near what was changed, and random ones to fill a minute",
)


@dataclass
class Sum:
    passed: int = 0
    failed: int = 0
    skipped: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def add_report(self, path: Path, name: str) -> int:
        """Adds a JUnit report; returns how many tests it holds."""
        try:
            root = ElementTree.parse(path).getroot()  # noqa: S314
        except (OSError, ElementTree.ParseError):
            return 0
        cases: dict[tuple[str, str], str] = {}
        for case in root.iter("testcase"):
            key = (case.get("classname", ""), case.get("name", ""))
            outcome = "passed"
            if case.find("failure") is not None or case.find("error") is not None:
                outcome = "failed"
            elif (skip := case.find("skipped")) is not None:
                outcome = "skipped"
                self.skipped.append(f"[{name}] {key[0]}::{key[1]}: {skip.get('message', '')}")
            # A test that passed and whose clean-up failed has two entries: it failed.
            if cases.get(key) != "failed":
                cases[key] = outcome
        self.passed += sum(outcome == "passed" for outcome in cases.values())
        self.failed += sum(outcome == "failed" for outcome in cases.values())
        return len(cases)


def main() -> int:
    fast, soak = "--fast" in sys.argv[1:], "--soak" in sys.argv[1:]
    phases = (INTEROP,) if "--interop" in sys.argv[1:] else PHASES
    if soak:
        os.environ |= {"RONGTONG_SOAK": "1", "HYPOTHESIS_PROFILE": "soak"}
    elif fast:
        os.environ.setdefault("HYPOTHESIS_PROFILE", "quick")
    began = time.monotonic()
    total = Sum()
    timings: list[str] = []
    missing: dict[str, str] = {}

    def timed(name: str, since: float) -> None:
        timings.append(f"{name} {time.monotonic() - since:.0f} s")

    environment.ensure("dev")
    timed("environment", began)
    with tempfile.TemporaryDirectory(prefix="rongtong-test-") as place:
        folder = Path(place)
        try:
            if fast:
                os.environ.setdefault("RONGTONG_SAMPLE", str(secrets.randbelow(32768)))
                os.environ |= {"RONGTONG_TESTS": "near", "RONGTONG_NEAR": os.pathsep.join(near())}
                _go([Run(QUICK, folder, {})], total, timings)
            else:
                since = time.monotonic()
                wanted = ALL if phases is PHASES else INTEROP.needs
                with Services(tuple(wanted), durable=soak) as services:
                    timed("services", since)
                    missing = services.missing
                    runs = []
                    for phase in phases:
                        lacking = [name for name in phase.needs if name in missing]
                        if lacking:
                            total.broken.append(f"[{phase.name}] not run: without {', '.join(lacking)}")
                        else:
                            runs.append(Run(phase, folder, services.environment()))
                    _go(runs, total, timings)
        except Interrupted:
            say("\n· 已中断，服务已停止 / Interrupted; the services were stopped")
            raise
    return conclude(total, missing, timings)


def near() -> list[str]:
    """The files of tests that were changed since the last commit (or by it, where nothing was), and those that speak of a
    package with a changed file; nothing where there is no git to ask.
    """
    # Against the commit, not the index: what was staged is changed, too.
    changed = _git("diff", "--name-only", "HEAD") + _git("ls-files", "--others", "--exclude-standard")
    changed = changed or _git("show", "--name-only", "--format=", "HEAD")
    rooms = {path.rpartition("/")[0].replace("/", ".") for path in changed if path.endswith(".py")}
    rooms = {room for room in rooms if room and not room.startswith("tests")}
    found = {path for path in changed if path.startswith("tests/")}
    for path in (ROOT / "tests").rglob("test_*.py"):
        text = path.read_text("utf-8")
        if any(f"{room} import" in text or f"{room}." in text for room in rooms):
            found.add(path.relative_to(ROOT).as_posix())
    return sorted(found)


def _git(*asked: str) -> list[str]:
    try:
        told = subprocess.run(("git", *asked), cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return told.stdout.split()


class Run:
    """One phase on its way: its command, environment and report."""

    def __init__(self, phase: Phase, folder: Path, services: dict[str, str]) -> None:
        self.phase = phase
        self.since = time.monotonic()
        short = phase.name.split(",")[0].replace(" ", "-")
        self.report = folder / f"{short}.xml"
        self.log = folder / f"{short}.log"
        self.env = _environment(phase, folder / f"home-{short}", services)
        self.command = _command(phase, self.report)

    def announce(self) -> None:
        say(f"\n=== {self.phase.name} ===")
        if self.phase.sampled and "RONGTONG_SAMPLE" in self.env:
            say(f"{self.phase.sampled}: RONGTONG_SAMPLE={self.env['RONGTONG_SAMPLE']}")

    def conclude(self, status: int, total: Sum, timings: list[str]) -> None:
        timings.append(f"{self.phase.name} {time.monotonic() - self.since:.0f} s")
        failed = total.failed
        held = total.add_report(self.report, self.phase.name)
        # 5: no test was selected, which ARGS may well bring about.
        if status not in (0, 5) and total.failed == failed:
            total.broken.append(f"[{self.phase.name}] pytest ended with status {status}")
        elif status == 5 and not os.environ.get("ARGS") and held == 0:
            total.broken.append(f"[{self.phase.name}] has no tests")


def _go(runs: list[Run], total: Sum, timings: list[str]) -> None:
    """Run all, one after the other; those that go on beside begin first and are waited for last."""
    beside: list[tuple[Run, Process]] = []
    try:
        for one in runs:
            if one.phase.beside and len(runs) > 1:
                one.since = time.monotonic()
                process = Process(one.phase.name, one.command, log=one.log, env=one.env, cwd=ROOT)
                beside.append((one, process))
        for one in runs:
            if not one.phase.beside or len(runs) == 1:
                one.announce()
                one.since = time.monotonic()
                one.conclude(run(one.command, env=one.env, cwd=ROOT, grace=20), total, timings)
        for one, process in beside:
            while (status := process.ended()) is None:
                SIGNALS.sleep(0.2)
            one.announce()
            say(one.log.read_text("utf-8", errors="replace").rstrip())
            one.conclude(status, total, timings)
    finally:
        stop_all([process for _one, process in beside], grace=20)


def _environment(phase: Phase, home: Path, services: dict[str, str]) -> dict[str, str]:
    offered = services | {"DATABASE_URL": services.get("TEST_DATABASE_URL", "")}
    env = child_environment()
    for name in PRIVATE:
        env.pop(name, None)
    env |= {name: offered[name] for name in phase.variables if offered.get(name)}
    if phase.services_only:
        env["RONGTONG_TESTS"] = "database"
    if not (phase.sampled and env.get("RONGTONG_SAMPLE")):
        env.pop("RONGTONG_SAMPLE", None)
    if phase.beside:
        # It makes databases and names of its own on these servers.
        env |= {f"RONGTONG_TEST_{name}": value for name, value in services.items() if name.endswith("_URL")}
    if "DATABASE_URL" in env:
        env["TEST_DATABASE_URL"] = env["DATABASE_URL"]
    (home / "static").mkdir(parents=True, exist_ok=True)
    return env | {"RONGTONG_HOME": str(home)}


def _command(phase: Phase, report: Path) -> list[str | Path]:
    command: list[str | Path] = [PYTHON, "-m", "pytest", "-q", "-m", phase.marks, f"--junitxml={report}"]
    command += phase.paths
    if phase.workers > 1:
        # In the order of the files: the walk through everything, few tests and the longest, is first in its phase.
        command += ["-n", str(phase.workers), "--dist", "loadfile", "--no-loadscope-reorder"]
    return command + shlex.split(os.environ.get("ARGS", ""))


def conclude(total: Sum, missing: dict[str, str], timings: list[str]) -> int:
    strict = os.environ.get("CI", "").strip().lower() == "true"
    say(f"\n用时 / Time: {', '.join(timings)}")
    for title, rows in (
        ("没有的部分 / Not to be had", [f"{name}: {reason}" for name, reason in missing.items()]),
        ("没有运行 / Not run", total.broken),
        ("跳过的测试 / Skipped tests", total.skipped),
    ):
        if rows:
            say(f"\n{title}:")
            for row in rows:
                say(f"  - {row}")
    incomplete = bool(missing or total.broken or total.skipped)
    if incomplete and strict:
        say("\nCI=true: 缺少的和跳过的也算失败 / what is missing or skipped fails the run")
    say(f"\n{total.passed} passed, {total.failed} failed")
    ended_badly = any("pytest ended" in row for row in total.broken)
    return 1 if total.failed or ended_badly or (incomplete and strict) else 0


def checked() -> int:
    try:
        return main()
    except Trouble as trouble:
        # The closing line is there whatever happened: nothing ran.
        say(str(trouble))
        say("\n0 passed, 0 failed")
        return trouble.status


if __name__ == "__main__":
    raise SystemExit(guarded(checked))
