"""Filters of a list as rows for a page, from whatever shape search answers with, and their addresses."""

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

from django.http import QueryDict
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from themes import names

Group = dict[str, Any]
SHOWN_AT_ONCE = 8


def query_string(params: QueryDict) -> str:
    """`?a=1&b=2`; a lone `?` clears the query of the present address."""
    return f"?{params.urlencode()}" if params else "?"


def _rows(field: str, raw: Any, chosen: list[str]) -> Iterable[dict[str, Any]]:
    """Rows from {value: count}, [(value, count)], or things with value, count and perhaps label, selected."""
    for row in raw.items() if isinstance(raw, Mapping) else raw:
        if isinstance(row, tuple | list):
            value, count, label, selected = row[0], row[1], "", False
        elif isinstance(row, Mapping):
            value, count = row["value"], row.get("count")
            label, selected = row.get("label", ""), row.get("selected", False)
        else:
            value, count = row.value, getattr(row, "count", None)
            label, selected = getattr(row, "label", ""), getattr(row, "selected", False)
        text = str(value)
        own = str(label) if label and str(label) != text else names.facet_value(field, value)
        yield {"value": text, "label": own, "count": count, "selected": bool(selected) or text in chosen}


def groups(facets: Any, params: QueryDict) -> list[Group]:
    """[{"field", "label", "rows": [{"value", "label", "count", "selected"}], "chosen", "opened"}]; none without rows.

    facets: {field: rows} or a list of things with name, label, values.
    """
    found: list[Group] = []
    listed = (
        facets.items() if isinstance(facets, Mapping) else ((facet.name, facet) for facet in facets or ())
    )
    for field, facet in listed:
        if isinstance(facet, Mapping) and "values" in facet:
            raw, label = facet["values"], facet.get("label", "")
        elif isinstance(facet, Mapping | list | tuple):
            raw, label = facet, ""
        else:
            raw, label = facet.values, getattr(facet, "label", "")
        rows = list(_rows(field, raw, params.getlist(field)))
        if rows:
            chosen = [row for row in rows if row["selected"]]
            found.append(
                {
                    "field": field,
                    "label": str(label) or names.facet_name(field),
                    "rows": rows,
                    "chosen": chosen,
                    # Whether something chosen stands beyond those that are shown at once (facets.html).
                    "opened": any(row["selected"] for row in rows[SHOWN_AT_ONCE:]),
                }
            )
    return found


def drawn(group: Group) -> SafeString:
    """The rows of a group as boxes to tick, those beyond SHOWN_AT_ONCE behind a summary. Put together here and not by a template: a
    page of results has more than a hundred, and they were a third of what it takes to draw it.
    """
    field, rows = escape(group["field"]), group["rows"]
    comma = escape(_("，"))
    html: list[str] = []
    for place, row in enumerate(rows, 1):
        if place == SHOWN_AT_ONCE + 1:
            more = escape(_("还有 %(n)s 项") % {"n": len(rows) - SHOWN_AT_ONCE})
            html.append(
                f'<details class="filter-more"{" open" if group["opened"] else ""}><summary>{more}</summary>'
            )
        checked = " checked" if row["selected"] else ""
        count = (
            ""
            if row["count"] is None
            else f' <span class="count num"><span class="visually-hidden">{comma}</span>{escape(row["count"])}</span>'
        )
        html.append(
            f'<label class="check"><input type="checkbox" id="f-{field}-{place}" name="{field}" '
            f'value="{escape(row["value"])}"{checked}> <span>{escape(row["label"])}</span>{count}</label>'
        )
    if len(rows) > SHOWN_AT_ONCE:
        html.append("</details>")
    # Every piece of text is escaped above.
    return SafeString("\n".join(html))


def toggled(params: QueryDict, name: str, value: str) -> QueryDict:
    """A copy with one of several values of a name added, or taken away if there; the page number goes."""
    changed = copy(params)
    values = changed.getlist(name)
    changed.setlist(name, [old for old in values if old != value] if value in values else [*values, value])
    changed.pop("page", None)
    return changed


def without(params: QueryDict, fields: Iterable[str]) -> QueryDict:
    """A copy without these names and without the page number."""
    changed = copy(params)
    for name in (*fields, "page"):
        changed.pop(name, None)
    return changed


def pairs(params: QueryDict) -> list[tuple[str, str]]:
    """Name and value pairs, for hidden fields of a GET form."""
    return [(name, value) for name in params for value in params.getlist(name)]
