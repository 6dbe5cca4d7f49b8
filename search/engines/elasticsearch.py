"""Elasticsearch 8: an index per type and generation behind an alias per type, searched by our own tokens.

Owns: the mapping and the queries. Refuses: analysing text in the cluster; every text field splits at spaces
only, so that a node without any analysis plug-in gives the same hits as the embedded engine.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError
from elasticsearch.dsl import A, Q, Search
from elasticsearch.dsl.query import Query
from elasticsearch.helpers import bulk, scan

from search.analysis import FIELDS, WEIGHTS, Clause
from search.engines.base import Answer, Engine, Entry, Found, Plan
from search.errors import SearchUnavailable

QUERY_TIMEOUT_S = 3
WRITE_TIMEOUT_S = 30
# More values of one facet than this are not counted: nobody reads such a list.
MAX_FACET_VALUES = 300
_STORED = ("title", "summary", "body", "url", "language", "facets", "extra", "published_at", "centihours")

MAPPING: dict[str, Any] = {
    "dynamic": "strict",
    "dynamic_templates": [
        {"facets": {"path_match": "facets.*", "mapping": {"type": "keyword"}}},
    ],
    "properties": {
        "type": {"type": "keyword"},
        "id": {"type": "keyword"},
        **{
            name: {"type": "text", "index": False} for name in ("title", "summary", "body", "url", "language")
        },
        "facets": {"type": "object", "dynamic": True},
        "extra": {"type": "object", "enabled": False},
        "audience": {"type": "keyword"},
        "boost": {"type": "float"},
        "centihours": {"type": "long"},
        "published_at": {"type": "date"},
        "hidden": {"type": "boolean"},
        "tokens": {
            "properties": {
                name: {"type": "text", "analyzer": "whitespace", "norms": True} for name in FIELDS
            },
        },
    },
}


@contextmanager
def reachable() -> Iterator[None]:
    """Turn a cluster that does not answer, or answers that it cannot, into a refusal a page can show."""
    try:
        yield
    except TransportError as error:
        raise SearchUnavailable(details={"error": type(error).__name__}) from error
    except ApiError as error:
        if error.meta.status == 429 or error.meta.status >= 500:
            raise SearchUnavailable(details={"error": type(error).__name__}) from error
        raise


class ElasticsearchEngine(Engine):
    name = "elasticsearch"

    def __init__(self, url: str, prefix: str) -> None:
        self.url = url
        self.prefix = prefix

    @cached_property
    def client(self) -> Elasticsearch:
        return Elasticsearch(
            [address.strip() for address in self.url.split(",")],
            request_timeout=QUERY_TIMEOUT_S,
            max_retries=1,
            retry_on_timeout=False,
        )

    @cached_property
    def writer(self) -> Elasticsearch:
        return self.client.options(request_timeout=WRITE_TIMEOUT_S)

    def alias(self, document_type: str) -> str:
        return f"{self.prefix}-{document_type}"

    def index(self, document_type: str, generation: int) -> str:
        return f"{self.prefix}-{document_type}-{generation}"

    # --- writing ------------------------------------------------------------------------------------------

    def prepare(self, document_type: str, generation: int) -> None:
        name = self.index(document_type, generation)
        with reachable():
            if self.writer.indices.exists(index=name):
                return
            shape = {
                "number_of_shards": getattr(settings, "ELASTICSEARCH_SHARDS", 1),
                "number_of_replicas": getattr(settings, "ELASTICSEARCH_REPLICAS", 0),
            }
            # Two workers may come here at once; the second finds it made.
            self.writer.options(ignore_status=400).indices.create(
                index=name, settings=shape, mappings=MAPPING
            )
            if not self.writer.indices.exists_alias(name=self.alias(document_type)):
                self.writer.indices.put_alias(index=name, name=self.alias(document_type))

    def write(
        self, document_type: str, generation: int, entries: Iterable[Entry], *, only_new: bool = False
    ) -> int:
        name = self.index(document_type, generation)
        actions = (
            {
                "_op_type": "create" if only_new else "index",
                "_index": name,
                "_id": entry.id,
                "_source": _source(entry),
            }
            for entry in entries
        )
        return self._bulk(actions, expected={409})

    def remove(self, document_type: str, generation: int, ids: Sequence[str]) -> None:
        name = self.index(document_type, generation)
        self._bulk(({"_op_type": "delete", "_index": name, "_id": one} for one in ids), expected={404})

    def _bulk(self, actions: Iterable[dict[str, Any]], expected: set[int]) -> int:
        """Do them all; a status that is expected (there already, gone already) is no failure."""
        with reachable():
            written, failures = bulk(self.writer, actions, chunk_size=500, raise_on_error=False)
        failed = (
            [one for one in failures if _status(one) not in expected] if isinstance(failures, list) else []
        )
        if failed:
            raise SearchUnavailable(
                details={"error": "bulk", "failed": len(failed), "first": str(failed[0])[:500]}
            )
        return written

    def promote(self, document_type: str, generation: int) -> None:
        name, alias = self.index(document_type, generation), self.alias(document_type)
        with reachable():
            self.writer.indices.refresh(index=name)
            hidden = [
                hit["_id"]
                for hit in scan(self.writer, index=name, query={"query": {"term": {"hidden": True}}})
            ]
            self.remove(document_type, generation, hidden)
            self.writer.indices.update_aliases(
                actions=[
                    {"remove": {"index": f"{alias}-*", "alias": alias, "must_exist": False}},
                    {"add": {"index": name, "alias": alias}},
                ]
            )

    def drop(self, document_type: str, generation: int) -> None:
        with reachable():
            self.writer.indices.delete(index=self.index(document_type, generation), ignore_unavailable=True)

    def settle(self) -> None:
        with reachable():
            self.writer.indices.refresh(index=f"{self.prefix}-*", allow_no_indices=True)

    # --- reading ------------------------------------------------------------------------------------------

    def search(self, plan: Plan) -> Answer:
        search = self._base(plan)
        for name, values in plan.filters.items():
            search = search.post_filter(_filter(name, values))
        for name in plan.count:
            others = [_filter(other, values) for other, values in plan.filters.items() if other != name]
            counted = A("filter", bool={"filter": [other.to_dict() for other in others]})
            search.aggs.bucket(name, counted).bucket(
                "values", "terms", field=f"facets.{name}", size=MAX_FACET_VALUES
            )
        search = search.extra(track_total_hits=True).sort(*_order(plan))
        page = max(1, min(plan.page, plan.last_page))
        answer = self._run(self._cut(search, plan, page))
        total = answer["hits"]["total"]["value"]
        last = max(1, min(-(-total // plan.per_page), plan.last_page))
        if page > last:
            page = last
            answer = self._run(self._cut(search, plan, page))
        return Answer(
            total=total,
            page=page,
            found=tuple(_found(hit) for hit in answer["hits"]["hits"]),
            counts={
                name: {bucket["key"]: bucket["doc_count"] for bucket in result["values"]["buckets"]}
                for name, result in answer.get("aggregations", {}).items()
            },
        )

    def suggest(self, plan: Plan) -> list[Found]:
        search = self._base(plan)
        for name, values in plan.filters.items():
            search = search.filter(_filter(name, values))
        search = self._cut(search.sort(*_order(plan)), plan, 1).extra(track_total_hits=False)
        return [_found(hit) for hit in self._run(search)["hits"]["hits"]]

    def _base(self, plan: Plan) -> Search:
        aliases = [self.alias(document_type) for document_type in plan.types]
        search: Search = Search(using=self.client, index=aliases or [f"{self.prefix}-none"])
        # The body is for a snippet of what was found in it, and may be long.
        stored = [name for name in _STORED if name != "body" or plan.shows_body]
        search = search.params(ignore_unavailable=True, allow_no_indices=True).source(["type", "id", *stored])
        filters = [Q("terms", audience=list(plan.audience)), ~Q("term", hidden=True)]
        score = _match(plan) if plan.clauses else Q("constant_score", filter=Q("match_all"), boost=1.0)
        boosted = Q(
            "function_score",
            query=score,
            field_value_factor={"field": "boost", "missing": 1},
            boost_mode="multiply",
        )
        return search.query(Q("bool", must=[boosted], filter=filters))

    def _cut(self, search: Search, plan: Plan, page: int) -> Search:
        start = (page - 1) * plan.per_page
        return search[start : start + plan.per_page]

    def _run(self, search: Search) -> dict[str, Any]:
        with reachable():
            return search.execute().to_dict()

    def ids(self, document_type: str, generation: int) -> list[str]:
        name = self.index(document_type, generation)
        query = {"query": {"bool": {"must_not": {"term": {"hidden": True}}}}, "_source": False}
        with reachable():
            try:
                return sorted(hit["_id"] for hit in scan(self.writer, index=name, query=query))
            except NotFoundError:
                return []

    def health(self) -> dict[str, Any]:
        try:
            with reachable():
                cluster = self.client.cluster.health()
                counts = self.client.indices.stats(index=f"{self.prefix}-*", metric="docs")["indices"]
        except SearchUnavailable as refusal:
            return {"ok": False, "error": refusal.details.get("error", "")}
        except ApiError as error:
            return {"ok": False, "error": type(error).__name__}
        documents = {}
        for name, one in counts.items():
            document_type, _, generation = name.removeprefix(f"{self.prefix}-").rpartition("-")
            if generation.isdecimal():
                documents[document_type, int(generation)] = one["primaries"]["docs"]["count"]
        return {"ok": cluster["status"] != "red", "cluster": cluster["status"], "documents": documents}


def _source(entry: Entry) -> dict[str, Any]:
    return {
        "type": entry.type,
        "id": entry.id,
        "title": entry.title,
        "summary": entry.summary,
        "body": entry.body,
        "url": entry.url,
        "language": entry.language,
        "facets": {name: list(values) for name, values in entry.facets.items()},
        "extra": dict(entry.extra),
        "audience": list(entry.audience),
        "boost": entry.boost,
        "centihours": entry.centihours,
        "published_at": entry.published_at.isoformat() if entry.published_at else None,
        "hidden": entry.hidden,
        "tokens": {name: " ".join(getattr(entry.tokens, name)) for name in FIELDS},
    }


def _found(hit: dict[str, Any]) -> Found:
    source = hit["_source"]
    published_at = source.get("published_at")
    return Found(
        **{name: source.get(name, "") for name in ("type", "id", *_STORED) if name != "published_at"},
        published_at=datetime.fromisoformat(published_at) if published_at else None,
        score=float(hit.get("_score") or 0),
    )


def _status(failure: dict[str, Any]) -> int:
    return int(next(iter(failure.values())).get("status", 0))


def _filter(name: str, values: Sequence[str]) -> Query:
    return Q("terms", **{f"facets.{name}": list(values)})


def _order(plan: Plan) -> list[Any]:
    newest = {"published_at": {"order": "desc", "missing": "_last"}}
    by = {
        "relevance": ["_score", newest],
        "newest": [newest, "_score"],
        "hours": [{"centihours": "desc"}, "_score", newest],
    }[plan.sort]
    return [*by, {"type": "asc"}, {"id": "asc"}]


def _match(plan: Plan) -> Query:
    fields = plan.fields or FIELDS
    clauses = [_clause(clause, fields) for clause in plan.clauses]
    whole = (
        Q("bool", must=clauses) if plan.need == "all" else Q("bool", should=clauses, minimum_should_match=1)
    )
    if plan.exact:
        whole = Q("bool", should=[whole, _token(plan.exact, ("title",))], minimum_should_match=1)
    return whole


def _clause(clause: Clause, fields: Sequence[str]) -> Query:
    last = clause.prefix
    any_of = [
        Q("bool", must=[_token(token, fields, prefix=last and token is tokens[-1]) for token in tokens])
        for tokens in clause.any_of
    ]
    return Q("bool", should=any_of, minimum_should_match=1)


def _token(token: str, fields: Sequence[str], *, prefix: bool = False) -> Query:
    """A token in any field; where it stands in several, the weights add up, as in the other engines."""
    kind = "prefix" if prefix else "term"
    return Q(
        "bool",
        should=[Q(kind, **{f"tokens.{name}": {"value": token, "boost": WEIGHTS[name]}}) for name in fields],
        minimum_should_match=1,
    )


def engine_for(url: str, prefix: str) -> ElasticsearchEngine:
    """One client a process and address; it keeps its connections."""
    key = (url, prefix)
    if key not in _engines:
        _engines[key] = ElasticsearchEngine(url, prefix)
    return _engines[key]


_engines: dict[tuple[str, str], ElasticsearchEngine] = {}
