"""What the two database engines share: where entries stand, how facets are counted, how pages are cut.

Owns: the tables of search.models. Two queries answer a search, however many results it has: one counts (the
total and every facet, each without its own filter), one reads a page. Subclasses say how tokens are kept and
compared.
"""
# ruff: noqa: S608  (only names of columns and placeholders are put together; every value is a parameter)

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Q

from search.documents import PUBLIC
from search.engines.base import Answer, Engine, Entry, Found, Plan
from search.models import Entry as Row
from search.models import EntryFacet

BATCH = 200
AUDIENCE = "@audience"
_COLUMNS = [column.column for column in Row._meta.concrete_fields if column.name != "tokens"]
_ORDER = {
    "relevance": "score DESC, e.published_at DESC NULLS LAST",
    "newest": "e.published_at DESC NULLS LAST, score DESC",
    "hours": "e.centihours DESC, score DESC, e.published_at DESC NULLS LAST",
}


@dataclass(frozen=True)
class Match:
    """How an engine compares tokens: FROM with the entry as `e`, a condition and a score, with their
    parameters.
    """

    source: str = "search_entry e"
    where: str = "1 = 1"
    where_params: tuple[Any, ...] = ()
    score: str = "1.0"
    score_params: tuple[Any, ...] = ()


def batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    walk = iter(entries)
    while batch := list(islice(walk, BATCH)):
        yield batch


class SqlEngine(Engine, ABC):
    # Sorting by id must not depend on the database's language.
    id_order = "e.type, e.doc_id"

    @abstractmethod
    def match(self, plan: Plan) -> Match:
        """The comparison for a plan that has clauses."""

    def tokens_value(self, entry: Entry) -> str | None:
        """What goes into the column `tokens`."""
        return None

    def store_tokens(self, rows: Sequence[tuple[int, Entry]]) -> None:
        """Keep tokens elsewhere, by the ids of their rows."""

    def forget_tokens(self, row_ids: Sequence[int]) -> None:
        """Remove tokens that are kept elsewhere."""

    # --- writing ------------------------------------------------------------------------------------------

    def prepare(self, document_type: str, generation: int) -> None:
        pass

    def write(
        self, document_type: str, generation: int, entries: Iterable[Entry], *, only_new: bool = False
    ) -> int:
        written = 0
        for batch in batches(entries):
            with transaction.atomic():
                standing = Row.objects.filter(
                    type=document_type, generation=generation, doc_id__in=[entry.id for entry in batch]
                )
                if only_new:
                    taken = set(standing.values_list("doc_id", flat=True))
                    batch = [entry for entry in batch if entry.id not in taken]
                else:
                    self._delete(list(standing.values_list("id", flat=True)))
                self._insert(document_type, generation, batch)
            written += len(batch)
        return written

    def _insert(self, document_type: str, generation: int, batch: Sequence[Entry]) -> None:
        rows = Row.objects.bulk_create(
            Row(
                type=document_type,
                generation=generation,
                doc_id=entry.id,
                title=entry.title,
                summary=entry.summary,
                body=entry.body,
                url=entry.url,
                language=entry.language,
                facets=entry.facets,
                extra=entry.extra,
                boost=entry.boost,
                published_at=entry.published_at,
                centihours=entry.centihours,
                public=PUBLIC in entry.audience,
                hidden=entry.hidden,
                tokens=self.tokens_value(entry),
            )
            for entry in batch
        )
        EntryFacet.objects.bulk_create(
            EntryFacet(entry=row, name=name, value=value)
            for row, entry in zip(rows, batch, strict=True)
            for name, values in [*entry.facets.items(), (AUDIENCE, entry.audience)]
            for value in values
        )
        self.store_tokens([(row.pk, entry) for row, entry in zip(rows, batch, strict=True)])

    def remove(self, document_type: str, generation: int, ids: Sequence[str]) -> None:
        rows = Row.objects.filter(type=document_type, generation=generation, doc_id__in=ids)
        with transaction.atomic():
            self._delete(list(rows.values_list("id", flat=True)))

    def _delete(self, row_ids: list[int]) -> None:
        if row_ids:
            self.forget_tokens(row_ids)
            EntryFacet.objects.filter(entry_id__in=row_ids).delete()
            Row.objects.filter(id__in=row_ids).delete()

    def promote(self, document_type: str, generation: int) -> None:
        # Searches read the shelf's active generation, which the caller sets in the same transaction.
        self._delete_all(Q(type=document_type, generation=generation, hidden=True))

    def drop(self, document_type: str, generation: int) -> None:
        self._delete_all(Q(type=document_type, generation=generation))

    def _delete_all(self, which: Q) -> None:
        while ids := list(Row.objects.filter(which).values_list("id", flat=True)[:BATCH]):
            with transaction.atomic():
                self._delete(ids)

    def settle(self) -> None:
        pass

    # --- reading ------------------------------------------------------------------------------------------

    def search(self, plan: Plan) -> Answer:
        match = self.match(plan) if plan.clauses else Match()
        total, counts = self._count(plan, match)
        pages = min(-(-total // plan.per_page), plan.last_page)
        page = max(1, min(plan.page, pages))
        found = self._rows(plan, match, plan.per_page, (page - 1) * plan.per_page) if total else ()
        return Answer(total=total, page=page, found=tuple(found), counts=counts)

    def suggest(self, plan: Plan) -> list[Found]:
        return list(self._rows(plan, self.match(plan), plan.per_page, 0))

    def _visible(self, plan: Plan) -> tuple[str, list[Any]]:
        """Joins and conditions that every search has: the active generation, the types asked for, the
        audience.
        """
        sql = (
            "JOIN search_shelf s ON s.type = e.type AND s.active = e.generation AND s.engine = %s "
            f"WHERE NOT e.hidden AND e.type IN ({_marks(plan.types)})"
        )
        params: list[Any] = [self.name, *plan.types]
        others = [token for token in plan.audience if token != PUBLIC]
        allowed = ["e.public"] if PUBLIC in plan.audience else []
        if others:
            allowed.append(_has(others))
            params += [AUDIENCE, *others]
        return f"{sql} AND ({' OR '.join(allowed) or '1 = 0'})", params

    def _count(self, plan: Plan, match: Match) -> tuple[int, dict[str, dict[str, int]]]:
        """The total, and per facet the counts of its values among what meets all filters but its own."""
        visible, params = self._visible(plan)
        filters = list(plan.filters.items())
        missed = "".join(
            f", CASE WHEN {_has(values)} THEN 0 ELSE 1 END AS m{place}"
            for place, (_, values) in enumerate(filters)
        )
        missed_params = [value for name, values in filters for value in (name, *values)]
        misses = " + ".join(f"hit.m{place}" for place in range(len(filters))) or "0"
        own = " ".join(f"WHEN %s THEN hit.m{place}" for place in range(len(filters)))
        but_own = f"OR ({misses} = 1 AND CASE f.name {own} ELSE 0 END = 1)" if filters else ""
        sql = (
            f"WITH hit AS (SELECT e.id{missed} FROM {match.source} {visible} AND {match.where}) "
            f"SELECT '' AS name, '' AS value, COUNT(*) FROM hit WHERE {misses} = 0"
        )
        values: list[Any] = [*missed_params, *params, *match.where_params]
        if plan.count:
            sql += (
                " UNION ALL SELECT f.name, f.value, COUNT(*) "
                "FROM hit JOIN search_entryfacet f ON f.entry_id = hit.id "
                f"WHERE f.name IN ({_marks(plan.count)}) AND ({misses} = 0 {but_own}) "
                "GROUP BY f.name, f.value"
            )
            values += [*plan.count, *(name for name, _ in filters)]
        counts: dict[str, dict[str, int]] = defaultdict(dict)
        total = 0
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            for name, value, number in cursor.fetchall():
                if name:
                    counts[name][value] = number
                else:
                    total = number
        return total, dict(counts)

    def _rows(self, plan: Plan, match: Match, limit: int, offset: int) -> Iterator[Found]:
        visible, params = self._visible(plan)
        narrowed = "".join(f" AND {_has(values)}" for values in plan.filters.values())
        narrowed_params = [value for name, values in plan.filters.items() for value in (name, *values)]
        # The text is needed only to show where a word was found in it.
        columns = ", ".join(
            "'' AS body" if column == "body" and not plan.shows_body else f"e.{column}" for column in _COLUMNS
        )
        sql = (
            f"SELECT {columns}, ({match.score}) * e.boost AS score "
            f"FROM {match.source} {visible} AND {match.where}{narrowed} "
            f"ORDER BY {_ORDER[plan.sort]}, {self.id_order} LIMIT %s OFFSET %s"
        )
        values = [*match.score_params, *params, *match.where_params, *narrowed_params, limit, offset]
        row: Any  # an Entry with its score
        for row in Row.objects.raw(sql, values):
            yield Found(
                type=row.type,
                id=row.doc_id,
                title=row.title,
                summary=row.summary,
                body=row.body,
                url=row.url,
                language=row.language,
                facets=row.facets,
                extra=row.extra,
                published_at=row.published_at,
                centihours=row.centihours,
                score=float(row.score),
            )

    def ids(self, document_type: str, generation: int) -> list[str]:
        rows = Row.objects.filter(type=document_type, generation=generation, hidden=False)
        return sorted(rows.values_list("doc_id", flat=True))

    def health(self) -> dict[str, Any]:
        numbers = Row.objects.filter(hidden=False).values_list("type", "generation").annotate(Count("id"))
        try:
            documents = {(kind, generation): count for kind, generation, count in numbers}
        except DatabaseError as error:
            return {"ok": False, "error": type(error).__name__}
        return {"ok": True, "documents": documents}


def _marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values)) or "NULL"


def _has(values: Sequence[str]) -> str:
    return (
        "EXISTS (SELECT 1 FROM search_entryfacet v WHERE v.entry_id = e.id AND v.name = %s "
        f"AND v.value IN ({_marks(values)}))"
    )
