"""What came of courses, in numbers and without people: how often completed, and the hours given for it."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet, Sum

from lms.learning.classes.hours_models import ClassHours
from lms.learning.completion.models import Completion, CompletionCorrection, CompletionTopUp
from lms.lib.clock import day_bounds


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


def _summed(rows: QuerySet[Any], course: str, amount: str) -> Any:
    return rows.order_by().values_list(course).annotate(total=Sum(amount))
