"""`make lock`: the hashed requirements from requirements/*.in, and package-lock.json without addresses.

Both lists are compiled for every system and every Python from 3.11 on, and dev.txt holds the very versions of
base.txt, so that one environment can be both. Refuses: writing where a package comes from.
"""

import re
import sys
from pathlib import Path

from tools import environment, processes
from tools.common import ROOT, Trouble, read_text, say

ADDRESS = re.compile(r"https?://|--index-url|--find-links|--extra-index-url")


def main() -> int:
    with environment.only_one():
        environment._venv()
        environment.bootstrap_uv()
    upgrade = ["--upgrade"] if "--upgrade" in sys.argv[1:] else []
    folder = ROOT / "requirements"
    _compile(folder / "base.in", upgrade)
    _compile(folder / "dev.in", [*upgrade, "--constraints", "requirements/base.txt"])
    if (ROOT / "package.json").exists() and (environment.NODE_FOLDER / "npm").exists():
        _run([environment.NODE_FOLDER / "npm", "install", "--package-lock-only", "--no-audit", "--no-fund"])
        if '"resolved"' in read_text(ROOT / "package-lock.json"):
            raise Trouble(
                "package-lock.json names addresses: .npmrc must say omit-lockfile-registry-resolved=true"
            )
    say("requirements/base.txt, requirements/dev.txt and package-lock.json are up to date")
    return 0


def _compile(source: Path, options: list[str]) -> None:
    target = source.with_suffix(".txt")
    python: list[str | Path] = ["--python", environment.PYTHON, "--python-version", "3.11", "--universal"]
    form = ["--generate-hashes", "--no-header", "--no-emit-index-url", "--no-emit-find-links", *options]
    paths = [target.relative_to(ROOT), source.relative_to(ROOT)]
    _run([environment.UV, "pip", "compile", "--quiet", *python, *form, "-o", *paths])
    if ADDRESS.search(read_text(target)):
        raise Trouble(f"{target} names an address; remove it from {source}")


def _run(command: list[str | Path]) -> None:
    if processes.run(command, env=environment.child_environment(), cwd=ROOT) != 0:
        raise Trouble("the lists could not be compiled; the lines above say why")


if __name__ == "__main__":
    raise SystemExit(processes.guarded(main))
