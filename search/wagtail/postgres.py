"""modelsearch's PostgreSQL back end, kept and asked in pieces."""

from typing import Any

from modelsearch.backends.database.postgres.postgres import (
    PostgresAutocompleteQueryCompiler,
    PostgresIndex,
    PostgresSearchBackend,
    PostgresSearchQueryCompiler,
)

from search.wagtail.pieces import InPieces, asked_query


class ChineseIndex(PostgresIndex):  # type: ignore[misc]
    def add_items(self, model: Any, objs: Any) -> None:
        super().add_items(model, [InPieces(obj) for obj in objs])


class ChineseQuery(PostgresSearchQueryCompiler):  # type: ignore[misc]
    def build_tsquery_content(self, query: Any, config: Any = None, invert: bool = False) -> Any:
        return super().build_tsquery_content(asked_query(query), config=config, invert=invert)


class ChineseAutocompleteQuery(PostgresAutocompleteQueryCompiler):  # type: ignore[misc]
    def build_tsquery_content(self, query: Any, config: Any = None, invert: bool = False) -> Any:
        return super().build_tsquery_content(asked_query(query), config=config, invert=invert)


class ChinesePostgresBackend(PostgresSearchBackend):  # type: ignore[misc]
    index_class = ChineseIndex
    query_compiler_class = ChineseQuery
    autocomplete_query_compiler_class = ChineseAutocompleteQuery
