"""The embedded engine: SQLite FTS5, tokens cut beforehand; it compares them, and search.ranking says what that is worth.

The FTS5 table (migration 0002) splits with `ascii` and the signs of our tokens: exactly our tokens are its
tokens, whatever version of Unicode SQLite was built with.
"""

from collections.abc import Sequence

from django.db import connection

from search.analysis import FIELDS, Clause
from search.engines.base import Entry, Plan
from search.engines.sql import Match, SqlEngine
from search.ranking import Step


class SqliteEngine(SqlEngine):
    """Entries are counted and ranked in an index that is a tenth as wide as they are: of a common word there are many, and
    their texts lie before their other columns in the same rows.
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
