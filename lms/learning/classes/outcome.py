"""What came of a run, for the processes of training that run programmes as classes: who was there, who passed, and who completed its
course."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, QuerySet
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.learning.classes import queries
from lms.learning.classes.models import ClassMeeting, ClassPlace, ClassRun, PlaceState, PracticeResult
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


@dataclass(frozen=True)
class Signed:
    """Somebody with a seat at a meeting. first_in, last_out: None where there is none; minutes: there while it was held; how: what was
    recorded and by what, in words, in its order."""

    person: User
    seat: int
    first_in: datetime | None
    last_out: datetime | None
    minutes: int
    how: Sequence[str]


@dataclass(frozen=True)
class SignInSheet:
    """A meeting with everybody who has a seat. latest: when something was last recorded there, else its start."""

    meeting: ClassMeeting
    rows: Sequence[Signed]
    latest: datetime

    @property
    def present(self) -> int:
        return sum(row.first_in is not None for row in self.rows)


def meetings_of(run: ClassRun) -> list[ClassMeeting]:
    """The run's meetings, those called off too, in order. One query."""
    return list(ClassMeeting.objects.filter(run=run).order_by("starts_at", "pk"))


def meeting_by_uuid(uuid: UUID) -> ClassMeeting | None:
    return ClassMeeting.objects.select_related("run").filter(uuid=uuid).first()


def signed_at(meeting: ClassMeeting) -> SignInSheet:
    """Who signed in and out, in the order of the seats. Two queries, however many there are."""
    rows, latest = [], meeting.starts_at
    for entry in queries.roll(meeting):
        found = entry["attendance"]
        stretches = found.stretches
        latest = max([latest, *(event.recorded_at for event in found.events)])
        how = (
            " ".join(
                part
                for part in (str(event.get_way_display()), _(event.reason) if event.reason else "")
                if part
            )
            for event in found.events
        )
        rows.append(
            Signed(
                person=entry["place"].person,
                seat=entry["place"].seat,
                first_in=stretches[0].since if stretches else None,
                last_out=stretches[-1].until if stretches else None,
                minutes=found.minutes,
                how=list(dict.fromkeys(how)),
            )
        )
    return SignInSheet(meeting, rows, latest)


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
