"""The claims that the player's own meter contradicts, of SCORM's attempts and cmi5's units in one list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    CharField,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce, Greatest

from courses.activities.api import ContentPackage
from courses.api import ReleaseLesson
from lms.accounts.api import Organisation, Role, User, organisations_for
from lms.learning.claims.rules import QUICK_PART, TIME_FACTOR, TIME_FREE_MS, Contradiction, contradiction
from lms.learning.cmi5.models import Cmi5Session, Cmi5Unit
from lms.learning.enrolment.models import Enrolment
from lms.learning.scorm.models import ScormAttempt
from lms.learning.study.models import LessonProgress

ROLES = (Role.TEACHER, Role.EDITOR, Role.ADMIN)
_COLUMNS = (
    "kind",
    "id",
    "enrolment_id",
    "lesson_id",
    "heard_at",
    "claimed_ms",
    "metered_ms",
    "done_after_ms",
    "nominal_ms",
)


@dataclass(frozen=True)
class Claim:
    """A package's claims in one lesson of one learner. *_ms: as rules.contradiction takes them; heard_at: when it last said
    anything."""

    kind: str
    enrolment: Enrolment
    lesson: ReleaseLesson
    heard_at: datetime
    claimed_ms: int
    metered_ms: int
    done_after_ms: int | None
    contradiction: Contradiction

    @property
    def kind_name(self) -> str:
        return str(ContentPackage.Kind(self.kind).label)

    @property
    def person(self) -> User:
        return self.enrolment.person

    @property
    def body(self) -> Organisation:
        """Whose course it is."""
        return self.enrolment.release.provider


def contradicted(user: User, kind: str = "") -> QuerySet[Any, dict[str, Any]]:
    """What contradicts, newest first, of the courses of the user's organisations; `claims` reads a page of it.

    kind: only of packages of this kind (ContentPackage.Kind).
    """
    bodies = None if user.is_superuser else organisations_for(user, *ROLES)
    sources = []
    if kind != ContentPackage.Kind.CMI5:
        attempts = _scorm()
        if kind:
            attempts = attempts.filter(kind=kind)
        if bodies is not None:
            attempts = attempts.filter(enrolment__release__provider__in=bodies)
        sources.append(attempts.values(*_COLUMNS))
    if kind in ("", ContentPackage.Kind.CMI5):
        units = _cmi5()
        if bodies is not None:
            units = units.filter(registration__enrolment__release__provider__in=bodies)
        sources.append(units.values(*_COLUMNS))
    first, *rest = (rows.filter(_CONTRADICTED).order_by() for rows in sources)
    found: QuerySet[Any, dict[str, Any]] = first.union(*rest, all=True) if rest else first
    return found.order_by("-heard_at", "kind", "-id")


def claims(rows: Iterable[dict[str, Any]]) -> list[Claim]:
    """A page of `contradicted` with whose it is; two queries."""
    rows = list(rows)
    people = Enrolment.objects.select_related("person", "release__provider")
    enrolments = people.in_bulk({row["enrolment_id"] for row in rows})
    lessons = ReleaseLesson.objects.defer("blocks").in_bulk({row["lesson_id"] for row in rows})
    return [
        Claim(
            kind=row["kind"],
            enrolment=enrolments[row["enrolment_id"]],
            lesson=lessons[row["lesson_id"]],
            heard_at=row["heard_at"],
            claimed_ms=row["claimed_ms"],
            metered_ms=row["metered_ms"],
            done_after_ms=row["done_after_ms"],
            contradiction=contradiction(
                row["claimed_ms"], row["metered_ms"], row["done_after_ms"], row["nominal_ms"]
            ),
        )
        for row in rows
    ]


# As rules.contradiction, for the database; the tests hold one against the other.
_CONTRADICTED = (
    Q(claimed_ms__gt=F("metered_ms") * TIME_FACTOR + TIME_FREE_MS)
    | Q(nominal_ms__gt=F("done_after_ms") * QUICK_PART)
    | Q(done_after_ms__isnull=False, nominal_ms__gt=F("metered_ms") * QUICK_PART)
)


def _number(found: Any) -> Coalesce:
    return Coalesce(found, 0, output_field=BigIntegerField())


def _one(rows: QuerySet[Any, Any], **named: Any) -> Subquery:
    """The single figure that `rows`, all of one group, come to."""
    ((name, figure),) = named.items()
    return Subquery(rows.order_by().annotate(**{name: figure}).values(name), output_field=BigIntegerField())


def _scorm() -> QuerySet[ScormAttempt]:
    progress = LessonProgress.objects.filter(enrolment=OuterRef("enrolment"), lesson=OuterRef("lesson"))
    return ScormAttempt.objects.annotate(
        metered_ms=_number(Subquery(progress.values("active_ms")[:1])), done_after_ms=F("completed_after_ms")
    )


def _told(verb: str, name: str) -> Cast:
    """What was noted of a cmi5 verb (Cmi5Session.used); NULL where nothing was."""
    return Cast(KeyTextTransform(name, KeyTransform(verb, "used")), BigIntegerField())


def _cmi5() -> QuerySet[Cmi5Unit]:
    """A unit's time is what its sessions claim together; `completed` may tell of all of them at once (cmi5 9.5.4.1). What the
    meter saw is of the lessons it was launched from, mostly one. Trials have no lesson, and no meter.
    """
    mine = Cmi5Session.objects.filter(unit=OuterRef("pk"), lesson__isnull=False)
    in_session = Greatest(
        *(_number(_told(verb, "claimed_ms")) for verb in ("terminated", "passed", "failed"))
    )
    claimed = Greatest(_number(Sum(in_session)), _number(Max(_told("completed", "claimed_ms"))))
    launched = Cmi5Session.objects.filter(unit=OuterRef(OuterRef("pk"))).values("lesson")
    progress = LessonProgress.objects.filter(
        enrolment=OuterRef("registration__enrolment"), lesson__in=launched
    )
    done, nominal = (
        Coalesce(_told("completed", name), _told("passed", name)) for name in ("after_ms", "nominal_ms")
    )
    newest = mine.order_by("-launched_at", "-pk")
    return Cmi5Unit.objects.filter(registration__enrolment__isnull=False).annotate(
        kind=Value(str(ContentPackage.Kind.CMI5), output_field=CharField()),
        enrolment_id=F("registration__enrolment"),
        lesson_id=Subquery(newest.values("lesson")[:1], output_field=IntegerField()),
        heard_at=Subquery(mine.order_by().values("unit").annotate(at=Max("heard_at")).values("at")),
        claimed_ms=_number(_one(mine.values("unit"), n=claimed)),
        metered_ms=_number(_one(progress.values("enrolment"), n=Sum("active_ms"))),
        done_after_ms=_one(mine.values("unit"), n=Max(done)),
        nominal_ms=_number(_one(mine.values("unit"), n=Max(nominal))),
    )
