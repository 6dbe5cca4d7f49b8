"""The launcher behind `make run`: what it refuses, in which words, and that it leaves no process behind."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tools import environment
from tools import run as launcher
from tools.common import ROOT, Trouble, digest, write_text
from tools.processes import Process, stop_all
from tools.run_tests import Sum, conclude

pytestmark = pytest.mark.long


def alive(pid: int) -> bool:
    """Whether the process still runs (a zombie does not)."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_for(path: Path, seconds: float = 10) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if path.exists() and path.read_text().strip():
            return path.read_text()
        time.sleep(0.02)
    raise AssertionError(f"{path} was not written")


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "8000.5", "８０００"])
def test_a_port_that_is_none_is_refused_in_both_languages(text: str) -> None:
    with pytest.raises(Trouble, match=r"PORT 应是[\s\S]*PORT must be a number"):
        launcher.read_port({"PORT": text})


def test_the_port_defaults_to_8000() -> None:
    assert launcher.read_port({}) == 8000
    assert launcher.read_port({"PORT": " 8123 "}) == 8123


def test_foreign_content_gets_a_port_of_its_own() -> None:
    with closing(socket.socket()) as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        behind = launcher.content_port({}, port - 1)
        assert behind > port
        assert launcher.content_port({"CONTENT_PORT": str(behind)}, port) == behind
        assert launcher.content_port({"CONTENT_URL": "https://content.example.org"}, port) == 0
        for wrong in (port, "x"):
            with pytest.raises(Trouble, match="CONTENT_PORT"):
                launcher.content_port({"CONTENT_PORT": str(wrong)}, port - 1)
        with pytest.raises(Trouble, match="CONTENT_PORT"):
            launcher.content_port({"CONTENT_PORT": str(behind)}, behind)


def test_an_occupied_port_is_named_with_a_free_one() -> None:
    with closing(socket.socket()) as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(Trouble, match=rf"Port {port} is in use.*PORT=\d+ make run") as caught:
            launcher.require_free(port)
    assert caught.value.status == 3


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Trouble, match=r"不能写入数据文件夹[\s\S]*RONGTONG_HOME=~/rongtong make run"):
        launcher.open_home({"RONGTONG_HOME": str(tmp_path / "file" / "home")})


def test_the_home_gets_the_folders_that_nobody_else_makes(tmp_path: Path) -> None:
    home = launcher.open_home({"RONGTONG_HOME": str(tmp_path / "home")})
    assert (home / "broker" / "queue").is_dir()
    assert (home / "broker" / "control").is_dir()
    assert not list(home.glob(".probe*"))


def test_a_second_run_on_one_home_is_told_of_the_first(tmp_path: Path) -> None:
    with (
        launcher.locked(tmp_path),
        pytest.raises(Trouble, match=rf"process {os.getpid()}"),
        launcher.locked(tmp_path),
    ):
        pass
    with launcher.locked(tmp_path):
        pass


def test_a_database_is_migrated_again_only_when_something_changed(tmp_path: Path) -> None:
    assert launcher._database_state(tmp_path, {}) == "\nmissing"
    with closing(sqlite3.connect(tmp_path / "rongtong.sqlite3")) as database:
        database.execute("CREATE TABLE django_migrations (app text, name text)")
        database.execute("INSERT INTO django_migrations VALUES ('lib', '0001_initial')")
        database.commit()
        first = launcher._database_state(tmp_path, {})
        assert first == launcher._database_state(tmp_path, {})
        # An older copy put back in place: the recorded migrations are others.
        database.execute("DELETE FROM django_migrations")
        database.commit()
        assert launcher._database_state(tmp_path, {}) != first
    url = {"DATABASE_URL": "postgres://127.0.0.1/rongtong"}
    assert launcher._database_state(tmp_path, url) != launcher._database_state(tmp_path, url)


def test_the_demo_is_left_out_where_it_is_not_wanted(tmp_path: Path) -> None:
    assert launcher.load_demo(tmp_path, {"RONGTONG_DEMO": "0"}) == ""


def test_new_codes_are_shown_once(tmp_path: Path) -> None:
    path = tmp_path / "outbox-codes.log"
    codes = launcher.Codes(path)
    assert codes.fresh() == []
    path.write_text("one\n")
    assert codes.fresh() == ["one"]
    assert codes.fresh() == []
    # Only the newest are kept: the first has fallen out.
    write_text(path, "two\nthree\n")
    assert codes.fresh() == ["two", "three"]
    write_text(path, "three\nfour\n")
    assert codes.fresh() == ["four"]
    assert launcher.Codes(path).fresh() == []


def test_a_child_that_dies_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = Process("worker", ["sh", "-c", "echo why it died; exit 7"], log=tmp_path / "worker.log")
    while child.ended() is None:
        time.sleep(0.01)
    with pytest.raises(Trouble, match=r"worker ended unexpectedly \(status 7\)[\s\S]*why it died"):
        launcher.wait_until_ready("http://127.0.0.1:9/healthz", [child])


def test_stopping_ends_what_a_child_started_too(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    child = Process("web", ["sh", "-c", f"sleep 60 & echo $! > {note}; wait"], log=tmp_path / "log")
    grandchild = int(wait_for(note))
    began = time.monotonic()
    assert stop_all([child], grace=10) == []
    assert time.monotonic() - began < 8
    assert child.ended() is not None
    assert not alive(grandchild)


def test_what_does_not_stop_is_killed_and_named(tmp_path: Path) -> None:
    note = tmp_path / "ready"
    stubborn = Process(
        "stubborn",
        ["sh", "-c", f"trap '' TERM; echo 1 > {note}; while :; do sleep 1; done"],
        log=tmp_path / "log",
    )
    wait_for(note)
    assert [process.name for process in stop_all([stubborn], grace=0.3)] == ["stubborn"]
    assert stubborn.ended() == -signal.SIGKILL


def test_children_end_with_a_launcher_that_was_killed_outright(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    program = (
        "import sys, time; from pathlib import Path; from tools.processes import Process\n"
        "child = Process('child', ['sleep', '60'], log=Path(sys.argv[1]) / 'log')\n"
        "Path(sys.argv[1], 'pid').write_text(str(child.pid)); time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT)
    child = int(wait_for(note))
    parent.kill()
    parent.wait()
    end = time.monotonic() + 5
    while alive(child) and time.monotonic() < end:
        time.sleep(0.02)
    assert not alive(child)


def test_a_python_without_venv_is_told_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(environment, "PYTHON", tmp_path / "none")
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Trouble, match=r"sudo apt-get install python3\.\d+-venv"):
        environment._venv()


def test_a_checkout_that_was_moved_gets_its_environment_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stands_at(folder: Path) -> None:
        monkeypatch.setattr(environment, "VENV", folder)
        monkeypatch.setattr(environment, "PYTHON", folder / "bin" / "python")
        monkeypatch.setattr(environment, "STAMPS", folder / ".rongtong")

    (tmp_path / "before").mkdir()
    stands_at(tmp_path / "before" / ".venv")
    environment._venv()
    program = tmp_path / "now" / ".venv" / "bin" / "pip"
    (tmp_path / "before").rename(tmp_path / "now")
    with pytest.raises(FileNotFoundError):
        subprocess.run([program, "--version"], check=False)
    stands_at(tmp_path / "now" / ".venv")
    environment._venv()
    assert subprocess.run([program, "--version"], capture_output=True, check=True).stdout
    # There it stays: a later start makes nothing.
    mark = tmp_path / "now" / ".venv" / "mark"
    mark.touch()
    environment._venv()
    assert mark.exists()


def test_a_digest_tells_names_contents_and_words_apart(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "1")
    write_text(tmp_path / "b", "1")
    seen = {digest([tmp_path / "a"]), digest([tmp_path / "b"]), digest([tmp_path / "a"], "word")}
    write_text(tmp_path / "a", "2")
    assert len(seen | {digest([tmp_path / "a"])}) == 4


REPORT = """<testsuites><testsuite>
<testcase classname="t" name="good"/>
<testcase classname="t" name="bad"><failure message="no"/></testcase>
<testcase classname="t" name="clean-up"/>
<testcase classname="t" name="clean-up"><error message="teardown"/></testcase>
<testcase classname="t" name="left out"><skipped message="because"/></testcase>
</testsuite></testsuites>"""


def test_the_sum_counts_each_test_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "report.xml").write_text(REPORT)
    total = Sum()
    assert total.add_report(tmp_path / "report.xml", "SQLite") == 4
    assert (total.passed, total.failed) == (1, 2)
    monkeypatch.setenv("CI", "false")
    assert conclude(total, {"redis": "not installed"}, ["all 1 s"]) == 1
    printed = capsys.readouterr().out
    assert printed.splitlines()[-1] == "1 passed, 2 failed"
    assert "redis: not installed" in printed
    assert "[SQLite] t::left out: because" in printed


def test_a_missing_part_fails_only_continuous_integration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "false")
    assert conclude(Sum(passed=1), {"redis": "not installed"}, []) == 0
    monkeypatch.setenv("CI", "true")
    assert conclude(Sum(passed=1), {"redis": "not installed"}, []) == 1
    assert conclude(Sum(passed=1, skipped=["a test"]), {}, []) == 1
    assert conclude(Sum(passed=1), {}, []) == 0


def test_the_lists_of_packages_name_no_address() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    for name in ("base", "dev"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        assert "://" not in text
        assert "--hash=sha256:" in text
