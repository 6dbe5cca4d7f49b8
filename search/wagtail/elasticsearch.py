"""modelsearch's Elasticsearch 8 back end, kept and asked in pieces; where the cluster is away, the database answers.

The analysis it sends to the cluster splits at spaces and cuts beginnings, no more: a node without any analysis plug-in
has both.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from elasticsearch import ApiError, ConnectionError, TransportError
from modelsearch.backends import get_search_backend
from modelsearch.backends.elasticsearch8 import (
    Elasticsearch8AutocompleteQueryCompiler,
    Elasticsearch8Mapping,
    Elasticsearch8SearchBackend,
    Elasticsearch8SearchQueryCompiler,
    Elasticsearch8SearchResults,
)
from modelsearch.index import AutocompleteField, RelatedFields, SearchField

from search.engines import guard
from search.jobs import order_admin_index
from search.wagtail.pieces import asked_query, kept, plain

T = TypeVar("T")

BESIDE = "database"


class ChineseMapping(Elasticsearch8Mapping):  # type: ignore[misc]
    edgengram_analyzer_config = {"analyzer": "edgengram_analyzer", "search_analyzer": "default"}

    def _get_document_field_data(self, field: Any, obj: Any) -> tuple[str, Any, list[Any]]:
        name, value, edgengrams = super()._get_document_field_data(field, obj)
        if isinstance(field, SearchField | AutocompleteField) and not isinstance(field, RelatedFields):
            value = kept(plain(value))
            edgengrams = [value] if isinstance(field, AutocompleteField) else []
        return name, value, edgengrams


class ChineseQuery(Elasticsearch8SearchQueryCompiler):  # type: ignore[misc]
    mapping_class = ChineseMapping
    DEFAULT_OPERATOR = "and"

    def _compile_plaintext_query(self, query: Any, fields: Any, boost: float = 1.0) -> Any:
        return super()._compile_plaintext_query(asked_query(query), fields, boost)


class ChineseAutocompleteQuery(Elasticsearch8AutocompleteQueryCompiler):  # type: ignore[misc]
    mapping_class = ChineseMapping
    DEFAULT_OPERATOR = "and"

    def _compile_plaintext_query(self, query: Any, fields: Any, boost: float = 1.0) -> Any:
        return super()._compile_plaintext_query(asked_query(query), fields, boost)


class Results(Elasticsearch8SearchResults):  # type: ignore[misc]
    def _do_search(self) -> Any:
        return _asked(lambda: list(super(Results, self)._do_search()), lambda: list(self._beside()))

    def _do_count(self) -> int:
        return _asked(lambda: int(super(Results, self)._do_count()), lambda: int(self._beside().count()))

    def facet(self, field_name: str) -> Any:
        return _asked(
            lambda: super(Results, self).facet(field_name), lambda: self._beside().facet(field_name)
        )

    def _beside(self) -> Any:
        """The same question put to the database's back end."""
        mine = self.query_compiler
        backend = get_search_backend(BESIDE)
        typed = isinstance(mine, ChineseAutocompleteQuery)
        compiler = backend.autocomplete_query_compiler_class if typed else backend.query_compiler_class
        question = compiler(
            mine.queryset, mine.query, fields=mine.fields, order_by_relevance=mine.order_by_relevance
        )
        results = backend.results_class(backend, question)
        results.start, results.stop = self.start, self.stop
        return results


def _asked(ask: Callable[[], T], beside: Callable[[], T]) -> T:
    """The cluster's answer, or the database's: at once while the breaker that the site's search has tells that nobody is there."""
    breaker = guard()
    if not breaker.lets():
        return beside()
    try:
        found = ask()
    except TransportError:
        breaker.bad()
        return beside()
    except ApiError:
        # It is there, and refuses the question, or has no such index.
        breaker.good()
        return beside()
    breaker.good()
    return found


class ChineseElasticsearchBackend(Elasticsearch8SearchBackend):  # type: ignore[misc]
    """What a cluster that is away has not been told is brought by a job; modelsearch itself would leave it at a line in the log."""

    mapping_class = ChineseMapping
    query_compiler_class = ChineseQuery
    autocomplete_query_compiler_class = ChineseAutocompleteQuery
    results_class = Results
    settings = {
        "settings": {
            "analysis": {
                "analyzer": {
                    "default": {"type": "custom", "tokenizer": "whitespace", "filter": ["lowercase"]},
                    "edgengram_analyzer": {
                        "type": "custom",
                        "tokenizer": "whitespace",
                        "filter": ["lowercase", "beginnings"],
                    },
                },
                "filter": {"beginnings": {"type": "edge_ngram", "min_gram": 1, "max_gram": 15}},
            },
        }
    }

    def add(self, obj: Any) -> None:
        with _made_up_for():
            super().add(obj)

    def add_bulk(self, model: Any, obj_list: Any) -> None:
        with _made_up_for():
            super().add_bulk(model, obj_list)

    def delete(self, obj: Any) -> None:
        with _made_up_for():
            super().delete(obj)


@contextmanager
def _made_up_for() -> Iterator[None]:
    breaker = guard()
    if not breaker.lets():
        order_admin_index()
        raise ConnectionError("the cluster was away a moment ago")
    try:
        yield
    except TransportError:
        breaker.bad()
        order_admin_index()
        raise
    except ApiError:
        breaker.good()
        order_admin_index()
        raise
    breaker.good()


SearchBackend = ChineseElasticsearchBackend
