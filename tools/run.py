"""`make run`: everything from a fresh clone to a running site, and an orderly end.

Owns: the folder's lock, the port, migrating, the demo's first load, web and worker. Reads PORT, RONGTONG_HOME
and RONGTONG_DEMO (0: no demo); the application reads the rest (docs/operations.md). Refuses: a second run on
the same folder, and a port that somebody else holds.
"""

import fcntl
import hashlib
import json
import os
import socket
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tools import environment
from tools.common import ROOT, Interrupted, Trouble, digest, files_below, read_text, say, tail, write_text
from tools.environment import PYTHON, VENV, step
from tools.processes import SIGNALS, Process, guarded, run, stop_all

HOST = "127.0.0.1"
READY_SECONDS = 90.0
LOG_KEEP_BYTES = 10 * 1024 * 1024


def main() -> int:
    began = time.monotonic()
    port = read_port(os.environ)
    home = open_home(os.environ)
    with locked(home):
        require_free(port)
        content = content_port(os.environ, port)
        environment.ensure("base")
        env = environment.child_environment(PORT=str(port), RONGTONG_HOME=str(home))
        if content:
            env["CONTENT_URL"] = f"http://{HOST}:{content}"
        prepare_data(home, env)
        accounts = load_demo(home, env)
        return serve(home, port, content, env, accounts, began)


# --- where and on which port ------------------------------------------------------------------------------


def read_port(env: Mapping[str, str], name: str = "PORT") -> int:
    """The port that PORT says. `name`: what its owner called it."""
    text = env.get("PORT", "").strip() or "8000"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise Trouble(
            f"{name} 应是 1 到 65535 之间的数，现在是「{text}」。",
            f"{name} must be a number from 1 to 65535, not {text!r}: {name}=8001 make run",
            status=2,
        )
    return int(text)


def content_port(env: Mapping[str, str], port: int) -> int:
    """Where what others wrote (H5P) is answered, an origin of its own: CONTENT_PORT, or the next free port behind the
    site's. 0 where CONTENT_URL says that somebody else sees to it, or that the site's own port is to do."""
    if env.get("CONTENT_URL", "").strip():
        return 0
    if env.get("CONTENT_PORT", "").strip():
        chosen = read_port({"PORT": env["CONTENT_PORT"]}, "CONTENT_PORT")
        if chosen == port:
            raise Trouble(
                f"CONTENT_PORT 不能与 PORT（{port}）相同。",
                f"CONTENT_PORT must differ from PORT ({port}).",
                status=2,
            )
        require_free(chosen, "CONTENT_PORT")
        return chosen
    return next((number for number in range(port + 1, min(port + 200, 65536)) if port_is_free(number)), 0)


def open_home(env: Mapping[str, str]) -> Path:
    """RONGTONG_HOME (default: var/ in the checkout), made if missing, and tried by writing."""
    home = Path(env.get("RONGTONG_HOME", "").strip() or ROOT / "var").expanduser().resolve()
    try:
        for folder in (*(home / name for name in ("log", "media", "h5p", "static")), *broker_folders(home)):
            folder.mkdir(parents=True, exist_ok=True)
        probe = home / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise Trouble(
            f"不能写入数据文件夹 {home}（{error.strerror}）。请换一个：RONGTONG_HOME=~/rongtong make run",
            f"The data folder {home} cannot be written to ({error.strerror}).",
            "Choose another one, for instance: RONGTONG_HOME=~/rongtong make run",
            status=2,
        ) from error
    return home


def broker_folders(home: Path) -> tuple[Path, ...]:
    """The file-based broker does not make its folders itself."""
    return (home / "broker" / "queue", home / "broker" / "control")


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """One `make run` a data folder. The lock ends with its process, however that ends."""
    path = home / "run.lock"
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            other = file.read().strip() or "?"
            raise Trouble(
                f"融通已在使用 {home}（进程 {other}）。请先在那个窗口按 Ctrl-C，或换一个文件夹和端口。",
                f"Rongtong already runs on {home} (process {other}).",
                f"Stop that one with Ctrl-C (or: kill {other}), or start a second one beside it:",
                "    RONGTONG_HOME=~/rongtong-2 PORT=8001 make run",
                status=3,
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def port_is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError as error:
            raise Trouble(
                f"这里不能使用端口 {port}，请换一个：PORT=8000 make run",
                f"Port {port} needs special rights; choose one above 1023: PORT=8000 make run",
                status=2,
            ) from error
        except OSError:
            return False
    return True


def require_free(port: int, name: str = "PORT") -> None:
    if port_is_free(port):
        return
    other = next((number for number in range(port + 1, min(port + 200, 65536)) if port_is_free(number)), 8001)
    raise Trouble(
        f"端口 {port} 已被别的程序占用。请换一个：{name}={other} make run",
        f"Port {port} is in use by another program. Choose another one: {name}={other} make run",
        status=3,
    )


# --- data -------------------------------------------------------------------------------------------------


def prepare_data(home: Path, env: Mapping[str, str]) -> None:
    """Migrates when the migrations, the packages or the database changed since the last time."""
    wanted = _migrations_digest()
    stamp = home / "migrated"
    if read_text(stamp) == wanted + _database_state(home, env):
        return
    with step("准备数据库 / Preparing the database"):
        log = home / "log" / "migrate.log"
        log.unlink(missing_ok=True)
        if run([PYTHON, "-m", "lms", "migrate", "--noinput"], env=env, cwd=ROOT, output=log) != 0:
            raise Trouble(
                f"数据库没有准备好，记录在 {log}：",
                f"The database could not be prepared. The end of {log}:",
                tail(log),
                "Each migration is done wholly or not at all; once put right, `make run` goes on.",
            )
    write_text(stamp, wanted + _database_state(home, env))


def _migrations_digest() -> str:
    packages = [ROOT / name for name in ("lms", "courses", "creditbank", "search", "themes")]
    ours = [path for path in files_below(*packages) if path.parent.name == "migrations"]
    return digest([*ours, ROOT / "requirements" / "base.txt"])


def _database_state(home: Path, env: Mapping[str, str]) -> str:
    """What the database says was applied to it; never the same twice where it cannot be asked from here."""
    if env.get("DATABASE_URL", "").strip():
        return f"\n{time.time_ns()}"
    path = home / "rongtong.sqlite3"
    if not path.exists():
        return "\nmissing"
    with suppress(sqlite3.Error), closing(sqlite3.connect(path, timeout=5)) as database:
        rows = database.execute("SELECT app, name FROM django_migrations ORDER BY app, name").fetchall()
        return "\n" + hashlib.sha256(json.dumps(rows).encode()).hexdigest()
    return f"\n{time.time_ns()}"


def load_demo(home: Path, env: Mapping[str, str]) -> str:
    """Loads the demo once a database and returns the text about its accounts ("" where there is no demo).

    The command goes on where an earlier, cut-off one stopped.
    """
    if env.get("RONGTONG_DEMO", "1").strip().lower() in {"0", "no", "false", "off"}:
        return ""
    accounts = home / "demo-accounts.txt"
    stamp = home / "demo-loaded"
    identity = _database_identity(home, env)
    if read_text(stamp) == identity and accounts.exists():
        return read_text(accounts).rstrip()
    with step("装载演示课程和账号（仅第一次）/ Loading the demo, the first time only"):
        log = home / "log" / "demo.log"
        draft = home / ".demo-accounts"
        for path in (log, draft):
            path.unlink(missing_ok=True)
        if run([PYTHON, "-m", "lms", "load_demo"], env=env, cwd=ROOT, output=draft, errors=log) != 0:
            raise Trouble(
                f"演示没有装完，记录在 {log}：",
                f"The demo was not loaded completely. The end of {log}:",
                tail(draft, 5),
                tail(log),
                "What was loaded is kept and `make run` goes on. Without demo: RONGTONG_DEMO=0 make run",
            )
        draft.replace(accounts)
    write_text(stamp, identity)
    return read_text(accounts).rstrip()


def _database_identity(home: Path, env: Mapping[str, str]) -> str:
    """Differs when the database is another one: a deleted file that was made again gets its demo again."""
    url = env.get("DATABASE_URL", "").strip()
    if url:
        return hashlib.sha256(url.encode()).hexdigest()
    return f"inode {(home / 'rongtong.sqlite3').stat().st_ino}"


# --- web and worker ---------------------------------------------------------------------------------------


def serve(home: Path, port: int, content: int, env: Mapping[str, str], accounts: str, began: float) -> int:
    logs = home / "log"
    for name in ("web", "content", "worker"):
        _shorten(logs / f"{name}.log")
    running: list[Process] = []
    try:
        running.append(Process("web", web_command(port), log=logs / "web.log", env=env, cwd=ROOT))
        if content:
            command = web_command(content, "wsgi_content")
            running.append(Process("content", command, log=logs / "content.log", env=env, cwd=ROOT))
        wait_until_ready(f"http://{HOST}:{port}/healthz", running)
        if content:
            # Nothing but frames is there: that it says so is the sign.
            wait_until_ready(f"http://{HOST}:{content}/", running, status=404)
        # After the pages: what it does can wait two seconds, somebody in front of a terminal should not.
        running.append(Process("worker", worker_command(home), log=logs / "worker.log", env=env, cwd=ROOT))
        codes = Codes(home / "outbox-codes.log")
        announce(port, home, accounts, time.monotonic() - began)
        while True:
            _require_alive(running)
            codes.show()
            SIGNALS.sleep(0.5)
    except Interrupted:
        say("\n· 正在停止 / Stopping …")
        return 0
    finally:
        killed = stop_all(running)
        for process in killed:
            say(f"  {process.name}: 没有在 15 秒内结束，已强制结束 / did not end within 15 s and was killed")
        say("· 已停止 / Stopped")


def web_command(port: int, application: str = "wsgi") -> list[str | Path]:
    return [
        VENV / "bin" / "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port),
        "--workers", "1", "--blocking-threads", "4", "--backlog", "1024", "--workers-kill-timeout", "2",
        "--no-ws", "--log-level", "warning",
        f"lms.config.{application}:application",
    ]  # fmt: skip


def worker_command(home: Path) -> list[str | Path]:
    # On a small machine pages come before background work, at the start above all.
    return [
        "nice", "-n", "5", PYTHON, "-m", "celery", "--app", "lms.config.celery:app", "worker", "--beat",
        "--schedule", home / "celerybeat-schedule", "--concurrency", "2", "--loglevel", "INFO",
        "--without-gossip", "--without-mingle", "--hostname", f"rongtong-{os.getpid()}@localhost",
    ]  # fmt: skip


def wait_until_ready(
    url: str, running: list[Process], seconds: float = READY_SECONDS, *, status: int = 200
) -> None:
    """Until the address (/healthz) answers with that status, or `Trouble` with what it said last."""
    end = time.monotonic() + seconds
    said = ""
    while time.monotonic() < end:
        _require_alive(running)
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 -- our own address
                if answer.status == status:
                    return
        except urllib.error.HTTPError as error:
            if error.code == status:
                return
            said = error.read(2000).decode("utf-8", "replace")
        except OSError as error:
            said = str(error)
        SIGNALS.sleep(0.05)
    raise Trouble(
        f"{seconds:.0f} 秒内没有就绪。最后的回答：",
        f"Not ready within {seconds:.0f} s. {url} said last:",
        f"    {said}",
        *(line for process in running for line in (f"The end of {process.log}:", tail(process.log, 10))),
    )


def _require_alive(running: list[Process]) -> None:
    for process in running:
        status = process.ended()
        if status is not None:
            how = f"signal {-status}" if status < 0 else f"status {status}"
            raise Trouble(
                f"{process.name} 意外结束（{how}），其余的也一并停止。记录 {process.log} 的末尾：",
                f"{process.name} ended unexpectedly ({how}); the rest is stopped. The end of {process.log}:",
                tail(process.log),
                "Run `make run` again; nothing that was acknowledged is lost.",
            )


class Codes:
    """Shows one-time codes in the terminal: without a gateway the application only writes them down."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._changed = self._when()
        self._known = read_text(path).splitlines()

    def _when(self) -> int:
        try:
            return self.path.stat().st_mtime_ns
        except OSError:
            return 0

    def fresh(self) -> list[str]:
        """The messages since the last time; the file keeps only the newest, so its front may be gone."""
        changed = self._when()
        if changed == self._changed:
            return []
        lines = read_text(self.path).splitlines()
        new = list(lines)
        for start in range(len(self._known) + 1):
            kept = self._known[start:]
            if lines[: len(kept)] == kept:
                new = lines[len(kept) :]
                break
        self._changed, self._known = changed, lines
        return new

    def show(self) -> None:
        for line in self.fresh():
            say(f"✉ {line}")


def announce(port: int, home: Path, accounts: str, seconds: float) -> None:
    say()
    say(f"Rongtong is ready at http://{HOST}:{port}/")
    say(f"融通已就绪，用时 {seconds:.1f} 秒。数据和日志在 {home}。按 Ctrl-C 停止。")
    say(f"Ready after {seconds:.1f} s. Data and logs are in {home}. Ctrl-C stops everything.")
    say("验证码会显示在这里。 / One-time codes appear here.")
    if accounts:
        say()
        say(accounts)


def _shorten(log: Path) -> None:
    """Keeps one earlier log beside the present one, once it is big."""
    with suppress(OSError):
        if log.stat().st_size > LOG_KEEP_BYTES:
            log.replace(log.with_suffix(".old.log"))


if __name__ == "__main__":
    raise SystemExit(guarded(main))
