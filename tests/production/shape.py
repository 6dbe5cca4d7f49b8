"""Starts the production shape on this machine, without containers, from deploy/'s own files.

PostgreSQL with two roles, Redis, Elasticsearch, `deploy/bin/release`, web, study, worker, beat and nginx, each on
a free loopback port. Used by the fixture `production_shape`, and by hand: `python -m tests.production.shape`.
"""

import base64
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.production.proxy import DEPLOY, nginx
from tools.common import ROOT, tail
from tools.processes import Process, stop_all
from tools.services import HOST, Services, free_port

READY_SECONDS = 90.0
# As many as production has cores; each has an address of its own.
WEBS = ("web", "web2")


class NotReady(AssertionError):
    """A part of the shape did not come up; the text holds the end of its log."""


@dataclass
class ProductionShape:
    """What runs: where the site answers (through nginx), and its parts by name."""

    base_url: str
    content_url: str
    home: Path
    env: dict[str, str]
    owner_url: str
    ports: dict[str, str]
    demo_accounts: str = ""
    processes: dict[str, Process] = field(default_factory=dict)

    def lms(self, *arguments: str) -> str:
        """Runs `python -m lms …` as the application's role and returns what it printed."""
        return command(["-m", "lms", *arguments], self.env)

    def start(self, name: str) -> None:
        """Starts a part of deploy/bin (also again, after it was stopped)."""
        script, env = ("web", self.env | {"PORT": self.ports[name]}) if name in WEBS else (name, self.env)
        self.processes[name] = Process(
            name, [DEPLOY / "bin" / script], log=self.home / "log" / f"{name}.log", env=env, cwd=ROOT
        )

    def stop(self, *names: str) -> None:
        stop_all([self.processes.pop(name) for name in names if name in self.processes])

    def wait(self, seconds: float = READY_SECONDS) -> dict[str, object]:
        """Waits until /healthz answers 200 through nginx, and returns what it says."""
        end = time.monotonic() + seconds
        said = ""
        while time.monotonic() < end:
            for process in self.processes.values():
                if process.ended() is not None:
                    raise NotReady(f"{process.name} ended:\n{tail(process.log)}")
            try:
                with urllib.request.urlopen(f"{self.base_url}/healthz", timeout=10) as answer:
                    body: dict[str, object] = json.load(answer)
                    return body
            except urllib.error.HTTPError as error:
                said = error.read(2000).decode("utf-8", "replace")
            except OSError as error:
                said = str(error)
            time.sleep(0.2)
        logs = "\n".join(f"{name}:\n{tail(process.log, 10)}" for name, process in self.processes.items())
        raise NotReady(f"/healthz said {said}\n{logs}")


def command(arguments: list[str], env: Mapping[str, str]) -> str:
    done = subprocess.run(
        [ROOT / ".venv" / "bin" / "python", *arguments],
        cwd=ROOT, env=dict(env), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise NotReady(f"{' '.join(arguments)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout


class Stage:
    """Brings the shape up step by step and takes it down again, whatever was reached."""

    def __init__(self, *, demo: bool = True) -> None:
        self.demo = demo
        self.folder = Path(tempfile.mkdtemp(prefix="rongtong-production-"))
        # nginx's workers read static and media files from here.
        self.folder.chmod(0o755)
        self.services: Services | None = None
        self.database = f"rongtong_{secrets.token_hex(4)}"
        self.shape: ProductionShape | None = None
        self._superuser_url = ""

    def __enter__(self) -> ProductionShape:
        try:
            return self._up()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *error: object) -> None:
        if self.shape is not None:
            stop_all(list(self.shape.processes.values()), grace=20)
        if self._superuser_url and self.services is None:
            with suppress(psycopg.Error), psycopg.connect(self._superuser_url, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)'.encode())
        if self.services is not None:
            self.services.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _servers(self) -> dict[str, str]:
        """The servers `make test` runs, else our own."""
        names = ("TEST_DATABASE_URL", "REDIS_URL", "ELASTICSEARCH_URL")
        given = {name: os.environ.get(f"RONGTONG_TEST_{name}", "") for name in names}
        if all(given.values()):
            return given
        self.services = Services(("postgresql", "redis", "elasticsearch", "nginx"))
        self.services.start()
        if self.services.missing:
            raise NotReady(f"not to be had: {self.services.missing}")
        return self.services.environment()

    def _databases(self, superuser: str) -> tuple[str, str]:
        """A new database with the two roles; returns the addresses of the owner and of the application."""
        self._superuser_url = superuser
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{self.database}"'.encode())
        passwords = {"owner": secrets.token_urlsafe(12), "app": secrets.token_urlsafe(12)}
        done = subprocess.run(
            [
                "psql", "-q", "-X", _address(superuser, database=self.database),
                *(part for name, word in passwords.items() for part in ("-v", f"{name}_password={word}")),
                "-f", DEPLOY / "production-roles.sql",
            ],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise NotReady(f"production-roles.sql: {done.stderr}")
        return (
            _address(superuser, self.database, "rongtong_owner", passwords["owner"]),
            _address(superuser, self.database, "rongtong_app", passwords["app"]),
        )

    def _up(self) -> ProductionShape:
        servers = self._servers()
        owner, app = self._databases(servers["TEST_DATABASE_URL"])
        home = self.folder / "home"
        for name in ("log", "media", "h5p", "static"):
            (home / name).mkdir(parents=True)
        site, content, study = (free_port() for _ in range(3))
        ports = {name: str(free_port()) for name in WEBS}
        redis = servers["REDIS_URL"].rsplit("/", 1)[0]
        env = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("PYTEST", "RONGTONG", "DJANGO"))
        }
        env |= {
            "RONGTONG_HOME": str(home),
            "PUBLIC_URL": f"http://{HOST}:{site}",
            "CONTENT_URL": f"http://{HOST}:{content}",
            "ALLOWED_HOSTS": HOST,
            "STUDY_PORT": str(study),
            "DATABASE_URL": app,
            "REDIS_URL": f"{redis}/9",
            "ELASTICSEARCH_URL": servers["ELASTICSEARCH_URL"],
            "ELASTICSEARCH_PREFIX": self.database.replace("_", "-"),
            "SECRET_KEY": secrets.token_urlsafe(48),
            "RONGTONG_FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "RONGTONG_LOOKUP_KEY": secrets.token_urlsafe(32),
            "WORKER_PROCESSES": "2",
        }
        self.shape = ProductionShape(env["PUBLIC_URL"], env["CONTENT_URL"], home, env, owner, ports)
        self._release(owner)
        if self.demo:
            self.shape.demo_accounts = self.shape.lms("load_demo")
        for name in (*WEBS, "study", "worker", "beat"):
            self.shape.start(name)
        self.shape.processes["nginx"] = nginx(
            self.folder / "nginx",
            env,
            log=home / "log" / "nginx.log",
            LISTEN=f"{HOST}:{site}",
            CONTENT_LISTEN=f"{HOST}:{content}",
            UPSTREAM=" ".join(f"{HOST}:{port}" for port in ports.values()),
            STUDY_UPSTREAM=f"{HOST}:{study}",
            ACCESS_LOG=str(home / "log" / "access.log"),
        )
        self.shape.wait()
        return self.shape

    def _release(self, owner: str) -> None:
        assert self.shape is not None
        done = subprocess.run(
            [DEPLOY / "bin" / "release"],
            env=self.shape.env | {"DATABASE_OWNER_URL": owner},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise NotReady(f"deploy/bin/release failed:\n{done.stdout[-1000:]}\n{done.stderr[-4000:]}")


def _address(url: str, database: str, user: str = "", password: str = "") -> str:
    parts = urlsplit(url)
    login = f"{user}:{password}" if user else parts.netloc.rpartition("@")[0]
    return urlunsplit(
        parts._replace(netloc=f"{login}@{parts.netloc.rpartition('@')[2]}", path=f"/{database}")
    )


def main() -> None:
    with Stage() as shape:
        print(f"{shape.base_url}/  (foreign content: {shape.content_url}; Ctrl-C ends it)")
        print(shape.demo_accounts)
        with suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


if __name__ == "__main__":
    main()
