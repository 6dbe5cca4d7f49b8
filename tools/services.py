"""The services of tests and developers: PostgreSQL, Redis, Elasticsearch, and nginx, Chromium and fonts.

Owns: finding them, bringing what is missing (apt on Debian; Elasticsearch is built by tools/elasticsearch),
starting each on a free loopback port with data of its own in a folder that is deleted afterwards, and
stopping them by their ids. Refuses: any server it did not start.

`make services` starts them for a developer and prints the environment.
"""

import os
import pwd
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

from tools.common import ROOT, Trouble, cache_folder, digest, files_below, say, tail
from tools.processes import SIGNALS, Process, guarded, run, stop_all

HOST = "127.0.0.1"
START_SECONDS = 120.0
ELASTICSEARCH_HEAP = "512m"
KIT = ROOT / "tools" / "elasticsearch"
SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")
BROTLI_MODULE = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")

# What Debian 12 calls the package of each part.
PACKAGES: dict[str, tuple[str, ...]] = {
    "postgresql": ("postgresql-15",),
    "redis": ("redis-server",),
    "elasticsearch": ("openjdk-17-jdk-headless", "maven", "curl"),
    "nginx": ("nginx-light", "libnginx-mod-http-brotli-static"),
    "chromium": ("chromium",),
    "fonts": ("fonts-noto-cjk", "fontconfig"),
}
ALL = tuple(PACKAGES)

# Services must not be started by their own packages: the tests bring servers of their own on free ports.
_INSTALL = """
set -e
export DEBIAN_FRONTEND=noninteractive
if [ ! -e /usr/sbin/policy-rc.d ]; then
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
fi
apt-get install -q -y --no-install-recommends "$@" || {
  apt-get update -q
  apt-get install -q -y --no-install-recommends "$@"
}
"""


def program(name: str) -> str | None:
    """Where a program is; Debian keeps servers out of an ordinary user's PATH."""
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(SBIN))


def postgres_binaries() -> Path | None:
    """The folder with initdb and postgres of the newest version from 15 on."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("[0-9]*/bin"), key=lambda path: int(path.parent.name), reverse=True
    )
    for folder in folders:
        if int(folder.parent.name) >= 15 and (folder / "initdb").exists():
            return folder
    initdb = program("initdb")
    return Path(initdb).resolve().parent if initdb else None


def chromium() -> str | None:
    named = os.environ.get("RONGTONG_CHROMIUM", "").strip()
    if named:
        return named if Path(named).exists() else None
    return program("chromium") or program("chromium-browser") or program("google-chrome")


def has_chinese_fonts() -> bool:
    lister = program("fc-list")
    if lister is None:
        return False
    done = subprocess.run([lister, ":lang=zh-cn", "family"], capture_output=True, check=False, timeout=60)
    return bool(done.stdout.strip())


def _has_elasticsearch_builder() -> bool:
    return all(program(name) for name in ("javac", "mvn", "curl"))


FOUND: dict[str, Callable[[], object]] = {
    "postgresql": postgres_binaries,
    "redis": lambda: program("redis-server"),
    "elasticsearch": _has_elasticsearch_builder,
    "nginx": lambda: program("nginx") and BROTLI_MODULE.exists(),
    "chromium": chromium,
    "fonts": has_chinese_fonts,
}


def bring(wanted: Sequence[str], log: Path) -> dict[str, str]:
    """Installs what is missing of `wanted`. Returns the parts that cannot be had, each with the reason."""
    missing = [name for name in wanted if not FOUND[name]()]
    if not missing:
        return {}
    packages = [package for name in missing for package in PACKAGES[name]]
    if program("apt-get") is None:
        return {
            name: f"not installed, and there is no apt-get here ({' '.join(PACKAGES[name])})"
            for name in missing
        }
    root: list[str] = []
    if os.geteuid() != 0:
        if program("sudo") is None:
            return {name: f"not installed; as root: apt-get install {' '.join(packages)}" for name in missing}
        # A question for a password can be answered only at a terminal.
        root = ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
    say(f"· 安装 / Installing with apt-get: {' '.join(packages)} …")
    began = time.monotonic()
    command = [*root, "sh", "-c", _INSTALL, "install", *packages]
    status = _with_terminal(command, log) if root == ["sudo"] else run(command, output=log)
    say(f"  {time.monotonic() - began:.1f} s")
    if status != 0:
        say(tail(log, 15))
    return {
        name: f"apt-get install {' '.join(PACKAGES[name])} failed (status {status})"
        for name in missing
        if not FOUND[name]()
    }


def _with_terminal(command: list[str], log: Path) -> int:
    """For sudo's question: the command keeps the terminal, so Ctrl-C reaches it directly."""
    with log.open("ab") as output:
        done = subprocess.run(command, stdout=output, stderr=None, check=False)
    SIGNALS.check()
    return done.returncode


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with suppress(OSError), closing(socket.create_connection((HOST, port), timeout=1)):
        return True
    return False


class Services:
    """A set of running services: `with Services(("redis",)) as services: services.environment()`.

    `durable` leaves fsync on, as measuring needs it; tests do without. What could not be had is in `missing`.
    """

    def __init__(self, wanted: Sequence[str] = ALL, *, durable: bool = False) -> None:
        self.wanted = tuple(wanted)
        self.durable = durable
        self.missing: dict[str, str] = {}
        self.folder = Path(tempfile.mkdtemp(prefix="rongtong-services-"))
        # PostgreSQL runs as another user when we are root, and must get through to its data.
        self.folder.chmod(0o755)
        self.password = secrets.token_urlsafe(12)
        self._ports: dict[str, int] = {}
        self._processes: list[Process] = []

    def __enter__(self) -> "Services":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        self.missing = bring(self.wanted, self.folder / "apt.log")
        have = [name for name in self.wanted if name not in self.missing]
        starters = {
            "postgresql": self._start_postgresql,
            "redis": self._start_redis,
            "elasticsearch": self._start_elasticsearch,
        }
        for name, start in starters.items():
            if name in have:
                self._guard(name, start)
        waiters = {
            "postgresql": self._postgresql_ready,
            "redis": self._redis_ready,
            "elasticsearch": self._elasticsearch_ready,
        }
        for name, ready in waiters.items():
            if name in self._ports:
                self._guard(name, lambda name=name, ready=ready: self._wait(name, ready))  # type: ignore[misc]
        if "postgresql" in self._ports:
            self._guard("postgresql", self._make_database)

    def _guard(self, name: str, work: Callable[[], None]) -> None:
        """One service that does not start is named; the others still serve."""
        try:
            work()
        except Trouble as trouble:
            self.missing[name] = str(trouble)
            self._ports.pop(name, None)

    def stop(self) -> None:
        stop_all(self._processes, grace=20)
        self._processes.clear()
        self._ports.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self) -> dict[str, str]:
        """The contract with the tests: the variables of what runs, absent for what is missing."""
        env: dict[str, str] = {}
        if "postgresql" in self._ports:
            env["TEST_DATABASE_URL"] = self.database_url("rongtong")
        if "redis" in self._ports:
            env["REDIS_URL"] = self.redis_url(0)
        if "elasticsearch" in self._ports:
            env["ELASTICSEARCH_URL"] = f"http://{HOST}:{self._ports['elasticsearch']}"
        path = chromium()
        if "chromium" in self.wanted and path:
            env["RONGTONG_CHROMIUM"] = path
        return env

    def database_url(self, database: str) -> str:
        return f"postgres://rongtong:{self.password}@{HOST}:{self._ports['postgresql']}/{database}"

    def redis_url(self, number: int) -> str:
        return f"redis://{HOST}:{self._ports['redis']}/{number}"

    # --- each service ---------------------------------------------------------------------------------------

    def _start(self, name: str, command: Sequence[str | Path], port: int, **options: object) -> None:
        log = self.folder / f"{name}.log"
        process = Process(name, command, log=log, cwd=self.folder, **options)  # type: ignore[arg-type]
        self._processes.append(process)
        self._ports[name] = port

    def _wait(self, name: str, ready: Callable[[int], bool], seconds: float = START_SECONDS) -> None:
        process = next(process for process in self._processes if process.name == name)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if process.ended() is not None:
                raise Trouble(f"ended while starting; the end of its log:\n{tail(process.log)}")
            with suppress(OSError):
                if ready(self._ports[name]):
                    return
            SIGNALS.sleep(0.05)
        raise Trouble(f"did not answer within {seconds:.0f} s; the end of its log:\n{tail(process.log)}")

    def _start_postgresql(self) -> None:
        binaries = postgres_binaries()
        if binaries is None:
            raise Trouble("no initdb found")
        data = self.folder / "postgresql"
        data.mkdir()
        user, group = server_user()
        password = self.folder / "password"
        password.write_text(self.password, encoding="ascii")
        if user is not None:
            os.chown(data, user, group or -1)
            os.chown(password, user, group or -1)
        # initdb refuses to run as root.
        made = subprocess.run(
            [
                binaries / "initdb", "--no-sync", "-D", data, "-U", "rongtong", "-E", "UTF8",
                "--locale=C.UTF-8", "-A", "scram-sha-256", f"--pwfile={password}",
            ],
            user=user, group=group, extra_groups=None if user is None else [], cwd="/",
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        password.unlink()
        if made.returncode != 0:
            raise Trouble(f"initdb failed: {made.stderr.strip()[-1000:]}")
        port = free_port()
        settings = {
            "listen_addresses": HOST,
            "port": str(port),
            "unix_socket_directories": "",
            "max_connections": "100",
            "shared_buffers": "256MB",
            "timezone": "UTC",
        }
        if not self.durable:
            # Only for tests, whose data nobody needs after a power cut.
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        command: list[str | Path] = [binaries / "postgres", "-D", data, *options]
        self._start("postgresql", command, port, user=user, group=group, stop_signal=signal.SIGINT)

    def _postgresql_ready(self, port: int) -> bool:
        binaries = postgres_binaries()
        if binaries is not None and (binaries / "pg_isready").exists():
            return (
                subprocess.run(
                    [binaries / "pg_isready", "-q", "-h", HOST, "-p", str(port)], check=False
                ).returncode
                == 0
            )
        return answers(port)

    def _make_database(self) -> None:
        """The superuser's own database, which `psql` expects; the tests make test_rongtong beside it."""
        psql = (postgres_binaries() or Path("/usr/bin")) / "psql"
        done = subprocess.run(
            [psql, "-q", "-w", self.database_url("postgres"), "-c", "CREATE DATABASE rongtong"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise Trouble(f"the database could not be made: {done.stderr.strip()}")

    def _start_redis(self) -> None:
        port = free_port()
        data = self.folder / "redis"
        data.mkdir()
        keep = ["--appendonly", "yes"] if self.durable else ["--save", "", "--appendonly", "no"]
        server = program("redis-server") or "redis-server"
        self._start("redis", [server, "--bind", HOST, "--port", str(port), "--dir", data, *keep], port)

    def _redis_ready(self, port: int) -> bool:
        with closing(socket.create_connection((HOST, port), timeout=1)) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")

    def _start_elasticsearch(self) -> None:
        script = elasticsearch_kit()
        port, transport = free_port(), free_port()
        env = dict(os.environ) | {"ES_FOREGROUND": "1", "ES_TRANSPORT_PORT": str(transport)}
        state = self.folder / "elasticsearch"
        command: list[str | Path] = [
            script,
            "--port",
            str(port),
            "--heap",
            ELASTICSEARCH_HEAP,
            "--state",
            state,
        ]
        self._start("elasticsearch", command, port, env=env)

    def _elasticsearch_ready(self, port: int) -> bool:
        url = f"http://{HOST}:{port}/_cluster/health?wait_for_status=yellow&timeout=1s"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return b'"timed_out":false' in answer.read()


def server_user() -> tuple[int | None, int | None]:
    """Whom servers that refuse root run as: nobody else when we are not root."""
    if os.geteuid() != 0:
        return None, None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise Trouble("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody` here")


def elasticsearch_kit() -> Path:
    """Builds the server in the cache folder, once a version of the kit, and returns its start script."""
    files = files_below(KIT / "src", KIT / "config", KIT / "pom.xml", *KIT.glob("*-elasticsearch"))
    place = cache_folder() / f"elasticsearch-{digest(files)[:12]}"
    script = place / "start-elasticsearch"
    if (place / "built").exists():
        return script
    say("· 构建 Elasticsearch（仅第一次）/ Building Elasticsearch, the first time only …")
    began = time.monotonic()
    draft = place.with_name(f"{place.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        for file in files:
            (draft / file.relative_to(KIT)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, draft / file.relative_to(KIT))
        log = draft / "build.log"
        if run([draft / "start-elasticsearch", "--build-only"], output=log) != 0:
            raise Trouble(f"Elasticsearch could not be built (no network for Maven?):\n{tail(log)}")
        (draft / "built").touch()
        shutil.rmtree(place, ignore_errors=True)
        draft.rename(place)
    except OSError as error:
        raise Trouble(f"Elasticsearch could not be built in {place.parent}: {error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    say(f"  {time.monotonic() - began:.1f} s")
    return script


def main() -> int:
    """Starts what a developer needs and holds it until Ctrl-C. `--durable` keeps fsync on."""
    with Services(ALL, durable="--durable" in sys.argv) as services:
        say()
        say("# 复制到另一个终端 / Copy these lines to another terminal:")
        for name, value in services.environment().items():
            say(f"export {name}={shlex.quote(value)}")
            if name == "TEST_DATABASE_URL":
                say(f"export DATABASE_URL={shlex.quote(value)}")
        for name, reason in services.missing.items():
            say(f"# {name}: {reason}")
        say(f"# 日志 / logs: {services.folder}/*.log · Ctrl-C 停止 / stops them")
        while True:
            SIGNALS.sleep(3600)


if __name__ == "__main__":
    raise SystemExit(guarded(main))
