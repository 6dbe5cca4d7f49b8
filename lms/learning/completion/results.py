"""What came of courses, in numbers and without people: how often completed, and the hours given for it."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDate

from lms.learning.classes.hours_models import ClassHours
from lms.learning.completion.models import Completion, CompletionCorrection, CompletionTopUp
from lms.lib.clock import SHANGHAI, day_bounds


@dataclass(frozen=True)
class Result:
    """person_times (人次): completions, one a person and course; centihours: hundredths of a 学时 given in those days."""

    person_times: int = 0
    centihours: int = 0

    def __add__(self, other: "Result") -> "Result":
        return Result(self.person_times + other.person_times, self.centihours + other.centihours)


def results_of(courses: Collection[int], first: date, last: date) -> dict[int, Result]:
    """Course → its result from the first day to the last, both in, with what classes of the course gave. Five queries,
    however many courses and people.
    """
    start, end = day_bounds(first)[0], day_bounds(last)[1]
    done = Completion.objects.filter(
        release__course__in=courses, completed_at__gte=start, completed_at__lt=end
    )
    times = dict(done.order_by().values_list("release__course").annotate(times=Count("pk")))
    sums: dict[int, int] = defaultdict(int)
    days = {"day__range": (first, last), "completion__release__course__in": courses}
    attended = ClassHours.objects.filter(
        place__run__course__in=courses, day__range=(first, last), taken__isnull=True
    )
    for rows, course, amount in (
        (done, "release__course", "centihours"),
        (CompletionTopUp.objects.filter(**days), "completion__release__course", "centihours"),
        (CompletionCorrection.objects.filter(**days), "completion__release__course", "delta_centihours"),
        (attended, "place__run__course", "centihours"),
    ):
        for key, total in _summed(rows, course, amount):
            sums[key] += total
    return {key: Result(times.get(key, 0), sums.get(key, 0)) for key in times.keys() | sums.keys()}


def completions_by_day(
    kinds: Collection[str],
    first: date,
    last: date,
    *,
    beyond: int = 0,
    courses: Collection[int] | None = None,
) -> dict[tuple[date, str], int]:
    """(Shanghai day, kind) → completions of courses of these kinds, one a person and course. beyond: rows after this one only, which saves
    reading what is known already (`days_begin`); courses: of these alone. One query."""
    start, end = day_bounds(first)[0], day_bounds(last)[1]
    rows = Completion.objects.filter(
        pk__gt=beyond, kind__in=list(kinds), completed_at__gte=start, completed_at__lt=end
    )
    if courses is not None:
        rows = rows.filter(release__course__in=courses)
    days = rows.order_by().annotate(day=TruncDate("completed_at", tzinfo=SHANGHAI))
    return {
        (day, kind): times for day, kind, times in days.values_list("day", "kind").annotate(times=Count("pk"))
    }


def days_begin(after: date) -> int:
    """A row after which every later completion stands, those being written now among them. Asked when `after` has ended long enough that
    nothing of it is still being written."""
    _start, end = day_bounds(after)
    pks = Completion.objects.values_list("pk", flat=True)
    last = pks.filter(completed_at__lt=end).order_by("-pk").first() or 0
    # Around midnight a later one may have come before an earlier one.
    first = pks.filter(completed_at__gte=end).order_by("pk").first()
    return last if first is None else min(last, first - 1)


def _summed(rows: QuerySet[Any], course: str, amount: str) -> Any:
    return rows.order_by().values_list(course).annotate(total=Sum(amount))
