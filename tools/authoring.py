"""`python -m tools.authoring`: the packages of the H5P authoring service (authoring/), exactly those of its lock file.

The service is optional, so nothing else installs them: who runs it does, and the tests of it.
"""

import fcntl
import subprocess
import sys

from tools import environment, processes
from tools.common import ROOT, Trouble, digest, read_text, say, write_text

SERVICE = ROOT / "authoring"


def install() -> None:
    """`npm ci`, unless what is there is of this very lock file. One at a time, whoever comes first."""
    wanted = digest([SERVICE / "package.json", SERVICE / "package-lock.json"])
    stamp = SERVICE / "node_modules" / ".rongtong"
    with (SERVICE / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if read_text(stamp) == wanted:
            return
        command = [
            environment.NODE_FOLDER / "npm",
            "ci",
            "--omit=dev",
            "--prefer-offline",
            "--no-audit",
            "--no-fund",
        ]
        done = subprocess.run(
            command,
            cwd=SERVICE,
            env=environment.child_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Trouble("npm ci failed in authoring/:", *done.stderr.splitlines()[-20:])
        write_text(stamp, wanted)


def main() -> int:
    if not (environment.NODE_FOLDER / "npm").exists():
        raise Trouble("node is not there yet: run `python -m tools.environment base` first")
    install()
    say("authoring/node_modules is up to date")
    return 0


if __name__ == "__main__":
    sys.exit(processes.guarded(main))
