"""Comparing the index with its sources, page by page, and putting right what differs.

Owns: what counts as a difference. Refuses: trusting a first look; what seems to differ is looked at again after a
turn of the type has read the source, so that a change on its way is no difference.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from search import documents, engines
from search.cutting import Named, cut, named, recipe
from search.engines.base import Engine
from search.indexing import BATCH, Place, batches, turn, writable
from search.models import Owed, Shelf

Kind = str
MISSING, STALE, SURPLUS = "missing", "stale", "surplus"
SHOWN = 5
# How often what differs is read again because the type changed while the cluster was asked.
TRIES = 3
Progress = Callable[[str, int], None]


@dataclass
class Finding:
    """How one engine differs from the source of one type. differing: kind → ids, the first few. owed: documents the
    engine is known to have missed. outdated: cut by another recipe than today's: a rebuild will find more.
    """

    engine: str
    type: str
    looked_at: int = 0
    counts: dict[Kind, int] = field(default_factory=lambda: defaultdict(int))
    differing: dict[Kind, list[str]] = field(default_factory=lambda: defaultdict(list))
    repaired: int = 0
    owed: int = 0
    outdated: bool = False
    complete: bool = True

    @property
    def differences(self) -> int:
        return sum(self.counts.values())

    @property
    def clean(self) -> bool:
        """Whether nothing differs, or nothing does any more."""
        return self.complete and self.differences == self.repaired


def check(document_type: str, *, repair: bool = False, progress: Progress | None = None) -> list[Finding]:
    """A finding for each engine that is kept. Raises SearchUnavailable when one does not answer."""
    found = []
    for engine in engines.kept():
        # The row is made by whoever comes first, also for a type that nothing was ever written of.
        with turn(document_type, engine.name) as mine:
            shelf = mine.places[0].shelf
        there = shelf.active in writable(mine.places[0])
        finding = Finding(engine.name, document_type)
        if there:
            engine.settle()
            _walk_source(engine, shelf, finding, repair, progress)
            _walk_engine(engine, shelf, finding, repair)
        finding.owed = Owed.objects.filter(engine=engine.name, type=document_type).count()
        finding.outdated = shelf.recipe not in ("", recipe())
        finding.complete = shelf.complete
        found.append(finding)
    return found


def _walk_source(
    engine: Engine, shelf: Shelf, finding: Finding, repair: bool, progress: Progress | None
) -> None:
    """What the source has and the engine lacks, or has otherwise."""
    for batch in batches(documents.source(shelf.type).documents(None)):
        expected = {one.document.id: one.digest for one in named(shelf.type, batch)}
        there = engine.digests(shelf.type, shelf.active, list(expected))
        suspects = [one for one, digest in expected.items() if there.get(one) != digest]
        finding.looked_at += len(batch)
        _confirm(engine, suspects, finding, repair)
        if progress is not None:
            progress(f"{engine.name} {shelf.type}", finding.looked_at)


def _walk_engine(engine: Engine, shelf: Shelf, finding: Finding, repair: bool) -> None:
    """What the engine has and the source does not."""
    after = ""
    while page := engine.ids(shelf.type, shelf.active, after=after, limit=BATCH):
        after = page[-1]
        alive = {document.id for document in documents.source(shelf.type).documents(page)}
        _confirm(engine, [one for one in page if one not in alive], finding, repair)


def _confirm(engine: Engine, suspects: list[str], finding: Finding, repair: bool) -> None:
    if not suspects:
        return
    if engine.transactional:
        with turn(finding.type, engine.name) as mine:
            expected = _expected(finding.type, suspects)
            differing = _differing(mine.places[0], expected, suspects)
            _count(mine.places[0], mine.version, expected, differing, finding, repair)
        return
    for _try in range(TRIES):
        with turn(finding.type, engine.name) as mine:
            expected = _expected(finding.type, suspects)
        # The cluster is asked when the turn is over. Where another turn came meanwhile, what it changed may be there already.
        place = mine.places[0]
        differing = _differing(place, expected, suspects)
        if not differing or Shelf.objects.filter(pk=place.shelf.pk, version=mine.version).exists():
            break
    # A repair that is older than what came meanwhile is refused by its version.
    _count(place, mine.version, expected, differing, finding, repair)


def _expected(document_type: str, ids: list[str]) -> dict[str, Named]:
    found = documents.source(document_type).documents(ids)
    return {one.document.id: one for one in named(document_type, list(found))}


def _differing(place: Place, expected: dict[str, Named], suspects: Sequence[str]) -> dict[str, Kind]:
    """Id → how it differs, without what is on its way."""
    there = place.engine.digests(place.shelf.type, place.shelf.active, suspects)
    owed = Owed.objects.filter(engine=place.engine.name, type=place.shelf.type, missed=False)
    moving = set(owed.filter(doc_id__in=suspects).values_list("doc_id", flat=True))
    return {one: kind for one in suspects if one not in moving and (kind := _kind(one, expected, there))}


def _count(
    place: Place,
    version: int,
    expected: dict[str, Named],
    differing: dict[str, Kind],
    finding: Finding,
    repair: bool,
) -> None:
    for one, kind in differing.items():
        finding.counts[kind] += 1
        if len(finding.differing[kind]) < SHOWN:
            finding.differing[kind].append(one)
    if repair and differing:
        _repair(place, version, expected, differing)
        finding.repaired += len(differing)


def _kind(one: str, expected: dict[str, Named], there: dict[str, str]) -> Kind:
    if one not in expected:
        return SURPLUS if one in there else ""
    if one not in there:
        return MISSING
    return "" if there[one] == expected[one].digest else STALE


def _repair(place: Place, version: int, expected: dict[str, Named], differing: Iterable[str]) -> None:
    wanted = [cut(expected[one]) for one in differing if one in expected]
    gone = [one for one in differing if one not in expected]
    for generation in writable(place):
        place.engine.write(place.shelf.type, generation, wanted, version)
        place.engine.hide(place.shelf.type, generation, gone, version)


def orphans() -> list[tuple[Engine, str, int]]:
    """Generations that nothing searches or fills: what a killed rebuild or a restored database left behind."""
    found = []
    for engine in engines.kept():
        used = {
            (shelf.type, generation)
            for shelf in Shelf.objects.filter(engine=engine.name)
            for generation in Place(engine, shelf).generations
        }
        # Of our types only: another installation may use a longer name that begins like ours.
        known = set(documents.types())
        found += [(engine, *one) for one in sorted(engine.generations() - used) if one[0] in known]
    return found
