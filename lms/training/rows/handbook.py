"""docs/rows.md, written from the table, the addresses and the tests there are.

Owns: the text of the page. `python -m lms write_rows` writes it; a test compares.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import override

from lms.training.papers.templates import Template, templates
from lms.training.rows.papers import PAPERS, Made
from lms.training.rows.table import ROWS, Row

PAGE = "rows.md"
HEAD = """# The rows of the policies, where each lives, and its tests

Written by `python -m lms write_rows` from `lms/training/rows/table.py`, the addresses and the tests that there are; do not edit.
The tests of a row have its code in their names: `pytest -k a38_` runs those of A38, wherever they lie.
"""
PAPERS_HEAD = """# Papers

Each has a number, a form with a version, a page, a PDF and a code that `/verify/` checks. Forms P are issued on cases
(`papers.api`), forms G are postings of the public board (`board/printed.py`).

| paper | forms | pages | |
|---|---|---|---|"""
FORMS_HEAD = """| form | title | version | kind |
|---|---|---|---|"""
# Where the tests are found; the bench is none.
TESTS = "tests"
_TEST = re.compile(r"^\s*(?:async )?def test_(a\d\d)_", re.MULTILINE)


def text() -> str:
    tests = files_by_row()
    return "\n".join([HEAD, *(_part(row, tests.get(row.code, [])) for row in ROWS), _papers()])


def _papers() -> str:
    """Every paper of the documents with its forms, and every form there is."""
    with override("zh-hans"):
        forms = {row.kind: row for row in templates()}
        made = [
            f"| {row.name} | {_forms(row, forms)} | {' · '.join(f'`/{route_of(name)}`' for name in row.pages)} | {row.note} |"
            for row in PAPERS
        ]
        lines = [f"| {row.number} | {row.title} | {row.version} | `{row.kind}` |" for row in forms.values()]
    return "\n".join([PAPERS_HEAD, *made, "", FORMS_HEAD, *lines, ""])


def _forms(row: Made, forms: Mapping[str, Template]) -> str:
    """The numbers of its forms. Raises KeyError: nobody has declared one."""
    return ", ".join(forms[kind].number for kind in row.kinds)


def _part(row: Row, tests: list[str]) -> str:
    source = f"{row.document} {row.article}"
    pages = " · ".join(f"`/{route_of(name)}`" for name in row.pages)
    rooms = ", ".join(f"`{room}/`" for room in row.rooms)
    files = ", ".join(f"`{path}`" for path in tests)
    return "\n".join(
        [
            f"## {row.code}",
            "",
            f"{source}：「{row.quote}」 {row.accepts}",
            "",
            f"- code: {rooms}",
            f"- pages: {pages}",
            f"- tests: {files}",
            "",
        ]
    )


def files_by_row() -> dict[str, list[str]]:
    """Code of a row → the files that have tests of its name, in order."""
    base = Path(settings.BASE_DIR)
    found: dict[str, list[str]] = {}
    for path in sorted((base / TESTS).rglob("test_*.py")):
        for code in sorted(set(_TEST.findall(path.read_text(encoding="utf-8")))):
            found.setdefault(code.upper(), []).append(path.relative_to(base).as_posix())
    return found


def route_of(name: str) -> str:
    """The address of a name, with its parts named: "cases/<uuid>/". Raises KeyError: there is none."""
    return _routes()[name]


@lru_cache(maxsize=1)
def _routes() -> dict[str, str]:
    return dict(_walk(get_resolver().url_patterns, "", ""))


def _walk(patterns: list[URLPattern | URLResolver], before: str, namespace: str) -> Iterator[tuple[str, str]]:
    for found in patterns:
        route = before + re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", str(found.pattern)).removeprefix("^")
        if isinstance(found, URLResolver):
            inner = f"{namespace}{found.namespace}:" if found.namespace else namespace
            yield from _walk(found.url_patterns, route, inner)
        elif found.name:
            yield f"{namespace}{found.name}", route
