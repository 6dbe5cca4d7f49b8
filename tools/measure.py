"""`make bench` and `make bench-full`: real servers with fsync on, then `python -m tests.bench`.

The JSON lines of the bench go to standard output, everything else to standard error.
"""

import os
import sys
from pathlib import Path

from tools import common, environment, processes
from tools.common import ROOT, Trouble, say
from tools.services import Services


def main() -> int:
    size = sys.argv[1] if len(sys.argv) > 1 else "bench"
    common.SPOKEN_TO = sys.stderr
    environment.ensure("dev")
    with Services(("postgresql", "redis", "elasticsearch", "nginx"), durable=True) as services:
        if services.missing:
            raise Trouble(*(f"{name}: {reason}" for name, reason in services.missing.items()))
        urls = services.environment()
        folder = services.folder / "bench"
        folder.mkdir()
        env = environment.child_environment(RONGTONG_HOME=str(folder), DATABASE_URL=urls["TEST_DATABASE_URL"])
        env |= urls
        command: list[str | Path] = [environment.PYTHON, "-m", "tests.bench"]
        if size == "bench-full":
            command.append("--full")
        status = processes.run(command, env=env, cwd=ROOT, output=sys.stdout.buffer, errors=None)
        say(f"{size} on {os.cpu_count()} cores: status {status}")
        return status


if __name__ == "__main__":
    raise SystemExit(processes.guarded(main))
