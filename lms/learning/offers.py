"""What the credit bank's planner may propose: courses of this platform, with their hours, kind and dates, as plain values."""

from datetime import date

from django.db.models import OuterRef, Q, QuerySet, Subquery

from courses.api import CoursePage, Kind, Release
from creditbank.api import Offer
from lms.accounts.api import User
from lms.learning.classes.queries import open_runs
from lms.learning.completion.models import Completion
from lms.learning.permits.queries import permitted

# Of the hours that a completion posts: continuing education (公需, 专业) or vocational training.
UNITS = {Kind.PUBLIC: "continuing", Kind.SPECIALTY: "continuing", Kind.VOCATIONAL: "training"}
# The longest courses fill a gap with the fewest; nobody reads more proposals than this.
MOST_OFFERS = 80


def offers(user: User | None, day: date) -> list[Offer]:
    """Published courses that the user has not completed and that give hours on the day, the longest first; of a course
    with classes, the next class.

    Two queries. A course without a class can be begun at any time.
    """
    courses = list(_open_courses(user, day))
    dates: dict[int, tuple[date, date]] = {}
    runs = open_runs(None).filter(course__in=courses, starts_on__gte=day).order_by("starts_on", "id")
    for row, first, last in runs.values_list("course_id", "starts_on", "ends_on"):
        dates.setdefault(row, (first, last))
    found = []
    for course in courses:
        starts_on, ends_on = dates.get(course.pk, (None, None))
        found.append(
            Offer(
                id=str(course.uuid),
                title=course.title,
                centihours=course.released_centihours,
                unit=UNITS[Kind(course.kind)],
                address=course.get_url() or "",
                kind=course.get_kind_display(),
                starts_on=starts_on,
                ends_on=ends_on,
            )
        )
    return found


def _open_courses(user: User | None, day: date) -> QuerySet[CoursePage]:
    newest = Release.objects.filter(course=OuterRef("pk")).order_by("-number")
    found = (
        CoursePage.objects.live()
        .public()
        .annotate(
            released_centihours=Subquery(newest.values("centihours")[:1]),
        )
    )
    if user is not None:
        done = Completion.objects.filter(person=user).values("release__course")
        found = found.exclude(pk__in=done)
    # 公需科目 only while a yearly plan has them (372号 三(一)).
    found = found.filter(~Q(kind=Kind.PUBLIC) | Q(pk__in=permitted(day).values("course")))
    return found.filter(released_centihours__gt=0).order_by("-released_centihours", "pk")[:MOST_OFFERS]
