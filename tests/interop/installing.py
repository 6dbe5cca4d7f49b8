"""What others wrote, for the tests that call it: installed beside its list, at the versions of its lock."""

import fcntl
import subprocess
from pathlib import Path

from tools.environment import NODE_FOLDER, child_environment

INTEROP = Path(__file__).parent


def installed(folder: Path) -> Path:
    """The folder, with what its package-lock.json names; once, whichever worker comes first."""
    lock, stamp = (folder / "package-lock.json").read_text(), folder / "node_modules" / ".rongtong"
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != lock:
            command = [NODE_FOLDER / "npm", "ci", "--prefer-offline", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=folder, env=child_environment(), check=True, capture_output=True)
            stamp.write_text(lock)
    return folder
