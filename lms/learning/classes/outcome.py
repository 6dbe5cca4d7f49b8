"""What came of a run, for the processes of training that run programmes as classes: who passed, and who completed its course."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, QuerySet
from django.db.models.functions import ExtractYear

from lms.accounts.api import User
from lms.learning.classes import queries
from lms.learning.classes.models import ClassPlace, ClassRun, PlaceState, PracticeResult
from lms.learning.completion.models import Completion
from lms.lib.clock import SHANGHAI, day_bounds, local_day


@dataclass(frozen=True)
class Pass:
    """Somebody who fulfilled a run's practice: there often enough, and passed by an assessor. day: of the sheet. own_centihours: the
    most that the course's own lessons give this person (its release's approved hours), hundredths of a 学时."""

    person: User
    place: int
    day: date
    own_centihours: int


def run_by_uuid(uuid: UUID) -> ClassRun | None:
    return ClassRun.objects.select_related("course", "provider").filter(uuid=uuid).first()


def seated_in(run: ClassRun) -> int:
    return ClassPlace.objects.filter(run=run, state=PlaceState.SEATED).count()


def passes_of(run: ClassRun) -> list[Pass]:
    """Everybody with a seat who passed, in the order of the seats. Six queries, however many there are."""
    rows = ClassPlace.objects.filter(run=run, state=PlaceState.SEATED).order_by("seat")
    places = list(rows.select_related("run", "person", "enrolment__release"))
    states = queries.practices(places)
    sheets = PracticeResult.objects.filter(place__in=places, passed=True).order_by("number")
    days = {place: local_day(at) for place, at in sheets.values_list("place", "at")}
    return [
        Pass(place.person, place.pk, days[place.pk], place.enrolment.release.centihours)
        for place in places
        if states[place.pk].fulfilled
    ]


def completed_places(kinds: tuple[str, ...], first: date, last: date) -> QuerySet[ClassPlace]:
    """The places whose enrolment is among what `completions_by_year` counts: one person-time is the course's already."""
    start, end = day_bounds(first)[0], day_bounds(last)[1]
    return ClassPlace.objects.filter(
        enrolment__completion__kind__in=kinds,
        enrolment__completion__completed_at__gte=start,
        enrolment__completion__completed_at__lt=end,
    )


def completions_by_year(kinds: tuple[str, ...], first: date, last: date) -> dict[tuple[int, str], int]:
    """(calendar year, kind) → completions of courses of these kinds, one a person and course, from the first day to the last, both in.
    One query."""
    start, end = day_bounds(first)[0], day_bounds(last)[1]
    rows = Completion.objects.filter(kind__in=kinds, completed_at__gte=start, completed_at__lt=end)
    years = rows.order_by().annotate(year=ExtractYear("completed_at", tzinfo=SHANGHAI))
    counted = years.values_list("year", "kind").annotate(times=Count("pk"))
    return {(year, kind): times for year, kind, times in counted}
