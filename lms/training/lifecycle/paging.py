"""Paging by the last row's key: each page is one look into an index, however many rows come before it.

Owns: the cursor in the address and the slice. Refuses nothing: nonsense is the first page.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import DateField, QuerySet

MOST_DIGITS = 18


@dataclass(frozen=True)
class KeyPage:
    """Rows of one page; next: the cursor of the following one, "" at the end; first: whether it is the first."""

    rows: list[Any]
    next: str
    first: bool


def key_page(rows: QuerySet[Any], columns: tuple[str, str], asked: str, per_page: int) -> KeyPage:
    """The rows after the cursor in the order of two columns, both ascending, the last one unique; "-": both descending. Two
    queries at most, each of which begins at its place in the index: one condition with "or" would read all rows before."""
    one, two = (column.lstrip("-") for column in columns)
    beyond = "lt" if columns[0].startswith("-") else "gt"
    days = isinstance(rows.model._meta.get_field(one), DateField)
    found, place, most = rows.order_by(*columns), _read(asked, days), per_page + 1
    if place is None:
        page = list(found[:most])
    else:
        page = list(found.filter(**{one: place[0], f"{two}__{beyond}": place[1]})[:most])
        if len(page) < most:
            page += found.filter(**{f"{one}__{beyond}": place[0]})[: most - len(page)]
    last = page[per_page - 1] if len(page) > per_page else None
    following = f"{_write(getattr(last, one))}.{_write(getattr(last, two))}" if last is not None else ""
    return KeyPage(page[:per_page], following, place is None)


def _read(asked: str, days: bool) -> tuple[date | int, int] | None:
    """Where the page before ended: a number, or a day where the first column holds days, and a number; None of nonsense."""
    one, _dot, two = asked.partition(".")
    if not _is_number(two):
        return None
    if not days:
        return (int(one), int(two)) if _is_number(one) else None
    try:
        return date.fromisoformat(one), int(two)
    except ValueError:
        return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS


def _write(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
