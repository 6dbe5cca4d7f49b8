"""The page of the rows: each has pages that there are, code that there is, and tests of its name; and it is what the table says."""

from pathlib import Path

import pytest
from django.conf import settings

from lms.training.papers.templates import template_of
from lms.training.rows.handbook import PAGE, files_by_row, route_of, text
from lms.training.rows.papers import PAPERS
from lms.training.rows.table import ROWS

BASE = Path(settings.BASE_DIR)


def test_no_row_of_the_issue_is_left_out():
    numbers = [*range(3, 19), 20, 21, *range(23, 42), *range(86, 90)]
    assert [row.code for row in ROWS] == [f"A{number:02d}" for number in numbers]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_a_row_has_code_pages_and_tests(row):
    assert row.rooms
    assert all((BASE / room).is_dir() for room in row.rooms)
    assert row.pages
    assert all(route_of(name) for name in row.pages)
    assert files_by_row().get(row.code), f"no test is named test_{row.code.lower()}_…"


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_a_paper_of_the_documents_has_a_form_or_a_page(paper):
    assert paper.kinds or paper.pages
    assert {template_of(kind).version for kind in paper.kinds} <= {1, 2, 3}
    assert all(route_of(name) for name in paper.pages)


def test_the_page_is_what_the_table_says():
    assert (BASE / "docs" / PAGE).read_text(encoding="utf-8") == text(), "run `python -m lms write_rows`"
