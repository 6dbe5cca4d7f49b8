"""The embedded engine: SQLite FTS5, tokens cut beforehand; it compares them, and search.ranking says what that is worth.

The FTS5 table (migration 0002) splits with `ascii` and the signs of our tokens: exactly our tokens are its
tokens, whatever version of Unicode SQLite was built with.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain, islice

from django.db import connection

from search.analysis import FIELDS, Clause
from search.engines.base import Entry, Plan
from search.engines.sql import Match, SqlEngine
from search.ranking import Step

# What a list of facet values cannot have in it.
_SEPARATOR = "\x1f"
CHUNK = 1000


class SqliteEngine(SqlEngine):
    """Entries are counted and ranked in an index that is a tenth as wide as they are: of a common word there are many, and
    their texts lie before their other columns in the same rows. Facets are counted here, of one line an entry.
    """

    name = "sqlite"
    entries = "search_entry e INDEXED BY search_entry_narrow"

    def match(self, plan: Plan) -> Match:
        return Match(
            # CROSS JOIN keeps SQLite from starting at the entries and asking FTS5 once for each.
            source=f"search_tokens CROSS JOIN {self.entries} ON e.id = search_tokens.rowid",
            where="search_tokens MATCH %s",
            where_params=(expression(plan),),
        )

    def token_step(self, step: Step) -> tuple[str, list[str]]:
        either = " OR ".join(_all_of(tokens, step.prefix) for tokens in step.any_of)
        # Without CROSS JOIN's help SQLite would ask FTS5 once for each row: this list it makes once.
        rows = "SELECT rowid FROM search_tokens WHERE search_tokens MATCH %s"
        return f"e.id IN ({rows})", [f"{step.field} : ({either})"]

    def counted_value(self, entry: Entry) -> str:
        return _SEPARATOR.join(f"{name}={value}" for name, values in entry.facets.items() for value in values)

    def _count(self, plan: Plan, match: Match) -> tuple[int, dict[str, dict[str, int]]]:
        visible, params = self._visible(plan)
        sql = f"SELECT e.counted FROM {match.source} {visible} AND {match.where}"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(sql, [*params, *match.where_params])
            return counted((line or "" for (line,) in cursor), plan)

    def store_tokens(self, rows: Sequence[tuple[int, Entry]]) -> None:
        columns = ", ".join(FIELDS)
        with connection.cursor() as cursor:
            # OR REPLACE: a test's flush empties the tables but not this one.
            cursor.executemany(
                f"INSERT OR REPLACE INTO search_tokens (rowid, {columns}) VALUES (%s{', %s' * len(FIELDS)})",  # noqa: S608
                [
                    (row_id, *(" ".join(getattr(entry.tokens, name)) for name in FIELDS))
                    for row_id, entry in rows
                ],
            )

    def forget_tokens(self, row_ids: Sequence[int]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                "DELETE FROM search_tokens WHERE rowid = %s", [(row_id,) for row_id in row_ids]
            )


def counted(lines: Iterable[str], plan: Plan) -> tuple[int, dict[str, dict[str, int]]]:
    """How many of these entries, each by its facet values (name=value), meet all filters; and per facet the counts of its values
    among those that meet all but its own.
    """
    filters = [(name, {f"{name}={value}" for value in values}) for name, values in plan.filters.items()]
    total = 0
    # "" → values of entries that meet all filters; a filter → of those that miss it alone.
    tallies: dict[str, Counter[str]] = {"": Counter(), **{name: Counter() for name, _wanted in filters}}
    walk = iter(lines)
    # Some at a time: of a hundred thousand, values are counted at once and none are kept.
    while some := [line.split(_SEPARATOR) for line in islice(walk, CHUNK)]:
        sorted_out: dict[str, list[list[str]]] = {name: [] for name in tallies}
        for values in some if filters else ():
            missed = [name for name, wanted in filters if wanted.isdisjoint(values)]
            if len(missed) < 2:
                sorted_out["".join(missed)].append(values)
        if not filters:
            sorted_out[""] = some
        total += len(sorted_out[""])
        for name, found in sorted_out.items():
            tallies[name].update(chain.from_iterable(found))
    counts: dict[str, dict[str, int]] = {}
    for name in plan.count:
        start = f"{name}="
        tally = tallies[""] + tallies[name] if name in plan.filters else tallies[""]
        named = {one.removeprefix(start): number for one, number in tally.items() if one.startswith(start)}
        if named:
            counts[name] = named
    return total, counts


def expression(plan: Plan) -> str:
    """The plan as an FTS5 expression; tokens are quoted, and hold no quotes themselves."""
    joined = (" AND " if plan.need == "all" else " OR ").join(_clause(clause) for clause in plan.clauses)
    if plan.exact:
        joined = f'({joined}) OR "{plan.exact}"'
    return f"{{{' '.join(plan.fields)}}} : ({joined})" if plan.fields else joined


def _clause(clause: Clause) -> str:
    return "(" + " OR ".join(_all_of(tokens, clause.prefix) for tokens in clause.any_of) + ")"


def _all_of(tokens: Sequence[str], prefix: bool) -> str:
    quoted = [f'"{token}"' for token in tokens]
    if prefix:
        quoted[-1] += " *"
    return "(" + " AND ".join(quoted) + ")"
