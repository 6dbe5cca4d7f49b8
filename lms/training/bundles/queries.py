"""Reading bundles and targets: published bundles for everybody, results for the departments in charge."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from courses.api import CoursePage, Kind
from lms.accounts.api import Organisation, Role, User, holds
from lms.learning.api import CourseProgress, Result, enrolments_of, learning_year, progress_of, results_of
from lms.lib.errors import NotFound
from lms.training.access import authorities
from lms.training.bundles.models import Bundle, BundleCourse, BundleState, Part, Target
from lms.training.bundles.rules import NEEDED, Aim, Line, lines, missing_parts, percent
from lms.training.yearly_plans.specialty.models import SpecialtyCourse, SpecialtyPlan

MOST_CHOICES = 300


# --- bundles ---------------------------------------------------------------------------------------------


def published() -> QuerySet[Bundle]:
    """The latest year first."""
    return _counted(Bundle.objects.filter(state=BundleState.PUBLISHED))


def _counted(rows: QuerySet[Bundle]) -> QuerySet[Bundle]:
    """In their order, each with how many courses it has: counted of a page's rows alone, where a join would group all there are."""
    courses = BundleCourse.objects.filter(bundle=OuterRef("pk")).order_by().values("bundle")
    counted = Subquery(courses.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    found: QuerySet[Bundle] = rows.select_related("owner").annotate(course_count=Coalesce(counted, 0))
    return found.order_by("-year", "title", "pk")


def public(uuid: UUID) -> Bundle:
    """A published bundle. Raises NotFound."""
    found = published().filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def own(user: User) -> QuerySet[Bundle]:
    """The bundles of the user's departments, whatever their state."""
    return _counted(Bundle.objects.filter(owner__in=authorities(user)))


def of_department(user: User, uuid: UUID) -> Bundle:
    """A bundle of a department the user acts for. Raises NotFound for others'."""
    found = Bundle.objects.select_related("owner").filter(uuid=uuid).first()
    if found is None or not holds(user, Role.OFFICER, organisation=found.owner):
        raise NotFound
    return found


def courses_in(bundle: Bundle) -> list[CoursePage]:
    """Its courses in their order, those that are not live any more left out. One query."""
    rows = bundle.courses.filter(course__live=True).select_related("course__provider")
    return [row.course for row in rows]


def lacking(bundle: Bundle) -> list[str]:
    """What training for its audience contains and none of its courses is, in words; [] where nothing is missing. One query,
    none for everybody's."""
    if not bundle.audience:
        return []
    parts = set(bundle.courses.filter(course__live=True).values_list("part", flat=True))
    return [str(Part(part).label) for part in missing_parts(bundle.audience, parts)]


def parts_of(bundle: Bundle) -> dict[int, str]:
    """Course → the words of the part it is, for those that are one. One query, none for everybody's."""
    needed = NEEDED.get(bundle.audience, ())
    rows = bundle.courses.filter(part__in=needed) if needed else []
    return {row.course_id: row.get_part_display() for row in rows}


def choices(bundle: Bundle) -> list[tuple[str, str]]:
    """Live courses that the bundle does not have: (code, title)."""
    rows = CoursePage.objects.live().exclude(pk__in=bundle.courses.values("course"))
    return list(rows.order_by("-year", "title").values_list("code", "title")[:MOST_CHOICES])


@dataclass(frozen=True)
class Step:
    """A course of a bundle and where the person stands in it; None: not begun. part: which of the contents that the
    bundle's audience needs it is, in words, "" for none.
    """

    course: CoursePage
    progress: CourseProgress | None
    part: str = ""

    @property
    def done(self) -> bool:
        return self.progress is not None and self.progress.enrolment.state == "completed"


def steps(user: User | None, courses: list[CoursePage], parts: Mapping[int, str] | None = None) -> list[Step]:
    """Three queries for somebody signed in, however many courses; none for a visitor. parts: as parts_of gives them."""
    said = parts or {}
    if user is None:
        return [Step(course, None, said.get(course.pk, "")) for course in courses]
    items = list(enrolments_of(user).filter(course__in=[course.pk for course in courses]))
    found = {item.enrolment.course_id: item for item in progress_of(items)}
    return [Step(course, found.get(course.pk), said.get(course.pk, "")) for course in courses]


# --- targets ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A target with what came of it. settable: whether the person asking sets it; percent: of the person-times, None of a
    target of nothing.
    """

    target: Target
    line: Line
    result: Result
    settable: bool

    @property
    def percent(self) -> int | None:
        return percent(self.result.person_times, self.target.person_times)

    @property
    def kind(self) -> str:
        """In words: of which courses it counts."""
        return kind_words(self.target.kind)

    @property
    def indent(self) -> str:
        return "　" * self.line.level


def kind_words(kind: str) -> str:
    return str(Kind(kind).label) if kind else _("各类课程")


def years() -> list[int]:
    """Years with targets or bundles, the latest first."""
    found = set(Target.objects.values_list("year", flat=True)) | set(
        Bundle.objects.values_list("year", flat=True)
    )
    return sorted(found, reverse=True)


def table(user: User, year: int) -> list[Row]:
    """The year's targets of the user's departments and all below them, with results. Eight queries, however many."""
    return rows_of(set(authorities(user).values_list("pk", flat=True)), year)


def rows_of(mine: set[int], year: int, kind: str | None = None) -> list[Row]:
    """The year's targets of these bodies and all below them, with results: the bodies' own are settable. kind: those of one kind
    alone, with the parts that they are broken down into. Seven queries, however many."""
    targets = {
        row.pk: row
        for row in Target.objects.filter(year=year)
        .select_related("body", "parent__body")
        .order_by("body__name", "pk")
    }
    aims = [
        Aim(row.pk, row.parent_id, row.body_id, row.person_times, row.centihours, row.kind)
        for row in targets.values()
    ]
    courses, kinds = _courses_of_bodies(year)
    found = [line for line in _visible(lines(aims, courses, kinds), mine) if kind in (None, line.aim.kind)]
    span = learning_year(year)
    results = results_of({course for line in found for course in line.courses}, span.first, span.last)
    none = Result()
    return [
        Row(
            targets[line.aim.key],
            line,
            sum((results.get(course, none) for course in line.courses), none),
            (targets[line.aim.parent].body_id if line.aim.parent else line.aim.body) in mine,
        )
        for line in found
    ]


def _visible(found: list[Line], bodies: set[int]) -> list[Line]:
    """The lines of those bodies, each with all lines below it."""
    shown: list[Line] = []
    inside: int | None = None
    for line in found:
        if inside is not None and line.level <= inside:
            inside = None
        if inside is None and line.aim.body in bodies:
            inside = line.level
        if inside is not None:
            shown.append(line)
    return shown


def _courses_of_bodies(year: int) -> tuple[dict[int, set[int]], dict[int, str]]:
    """Body → the courses of its bundles and of its plan of specialty subjects in force; course → its kind. One query."""
    found: dict[int, set[int]] = defaultdict(set)
    kinds: dict[int, str] = {}
    bundles = Bundle.objects.filter(year=year, courses__isnull=False).exclude(state=BundleState.DRAFT)
    newer = SpecialtyPlan.objects.filter(
        series=OuterRef("plan__series"), version__gt=OuterRef("plan__version")
    )
    planned = SpecialtyCourse.objects.filter(~Exists(newer), plan__year=year).order_by()
    rows = bundles.order_by().values_list("owner", "courses__course", "courses__course__kind")
    for body, course, kind in rows.union(
        planned.values_list("plan__authority", "course", "course__kind"), all=True
    ):
        found[body].add(course)
        kinds[course] = kind
    return found, kinds


def target(user: User, uuid: UUID) -> Target:
    """A target that the user may set: a part of one of their own bodies', or such a body's own. Raises NotFound for others'."""
    found = Target.objects.select_related("body", "parent__body").filter(uuid=uuid).first()
    if found is None or not holds(user, Role.OFFICER, organisation=setter(found)):
        raise NotFound
    return found


def setter(found: Target) -> Organisation:
    """Who sets a target: the body whose target it is a part of; one of its own, the body itself."""
    return found.parent.body if found.parent else found.body


def parents(user: User, year: int) -> list[Target]:
    """Targets the user may break down further."""
    rows = Target.objects.filter(year=year, body__in=authorities(user)).select_related("body", "parent")
    return [row for row in rows.order_by("body__name") if row.parent is None or row.parent.parent_id is None]
