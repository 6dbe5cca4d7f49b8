"""`make messages`: takes what is said in code and templates into locale/en/LC_MESSAGES/django.po.

Needs GNU gettext (apt-get install gettext). What is new stands untranslated at its place; tests/config/test_messages.py
refuses it until it is English. See docs/translating.md.
"""

import shutil

from tools import environment, processes
from tools.common import ROOT, Trouble, say

IGNORED = (".venv", "node_modules", "var", "themes/static", "tests", "tools", "build")


def main() -> int:
    if not shutil.which("xgettext"):
        raise Trouble("GNU gettext is missing: apt-get install gettext")
    environment.ensure("dev", front_end=False)
    (ROOT / "locale" / "en" / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
    options = ["--locale", "en", "--no-location", "--no-obsolete", "--no-wrap", "--extension", "html,txt,py"]
    for name in IGNORED:
        options += ["--ignore", name]
    command = [environment.PYTHON, "-m", "lms", "makemessages", *options]
    status = processes.run(command, env=environment.child_environment(), cwd=ROOT)
    say("locale/en/LC_MESSAGES/django.po is up to date" if status == 0 else f"makemessages: status {status}")
    return status


if __name__ == "__main__":
    raise SystemExit(processes.guarded(main))
