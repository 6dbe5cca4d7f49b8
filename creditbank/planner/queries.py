"""What the planner computes from, out of the database as plain facts. Reads only; streams where there are many."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce

from creditbank.applications.models import Application, CourseCredit, OutcomeUse
from creditbank.outcomes.models import LearningOutcome
from creditbank.planner.effect import Profile
from creditbank.rules.facts import OutcomeFact, ProgrammeFact, RuleFact, UsedFact
from creditbank.rules.models import Programme
from creditbank.rules.queries import fact, versions
from lms.accounts.api import Organisation, User
from lms.lib.errors import NotFound

# Rows read from the database at a time.
CHUNK = 2_000


def programme_of(uuid: str, organisation: Organisation) -> Programme:
    """A programme of the college. Raises NotFound."""
    try:
        found = Programme.objects.filter(uuid=UUID(uuid), organisation=organisation).first()
    except (ValueError, ValidationError):
        found = None
    if found is None:
        raise NotFound
    return found


def programme_fact(programme: Programme) -> ProgrammeFact:
    return ProgrammeFact(str(programme.uuid), programme.centicredits, programme.name)


def rules_of(programme: Programme) -> list[RuleFact]:
    """The published versions of a programme's rules."""
    return [fact(version) for version in versions([programme])]


def learners_of(organisation: Organisation) -> QuerySet[User]:
    """A college's learners: who applied to one of its programmes (and did not withdraw), or holds a result of its own."""
    applied = Application.objects.filter(programme__organisation=organisation).exclude(
        state=Application.State.WITHDRAWN
    )
    taught = LearningOutcome.objects.filter(issuer=organisation)
    return User.objects.filter(
        Q(pk__in=applied.values("applicant")) | Q(pk__in=taught.values("holder")), is_active=True
    )


def count_learners(organisation: Organisation, kind: str = "") -> int:
    """How many learners the college has, or how many of them with an outcome of a kind that was not refused."""
    found = learners_of(organisation)
    return found.filter(pk__in=_with_kind(kind)).count() if kind else found.count()


def _with_kind(kind: str) -> QuerySet[LearningOutcome, Any]:
    return (
        LearningOutcome.objects.filter(kind=kind)
        .exclude(status=LearningOutcome.Status.REFUSED)
        .values("holder")
    )


# As `applications.judging.outcome_fact` reads a row; here without making a model of each of very many.
OUTCOME = (
    *("holder_id", "id", "achievement", "kind", "occupation_code", "level", "issued_on", "expires_on"),
    *("status", "issuer_code", "course_code", "score", "centicredits", "centihours", "unit", "award"),
)


def profiles(organisation: Organisation, programme: Programme, kind: str) -> Iterator[Profile]:
    """The profiles of the college's learners who have an outcome of the kind, one after the other."""
    learners = learners_of(organisation).filter(pk__in=_with_kind(kind)).values("pk")
    outcomes = (
        LearningOutcome.objects.filter(holder__in=learners)
        .exclude(status=LearningOutcome.Status.REFUSED)
        .annotate(issuer_code=Coalesce("issuer__code", "issuer_name"))
        .order_by("holder_id", "id")
        .values_list(*OUTCOME)
        .iterator(chunk_size=CHUNK)
    )
    used = _Beside(_used(programme, learners))
    for holder, rows in groupby(outcomes, key=lambda row: row[0]):
        yield Profile(tuple(_outcome(row) for row in rows), tuple(used.of(holder)))


def _outcome(row: tuple[Any, ...]) -> OutcomeFact:
    _holder, ident, achievement, kind, occupation, level, issued_on, expires_on, status, *rest = row
    issuer, course_code, score, centicredits, centihours, unit, award = rest
    return OutcomeFact(
        id=str(ident),
        achievement=achievement,
        kind=kind,
        occupation_code=occupation,
        level=level,
        issued_on=issued_on,
        expires_on=expires_on,
        # While its verifier waits for more, it waits to be verified.
        status="verified" if status == LearningOutcome.Status.VERIFIED else "submitted",
        issuer=issuer,
        course_code=course_code,
        score=score,
        centicredits=centicredits,
        centihours=centihours,
        unit=unit,
        award=award,
    )


class _Beside:
    """Rows sorted by person, handed out beside another stream sorted by person."""

    def __init__(self, rows: Iterable[tuple[int, UsedFact]]) -> None:
        self.rows = iter(rows)
        self.next = next(self.rows, None)

    def of(self, holder: int) -> Iterator[UsedFact]:
        while self.next is not None and self.next[0] <= holder:
            person, found = self.next
            self.next = next(self.rows, None)
            if person == holder:
                yield found


USED = (
    *("application__applicant_id", "id", "achievement", "centicredits", "application__evaluated_on"),
    *("application__rule_version__rule__code", "application__rule_version__group"),
    # Whether the use itself is shared, as `judging.used_in` reads it: not every use under a rule that shares is.
    *("shared_rule", "issuer_code"),
)


def _used(programme: Programme, learners: QuerySet[User, Any]) -> Iterator[tuple[int, UsedFact]]:
    """(person, what is used): each course, then what a use gave besides; in the order of persons."""
    uses = (
        OutcomeUse.objects.filter(
            programme=programme, release__isnull=True, application__applicant__in=learners
        )
        .annotate(
            issuer_code=Coalesce(
                "outcome__issuer__code",
                "outcome__issuer_name",
                "application__course__programme__organisation__code",
                Value(""),
            )
        )
        .order_by("application__applicant_id", "id")
        .values_list(*USED)
        .iterator(chunk_size=CHUNK)
    )
    for some in _in_chunks(uses):
        courses: dict[int, list[tuple[str, int]]] = {}
        credited = CourseCredit.objects.filter(use__in=[row[1] for row in some]).order_by("id")
        for use, code, amount in credited.values_list("use_id", "course_code", "centicredits"):
            courses.setdefault(use, []).append((code, amount))
        for person, use, achievement, centicredits, day, rule, group, shared, issuer in some:
            mine = courses.get(use, [])
            lump = centicredits - sum(amount for _code, amount in mine)
            for code, amount in [*mine, *([("", lump)] if lump > 0 else [])]:
                yield (
                    person,
                    UsedFact(
                        achievement=achievement,
                        programme=str(programme.uuid),
                        course_code=code,
                        centicredits=amount,
                        rule_code=rule,
                        group=group,
                        issuer=issuer,
                        posted_on=day,
                        shares_outcome=bool(shared),
                    ),
                )


def _in_chunks(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    some: list[tuple[Any, ...]] = []
    for row in rows:
        some.append(row)
        if len(some) == CHUNK:
            yield some
            some = []
    if some:
        yield some
