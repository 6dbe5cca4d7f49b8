"""Search over many course documents: each engine's queries, suggestions and writes beside what they could cost at best.

`python -m tests.bench --only search` (PostgreSQL and Elasticsearch; SQLite in a process of its own, which is this module
run alone: `python -m tests.bench.search SIZE`). The documents are those of the judged set, over and over
(tests/search/relevance/corpus.py); queries are the judged ones, held-out ones among them.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from time import monotonic, perf_counter, process_time, sleep
from typing import Any

Say = Callable[..., None]
SHORT, FULL = 5_000, 100_000
QUERIES = 150
RAW = 1_500
EDITS = 10


class Many:
    """The source: so many documents, and those that were edited."""

    def __init__(self, size: int) -> None:
        from tests.search.relevance.corpus import JudgedCatalogue

        self.type, self.label, self.facets = "course", "课程", JudgedCatalogue.facets
        self.size = size
        self.edited: dict[str, Any] = {}

    def documents(self, ids: Any = None) -> Iterator[Any]:
        from tests.search.relevance.corpus import many

        if ids is None:
            yield from many(self.size)
        else:
            yield from (self.edited[one] for one in ids if one in self.edited)


def questions() -> list[str]:
    from tests.search.relevance.judged import queries

    return [one.text for one in islice(queries(), QUERIES)]


def beginnings() -> list[str]:
    """What is in the box after the second and the fourth key."""
    return [text[:length] for text in questions() for length in (2, 4) if len(text) >= length]


def percentile(took: Sequence[float], share: float) -> float:
    return sorted(took)[min(len(took) - 1, int(share * len(took)))]


def timed(work: Callable[[Any], object], given: Sequence[Any]) -> dict[str, float]:
    """p50 and p95 in milliseconds, after one round to warm up; and of this process's own work, which a busy machine does not
    stretch (on SQLite that is all of it). No answer is one that was kept of the question before.
    """
    from search import queries

    for one in given[:20]:
        work(one)
    took, worked = [], []
    for one in given:
        queries._kept.clear()
        begun, used = perf_counter(), process_time()
        work(one)
        took.append((perf_counter() - begun) * 1000)
        worked.append((process_time() - used) * 1000)
    return {
        "p50_ms": round(percentile(took, 0.5), 1),
        "p95_ms": round(percentile(took, 0.95), 1),
        "processor_p50_ms": round(percentile(worked, 0.5), 1),
        "processor_p95_ms": round(percentile(worked, 0.95), 1),
    }


def find(text: str) -> Any:
    from search import api

    return api.search(api.SearchRequest(query=text))


def relevance() -> dict[str, float]:
    """nDCG@10 and MRR of the engine that is asked now, over the corpus once."""
    from tests.search.relevance.judged import measure

    def shown(text: str) -> list[str]:
        results = find(text)
        return [hit.id for hit in (*results.hits, *results.near)]

    held = measure(shown, held_out=True)
    return {"held_out_ndcg": round(held.ndcg, 4), "held_out_mrr": round(held.mrr, 4)}


def embedded(say: Say, size: int) -> None:
    """Queries and suggestions of the database's own engine."""
    from search import engines
    from search.suggesting import offered

    name = engines.embedded().name
    say(f"search, {name}: query with facets", documents=size, **timed(find, questions()), aim_p95_ms=100)
    say(f"search, {name}: suggestions", documents=size, **timed(offered, beginnings()), aim_p95_ms=30)


def run(size: int, seconds: int, folder: Path, say: Say, *, anew: bool) -> None:
    """anew: the page is also asked with nothing kept."""
    from django.test import override_settings

    from search import documents

    former = dict(documents._sources)
    documents._sources.clear()
    try:
        # Relevance is not a matter of time: the embedded shape looks at its own meanwhile, and is timed alone.
        # A question that the database answers because the machine is busy is no figure of the cluster's.
        with _sqlite(size, folder, say) as timed_alone, override_settings(SEARCH_BUDGET_SECONDS=0):
            source = _relevance(say)
            timed_alone()
            _both(source, size, say)
        _page(seconds, folder, say, anew=anew)
    finally:
        documents._sources.clear()
        documents._sources.update(former)


def _relevance(say: Say) -> Many:
    """Elasticsearch's and PostgreSQL's, over the corpus once: more rounds of it are near misses that no grade knows."""
    from django.test import override_settings

    from search import api

    source = Many(len(list(_corpus())))
    api.register(source)
    api.rebuild()
    say("search, elasticsearch: relevance", documents=source.size, **relevance(), aim_held_out_ndcg=0.9)
    with override_settings(ELASTICSEARCH_URL=""):
        say("search, postgres: relevance", documents=source.size, **relevance(), aim_held_out_ndcg=0.9)
    return source


def _both(source: Many, size: int, say: Say) -> None:
    """Elasticsearch, and PostgreSQL without it."""
    from django.db import connection
    from django.test import override_settings

    from search import api
    from search.suggesting import offered

    source.size = size
    cutting(say)
    begun = monotonic()
    with texts_cut_once():
        api.rebuild()
    say(
        "search: reindexed, read and written to both, their texts cut before",
        documents=size,
        per_second=round(size / (monotonic() - begun)),
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    _bulk(say)
    _direct(say, size)
    say(
        "search, elasticsearch: suggestions",
        documents=size,
        **timed(offered, beginnings()),
        aim_p95_ms=30,
    )
    with override_settings(ELASTICSEARCH_URL=""):
        embedded(say, size)
    _edits(source, say)


@contextmanager
def texts_cut_once() -> Iterator[None]:
    """The documents have the texts of the judged set over and over. How fast those are cut is a figure of its own
    (`cutting`); what is measured here is reading, naming and writing, and a hundred thousand in bearable time.
    """
    from search import analysis

    original = analysis.text_tokens
    analysis.text_tokens = lru_cache(maxsize=20_000)(original)
    try:
        yield
    finally:
        analysis.text_tokens = original


def cutting(say: Say) -> None:
    """Documents cut a second, one process; what the machine gave others is not counted."""
    from search.cutting import cut, named

    found = named("course", list(_corpus()))
    cut(found[0])
    begun = process_time()
    for one in found:
        cut(one)
    say("search: documents cut", per_processor_second=round(len(found) / (process_time() - begun)))


def _corpus() -> Iterator[Any]:
    from tests.search.relevance.corpus import courses

    return (course.document for course in courses())


def _bulk(say: Say) -> None:
    """Cut entries through our engine beside the same bodies through the client's own helper, in turns."""
    from elasticsearch.helpers import bulk

    from search import engines
    from search.cutting import cut, named
    from search.engines.elasticsearch import CHUNK, ElasticsearchEngine, _source
    from tests.search.relevance.corpus import many

    engine = engines.cluster()
    assert isinstance(engine, ElasticsearchEngine)
    entries = [cut(one) for one in named("course", list(many(RAW)))]
    bodies = [{"_id": entry.id, "_source": _source(entry, 1)} for entry in entries]
    rates: dict[str, list[float]] = {"ours": [], "raw": []}
    for turn in range(3):
        for name, generation in (("raw", 900 + turn), ("ours", 950 + turn)):
            engine.prepare("bench", generation, filling=True)
            begun = monotonic()
            if name == "ours":
                engine.write("bench", generation, entries, 1)
            else:
                bulk(engine.writer, bodies, index=engine.index("bench", generation), chunk_size=CHUNK)
            rates[name].append(RAW / (monotonic() - begun))
            engine.drop("bench", generation)
    ours, raw = percentile(rates["ours"], 0.5), percentile(rates["raw"], 0.5)
    say(
        "search, elasticsearch: bulk writes",
        per_second=round(ours),
        limit=round(raw),
        ratio=round(ours / raw, 3),
        aim_ratio=0.6,
    )


def _direct(say: Say, size: int) -> None:
    """Each query through the site's door, in turns with what Elasticsearch was sent for it, through the client alone: the body of
    the query itself, and all of its requests. Most queries are one request; misspelt ones, and those that few results meet, ask
    for more, along with the first or after it.
    """
    from elasticsearch.dsl import MultiSearch

    from search import engines, queries
    from search.engines.elasticsearch import ElasticsearchEngine

    sent: list[tuple[Callable[[], object], Callable[[], object]]] = []
    engine = engines.cluster()
    assert isinstance(engine, ElasticsearchEngine)
    run, run_all = engine._run, engine._run_all

    def noted(search: Any) -> Any:
        index, body = search._index, search.to_dict()
        alone = partial(engine.client.search, index=index, body=body)
        sent.append((alone, alone))
        return run(search)

    def noted_all(searches: Sequence[Any]) -> Any:
        together = MultiSearch(using=engine.client)
        for search in searches:
            together = together.add(search)
        bodies = together.to_dict()
        first = searches[0]
        alone = partial(engine.client.search, index=first._index, body=first.to_dict())
        sent.append((alone, partial(engine.client.msearch, body=bodies)))
        return run_all(searches)

    engine._run = noted  # type: ignore[method-assign]
    engine._run_all = noted_all  # type: ignore[method-assign]
    asked: list[tuple[str, Callable[[], object], list[Callable[[], object]]]] = []
    try:
        for text in questions():
            sent.clear()
            find(text)
            asked.append((text, sent[0][0], [whole for _alone, whole in sent]))
    finally:
        del engine._run  # type: ignore[method-assign]
        del engine._run_all  # type: ignore[method-assign]
    took: dict[str, list[float]] = {"ours": [], "first": [], "all": []}
    worked: list[float] = []
    for number, (text, first_body, requests) in enumerate(asked):
        ways: list[tuple[str, Callable[[], object]]] = [
            ("ours", lambda text=text: find(text)),
            ("first", first_body),
            ("all", lambda requests=requests: [request() for request in requests]),
        ]
        # Who comes first reads for the others what the cluster has not at hand: each comes first as often.
        turn = number % len(ways)
        for name, work in (*ways[turn:], *ways[:turn]):
            # What was asked two seconds ago would be answered from memory.
            queries._kept.clear()
            begun, used = perf_counter(), process_time()
            work()
            took[name].append((perf_counter() - begun) * 1000)
            if name == "ours":
                worked.append((process_time() - used) * 1000)
    ours, first, every = (percentile(took[name], 0.95) for name in ("ours", "first", "all"))
    say(
        "search, elasticsearch: query with facets",
        documents=size,
        p50_ms=round(percentile(took["ours"], 0.5), 1),
        p95_ms=round(ours, 1),
        processor_p50_ms=round(percentile(worked, 0.5), 1),
        limit_p50_ms=round(percentile(took["first"], 0.5), 1),
        limit_p95_ms=round(first, 1),
        ratio=round(ours / first, 3),
        aim_ratio_at_most=1.5,
        requests_a_query=round(sum(len(requests) for _text, _first, requests in asked) / len(asked), 2),
        all_requests_p50_ms=round(percentile(took["all"], 0.5), 1),
        all_requests_p95_ms=round(every, 1),
        ratio_to_all_requests=round(ours / every, 3),
    )


def _edits(source: Many, say: Say) -> None:
    """From the commit of an edit, with its event, by way of the outbox and the indexing until a search finds it."""
    from django.db import transaction

    from lms.lib.clock import now
    from lms.lib.outbox.models import OutboxEvent
    from lms.lib.outbox.registry import consumer
    from lms.lib.outbox.services import deliver_pending, emit
    from search import api

    consumer("bench.edited", name="bench.index")(lambda event: api.index("course", [event.payload["course"]]))
    # What other parts left there is of documents that this one does not know.
    OutboxEvent.objects.filter(done_at__isnull=True).update(done_at=now())
    took = []
    for number, document in enumerate(islice(_corpus(), EDITS)):
        word = f"qz{number}x{os.getpid()}"
        source.edited[document.id] = replace(document, title=f"{document.title} {word}")
        with transaction.atomic():
            emit("bench.edited", {"course": document.id}, key=f"bench.edited:{word}")
        begun = monotonic()
        deliver_pending()
        while not find(word).total and monotonic() - begun < 10:
            sleep(0.02)
        took.append(monotonic() - begun)
    say(
        "search, elasticsearch: an edit is found",
        p50_s=round(percentile(took, 0.5), 2),
        p95_s=round(percentile(took, 0.95), 2),
        aim_s=2,
    )


def _page(seconds: int, folder: Path, say: Say, *, anew: bool) -> None:
    from tests.bench import data
    from tests.bench.load import press, served

    (learner,) = data.people(1)
    cookie = data.session_cookie(learner)
    words = ", ".join(f'"{_quoted(text)}"' for text in questions()[:60])
    # From many addresses: one is held back.
    script = (
        f"local words = {{{words}}}\nlocal n = 0\n"
        "request = function() n = n + 1\n"
        '  wrk.headers["X-Forwarded-For"] = "10." .. (n % 200) .. "." .. (math.floor(n / 200) % 200) .. ".7"\n'
        '  return wrk.format("GET", "/search/?q=" .. words[n % #words + 1]) end\n'
    )
    with served("tests.bench.bare:application", folder) as bare:
        limit = press(bare + "/", seconds=max(2, seconds // 2))
    # Sixty questions over and over are mostly kept ones; without keeping each is asked anew, as of sixty people who look for
    # different things.
    ways: list[tuple[str, dict[str, str]]] = [("search page, signed in", {})]
    if anew:
        ways.append(("search page, signed in, each search asked anew", {"SEARCH_KEPT_SECONDS": "0"}))
    for name, keeping in ways:
        with served("lms.config.wsgi:application", folder, **keeping) as site:
            press(site + "/search/", seconds=3, script=script, headers={"Cookie": cookie})
            figures = press(site + "/search/", seconds=seconds, script=script, headers={"Cookie": cookie})
        say(
            name,
            **figures,
            limit=limit["per_second"],
            ratio=round(figures["per_second"] / limit["per_second"], 3),
            aim_per_second=150,
        )


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text)


@contextmanager
def _sqlite(size: int, folder: Path, say: Say) -> Iterator[Callable[[], None]]:
    """The embedded shape in a process of its own, which looks at relevance at once; what is called then lets it measure and waits
    for it.
    """
    with tempfile.TemporaryDirectory(dir=folder) as home:
        env = dict(os.environ) | {"RONGTONG_HOME": home, "SEARCH_BUDGET_SECONDS": "0"}
        for name in ("DATABASE_URL", "REDIS_URL", "ELASTICSEARCH_URL"):
            env.pop(name, None)
        command = [sys.executable, "-m", "tests.bench.search", str(size)]
        with subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:

            def timed_alone() -> None:
                told, _errors = process.communicate("now\n")
                if process.returncode:
                    raise SystemExit("the embedded shape's part of the bench failed; see above")
                for line in told.splitlines():
                    if line.startswith("{"):
                        say(**json.loads(line))

            try:
                yield timed_alone
            finally:
                process.terminate()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.config.settings")
    import django

    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from search import api, documents
    from tests.bench.__main__ import say

    size = int(sys.argv[1])
    # The tables of search alone: what `migrate` does afterwards wants everybody's.
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("search"))
    documents._sources.clear()
    source = Many(len(list(_corpus())))
    api.register(source)
    api.rebuild()
    say("search, sqlite: relevance", documents=source.size, **relevance(), aim_held_out_ndcg=0.9)
    # Now it may have the machine for itself.
    sys.stdin.readline()
    source.size = size
    begun = monotonic()
    with texts_cut_once():
        api.rebuild()
    say(
        "search, sqlite: reindexed, read and written, their texts cut before",
        documents=size,
        per_second=round(size / (monotonic() - begun)),
    )
    embedded(say, size)


if __name__ == "__main__":
    main()
