"""Bringing the index in line with the sources: single documents, removals, whole rebuilds.

Owns: the order of things that keeps an index right. While a generation is being built, changes go to it and
to the one that is searched; the rebuild itself never overwrites what a change has put there, and a removal
leaves a hidden entry so that the rebuild cannot bring it back. A type's changes take turns (its shelf's row
is locked) and read their documents only then, so an older state never overwrites a newer one. Refuses: being
the source of anything. When the engine is down, the refusal reaches the outbox, which tries again.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from lms.lib.clock import now
from lms.lib.errors import Conflict
from search import documents, engines, words
from search.analysis import analyse, clean
from search.documents import Document
from search.engines.base import MAX_BODY_KEPT, Engine, Entry
from search.models import Shelf

BATCH = 200
MAX_ID_CHARS = 100
MAX_VALUE_CHARS = 200
Progress = Callable[[str, int], None]


def index(document_type: str, ids: Iterable[str]) -> int:
    """Look at these documents again: what the source yields is written, what it does not is removed.

    Idempotent. Returns how many were written. Raises SearchUnavailable when the engine cannot be reached.
    """
    wanted = list(dict.fromkeys(str(one) for one in ids))
    written = 0
    for start in range(0, len(wanted), BATCH):
        written += _index_batch(document_type, wanted[start : start + BATCH])
    return written


def _index_batch(document_type: str, ids: list[str]) -> int:
    engine = engines.current()
    source = documents.source(document_type)
    with _turn(engine, document_type) as shelf:
        entries = list(_entries(document_type, source.documents(ids)))
        gone = sorted(set(ids) - {entry.id for entry in entries})
        for generation in _generations(shelf):
            engine.prepare(document_type, generation)
            engine.write(document_type, generation, entries)
            _take_out(engine, shelf, generation, gone)
    return len(entries)


def remove(document_type: str, ids: Iterable[str]) -> None:
    """Take these documents out, whatever their source says. Idempotent."""
    gone = list(dict.fromkeys(str(one) for one in ids))
    engine = engines.current()
    with _turn(engine, document_type) as shelf:
        for generation in _generations(shelf):
            engine.prepare(document_type, generation)
            _take_out(engine, shelf, generation, gone)


def rebuild(document_type: str | None = None, *, progress: Progress | None = None) -> dict[str, int]:
    """Fill a new generation of one type, or all, beside the one that is searched, then swap. Returns written
    counts.

    An earlier rebuild that was interrupted is thrown away. Raises Conflict when another rebuild of the type
    began meanwhile: that one goes on. Types nobody registers any more are dropped.
    """
    words.warm()
    done = {one: _rebuild(one, progress) for one in ([document_type] if document_type else documents.types())}
    if document_type is None:
        engine = engines.current()
        for shelf in Shelf.objects.filter(engine=engine.name).exclude(type__in=documents.types()):
            for generation in _generations(shelf):
                engine.drop(shelf.type, generation)
            shelf.delete()
    return done


def _rebuild(document_type: str, progress: Progress | None) -> int:
    engine = engines.current()
    source = documents.source(document_type)
    with _turn(engine, document_type) as shelf:
        interrupted, old = shelf.building, shelf.active
        generation = max(shelf.active, shelf.building or 0) + 1
        shelf.building = generation
        shelf.save(update_fields=["building"])
        engine.prepare(document_type, old)
        engine.drop(document_type, generation)
        engine.prepare(document_type, generation)
    if interrupted is not None:
        engine.drop(document_type, interrupted)
    written = 0
    entries = _entries(document_type, source.documents(None))
    while batch := list(islice(entries, BATCH)):
        with _turn(engine, document_type) as shelf:
            _still_building(shelf, generation)
            engine.write(document_type, generation, batch, only_new=True)
        written += len(batch)
        if progress is not None:
            progress(document_type, written)
    with _turn(engine, document_type) as shelf:
        _still_building(shelf, generation)
        # The alias first: killed between the two, both generations still get every change.
        engine.promote(document_type, generation)
        shelf.active, shelf.building, shelf.rebuilt_at = generation, None, now()
        shelf.save(update_fields=["active", "building", "rebuilt_at"])
    engine.drop(document_type, old)
    engine.settle()
    return written


def _still_building(shelf: Shelf, generation: int) -> None:
    if shelf.building != generation:
        raise Conflict(_("另一次重建已经开始，这一次到此为止。"), code="rebuild_overtaken")


@contextmanager
def _turn(engine: Engine, document_type: str) -> Iterator[Shelf]:
    """The type's shelf, locked until the block ends."""
    with transaction.atomic():
        Shelf.objects.bulk_create([Shelf(engine=engine.name, type=document_type)], ignore_conflicts=True)
        shelves = Shelf.objects.filter(engine=engine.name, type=document_type)
        if connection.features.has_select_for_update:
            shelves = shelves.select_for_update()
        yield shelves.get()


def _generations(shelf: Shelf) -> list[int]:
    return [generation for generation in (shelf.active, shelf.building) if generation is not None]


def _take_out(engine: Engine, shelf: Shelf, generation: int, ids: list[str]) -> None:
    if not ids:
        return
    if generation == shelf.building:
        engine.write(shelf.type, generation, [_hidden(shelf.type, one) for one in ids])
    else:
        engine.remove(shelf.type, generation, ids)


def _hidden(document_type: str, document_id: str) -> Entry:
    return _entry(Document(type=document_type, id=document_id, title=""), [], hidden=True)


def _entries(document_type: str, stream: Iterable[Document]) -> Iterator[Entry]:
    """Documents cut into tokens, a batch at a time so that labels are looked up once a batch."""
    walk = iter(stream)
    while batch := list(islice(walk, BATCH)):
        labels = _labels(document_type, batch)
        for document in batch:
            if document.type != document_type or not 0 < len(document.id) <= MAX_ID_CHARS:
                raise ValueError(f"the source of {document_type!r} made {document.type!r} {document.id!r}")
            named = [
                label
                for name, values in document.facets.items()
                for value in values
                for label in labels[name, value]
            ]
            yield _entry(document, [*document.keywords, *named])


def _labels(document_type: str, batch: list[Document]) -> dict[tuple[str, str], set[str]]:
    """What facet values are called, in every language of the site: 「公需」 finds a course by its kind."""
    used: dict[str, set[str]] = {}
    for document in batch:
        for name, values in document.facets.items():
            used.setdefault(name, set()).update(values)
    found: dict[tuple[str, str], set[str]] = {(name, value): set() for name in used for value in used[name]}
    facets = documents.facets([document_type])
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for name, wanted in used.items():
                known = facets[name].labels(wanted) if name in facets else {value: value for value in wanted}
                for value, label in known.items():
                    found[name, value].add(label)
    return found


def _entry(document: Document, keywords: Iterable[str], *, hidden: bool = False) -> Entry:
    title, summary, body = clean(document.title), clean(document.summary), clean(document.body)
    facets: dict[str, Any] = {
        name: [clean(value)[:MAX_VALUE_CHARS] for value in dict.fromkeys(values)]
        for name, values in document.facets.items()
    }
    return Entry(
        type=document.type,
        id=document.id,
        title=title,
        summary=summary,
        body=body[:MAX_BODY_KEPT],
        url=document.url,
        language=document.language,
        facets={name: values for name, values in facets.items() if values},
        extra=dict(document.extra),
        boost=document.boost,
        published_at=document.published_at,
        audience=list(dict.fromkeys(document.audience)),
        centihours=document.centihours,
        tokens=analyse(title, [clean(word) for word in sorted(set(keywords))], summary, body),
        hidden=hidden,
    )
