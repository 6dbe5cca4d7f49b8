"""`make lint` and `make types`: every check runs, also after one that failed, and says how long it took."""

import sys
import time
from pathlib import Path

from tools import processes
from tools.common import ROOT, Trouble, say
from tools.environment import VENV, child_environment

BIN = VENV / "bin"
PACKAGES = ("lms", "courses", "creditbank", "search", "themes")

CHECKS: dict[str, tuple[tuple[str | Path, ...], ...]] = {
    "lint": (
        (BIN / "ruff", "check", "."),
        (BIN / "ruff", "format", "--check", "."),
        (BIN / "djlint", "--lint", "--quiet", "."),
        (BIN / "lint-imports", "--no-logo", "--no-cache"),
    ),
    "types": ((BIN / "mypy", *PACKAGES),),
}


def main() -> int:
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in CHECKS:
        raise Trouble(f"python -m tools.checks {'|'.join(CHECKS)}", status=2)
    failed = []
    for command in CHECKS[name]:
        title = " ".join([Path(command[0]).name, *(str(part) for part in command[1:])])
        say(f"--- {title}")
        began = time.monotonic()
        status = processes.run(command, env=child_environment(), cwd=ROOT)
        say(f"    {time.monotonic() - began:.1f} s, {'in order' if status == 0 else f'status {status}'}")
        if status != 0:
            failed.append(title)
    if failed:
        say(f"\n{name} failed: {'; '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(processes.guarded(main))
