"""modelsearch's SQLite back end, kept and asked in pieces."""

from typing import Any

from modelsearch.backends.database.sqlite.sqlite import (
    SQLiteAutocompleteQueryCompiler,
    SQLiteIndex,
    SQLiteSearchBackend,
    SQLiteSearchQueryCompiler,
)

from search.wagtail.pieces import InPieces, asked_query


class ChineseIndex(SQLiteIndex):  # type: ignore[misc]
    def add_items(self, model: Any, objs: Any) -> None:
        super().add_items(model, [InPieces(obj) for obj in objs])


class ChineseQuery(SQLiteSearchQueryCompiler):  # type: ignore[misc]
    def build_search_query_content(self, query: Any, config: Any = None) -> Any:
        return super().build_search_query_content(asked_query(query), config=config)


class ChineseAutocompleteQuery(SQLiteAutocompleteQueryCompiler):  # type: ignore[misc]
    def build_search_query_content(self, query: Any, config: Any = None) -> Any:
        return super().build_search_query_content(asked_query(query), config=config)


class ChineseSqliteBackend(SQLiteSearchBackend):  # type: ignore[misc]
    index_class = ChineseIndex
    query_compiler_class = ChineseQuery
    autocomplete_query_compiler_class = ChineseAutocompleteQuery
