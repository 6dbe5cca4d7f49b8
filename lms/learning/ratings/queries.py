"""Reading ratings: everybody the sum, a learner their own, a course's staff words without names."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from courses.api import CoursePage
from lms.accounts.api import Role, User, holds
from lms.learning.enrolment.models import Enrolment
from lms.learning.ratings.models import CourseRating, CourseRatings
from lms.learning.ratings.rules import FEWEST_TEXTS, Summary, signals, summary
from lms.learning.use.queries import courses as courses_of
from lms.learning.use.queries import taken_of
from lms.lib.errors import NotFound

ROLES = (Role.EDITOR, Role.TEACHER, Role.ADMIN)


def course_rating(course: CoursePage) -> Summary:
    """What a course page tells everybody (courses.panel). One query, of one small row."""
    counts = CourseRatings.objects.filter(course=course.pk).values_list("counts", flat=True).first()
    return summary(counts or ())


def signals_of(courses: Iterable[int]) -> dict[int, dict[str, float]]:
    """Course → how it is taken and what learners make of it (search.ranking.merit), of those of which that may be told.
    Two queries.
    """
    wanted = list(courses)
    found = taken_of(wanted)
    for course, counts in CourseRatings.objects.filter(course__in=wanted).values_list("course_id", "counts"):
        if said := signals(summary(counts)):
            found[course] = found.get(course, {}) | said
    return found


def rating_of(enrolment: Enrolment) -> CourseRating | None:
    """The learner's own; its stars are None where they took it back."""
    return CourseRating.objects.filter(enrolment=enrolment).first()


def looks(user: User | AnonymousUser) -> bool:
    """Whether there may be courses whose ratings the user reads."""
    return holds(user, *ROLES)


def courses(user: User) -> QuerySet[CoursePage]:
    """The courses of the organisations in which the user edits, teaches or manages; all of them for platform staff."""
    return courses_of(user, ROLES)


def with_sums(page: Sequence[CoursePage]) -> list[tuple[CoursePage, Summary]]:
    """A page's courses, each with what its learners make of it; one query."""
    rows = CourseRatings.objects.filter(course__in=page).values_list("course_id", "counts")
    found = dict(rows)
    return [(course, summary(found.get(course.pk, ()))) for course in page]


def course_for(user: User, uuid: UUID) -> CoursePage:
    """One of them. Raises NotFound for everybody else's, which is not told apart from none."""
    found = courses(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def texts(course: CoursePage, found: Summary) -> QuerySet[CourseRating]:
    """The words of a course's ratings, for its staff: no name, no day, no enrolment. None of too few ratings. In an order
    that does not say who came first.
    """
    if found.ratings < FEWEST_TEXTS:
        return CourseRating.objects.none()
    rows = CourseRating.objects.filter(course=course, stars__isnull=False).exclude(text="")
    return rows.only("uuid", "stars", "text", "hidden_ground").order_by("stars", "text", "pk")
