"""Everybody's hours of a year, category by category: reckoned in chunks of people, rebuilt and compared at will.

Owns: YearFigure and YearReckoning, a projection over completions, study after them, accepted claims and classes. A chunk
is a range of people's ids: four grouped queries, one comparison, one insert and one update, in one transaction with the
cursor, so that a killed run goes on where it was. Refuses: a query per person, and rows written that have not changed.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum, Value

from lms.accounts.api import User
from lms.learning.classes.hours_models import ClassHours, ClassHoursTaken
from lms.learning.completion.models import Completion, CompletionCorrection, CompletionTopUp
from lms.learning.declarations.models import Act, DeclarationStep, WorkCredit
from lms.learning.hours import years as learning_years
from lms.learning.hours.queries import goal_on
from lms.learning.hours.years import Year
from lms.learning.statements.models import YearFigure, YearReckoning
from lms.learning.statements.rules import YEARLY
from lms.lib.clock import day_bounds, now, today

CHUNK = 2000
# What was written a moment ago may not be committed yet: figures are reckoned as of a little before.
SETTLED = timedelta(minutes=10)
# How far back years_due looks for what was written late: beyond the longest that its job may not have run.
LOOKED_BACK = timedelta(days=35)

# (person's id, category) → (hundredths of a 学时, records)
Figures = dict[tuple[int, str], tuple[int, int]]


@dataclass(frozen=True)
class Chunk:
    """What one step did. last: the id it came to; more: whether anybody is left."""

    last: int
    people: int
    written: int
    more: bool


# --- reckoning -------------------------------------------------------------------------------------------


def reckoned(year: Year, low: int, high: int, as_of: datetime) -> Figures:
    """The figures of people with low < id ≤ high, from what stood at `as_of`. Four queries."""
    first, last = year.first, year.last
    start, end = day_bounds(first)[0], day_bounds(last)[1]
    completions = Completion.objects.filter(
        person_id__gt=low, person_id__lte=high, completed_at__gte=start, completed_at__lt=end
    ).filter(completed_at__lte=as_of)
    top_ups = CompletionTopUp.objects.filter(
        completion__person_id__gt=low,
        completion__person_id__lte=high,
        day__range=(first, last),
        at__lte=as_of,
    )
    credits = WorkCredit.objects.filter(
        person_id__gt=low, person_id__lte=high, declaration__year=year.number, at__lte=as_of
    ).filter(~Exists(_taken_back().filter(declaration=OuterRef("declaration"), at__lte=as_of)))
    attended = ClassHours.objects.filter(
        place__person_id__gt=low, place__person_id__lte=high, day__range=(first, last), at__lte=as_of
    ).exclude(taken__at__lte=as_of)
    corrected = CompletionCorrection.objects.filter(
        completion__person_id__gt=low,
        completion__person_id__lte=high,
        day__range=(first, last),
        at__lte=as_of,
    )
    grouped = (
        completions.values_list("person_id", "kind").annotate(Sum("centihours"), Count("id")),
        top_ups.values_list("completion__person_id", "completion__kind")
        .annotate(Sum("centihours"), Count("id"))
        .order_by()
        # What changes another row's hours is no record of its own.
        .union(
            corrected.values_list("completion__person_id", "completion__kind")
            .annotate(Sum("delta_centihours"), number=Value(0))
            .order_by(),
            all=True,
        ),
        credits.values_list("person_id", "declaration__category").annotate(
            Sum("counted_centihours"), Count("id")
        ),
        attended.values_list("place__person_id", "kind").annotate(Sum("centihours"), Count("id")),
    )
    hours: Counter[tuple[int, str]] = Counter()
    records: Counter[tuple[int, str]] = Counter()
    for rows in grouped:
        for person, category, centihours, number in rows.order_by():
            hours[person, category] += centihours
            records[person, category] += number
    return {key: (hours[key], number) for key, number in records.items()}


def _taken_back() -> QuerySet[DeclarationStep]:
    """The steps by which claims that had counted were taken back (declarations.grants.take_back)."""
    return DeclarationStep.objects.filter(act=Act.WITHDRAW, declaration__credit__isnull=False)


def _stored(year: int, low: int, high: int) -> dict[tuple[int, str], YearFigure]:
    rows = YearFigure.objects.filter(year=year, person_id__gt=low, person_id__lte=high)
    return {(row.person_id, row.category): row for row in rows}


def step(year: int, chunk: int = CHUNK) -> Chunk:
    """Reckon the next chunk of people; the first step of a run fixes the moment it is reckoned as of."""
    with transaction.atomic():
        head = _head(year)
        low = head.cursor or 0
        ids = User.objects.filter(pk__gt=low).order_by("pk").values_list("pk", flat=True)
        people = list(ids[:chunk])
        high = people[-1] if people else low
        written = _write(year, low, high, reckoned(_span(head), low, high, head.as_of)) if people else 0
        more = len(people) == chunk
        head.cursor = high if more else None
        head.finished_at = None if more else now()
        head.save(update_fields=["cursor", "finished_at"])
    return Chunk(high, len(people), written, more)


def _head(year: int) -> YearReckoning:
    """The year's row, locked: under way it goes on, over the days it began with; finished it begins anew."""
    moment, span = now() - SETTLED, learning_years.span(year)
    YearReckoning.objects.get_or_create(
        year=year, defaults={"as_of": moment, "cursor": 0, "first": span.first, "last": span.last}
    )
    head = YearReckoning.objects.select_for_update().get(year=year)
    if head.cursor is None:
        head.before, head.as_of, head.cursor = head.as_of, max(moment, head.as_of), 0
        if (head.first, head.last) != (span.first, span.last):
            # The rule of learning years has changed: what was reckoned over other days is nothing to go on from.
            YearFigure.objects.filter(year=year).delete()
            head.before, head.first, head.last = None, span.first, span.last
        head.save(update_fields=["before", "as_of", "cursor", "first", "last"])
    return head


def _span(head: YearReckoning) -> Year:
    """The days that the figures of the head are reckoned over."""
    if head.first is None or head.last is None:
        return learning_years.Years().year(head.year)
    return Year(head.year, head.first, head.last)


def _write(year: int, low: int, high: int, found: Figures) -> int:
    """Make the stored figures of the range what was found; returns how many rows that took."""
    stored = _stored(year, low, high)
    fresh, changed = [], []
    for (person, category), (centihours, records) in found.items():
        row = stored.pop((person, category), None)
        if row is None:
            fresh.append(
                YearFigure(
                    person_id=person, year=year, category=category, centihours=centihours, records=records
                )
            )
        elif (row.centihours, row.records) != (centihours, records):
            row.centihours, row.records = centihours, records
            changed.append(row)
    YearFigure.objects.bulk_create(fresh, batch_size=1000)
    YearFigure.objects.bulk_update(changed, ["centihours", "records"], batch_size=500)
    if stored:
        YearFigure.objects.filter(pk__in=[row.pk for row in stored.values()]).delete()
    return len(fresh) + len(changed) + len(stored)


def years_due() -> list[int]:
    """This year, the one before it, and the earlier ones for which something was written since they were last reckoned
    (claims accepted or taken back, hours given late, corrected or taken back), or whose days a new rule has changed.
    """
    known = learning_years.years()
    this = known.number(today())
    since = now() - LOOKED_BACK
    late = [
        found
        for rows in (WorkCredit.objects.all(), _taken_back())
        for found in rows.filter(at__gte=since, declaration__year__lt=this - 1)
        .values_list("declaration__year")
        .annotate(latest=Max("at"))
        .order_by()
    ]
    heads = list(YearReckoning.objects.all())
    reckoned_at = {head.year: head.as_of for head in heads}
    moved = [head.year for head in heads if head.year <= this and _span(head) != known.year(head.year)]
    changed = [
        (known.number(day), latest) for day, latest in _changed_days(since, known.year(this - 1).first)
    ]
    behind = [
        year for year, latest in (*late, *changed) if year not in reckoned_at or reckoned_at[year] < latest
    ]
    return sorted({this, this - 1, *behind, *moved}, reverse=True)


def _changed_days(since: datetime, before: date) -> list[tuple[date, datetime]]:
    """Days before `before` whose hours were added to, corrected or taken back since then, with the latest such moment. Four
    queries.
    """
    found = []
    for rows, day, at in (
        (CompletionTopUp.objects, "day", "at"),
        (CompletionCorrection.objects, "day", "at"),
        (ClassHours.objects, "day", "at"),
        (ClassHoursTaken.objects, "hours__day", "at"),
    ):
        news = rows.filter(**{f"{at}__gte": since, f"{day}__lt": before})
        found += list(news.order_by().values_list(day).annotate(latest=Max(at)))
    return found


# --- comparing -------------------------------------------------------------------------------------------


def differences(person: str | None = None, chunk: int = CHUNK) -> Iterator[str]:
    """Where stored figures are not what their sources gave at the moment they were reckoned as of, sentence by sentence.

    person: only this one (uuid).
    """
    only = User.objects.get(uuid=person).pk if person else None
    for year in YearReckoning.objects.order_by("year").values_list("year", flat=True):
        low, more = (0, True) if only is None else (only - 1, True)
        while more:
            low, found, more = _compared(year, low, chunk if only is None else 1)
            more = more and only is None
            yield from found


def _compared(year: int, low: int, chunk: int) -> tuple[int, list[str], bool]:
    # Under the year's lock: a chunk reckoned meanwhile would look like a difference.
    with transaction.atomic():
        head = YearReckoning.objects.select_for_update().get(year=year)
        people = list(User.objects.filter(pk__gt=low).order_by("pk").values_list("pk", flat=True)[:chunk])
        if not people:
            return low, [], False
        high = people[-1]
        found = _faults(head, low, high)
    return high, found, len(people) == chunk


def _faults(head: YearReckoning, low: int, high: int) -> list[str]:
    """A range that a run under way has passed in part is compared in its two parts."""
    edge = high if head.cursor is None else min(max(head.cursor, low), high)
    parts = [(low, edge, head.as_of), (edge, high, head.before)]
    found = []
    for start, end, as_of in parts:
        if start >= end:
            continue
        wanted = reckoned(_span(head), start, end, as_of) if as_of else {}
        stored = {key: (row.centihours, row.records) for key, row in _stored(head.year, start, end).items()}
        found += [
            f"year figure {head.year}/{person}/{category}: stored {stored.get((person, category))}, "
            f"sources give {wanted.get((person, category))}"
            for person, category in sorted(wanted.keys() | stored.keys())
            if wanted.get((person, category)) != stored.get((person, category))
        ]
    return found


# --- what they say ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Overview:
    """Everybody's year: people with hours, how many of them reached the goal (None: not set), sums by category."""

    people: int
    reached: int | None
    centihours: dict[str, int]
    as_of: datetime | None


def overview(year: int) -> Overview:
    """Sums over all people, no person in it. Five queries."""
    rows = YearFigure.objects.filter(year=year)
    sums = dict(rows.values_list("category").annotate(Sum("centihours")).order_by())
    goal = goal_on(min(learning_years.span(year).last, today()))
    people = rows.values("person_id").annotate(
        yearly=Sum("centihours", filter=Q(category__in=YEARLY), default=0)
    )
    numbers = people.order_by().aggregate(
        people=Count("person_id"),
        reached=Count("person_id", filter=Q(yearly__gte=goal.goal_centihours if goal else 0)),
    )
    head = YearReckoning.objects.filter(year=year).first()
    as_of = (head.as_of if head.cursor is None else head.before) if head else None
    return Overview(numbers["people"], numbers["reached"] if goal else None, sums, as_of)
