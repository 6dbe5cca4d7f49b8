"""Which tests of the database the inner loop runs first (tools/run_tests.py): those near what was changed, staged or not."""

import subprocess
from pathlib import Path

import pytest

from tools import run_tests


def test_what_was_staged_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*asked: str) -> None:
        who = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
        subprocess.run(("git", *who, *asked), cwd=tmp_path, check=True, capture_output=True)

    for room in ("first", "second"):
        for name, text in (
            (f"{room}/rules.py", ""),
            (f"tests/test_{room}.py", f"from {room} import rules\n"),
        ):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "All")
    monkeypatch.setattr(run_tests, "ROOT", tmp_path)
    (tmp_path / "first/rules.py").write_text("MOST = 1\n")
    git("add", ".")
    assert run_tests.near() == ["tests/test_first.py"]
    (tmp_path / "second/new.py").write_text("")
    assert run_tests.near() == ["tests/test_first.py", "tests/test_second.py"]
