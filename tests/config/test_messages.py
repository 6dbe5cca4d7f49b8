"""English is complete: every sentence of the code is in the catalogue, translated, with the same placeholders.

Reads source and catalogue only, so that it runs without gettext; docs/translating.md says what to do when it fails.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("lms", "courses", "creditbank", "search", "themes")
CATALOGUE = polib.pofile(str(ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"))
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%\w*|%[sd]|\{\w*\}|(?<!\w):[a-z]+\b|<[^>]+>")
# Function -> where its messages stand among the arguments, and where the context.
FUNCTIONS: dict[str, tuple[tuple[int, ...], int | None]] = {
    "gettext": ((0,), None),
    "gettext_lazy": ((0,), None),
    "gettext_noop": ((0,), None),
    "ngettext": ((0,), None),
    "ngettext_lazy": ((0,), None),
    "pgettext": ((1,), 0),
    "pgettext_lazy": ((1,), 0),
    "npgettext": ((1,), 0),
    "npgettext_lazy": ((1,), 0),
}
KNOWN = {(entry.msgctxt, entry.msgid) for entry in CATALOGUE}

# Django's templatize turns a template into calls between blanked-out text; this finds the calls.
_STRING = r"u?\"(?:\\.|[^\"\\])*\"|u?'(?:\\.|[^'\\])*'"
CALL = re.compile(rf"\b(?:_|n?p?gettext)\((?:[^()\"']|{_STRING})*\)")

Message = tuple[str | None, str]


def _english(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_message_is_in_english():
    wrong = [
        entry.msgid
        for entry in CATALOGUE
        if entry.fuzzy
        or entry.obsolete
        or not all(_english(entry))
        or CHINESE.search("".join(_english(entry)))
    ]
    assert wrong == []


def test_placeholders_are_the_same_on_both_sides():
    wrong = [
        (entry.msgid, english)
        for entry in CATALOGUE
        for english in _english(entry)
        if sorted(PLACEHOLDER.findall(english)) != sorted(PLACEHOLDER.findall(entry.msgid))
    ]
    assert wrong == []


def _names(tree: ast.AST) -> dict[str, str]:
    """What the module calls Django's functions."""
    return {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in FUNCTIONS
    }


def _messages(tree: ast.AST, names: dict[str, str]) -> Iterator[Message]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        places, context = FUNCTIONS.get(names.get(name, name), ((), None))
        where = node.args[context] if context is not None else None
        for place in places:
            argument = node.args[place]
            assert not isinstance(argument, ast.JoinedStr), (
                f"an f-string cannot be translated, line {node.lineno}"
            )
            if isinstance(argument, ast.Constant):
                yield (where.value if isinstance(where, ast.Constant) else None), argument.value


def _said_in(path: Path) -> Iterator[Message]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        tree = ast.parse(text)
        yield from _messages(tree, _names(tree))
    elif "{%" in text or "{{" in text:
        for call in CALL.findall(templatize(text)):
            yield from _messages(ast.parse(call), {"_": "gettext"})


@pytest.mark.parametrize("package", PACKAGES)
def test_every_message_of_the_code_is_in_the_catalogue(package):
    """A forgotten `make messages` is found here."""
    missing = [
        (str(path.relative_to(ROOT)), message)
        for path in sorted((ROOT / package).rglob("*"))
        if path.suffix in {".py", ".html", ".txt"} and not {"static", "migrations"} & set(path.parts)
        for message in _said_in(path)
        if message not in KNOWN
    ]
    assert missing == []


def test_nothing_in_the_catalogue_is_left_over():
    said = {
        message
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in {".py", ".html", ".txt"} and not {"static", "migrations"} & set(path.parts)
        for message in _said_in(path)
    }
    assert KNOWN - said == set()


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ('{% translate "我的学习" %}', (None, "我的学习")),
        ('{% translate "学时" context "标题" %}', ("标题", "学时")),
        ('{% include "x.html" with text=_("还没有（空）") %}', (None, "还没有（空）")),
        ('{{ rows|join:_("、") }}', (None, "、")),
        ("{% blocktranslate %}已学 {{ percent }}%{% endblocktranslate %}", (None, "已学 %(percent)s%%")),
        (
            "{% blocktranslate count n=found %}{{ n }} 门{% plural %}{{ n }} 门{% endblocktranslate %}",
            (None, "%(n)s 门"),
        ),
    ],
)
def test_the_reader_of_templates(tmp_path, template, message):
    path = tmp_path / "page.html"
    path.write_text("{% load i18n %}" + template, encoding="utf-8")
    assert list(_said_in(path)) == [message]
