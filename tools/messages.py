"""`make messages`: takes what is said in code and templates into locale/en/LC_MESSAGES/django.po.

Needs GNU gettext (apt-get install gettext). What is new stands untranslated at its place, what has changed is
marked fuzzy with a guess; tests/config/test_messages.py refuses both until they are English. Where nothing was said
anew the file stays the same to the byte: no places, no dates. See docs/translating.md.
"""

import re
import shutil

from tools import environment, processes
from tools.common import ROOT, Trouble, read_text, say, write_text

IGNORED = (".venv", "node_modules", "var", "themes/static", "tests", "tools", "docs", "deploy")
CATALOGUE = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"

HEADER = r"""# English for Rongtong. The Chinese sentence is the message id: docs/translating.md.
msgid ""
msgstr ""
"Project-Id-Version: rongtong\n"
"Language: en\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""


def _with_our_header(text: str) -> str:
    """The catalogue below a header that holds nothing which changes by itself."""
    entries = text.split("\n\n", 1)
    return HEADER + (entries[1] if len(entries) == 2 else "")


def _left(text: str) -> int:
    """How many messages have no English yet, or only a guess."""
    entries = text.split("\n\n")[1:]
    return sum(
        1
        for entry in entries
        if "\n#, fuzzy" in f"\n{entry}" or re.search(r'msgstr(\[\d\])? ""\s*(?!\s*")', entry)
    )


def main() -> int:
    if not shutil.which("xgettext"):
        raise Trouble("缺少 GNU gettext。", "GNU gettext is missing: sudo apt-get install gettext")
    environment.ensure("dev", front_end=False)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    options = ["--locale", "en", "--no-location", "--no-obsolete", "--no-wrap", "--extension", "html,txt,py"]
    for name in IGNORED:
        options += ["--ignore", name]
    status = processes.run(
        [environment.PYTHON, "-m", "lms", "makemessages", "--verbosity", "0", *options],
        env=environment.child_environment(),
        cwd=ROOT,
    )
    if status != 0:
        return status
    text = _with_our_header(read_text(CATALOGUE))
    write_text(CATALOGUE, text)
    # The compiled catalogue is what a running server reads.
    environment.ensure("dev", front_end=False)
    left = _left(text)
    name = CATALOGUE.relative_to(ROOT)
    say(f"{name}：还有 {left} 条要译 / {left} to translate" if left else f"{name}：已是最新 / up to date")
    return 0


if __name__ == "__main__":
    raise SystemExit(processes.guarded(main))
