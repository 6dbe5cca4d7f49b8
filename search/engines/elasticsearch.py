"""Elasticsearch 8: an index per type and generation behind an alias per type, searched by our own tokens.

Owns: the mapping and the queries. Refuses: analysing text in the cluster; every text field splits at spaces
only, so that a node without any analysis plug-in gives the same hits as the embedded engine.

A document's version is Elasticsearch's own (`external`): it refuses a write that is older than what stands there, also
one that a dead connection left behind in the cluster and that arrives minutes later.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson
from django.conf import settings
from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError
from elasticsearch.dsl import Search
from elasticsearch.helpers import bulk, scan
from elasticsearch.serializer import JsonSerializer, NdjsonSerializer

from lms.lib.clock import now
from search import budget
from search.analysis import FIELDS, Clause
from search.engines.base import Answer, Engine, Entry, Found, Plan, Several, hidden_entry, places
from search.errors import NotAnswered, SearchUnavailable
from search.ranking import Award, Step

logger = logging.getLogger(__name__)
QUERY_TIMEOUT_S = 3
WRITE_TIMEOUT_S = 10
# Twice this is less than a container's own check waits (deploy/bin/healthy).
HEALTH_TIMEOUT_S = 1.5
# Documents to a request; a generation that is being filled takes more at once.
CHUNK = 500
# What is wrong with a question and not with the cluster: it has too much in it, or asks an index that is not there.
_REFUSED_QUESTIONS = frozenset({400, 404, 413})
PAGE = 1000
# More values of one facet than this are not counted: nobody reads such a list.
MAX_FACET_VALUES = 300
_NAMED = ("title", "url", "expires_at")
_TEXTS = ("type", "id", "title", "summary", "body", "url", "language")
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
        "expires_at": {"type": "date"},
        # Elasticsearch has the version too, but cannot look for it.
        "version": {"type": "long"},
        "digest": {"type": "keyword", "index": False, "doc_values": False},
        "tokens": {
            "properties": {
                # Whether a token is there is all that is asked; how often and in how long a text is not.
                name: {"type": "text", "analyzer": "whitespace", "norms": False, "index_options": "docs"}
                for name in FIELDS
            },
        },
    },
}


class Json(JsonSerializer):
    """As the client's own, in a third of the time; what orjson refuses (half a surrogate pair) is left to that."""

    def json_dumps(self, data: Any) -> bytes:
        try:
            return orjson.dumps(data, default=self.default)
        except TypeError:
            return super().json_dumps(data)

    def json_loads(self, data: bytes) -> Any:
        try:
            return orjson.loads(data)
        except ValueError:
            return super().json_loads(data)


class JsonLines(NdjsonSerializer, Json):
    """The same for several questions or documents in one request."""


class Asked(Search):
    """A question whose body stands as it is sent: the client's own way through conditions, sorting and counts makes each of
    them twice over, once to stand and once to be read.
    """

    def to_dict(self, count: bool = False, **kwargs: Any) -> dict[str, Any]:
        return {**self._extra, **kwargs}


@contextmanager
def reachable() -> Iterator[None]:
    """Turn a cluster that does not answer, or does not do what it is asked (a key that ran out, no room for an index), into
    a refusal a page can show: the database's engine goes on without it.
    """
    try:
        yield
    except TransportError as error:
        raise SearchUnavailable(details={"error": type(error).__name__}) from error
    except ApiError as error:
        logger.warning("Elasticsearch refuses: %s", str(error)[:500])
        # Of several questions in one request each has its own status; that of the request is 200 all the same.
        own = error.body.get("status") if isinstance(error.body, dict) else None
        raise SearchUnavailable(
            details={"error": type(error).__name__, "status": own or error.meta.status}
        ) from error


@contextmanager
def answering() -> Iterator[None]:
    """As reachable; but a single question that it refuses is not answered, and no fault of the cluster's."""
    try:
        with reachable():
            yield
    except SearchUnavailable as refusal:
        if refusal.details.get("status") in _REFUSED_QUESTIONS:
            raise NotAnswered(details=refusal.details) from refusal
        raise


def index_settings(document_type: str) -> dict[str, Any]:
    """What the settings say of a new index of this type. A lifecycle only where one is named: a node without that module refuses it."""
    lifecycle = of_type(settings.ELASTICSEARCH_LIFECYCLE, document_type)
    return {
        "number_of_shards": int(of_type(settings.ELASTICSEARCH_SHARDS, document_type)),
        "number_of_replicas": int(of_type(settings.ELASTICSEARCH_REPLICAS, document_type)),
        "refresh_interval": of_type(settings.ELASTICSEARCH_REFRESH, document_type),
        **({"lifecycle.name": lifecycle} if lifecycle else {}),
    }


def changeable_settings(document_type: str) -> dict[str, Any]:
    """Those that an index takes as long as it lives."""
    shape = index_settings(document_type)
    del shape["number_of_shards"]
    return shape


def of_type(setting: str, document_type: str) -> str:
    """What a setting such as `1,course=3,lesson=2` says of a type; the value without a name is for all others."""
    told = {name.strip(): value for one in setting.split(",") for name, _, value in [one.rpartition("=")]}
    return str(told.get(document_type, told.get("", ""))).strip()


class ElasticsearchEngine(Engine):
    name = "elasticsearch"
    asks_at_once = True
    transactional = False

    def __init__(self, url: str, prefix: str) -> None:
        self.url = url
        self.prefix = prefix
        self._hurried: dict[int, Elasticsearch] = {}

    @cached_property
    def client(self) -> Elasticsearch:
        return Elasticsearch(
            [address.strip() for address in self.url.split(",")],
            serializers={one.mimetype: one for one in (Json(), JsonLines())},
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

    def prepare(self, document_type: str, generation: int, *, filling: bool = False) -> None:
        name = self.index(document_type, generation)
        shape = index_settings(document_type)
        if filling:
            # No copies and no refreshing while it is filled: `promote` gives it both.
            shape |= {"number_of_replicas": 0, "refresh_interval": "-1"}
        with reachable():
            if self.writer.indices.exists(index=name):
                return
            # Two workers may come here at once; the second finds it made.
            self.writer.options(ignore_status=400).indices.create(
                index=name, settings=shape, mappings=MAPPING
            )
            if not self.writer.indices.exists_alias(name=self.alias(document_type)):
                self.writer.indices.put_alias(index=name, name=self.alias(document_type))

    def write(self, document_type: str, generation: int, entries: Iterable[Entry], version: int) -> int:
        written, refused = self._put(document_type, generation, entries, version)
        if refused:
            # What it held before must not be found either; `check_index` names it.
            logger.error("Elasticsearch takes these documents not: %s %s", document_type, refused[:20])
            self.hide(document_type, generation, refused, version)
        return written

    def _put(
        self, document_type: str, generation: int, entries: Iterable[Entry], version: int
    ) -> tuple[int, list[str]]:
        """Returns how many were written, and the ids of those that it will never take."""
        name = self.index(document_type, generation)
        actions = (
            {
                "_op_type": "index",
                "_index": name,
                "_id": entry.id,
                "version": version,
                "version_type": "external",
                "_source": _source(entry, version),
            }
            for entry in entries
        )
        return self._bulk(actions, expected={409})

    def hide(self, document_type: str, generation: int, ids: Sequence[str], version: int) -> None:
        if not ids:
            return
        _, refused = self._put(
            document_type, generation, (hidden_entry(document_type, one) for one in ids), version
        )
        if refused:
            # Nothing is wrong with a document of which only its id is left: it is the index that takes none.
            raise SearchUnavailable(details={"error": "refused", "first": refused[0]})

    def sweep(self, document_type: str, generation: int, before: int) -> int:
        old = {"bool": {"filter": [{"term": {"hidden": True}}, {"range": {"version": {"lt": before}}}]}}
        # By the place in the index's own order: what was written anew since the look stays.
        query = {"query": old, "_source": False, "seq_no_primary_term": True}
        name = self.index(document_type, generation)
        with reachable():
            actions = [
                {
                    "_op_type": "delete",
                    "_index": name,
                    "_id": hit["_id"],
                    "if_seq_no": hit["_seq_no"],
                    "if_primary_term": hit["_primary_term"],
                }
                for hit in scan(self.writer, index=name, query=query)
            ]
        return self._bulk(actions, expected={404, 409})[0] if actions else 0

    def _bulk(self, actions: Iterable[dict[str, Any]], expected: set[int]) -> tuple[int, list[str]]:
        """Do them all; a status that is expected (newer there, gone already) is no failure. Returns how many were
        done, and the ids of those that Elasticsearch will never take.
        """
        with reachable():
            written, failures = bulk(
                self.writer,
                actions,
                chunk_size=CHUNK,
                raise_on_error=False,
                max_retries=3,
                initial_backoff=0.2,
            )
        refused: list[str] = []
        listed = failures if isinstance(failures, list) else []
        for one in listed:
            status = _status(one)
            if status in expected:
                continue
            if status != 400:
                raise SearchUnavailable(
                    details={"error": "bulk", "failed": len(listed), "first": str(one)[:500]}
                )
            logger.warning("Elasticsearch refused a document: %s", str(one)[:500])
            refused.append(next(iter(one.values()))["_id"])
        return written, refused

    def promote(self, document_type: str, generation: int) -> None:
        name, alias = self.index(document_type, generation), self.alias(document_type)
        with reachable():
            self.writer.indices.put_settings(index=name, settings=changeable_settings(document_type))
            self.writer.indices.refresh(index=name)
            self.writer.indices.update_aliases(
                actions=[
                    {"remove": {"index": f"{alias}-*", "alias": alias, "must_exist": False}},
                    {"add": {"index": name, "alias": alias}},
                ]
            )

    def configure(self, document_type: str) -> None:
        """Give the index in use what the settings say by now, as far as it can be changed."""
        with reachable():
            self.writer.indices.put_settings(
                index=self.alias(document_type), settings=changeable_settings(document_type)
            )

    def drop(self, document_type: str, generation: int) -> None:
        with reachable():
            self.writer.indices.delete(index=self.index(document_type, generation), ignore_unavailable=True)

    def settle(self) -> None:
        with reachable():
            self.writer.indices.refresh(index=f"{self.prefix}-*", allow_no_indices=True)

    # --- reading ------------------------------------------------------------------------------------------

    def search(self, plan: Plan) -> Answer:
        page = _page(plan)
        behind = self._behind(plan) if plan.after and page > 1 else None
        return self._answer(plan, page, self._run(self._asked(plan, page, behind)))

    def suggest(self, plan: Plan) -> list[Found]:
        return [_found(hit) for hit in self._run(self._first(plan))["hits"]["hits"]]

    def several(
        self, *, searched: Sequence[Plan] = (), suggested: Sequence[Plan] = (), met: Sequence[Plan] = ()
    ) -> Several:
        told = iter(
            self._run_all(
                [
                    *(self._asked(plan, _page(plan)) for plan in searched),
                    *map(self._first, suggested),
                    *map(self._one, met),
                ]
            )
        )
        return Several(
            answers=tuple(self._answer(plan, _page(plan), next(told)) for plan in searched),
            found=tuple([_found(hit) for hit in next(told)["hits"]["hits"]] for _plan in suggested),
            met=tuple(bool(next(told)["hits"]["hits"]) for _plan in met),
        )

    def _asked(self, plan: Plan, page: int, behind: list[Any] | None = None) -> Search:
        """A page of results with the counts of facets, each without its own filter. behind: what it goes on behind (`_behind`)."""
        body: dict[str, Any] = {**_cut(plan, page), "sort": _order(plan), "track_total_hits": True}
        if behind is not None:
            body |= {"from": 0, "search_after": behind}
        if plan.filters:
            body["post_filter"] = _all([_filter(*one) for one in plan.filters.items()])
        if plan.count:
            body["aggs"] = {name: _counting(name, plan) for name in plan.count}
        return self._base(plan, _query(plan), **body)

    def _first(self, plan: Plan) -> Search:
        """The best results, without a total."""
        query = _query(plan, narrowed=True)
        return self._base(plan, query, **_cut(plan, 1), sort=_order(plan), track_total_hits=False)

    def _one(self, plan: Plan) -> Search:
        """Any result, as soon as there is one; nothing of it is read."""
        query = {"bool": _conditions(plan, narrowed=True)}
        return self._base(
            plan, query, _source=False, size=1, terminate_after=1, sort=["_doc"], track_total_hits=False
        )

    def _answer(self, plan: Plan, page: int, told: dict[str, Any]) -> Answer:
        total = told["hits"]["total"]["value"]
        last = max(1, min(-(-total // plan.per_page), plan.last_page))
        if page > last:
            page = last
            told = self._run(self._asked(plan, page))
        return Answer(
            total=total,
            page=page,
            found=tuple(_found(hit) for hit in told["hits"]["hits"]),
            counts={
                name: {
                    bucket["key"]: bucket["doc_count"] for bucket in result.get("values", result)["buckets"]
                }
                for name, result in told.get("aggregations", {}).items()
            },
        )

    def _behind(self, plan: Plan) -> list[Any] | None:
        """Where the last result of the page before stands by now, as values of the order; None where it is not found."""
        assert plan.after is not None
        document_type, document_id = plan.after
        query = _query(plan)
        query["bool"]["filter"] += [{"term": {"type": document_type}}, {"term": {"id": document_id}}]
        only = self._base(plan, query, _source=False, size=1, sort=_order(plan), track_total_hits=False)
        hits = self._run(only)["hits"]["hits"]
        return hits[0]["sort"] if hits else None

    def _base(self, plan: Plan, query: "Condition", **body: Any) -> Search:
        aliases = [self.alias(document_type) for document_type in plan.types]
        search = Asked(using=self.client, index=aliases or [f"{self.prefix}-none"])
        if not aliases:
            search = search.params(ignore_unavailable=True)
        # The body is for a snippet of what was found in it, and may be long; of titles nothing else is shown.
        stored = _STORED if plan.fields is None else _NAMED
        read = ["type", "id", *(name for name in stored if name != "body" or plan.shows_body)]
        return search.extra(**{"query": query, "_source": read, **body})

    def _run(self, search: Search) -> dict[str, Any]:
        with answering():
            told = self._reader.search(index=search._index, body=search.to_dict(), **search._params)
            return told.body

    def _run_all(self, searches: Sequence[Search]) -> list[dict[str, Any]]:
        """Several in one request. One that is refused refuses all."""
        if not searches:
            return []
        asked = [
            part
            for search in searches
            for part in ({"index": search._index, **search._params}, search.to_dict())
        ]
        with answering():
            told = self._reader.msearch(searches=asked)
            for one in told.body["responses"]:
                if "error" in one:
                    raise ApiError("msearch", meta=told.meta, body=one)
            responses: list[dict[str, Any]] = told.body["responses"]
            return responses

    @property
    def _reader(self) -> Elasticsearch:
        """The client, with as much patience as the request that asks has left, in tenths of a second: to make a client with another
        patience takes longer than to write a question.
        """
        mine = budget.current()
        left = None if mine is None else mine.left_s()
        if left is None or left >= QUERY_TIMEOUT_S:
            return self.client
        tenths = max(1, round(left * 10))
        hurried = self._hurried.get(tenths)
        if hurried is None:
            hurried = self._hurried[tenths] = self.client.options(request_timeout=tenths / 10)
        return hurried

    # --- what stands there --------------------------------------------------------------------------------

    def digests(self, document_type: str, generation: int, ids: Sequence[str]) -> dict[str, str]:
        found = self._get(document_type, generation, ids, ["digest", "hidden"])
        return {
            one: source.get("digest", "") for one, source in found.items() if not source.get("hidden", False)
        }

    def standing(self, document_type: str, generation: int, ids: Sequence[str]) -> set[str]:
        return set(self._get(document_type, generation, ids, ["hidden"]))

    def _get(
        self, document_type: str, generation: int, ids: Sequence[str], fields: list[str]
    ) -> dict[str, dict[str, Any]]:
        """What stands there at this moment, refreshed or not: id → source."""
        if not ids:
            return {}
        with reachable():
            try:
                answer = self.writer.mget(
                    index=self.index(document_type, generation), ids=list(ids), source_includes=fields
                )
            except NotFoundError:
                return {}
        return {one["_id"]: one["_source"] for one in answer["docs"] if one.get("found")}

    def ids(
        self, document_type: str, generation: int, *, after: str = "", limit: int | None = None
    ) -> list[str]:
        found: list[str] = []
        while limit is None or len(found) < limit:
            size = PAGE if limit is None else min(PAGE, limit - len(found))
            with reachable():
                try:
                    answer = self.writer.search(
                        index=self.index(document_type, generation),
                        query={"bool": {"must_not": {"term": {"hidden": True}}}},
                        sort=["id"],
                        search_after=[found[-1] if found else after],
                        size=size,
                        source=False,
                        track_total_hits=False,
                    )
                except NotFoundError:
                    return []
            page = [hit["_id"] for hit in answer["hits"]["hits"]]
            found += page
            if len(page) < size:
                break
        return found

    def generations(self) -> set[tuple[str, int]]:
        with reachable():
            names = list(self.client.indices.get_alias(index=f"{self.prefix}-*"))
        return self._split(names)

    def ready(self, document_type: str | None = None) -> set[tuple[str, int]]:
        with reachable():
            shapes = self.writer.indices.get_mapping(index=f"{self.prefix}-{document_type or '*'}-*")
        return self._split(
            # Elasticsearch makes an index for whatever is written to one that is not there: not with our shape.
            name
            for name, shape in shapes.items()
            if shape["mappings"].get("dynamic") == MAPPING["dynamic"]
            and _has_fields(shape["mappings"], MAPPING)
        )

    def _split(self, names: Iterable[str]) -> set[tuple[str, int]]:
        split = (name.removeprefix(f"{self.prefix}-").rpartition("-") for name in names)
        return {(one, int(number)) for one, _, number in split if number.isdecimal()}

    def health(self) -> dict[str, Any]:
        try:
            with reachable():
                asked = self.client.options(request_timeout=HEALTH_TIMEOUT_S, max_retries=0)
                cluster = asked.cluster.health()
                counted = asked.search(
                    index=f"{self.prefix}-*",
                    size=0,
                    query={"bool": {"must_not": {"term": {"hidden": True}}}},
                    aggs={"indices": {"terms": {"field": "_index", "size": PAGE}}},
                )
        except SearchUnavailable as refusal:
            return {"ok": False, "error": refusal.details.get("error", "")}
        documents = {}
        for bucket in counted.get("aggregations", {}).get("indices", {}).get("buckets", []):
            document_type, _, generation = bucket["key"].removeprefix(f"{self.prefix}-").rpartition("-")
            if generation.isdecimal():
                documents[document_type, int(generation)] = bucket["doc_count"]
        return {"ok": cluster["status"] != "red", "cluster": cluster["status"], "documents": documents}


def _has_fields(shape: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether a mapping has every field that another has."""
    fields = shape.get("properties", {})
    return all(
        name in fields and _has_fields(fields[name], field)
        for name, field in wanted.get("properties", {}).items()
    )


def _source(entry: Entry, version: int) -> dict[str, Any]:
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
        "expires_at": entry.expires_at.isoformat() if entry.expires_at else None,
        "version": version,
        "digest": entry.digest,
        "tokens": {name: " ".join(getattr(entry.tokens, name)) for name in FIELDS},
    }


def _found(hit: dict[str, Any]) -> Found:
    source = hit["_source"]
    return Found(
        **{name: source.get(name, "") for name in _TEXTS},
        facets=source.get("facets", {}),
        extra=source.get("extra", {}),
        centihours=source.get("centihours", 0),
        published_at=_moment(source.get("published_at")),
        score=float(hit.get("_score") or 0),
        expires_at=_moment(source.get("expires_at")),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _status(failure: dict[str, Any]) -> int:
    return int(next(iter(failure.values())).get("status", 0))


# Conditions are written as they are sent (see Asked): a search has some hundred of them.
Condition = dict[str, Any]


def _any(conditions: list[Condition]) -> Condition:
    return (
        conditions[0] if len(conditions) == 1 else {"bool": {"should": conditions, "minimum_should_match": 1}}
    )


def _all(conditions: list[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else {"bool": {"filter": conditions}}


def _filter(name: str, values: Sequence[str]) -> Condition:
    return {"terms": {f"facets.{name}": list(values)}}


def _order(plan: Plan) -> list[Any]:
    # Without a day stands last: as of 1970, since what "_last" stands for cannot be handed back (search_after).
    newest = {"published_at": {"order": "desc", "missing": 0}}
    by = {
        "relevance": ["_score", newest],
        "newest": [newest, "_score"],
        "hours": [{"centihours": "desc"}, "_score", newest],
    }[plan.sort]
    return [*by, {"type": "asc"}, {"id": "asc"}]


def _page(plan: Plan) -> int:
    return max(1, min(plan.page, plan.last_page))


def _cut(plan: Plan, page: int) -> dict[str, int]:
    return {"from": (page - 1) * plan.per_page, "size": plan.per_page}


def _counting(name: str, plan: Plan) -> Condition:
    """The counts of a facet's values, among what meets all filters but its own."""
    terms = {"terms": {"field": f"facets.{name}", "size": MAX_FACET_VALUES}}
    others = [_filter(other, values) for other, values in plan.filters.items() if other != name]
    return {"filter": _all(others), "aggs": {"values": terms}} if others else terms


def _query(plan: Plan, *, narrowed: bool = False) -> Condition:
    """What is found and what it is worth: whole numbers, added, which are exact in Elasticsearch's short floats too and the
    same as the other engines'. narrowed: by the filters too, where no counts without them are wanted.
    """
    own = {
        "function_score": {
            "query": {"constant_score": {"filter": {"match_all": {}}, "boost": 0}},
            "field_value_factor": {"field": "boost", "missing": 0},
            "boost_mode": "replace",
        }
    }
    return {
        "bool": {
            "must": [own],
            "should": [_award(one) for one in plan.awards],
            **_conditions(plan, narrowed=narrowed),
        }
    }


def _conditions(plan: Plan, *, narrowed: bool) -> Condition:
    """Who may find it, whether it still stands, and the words."""
    filters = [{"terms": {"audience": list(plan.audience)}}]
    if plan.clauses:
        filters.append(_match(plan))
    if narrowed:
        filters += [_filter(*one) for one in plan.filters.items()]
    gone = [{"term": {"hidden": True}}, {"range": {"expires_at": {"lte": now().isoformat()}}}]
    return {"filter": filters, "must_not": gone}


def _match(plan: Plan) -> Condition:
    fields = plan.fields or FIELDS
    clauses = [_clause(clause, fields) for clause in plan.clauses]
    whole = _all(clauses) if plan.need == "all" else _any(clauses)
    return _any([whole, _token(plan.exact, ("title",))]) if plan.exact else whole


def _clause(clause: Clause, fields: Sequence[str]) -> Condition:
    return _any([_tokens(tokens, fields, prefix=clause.prefix) for tokens in clause.any_of])


def _tokens(tokens: Sequence[str], fields: Sequence[str], *, prefix: bool) -> Condition:
    """All of them, each in any of the fields; the last one may be a beginning."""
    last = len(tokens) - 1
    return _all(
        [_token(token, fields, prefix=prefix and place == last) for place, token in enumerate(tokens)]
    )


def _token(token: str, fields: Sequence[str], *, prefix: bool = False) -> Condition:
    """A token in any of the fields that it may stand in."""
    kind = "prefix" if prefix else "term"
    return _any([{kind: {f"tokens.{name}": {"value": token}}} for name in places(token, fields)])


def _award(award: Award) -> Condition:
    """The points of the first step that is met, which are the most."""
    steps = [{"constant_score": {"filter": _step(step), "boost": float(step.points)}} for step in award.steps]
    return steps[0] if len(steps) == 1 else {"dis_max": {"queries": steps}}


def _step(step: Step) -> Condition:
    if step.since is not None:
        return {"range": {"published_at": {"gte": step.since.isoformat()}}}
    if step.field.startswith("@"):
        return _filter(step.field[1:], [value for one in step.any_of for value in one])
    return _any([_tokens(tokens, (step.field,), prefix=step.prefix) for tokens in step.any_of])


def engine_for(url: str, prefix: str) -> ElasticsearchEngine:
    """One client a process and address; it keeps its connections."""
    key = (url, prefix)
    if key not in _engines:
        _engines[key] = ElasticsearchEngine(url, prefix)
    return _engines[key]


_engines: dict[tuple[str, str], ElasticsearchEngine] = {}
