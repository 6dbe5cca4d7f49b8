"""Where a learner stands against the rule of their release, and what is owed for study after completion."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from courses.api import ReleaseLesson
from lms.learning.assessment.models import QuizAttempt
from lms.learning.classes.models import PracticeResult
from lms.learning.classes.queries import fulfilled
from lms.learning.completion.models import Completion, CompletionTopUp
from lms.learning.completion.rules import LessonState, Missing, QuizState, hours, missing, owed
from lms.learning.enrolment.models import Enrolment
from lms.learning.study.models import LessonProgress
from lms.lib.outbox.models import OutboxEvent


def lesson_states(enrolment: Enrolment) -> list[LessonState]:
    """Every lesson of the pinned release with its figures and quizzes: three queries."""
    rows = {row.lesson_id: row for row in LessonProgress.objects.filter(enrolment=enrolment)}
    passed = set(
        QuizAttempt.objects.filter(enrolment=enrolment, passed=True)
        .values_list("lesson_id", "block")
        .distinct()
    )
    states = []
    for lesson in ReleaseLesson.objects.filter(release_id=enrolment.release_id).order_by("position"):
        row = rows.get(lesson.pk)
        states.append(
            LessonState(
                key=lesson.key,
                title=lesson.title,
                percent=row.percent if row else (0 if lesson.nominal_ms else 100),
                counted_ms=row.counted_ms if row else 0,
                quizzes=tuple(
                    QuizState(block["id"], block["value"]["title"], (lesson.pk, block["id"]) in passed)
                    for block in lesson.blocks
                    if block["type"] == "quiz"
                ),
            )
        )
    return states


def practice_result(enrolment: Enrolment) -> PracticeResult | None:
    """The assessor's sheet that fulfils the practice the release asks for; asks nothing where it asks for none."""
    return fulfilled(enrolment) if enrolment.release.rule.get("practice") else None


def missing_of(
    enrolment: Enrolment,
    states: list[LessonState] | None = None,
    practised: PracticeResult | None = None,
) -> Missing:
    """What the release's rule still asks for. states, practised: where the caller has them already."""
    rule = enrolment.release.rule
    return missing(
        states if states is not None else lesson_states(enrolment),
        min_coverage_percent=rule.get("min_coverage_percent", 100),
        quizzes=rule.get("quizzes", "all_passed"),
        practice=bool(rule.get("practice")),
        practised=(practised or practice_result(enrolment)) is not None,
    )


# --- after completion ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Owed:
    """A completed enrolment with more counted time than hours were given for. last_day: of its latest study."""

    enrolment: int
    counted_ms: int
    centihours: int
    last_day: date | None


def owed_to(enrolments: Collection[int]) -> list[Owed]:
    """Those of the enrolments to which at least a hundredth of an hour is owed: one query, however many they are."""
    study = LessonProgress.objects.filter(enrolment=OuterRef("enrolment_id")).order_by().values("enrolment")
    added = CompletionTopUp.objects.filter(completion=OuterRef("pk")).order_by().values("completion")
    rows = Completion.objects.filter(enrolment__in=enrolments).values_list(
        "enrolment_id",
        "rule",
        Coalesce(Subquery(study.annotate(ms=Sum("counted_ms")).values("ms")), 0),
        Subquery(study.annotate(day=Max("last_day")).values("day")),
        "centihours",
        Coalesce(Subquery(added.annotate(sum=Sum("centihours")).values("sum")), 0),
    )
    found = [
        Owed(
            enrolment,
            counted_ms,
            owed(counted_ms, given + topped_up, rule["approved_centihours"], rule["ms_per_hour"]),
            last_day,
        )
        for enrolment, rule, counted_ms, last_day, given, topped_up in rows
    ]
    return [item for item in found if item.centihours]


def completed_since(moment: datetime, size: int) -> Iterator[list[int]]:
    """Completed enrolments with a page opened since then, in batches; one opened meanwhile may come twice."""
    rows: QuerySet[Enrolment] = Enrolment.objects.filter(
        state=Enrolment.State.COMPLETED, studied_at__gte=moment
    ).order_by("studied_at", "pk")
    batch = list(rows.values_list("studied_at", "pk")[:size])
    while batch:
        yield [pk for _at, pk in batch]
        at, pk = batch[-1]
        further = rows.filter(Q(studied_at__gt=at) | Q(studied_at=at, pk__gt=pk))
        batch = list(further.values_list("studied_at", "pk")[:size])


# --- proof -----------------------------------------------------------------------------------------------


def faults(completion: Completion) -> Iterator[str]:
    """What about a completion does not follow from its own copies of rule and evidence, or from what was studied."""
    rule = completion.rule
    shown = sum(lesson["counted_ms"] for lesson in completion.evidence["lessons"])
    if shown != completion.counted_ms:
        yield f"{completion.counted_ms} ms counted, its evidence says {shown}"
    worth = hours(completion.counted_ms, rule["approved_centihours"], rule["ms_per_hour"])
    if worth != completion.centihours:
        yield f"{completion.centihours} hundredths of an hour, its rule gives {worth}"
    if rule.get("course", {}).get("practice") and not completion.evidence.get("practice"):
        yield "its rule asks for practice, its evidence names none"
    if completion.enrolment.person_id != completion.person_id:
        yield "belongs to another person than its enrolment"
    studied = (
        LessonProgress.objects.filter(enrolment=completion.enrolment).aggregate(ms=Sum("counted_ms"))["ms"]
        or 0
    )
    top_ups = list(completion.top_ups.all())
    total = top_ups[-1].counted_ms if top_ups else completion.counted_ms
    if studied < total:
        yield f"{total} ms counted, {studied} studied"
    yield from _top_up_faults(completion, top_ups)
    # Without its event no hours are ever posted.
    announced = {
        event.key: event.payload
        for event in OutboxEvent.objects.filter(key__in=[_key(completion), *(_key(item) for item in top_ups)])
    }
    person = str(completion.person.uuid)
    rows: list[Completion | CompletionTopUp] = [completion, *top_ups]
    for row in rows:
        name = "" if row is completion else f"top-up {row.uuid} "
        payload = announced.get(_key(row))
        if payload is None:
            yield f"{name}was never announced"
        elif (payload["completion"], payload["centihours"], payload["person"]) != (
            str(completion.uuid),
            row.centihours,
            person,
        ):
            yield f"{name}was announced with other hours or for another person"


def _top_up_faults(completion: Completion, top_ups: list[CompletionTopUp]) -> Iterator[str]:
    """Numbered without a gap, each after more counted time, and with all before it what the rule gives for that time."""
    rule = completion.rule
    counted_ms, given = completion.counted_ms, completion.centihours
    for number, row in enumerate(top_ups, start=1):
        given += row.centihours
        worth = hours(row.counted_ms, rule["approved_centihours"], rule["ms_per_hour"])
        if row.number != number:
            yield f"top-up {row.uuid} has number {row.number}, not {number}"
        if row.counted_ms <= counted_ms:
            yield f"top-up {row.uuid} at {row.counted_ms} ms, the one before at {counted_ms}"
        if given != worth:
            yield f"{given} hundredths of an hour with top-up {row.uuid}, the rule gives {worth}"
        counted_ms = row.counted_ms


def _key(row: Completion | CompletionTopUp) -> str:
    """Under which the event of a completion or a top-up was written."""
    return f"{'course.completed' if isinstance(row, Completion) else 'course.topped_up'}:{row.uuid}"
