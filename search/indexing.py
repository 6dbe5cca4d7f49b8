"""Bringing the index in line with the sources: single documents, removals, whole rebuilds, catching up.

Owns: the order of things that keeps an index right.

- A type's changes take turns (its shelves' rows are locked) and read their documents only then. Each turn has a
  version, higher than any before, and engines refuse what is older than what they hold: neither a slow worker nor a
  request that was given up for lost overwrites a newer state.
- The database's engine is written in the caller's transaction. What Elasticsearch is to get stands in a row (`Owed`) of
  that transaction and is sent when it is committed: no lock is held while it is asked. When it is away, the row says what
  it missed, and `catch_up` brings it later.
- While a generation is being built, changes go to it and to the one that is searched. The rebuild writes with the
  version of its beginning, so that every change since then is newer; what is taken out leaves a hidden entry, so that
  the rebuild cannot bring it back.

Refuses: being the source of anything.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lms.lib.clock import epoch_ms, from_epoch_ms, now
from lms.lib.errors import Conflict
from search import documents, engines, words
from search.cutting import cut, named, recipe
from search.documents import Document
from search.engines.base import Engine, Entry
from search.errors import SearchUnavailable
from search.models import Owed, Shelf

logger = logging.getLogger(__name__)
BATCH = 200
# A rebuild that cannot reach its engine tries again after these pauses before it gives up for the time being.
PAUSES_S = (0.5, 1, 2, 4, 8)
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Place:
    """An engine with its shelf of the type whose turn it is."""

    engine: Engine
    shelf: Shelf

    @property
    def generations(self) -> list[int]:
        """Those that get every change."""
        return [one for one in (self.shelf.active, self.shelf.building) if one is not None]


@dataclass(frozen=True)
class Turn:
    """A type's shelves, locked until the block ends. version: higher than that of any turn before."""

    version: int
    places: list[Place]


@dataclass(frozen=True)
class Change:
    """What a turn has read about some documents: those that are there, cut, and those that are not."""

    version: int
    ids: Sequence[str]
    entries: Sequence[Entry]

    @property
    def gone(self) -> list[str]:
        return sorted(set(self.ids) - {entry.id for entry in self.entries})

    def write(self, engine: Engine, document_type: str, generations: Iterable[int]) -> None:
        """Raises SearchUnavailable."""
        for generation in generations:
            engine.write(document_type, generation, self.entries, self.version)
            engine.hide(document_type, generation, self.gone, self.version)


def index(document_type: str, ids: Iterable[str]) -> int:
    """Look at these documents again: what the source yields is written, what it does not is removed.

    Idempotent. Returns how many were written. Elasticsearch gets them when the caller's transaction is committed; one that
    is away gets them later.
    """
    source = documents.source(document_type)
    return _change_all(document_type, ids, lambda some: _read(document_type, source.documents(some)))


def remove(document_type: str, ids: Iterable[str]) -> None:
    """Take these documents out, whatever their source says. Idempotent."""
    _change_all(document_type, ids, lambda _some: [])


def _read(document_type: str, found: Iterable[Document]) -> list[Entry]:
    return [cut(one) for one in named(document_type, list(found))]


def _change_all(document_type: str, ids: Iterable[str], read: Callable[[list[str]], list[Entry]]) -> int:
    written = 0
    wanted = list(dict.fromkeys(str(one) for one in ids))
    alone = len(wanted) <= BATCH
    first: list[Place] = []
    for batch in batches(wanted):
        with turn(document_type) as mine:
            change = Change(mine.version, batch, read(batch))
            for place in mine.places:
                if place.engine.transactional:
                    change.write(place.engine, document_type, place.generations)
                else:
                    _owe(place.engine, document_type, change)
        written += len(change.entries)
        first = first or [place for place in mine.places if not place.engine.transactional]
        if alone:
            for place in first:
                after_commit(partial(_bring_change, place, change))
    if not alone:
        # Too many to be kept in memory until then: they are read again.
        for place in first:
            after_commit(partial(_bring_owed, place))
    return written


def after_commit(work: Callable[[], object]) -> None:
    """Do it when the caller's transaction is committed, and at once where there is none: no lock is held by then."""
    transaction.on_commit(work, robust=True)


def _bring_change(place: Place, change: Change) -> None:
    """Write what a turn has read to the cluster, which owes it until then. Never raises SearchUnavailable."""
    if _tried(lambda: change.write(place.engine, place.shelf.type, writable(place))):
        _owed_by(place.engine, place.shelf.type, change).delete()
    else:
        _owed_by(place.engine, place.shelf.type, change).update(missed=True)


def _bring_owed(place: Place) -> None:
    """As _bring_change, of all that is owed of a type."""

    def pay() -> None:
        writable(place)
        while _pay(place.engine, place.shelf.type):
            pass

    if not _tried(pay):
        Owed.objects.filter(engine=place.engine.name, type=place.shelf.type).update(missed=True)


def _tried(work: Callable[[], object]) -> bool:
    """Do it if nothing says that the cluster is away; whether it was done."""
    breaker = engines.guard()
    if not breaker.lets():
        return False
    try:
        work()
    except SearchUnavailable as refusal:
        breaker.bad()
        logger.warning("The cluster is away: %s", refusal.details)
        return False
    breaker.good()
    return True


def writable(place: Place) -> list[int]:
    """The generations of a place that take changes. Asks the cluster: not while a turn is held. Raises SearchUnavailable.

    Elasticsearch gets room for a type once, with its first change. An index that is gone later (an empty disk came back), or
    that has another shape than today's documents (the software is newer), is not made here: holding nothing but the last
    change it would pass for whole. Its shelf is marked, and the database answers until it is built anew (`incomplete`).
    """
    engine, shelf = place.engine, place.shelf
    if engine.transactional:
        return place.generations
    if not shelf.version and shelf.rebuilt_at is None:
        for generation in place.generations:
            engine.prepare(shelf.type, generation)
    ready = engine.ready(shelf.type)
    if shelf.complete and (shelf.type, shelf.active) not in ready:
        Shelf.objects.filter(pk=shelf.pk, active=shelf.active).update(complete=False)
    return [one for one in place.generations if (shelf.type, one) in ready]


def _owe(engine: Engine, document_type: str, change: Change) -> None:
    moment = now()
    # Owed again: since now. A rebuild that began before has not read this change, and must not take it for done.
    Owed.objects.bulk_create(
        (
            Owed(
                engine=engine.name,
                type=document_type,
                doc_id=one,
                since=moment,
                version=change.version,
                missed=False,
            )
            for one in change.ids
        ),
        update_conflicts=True,
        unique_fields=["engine", "type", "doc_id"],
        update_fields=["since", "version"],
    )


def _owed_by(engine: Engine, document_type: str, change: Change) -> QuerySet[Owed]:
    """What of a change is still owed; what changed again since then is another's."""
    return Owed.objects.filter(
        engine=engine.name, type=document_type, doc_id__in=list(change.ids), version__lte=change.version
    )


@contextmanager
def turn(document_type: str, only: str | None = None) -> Iterator[Turn]:
    """Wait for the type's turn and hold it until the block ends. only: the name of one engine."""
    with transaction.atomic():
        kept = [engine for engine in engines.kept() if only in (None, engine.name)]
        shelves = _locked(document_type, kept)
        if len(shelves) < len(kept):
            _make_shelves(document_type, kept)
            shelves = _locked(document_type, kept)
        version = max(_microseconds(now()), *(shelf.version + 1 for shelf in shelves.values()))
        Shelf.objects.filter(pk__in=[shelf.pk for shelf in shelves.values()]).update(version=version)
        yield Turn(version, [Place(engine, shelves[engine.name]) for engine in kept])


def _locked(document_type: str, kept: Sequence[Engine]) -> dict[str, Shelf]:
    rows = Shelf.objects.filter(engine__in=[engine.name for engine in kept], type=document_type)
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    return {shelf.engine: shelf for shelf in rows.order_by("engine")}


def _make_shelves(document_type: str, kept: Sequence[Engine]) -> None:
    # Who begins together has missed nothing; whoever comes to a filled shelf has to be filled first.
    first = not Shelf.objects.filter(engine=engines.embedded().name, type=document_type).exists()
    Shelf.objects.bulk_create(
        (
            Shelf(
                engine=engine.name,
                type=document_type,
                complete=engine.transactional or first,
                recipe=recipe(),
            )
            for engine in kept
        ),
        ignore_conflicts=True,
    )


def _microseconds(moment: datetime) -> int:
    return epoch_ms(moment) * 1000 + moment.microsecond % 1000


def _moment(version: int) -> datetime:
    return from_epoch_ms(version // 1000)


# --- rebuilding -------------------------------------------------------------------------------------------


def rebuild(
    document_type: str | None = None,
    *,
    engine: str | None = None,
    anew: bool = False,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Fill a new generation of one type, or all, beside the one that is searched, then swap. Returns the number of
    documents by type.

    A rebuild that was interrupted is taken up where it was, unless the way of cutting has changed since or `anew`
    throws it away. engine: only this one. progress is told the documents that are done. Raises SearchUnavailable when
    an engine stays away (what is done stays), Conflict when another rebuild of the type ended or began anew
    meanwhile. Types nobody registers any more are dropped.
    """
    words.warm()
    types = [document_type] if document_type else documents.types()
    done = {one: _rebuild(one, engine, anew, progress) for one in types}
    if document_type is None:
        for kept in engines.kept():
            for shelf in Shelf.objects.filter(engine=kept.name).exclude(type__in=documents.types()):
                for generation in Place(kept, shelf).generations:
                    kept.drop(shelf.type, generation)
                Owed.objects.filter(engine=kept.name, type=shelf.type).delete()
                shelf.delete()
    return done


def _rebuild(document_type: str, only: str | None, anew: bool, progress: Progress | None) -> int:
    source = documents.source(document_type)
    building = _begin(document_type, only, anew)
    done = 0
    for batch in batches(source.documents(None)):
        _fill(document_type, batch, building)
        done += len(batch)
        if progress is not None:
            progress(document_type, done)
    _swap(document_type, only, building)
    return done


@dataclass(frozen=True)
class Building:
    """What one engine is filling. resumed: something may stand there already."""

    engine: Engine
    generation: int
    version: int
    resumed: bool


def _begin(document_type: str, only: str | None, anew: bool) -> list[Building]:
    with turn(document_type, only) as look:
        pass
    # Asked before the turn that decides: what has become of it since then, `_still_there` finds.
    ready = {place.engine.name: {(document_type, one) for one in writable(place)} for place in look.places}
    begun, thrown_away = [], []
    with turn(document_type, only) as mine:
        for engine, shelf in ((place.engine, place.shelf) for place in mine.places):
            resumed = (
                not anew
                and shelf.building is not None
                and shelf.building_recipe == recipe()
                and (shelf.type, shelf.building) in ready[engine.name]
            )
            if not resumed:
                if shelf.building is not None:
                    thrown_away.append((engine, shelf.building))
                shelf.building = max(shelf.active, shelf.building or 0) + 1
                shelf.building_version, shelf.building_recipe = mine.version, recipe()
                shelf.save(update_fields=["building", "building_version", "building_recipe"])
                if engine.transactional:
                    # What a lost row left behind under this number.
                    engine.drop(document_type, shelf.building)
            assert shelf.building is not None
            assert shelf.building_version is not None
            begun.append(Building(engine, shelf.building, shelf.building_version, resumed))
    for one in begun:
        if not one.engine.transactional and not one.resumed:
            # Changes go to it from when it is there; those of before are read from the source, which comes after this.
            one.engine.drop(document_type, one.generation)
            one.engine.prepare(document_type, one.generation, filling=True)
    for engine, generation in thrown_away:
        engine.drop(document_type, generation)
    return begun


def _fill(document_type: str, batch: Sequence[Document], building: Sequence[Building]) -> None:
    ids = [document.id for document in batch]
    standing = [
        one.engine.standing(document_type, one.generation, ids) if one.resumed else set() for one in building
    ]
    everywhere = set.intersection(*standing)
    entries = [cut(one) for one in named(document_type, batch) if one.document.id not in everywhere]
    for one, there in zip(building, standing, strict=True):
        new = [entry for entry in entries if entry.id not in there]
        if one.engine.transactional:
            # Only a transaction with the lock keeps two writers of one row apart.
            with turn(document_type, one.engine.name) as mine:
                _still_building(mine.places[0].shelf, one)
                one.engine.write(document_type, one.generation, new, one.version)
        else:
            _still_building(Shelf.objects.get(engine=one.engine.name, type=document_type), one)
            _patiently(partial(_bring, document_type, one, new))


def _bring(document_type: str, one: Building, entries: Sequence[Entry]) -> None:
    _still_there(document_type, one)
    one.engine.write(document_type, one.generation, entries, one.version)


def _still_there(document_type: str, one: Building) -> None:
    """Raises SearchUnavailable where the cluster has lost what was being filled: the next rebuild begins anew."""
    if not one.engine.transactional and (document_type, one.generation) not in one.engine.ready(
        document_type
    ):
        raise SearchUnavailable(details={"error": "lost", "generation": one.generation})


def _swap(document_type: str, only: str | None, building: Sequence[Building]) -> None:
    beside = [one for one in building if not one.engine.transactional]
    for one in beside:
        _still_building(Shelf.objects.get(engine=one.engine.name, type=document_type), one)
        _still_there(document_type, one)
        # The alias first, and before the turn: until the row follows, both generations get every change.
        one.engine.promote(document_type, one.generation)
    formerly = []
    try:
        with turn(document_type, only) as mine:
            for place, one in zip(mine.places, building, strict=True):
                shelf = place.shelf
                _still_building(shelf, one)
                if one.engine.transactional:
                    one.engine.promote(document_type, one.generation)
                formerly.append(shelf.active)
                shelf.active, shelf.building, shelf.rebuilt_at = one.generation, None, now()
                shelf.recipe, shelf.building_recipe, shelf.complete = recipe(), "", True
                shelf.save(
                    update_fields=[
                        "active",
                        "building",
                        "rebuilt_at",
                        "recipe",
                        "building_recipe",
                        "complete",
                    ]
                )
                # What it owed before the first document was read has been read since.
                Owed.objects.filter(
                    engine=place.engine.name, type=document_type, since__lt=_moment(one.version)
                ).delete()
    except Conflict:
        for one in beside:
            # Another rebuild began between the two: searches go back to what the row says.
            one.engine.promote(
                document_type, Shelf.objects.get(engine=one.engine.name, type=document_type).active
            )
        raise
    for one, former in zip(building, formerly, strict=True):
        one.engine.drop(document_type, former)
        one.engine.settle()


def _still_building(shelf: Shelf, one: Building) -> None:
    if shelf.building != one.generation:
        raise Conflict(_("另一次重建已经开始或完成，这一次到此为止。"), code="rebuild_overtaken")


def _patiently(work: Callable[[], Any]) -> None:
    """Do it, once more after a pause if the engine is away. Raises SearchUnavailable when it stays away."""
    for pause in PAUSES_S:
        try:
            work()
        except SearchUnavailable:
            time.sleep(pause)
        else:
            return
    work()


# --- catching up ------------------------------------------------------------------------------------------


def catch_up() -> int:
    """Bring Elasticsearch what it missed while it was away. Returns how many documents were looked at.

    A shelf whose index is gone or of another shape is marked, as in `writable`. Nothing where there is no Elasticsearch or
    it is still away.
    """
    engine = engines.cluster()
    if engine is None:
        return 0
    owing = list(Owed.missing(engine.name).values_list("type", flat=True).distinct())
    looked = 0

    def pay() -> None:
        nonlocal looked
        ready = engine.ready()
        for shelf in Shelf.objects.filter(engine=engine.name, complete=True):
            if (shelf.type, shelf.active) not in ready:
                Shelf.objects.filter(pk=shelf.pk, active=shelf.active).update(complete=False)
        for document_type in owing:
            while batch := _pay(engine, document_type):
                looked += batch

    _tried(pay)
    return looked


def _pay(engine: Engine, document_type: str) -> int:
    """One batch of what is owed of a type. Raises SearchUnavailable, and then it is still owed."""
    if document_type not in documents.types():
        Owed.objects.filter(engine=engine.name, type=document_type).delete()
        return 0
    with turn(document_type, engine.name) as mine:
        rows = Owed.objects.filter(engine=engine.name, type=document_type).order_by("pk")
        # Read with the turn: its version says that all that changed before is in it.
        owed = list(rows.values_list("doc_id", flat=True)[:BATCH])
        source = documents.source(document_type)
        entries = _read(document_type, source.documents(owed)) if owed else []
        change = Change(mine.version, owed, entries)
    if owed:
        place = mine.places[0]
        change.write(engine, document_type, writable(place))
        # The cluster answers again as soon as it owes nothing: what was taken out while it was away must not come back until it refreshes.
        engine.settle()
        _owed_by(engine, document_type, change).delete()
    return len(owed)


def incomplete() -> list[tuple[str, str]]:
    """(engine, type) of shelves that have to be filled before they are searched."""
    engine = engines.cluster()
    if engine is None:
        return []
    # Types that were filled before there was a cluster have no shelf of it yet.
    filled = Shelf.objects.filter(engine=engines.embedded().name, type__in=documents.types())
    whole = Shelf.objects.filter(engine=engine.name, complete=True)
    missing = set(filled.values_list("type", flat=True)) - set(whole.values_list("type", flat=True))
    return [(engine.name, document_type) for document_type in sorted(missing)]


def outdated() -> list[tuple[str, str]]:
    """(engine, type) of shelves whose documents were cut in a former way, and of kinds that nothing was ever filled of."""
    rows = Shelf.objects.values_list("engine", "type", "recipe")
    shelves = {(engine, document_type): made for engine, document_type, made in rows}
    if not shelves:
        # A site that has nothing yet: events fill it.
        return []
    kept = [engine.name for engine in engines.kept()]
    return [
        (engine, document_type)
        for document_type in documents.types()
        for engine in kept
        if shelves.get((engine, document_type), "") != recipe()
    ]


def sweep() -> int:
    """Delete what stands for documents that were taken out long ago. Returns how many."""
    before = _microseconds(now() - timedelta(hours=settings.SEARCH_HIDDEN_HOURS))
    swept = 0
    for engine in engines.kept():
        for shelf in Shelf.objects.filter(engine=engine.name, building=None):
            swept += engine.sweep(shelf.type, shelf.active, before)
    return swept


def batches(stream: Iterable[Any]) -> Iterator[list[Any]]:
    """A stream in pieces of BATCH."""
    walk = iter(stream)
    while batch := list(islice(walk, BATCH)):
        yield batch
