"""What the two database engines share: where entries stand, how facets are counted, how pages are cut.

Owns: the tables of search.models. Two queries answer a search, however many results it has: one counts (the
total and every facet, each without its own filter), one reads a page. Subclasses say how tokens are kept and
compared.
"""
# ruff: noqa: S608  (only names of columns and placeholders are put together; every value is a parameter)

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Max, Q
from django.db.models.functions import Collate

from lms.lib.clock import now
from search import kept
from search.analysis import TITLE_FIELDS
from search.documents import PUBLIC
from search.engines.base import Answer, Engine, Entry, Found, Plan, Several, hidden_entry
from search.models import Entry as Row
from search.models import EntryFacet
from search.ranking import Step

BATCH = 200
# What a list of facet values cannot have in it.
_SEPARATOR = "\x1f"
CHUNK = 1000
# How long the most points of an entry are believed; a write ends it at once.
KEPT_S = 60
AUDIENCE = "@audience"
_COLUMNS = [column.column for column in Row._meta.concrete_fields if column.name not in {"tokens", "counted"}]
RANKED = "e.id, e.type, e.doc_id, e.published_at, e.centihours"
# By what each order is kept, first to last, falling; all end with type and id, rising.
_KEYS = {
    "relevance": ("score", "published_at"),
    "newest": ("published_at", "score"),
    "hours": ("centihours", "score", "published_at"),
}
_ORDER = {
    "relevance": "score DESC, e.published_at DESC NULLS LAST",
    "newest": "e.published_at DESC NULLS LAST, score DESC",
    "hours": "e.centihours DESC, score DESC, e.published_at DESC NULLS LAST",
}


@dataclass(frozen=True)
class Match:
    """How an engine compares tokens: FROM with the entry as `e`, and a condition with its parameters."""

    source: str = "search_entry e"
    where: str = "1 = 1"
    where_params: tuple[Any, ...] = ()


def batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    walk = iter(entries)
    while batch := list(islice(walk, BATCH)):
        yield batch


_standing: kept.Keeper[float] = kept.Keeper()


class SqlEngine(Engine, ABC):
    asks_at_once = False
    transactional = True
    # How all entries are read where no words are asked for.
    entries = "search_entry e"
    # The facet values of an entry, as `Entry.counted` has them.
    line = "e.counted"
    # Sorting by id must not depend on the database's language.
    id_order = "e.type, e.doc_id"

    @abstractmethod
    def match(self, plan: Plan) -> Match:
        """The comparison for a plan that has clauses."""

    @abstractmethod
    def token_step(self, step: Step) -> tuple[str, list[str]]:
        """A condition on the entry `e`, with its parameters: it has the step's tokens in the step's field."""

    def score(self, plan: Plan) -> tuple[str, list[Any]]:
        """The points of the entry `e`: of every award the first step that is met, and its own."""
        cases = ["e.boost"]
        params: list[Any] = []
        for award in plan.awards:
            whens = ""
            for step in award.steps:
                condition, values = self._step(step)
                whens += f" WHEN {condition} THEN {step.points}"
                params += values
            cases.append(f"CASE{whens} ELSE 0 END")
        return " + ".join(cases), params

    def _step(self, step: Step) -> tuple[str, list[Any]]:
        if step.since is not None:
            return "e.published_at >= %s", [connection.ops.adapt_datetimefield_value(step.since)]
        if step.field.startswith("@"):
            values = [value for one in step.any_of for value in one]
            return _has(values), [step.field[1:], *values]
        return self.token_step(step)

    def moment(self) -> Any:
        """Now, as the database keeps moments."""
        return connection.ops.adapt_datetimefield_value(now())

    def tokens_value(self, entry: Entry) -> str | None:
        """What goes into the column `tokens`."""
        return None

    def weighed(self, plan: Plan, rows: str) -> str:
        """What is weighed, as `e`: the entries of this FROM with its conditions. No parameters of its own."""
        return rows

    def store_tokens(self, rows: Sequence[tuple[int, Entry]]) -> None:
        """Keep tokens elsewhere, by the ids of their rows."""

    def forget_tokens(self, row_ids: Sequence[int]) -> None:
        """Remove tokens that are kept elsewhere."""

    # --- writing ------------------------------------------------------------------------------------------

    def prepare(self, document_type: str, generation: int, *, filling: bool = False) -> None:
        pass

    def write(self, document_type: str, generation: int, entries: Iterable[Entry], version: int) -> int:
        written = 0
        for batch in batches(entries):
            with transaction.atomic():
                standing = Row.objects.filter(
                    type=document_type, generation=generation, doc_id__in=[entry.id for entry in batch]
                ).values_list("doc_id", "id", "version")
                newer, older = set(), []
                for doc_id, row_id, row_version in standing:
                    if row_version >= version:
                        newer.add(doc_id)
                    else:
                        older.append(row_id)
                self._delete(older)
                batch = [entry for entry in batch if entry.id not in newer]
                self._insert(document_type, generation, batch, version)
            written += len(batch)
        return written

    def hide(self, document_type: str, generation: int, ids: Sequence[str], version: int) -> None:
        self.write(document_type, generation, (hidden_entry(document_type, one) for one in ids), version)

    def _insert(self, document_type: str, generation: int, batch: Sequence[Entry], version: int) -> None:
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
                version=version,
                digest=entry.digest,
                expires_at=entry.expires_at,
                tokens=self.tokens_value(entry),
                counted=_SEPARATOR.join(
                    f"{name}={value}" for name, values in entry.facets.items() for value in values
                ),
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

    def sweep(self, document_type: str, generation: int, before: int) -> int:
        return self._delete_all(Q(type=document_type, generation=generation, hidden=True, version__lt=before))

    def _delete(self, row_ids: list[int]) -> None:
        if row_ids:
            self.forget_tokens(row_ids)
            EntryFacet.objects.filter(entry_id__in=row_ids).delete()
            Row.objects.filter(id__in=row_ids).delete()

    def promote(self, document_type: str, generation: int) -> None:
        # Searches read the shelf's active generation, which the caller sets in the same transaction.
        pass

    def drop(self, document_type: str, generation: int) -> None:
        self._delete_all(Q(type=document_type, generation=generation))

    def _delete_all(self, which: Q) -> int:
        gone = 0
        while ids := list(Row.objects.filter(which).values_list("id", flat=True)[:BATCH]):
            with transaction.atomic():
                self._delete(ids)
            gone += len(ids)
        return gone

    def settle(self) -> None:
        pass

    # --- reading ------------------------------------------------------------------------------------------

    def search(self, plan: Plan) -> Answer:
        match = self.match(plan) if plan.clauses else Match(source=self.entries)
        total, counts = self._count(plan, match)
        pages = min(-(-total // plan.per_page), plan.last_page)
        page = max(1, min(plan.page, pages))
        anchor = self._anchor(plan, match) if plan.after and page > 1 else None
        offset = 0 if anchor else (page - 1) * plan.per_page
        found = self.page(plan, match, offset, anchor, total) if total else ()
        return Answer(total=total, page=page, found=tuple(found), counts=counts)

    def page(
        self, plan: Plan, match: Match, offset: int, anchor: Found | None, total: int
    ) -> Iterable[Found]:
        """A page of what a plan finds, which are so many."""
        return self.rows(plan, match, plan.per_page, offset, anchor)

    def suggest(self, plan: Plan) -> list[Found]:
        heads = _beginnings(plan)
        if heads is not None:
            best = list(self.rows(plan, self.match(heads), plan.per_page, 0))
            if surely_best(plan, best, self.most_standing(plan) + elsewhere(plan, ("title",))):
                return best
        return list(self.rows(plan, self.match(plan), plan.per_page, 0))

    def most_standing(self, plan: Plan) -> float:
        """The most points that an entry of these types has by itself. Asked for again when something was written."""
        state = kept.stamp(plan.types)
        found = None if state is None else _standing.get((self.name, state))
        if found is None:
            rows = Row.objects.filter(type__in=plan.types).aggregate(most=Max("boost"))
            found = float(rows["most"] or 0)
            if state is not None:
                _standing.put((self.name, state), found, KEPT_S)
        return found

    def several(
        self, *, searched: Sequence[Plan] = (), suggested: Sequence[Plan] = (), met: Sequence[Plan] = ()
    ) -> Several:
        return Several(
            answers=tuple(map(self.search, searched)),
            found=tuple(map(self.suggest, suggested)),
            met=self._met(met),
        )

    def _met(self, plans: Sequence[Plan]) -> tuple[bool, ...]:
        """Whether each finds anything. One query; nothing is counted and nothing weighed."""
        asked: list[str] = []
        values: list[Any] = []
        for plan in plans:
            match = self.match(plan) if plan.clauses else Match(source=self.entries)
            visible, params = self.visible(plan)
            narrowed, narrowed_params = _narrowed(plan)
            asked.append(self.exists(f"{match.source} {visible} AND {match.where}{narrowed}"))
            values += [*params, *match.where_params, *narrowed_params]
        if not asked:
            return ()
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(asked)}", values)
            return tuple(map(bool, cursor.fetchone()))

    def exists(self, rows: str) -> str:
        """Whether this FROM with its conditions has a row."""
        return f"EXISTS (SELECT 1 FROM {rows})"

    def visible(self, plan: Plan) -> tuple[str, list[Any]]:
        """Joins and conditions that every search has: the active generation, the types asked for, not expired,
        the audience.
        """
        sql = (
            "JOIN search_shelf s ON s.type = e.type AND s.active = e.generation AND s.engine = %s "
            f"WHERE NOT e.hidden AND e.type IN ({_marks(plan.types)}) "
            "AND (e.expires_at IS NULL OR e.expires_at > %s)"
        )
        params: list[Any] = [self.name, *plan.types, self.moment()]
        others = [token for token in plan.audience if token != PUBLIC]
        allowed = ["e.public"] if PUBLIC in plan.audience else []
        if others:
            allowed.append(_has(others))
            params += [AUDIENCE, *others]
        return f"{sql} AND ({' OR '.join(allowed) or '1 = 0'})", params

    def _count(self, plan: Plan, match: Match) -> tuple[int, dict[str, dict[str, int]]]:
        """The total, and per facet the counts of its values among what meets all filters but its own."""
        visible, params = self.visible(plan)
        sql = f"SELECT {self.line} FROM {match.source} {visible} AND {match.where}"
        with connection.cursor() as cursor:
            cursor.execute(sql, [*params, *match.where_params])
            return counted((line or "" for (line,) in cursor), plan)

    def _anchor(self, plan: Plan, match: Match) -> Found | None:
        """The last result of the page before, with the score it has now. One query."""
        assert plan.after is not None
        where = f"{match.where} AND e.type = %s AND e.doc_id = %s"
        only = replace(match, where=where, where_params=(*match.where_params, *plan.after))
        return next(iter(self.rows(plan, only, 1, 0)), None)

    def _behind(self, plan: Plan, anchor: Found) -> tuple[str, list[Any]]:
        """The condition that a row (as `e`, with its score) stands behind another in the plan's order."""
        type_, doc_id = (piece.removeprefix("e.") for piece in self.id_order.split(", "))
        same: list[str] = []
        params: list[Any] = []
        either: list[str] = []
        values: list[Any] = []
        for name in _KEYS[plan.sort]:
            value = getattr(anchor, name)
            if value is None:
                # Without a day stands last: nothing is behind it by this.
                same.append(f"{name} IS NULL")
                continue
            if name == "published_at":
                value = connection.ops.adapt_datetimefield_value(value)
                later = f"({name} < %s OR {name} IS NULL)"
            else:
                later = f"{name} < %s"
            either.append(" AND ".join([*same, later]))
            values += [*params, value]
            same.append(f"{name} = %s")
            params.append(value)
        for name, value in ((type_, anchor.type), (doc_id, anchor.id)):
            either.append(" AND ".join([*same, f"{name} > %s"]))
            values += [*params, value]
            same.append(f"{name} = %s")
            params.append(value)
        return " OR ".join(f"({one})" for one in either), values

    def rows(
        self, plan: Plan, match: Match, limit: int, offset: int, anchor: Found | None = None
    ) -> Iterator[Found]:
        visible, params = self.visible(plan)
        narrowed, narrowed_params = _narrowed(plan)
        # The text is needed only to show where a word was found in it.
        columns = ", ".join(
            "'' AS body" if column == "body" and not plan.shows_body else f"e.{column}" for column in _COLUMNS
        )
        score, score_params = self.score(plan)
        # What they are ordered by first, of all; what is shown, and may be long, of the few that are.
        rows = self.weighed(plan, f"{match.source} {visible} AND {match.where}{narrowed}")
        sql = f"SELECT {RANKED}, {score} AS score FROM {rows} "
        values = [*score_params, *params, *match.where_params, *narrowed_params]
        if anchor is not None:
            behind, behind_params = self._behind(plan, anchor)
            sql = f"SELECT * FROM ({sql}) e WHERE {behind} "
            values += behind_params
        order = f"ORDER BY {_ORDER[plan.sort]}, {self.id_order}"
        sql = (
            f"SELECT {columns}, best.score FROM ({sql} {order} LIMIT %s OFFSET %s) best "
            f"JOIN search_entry e ON e.id = best.id {order}"
        )
        values += [limit, offset]
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
                expires_at=row.expires_at,
            )

    # --- what stands there --------------------------------------------------------------------------------

    def digests(self, document_type: str, generation: int, ids: Sequence[str]) -> dict[str, str]:
        rows = Row.objects.filter(
            type=document_type, generation=generation, hidden=False, doc_id__in=list(ids)
        )
        return dict(rows.values_list("doc_id", "digest"))

    def standing(self, document_type: str, generation: int, ids: Sequence[str]) -> set[str]:
        rows = Row.objects.filter(type=document_type, generation=generation, doc_id__in=list(ids))
        return set(rows.values_list("doc_id", flat=True))

    def ids(
        self, document_type: str, generation: int, *, after: str = "", limit: int | None = None
    ) -> list[str]:
        rows = Row.objects.filter(type=document_type, generation=generation, hidden=False)
        # As Python sorts, whatever the language of the database.
        order = Collate("doc_id", "C" if connection.vendor == "postgresql" else "binary")
        rows = rows.alias(place=order).filter(place__gt=after).order_by("place")
        return list(rows.values_list("doc_id", flat=True)[:limit])

    def generations(self) -> set[tuple[str, int]]:
        return set(Row.objects.order_by().values_list("type", "generation").distinct())

    def ready(self, document_type: str | None = None) -> set[tuple[str, int]]:
        return {one for one in self.generations() if document_type in (None, one[0])}

    def health(self) -> dict[str, Any]:
        shelves = ("type", "generation")
        try:
            # Hidden ones are few and have an index of their own; all together are counted in another.
            documents: Counter[tuple[str, int]] = Counter()
            for kind, generation, count in Row.objects.values_list(*shelves).annotate(Count("id")):
                documents[kind, generation] += count
            hidden = Row.objects.filter(hidden=True).values_list(*shelves).annotate(Count("id"))
            for kind, generation, count in hidden:
                documents[kind, generation] -= count
        except DatabaseError as error:
            return {"ok": False, "error": type(error).__name__}
        return {"ok": True, "documents": dict(documents)}


def _beginnings(plan: Plan) -> Plan | None:
    """Of a plan for a word that is being typed: the same for titles that have it in them, or a piece that begins with it, as
    written or as it sounds. Two letters are the sound of something in every third title; these are few, and worth more. None for
    other plans.
    """
    if plan.fields != TITLE_FIELDS or len(plan.clauses) != 1 or not plan.clauses[0].prefix:
        return None
    (clause,) = plan.clauses
    signed = (f"h:{clause.text}",)
    plain = tuple(tokens for tokens in clause.any_of if ":" not in "".join(tokens))
    return replace(plan, clauses=(replace(clause, any_of=(*plain, signed)),), fields=("title",))


def surely_best(plan: Plan, best: Sequence[Found], others: float) -> bool:
    """Whether these fill the page, and none of those not looked at can stand among them. others: the most points these have."""
    return len(best) == plan.per_page and best[-1].score > others


def elsewhere(plan: Plan, fields: Sequence[str]) -> int:
    """The most points that an entry can get without earning anything by these fields."""
    return sum(award.steps[0].points for award in plan.awards if award.steps[0].field not in fields)


def _narrowed(plan: Plan) -> tuple[str, list[Any]]:
    """The plan's filters as a condition on the entry `e`, with its parameters."""
    sql = "".join(f" AND {_has(values)}" for values in plan.filters.values())
    return sql, [value for name, values in plan.filters.items() for value in (name, *values)]


def counted(lines: Iterable[str], plan: Plan) -> tuple[int, dict[str, dict[str, int]]]:
    """How many of these entries, each by its facet values (name=value), meet all filters; and per facet the counts of its values
    among those that meet all but its own.
    """
    filters = [(name, {f"{name}={value}" for value in values}) for name, values in plan.filters.items()]
    total = 0
    # "" → values of entries that meet all filters; a filter → of those that miss it alone.
    tallies: dict[str, Counter[str]] = {"": Counter(), **{name: Counter() for name, _wanted in filters}}
    walk = iter(lines)
    # Some at a time: of a hundred thousand, values are counted at once and none are kept.
    while some := [line.split(_SEPARATOR) for line in islice(walk, CHUNK)]:
        sorted_out: dict[str, list[list[str]]] = {name: [] for name in tallies}
        for values in some if filters else ():
            missed = [name for name, wanted in filters if wanted.isdisjoint(values)]
            if len(missed) < 2:
                sorted_out["".join(missed)].append(values)
        if not filters:
            sorted_out[""] = some
        total += len(sorted_out[""])
        for name, found in sorted_out.items():
            tallies[name].update(chain.from_iterable(found))
    counts: dict[str, dict[str, int]] = {}
    for name in plan.count:
        start = f"{name}="
        tally = tallies[""] + tallies[name] if name in plan.filters else tallies[""]
        named = {one.removeprefix(start): number for one, number in tally.items() if one.startswith(start)}
        if named:
            counts[name] = named
    return total, counts


def _marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values)) or "NULL"


def _has(values: Sequence[str]) -> str:
    return (
        "EXISTS (SELECT 1 FROM search_entryfacet v WHERE v.entry_id = e.id AND v.name = %s "
        f"AND v.value IN ({_marks(values)}))"
    )
