"""Where a learner stands against the rule of their release, and what is owed for study after completion."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from courses.api import ReleaseLesson
from lms.learning.assessment.models import QuizAttempt
from lms.learning.classes.models import PracticeResult
from lms.learning.classes.queries import fulfilled
from lms.learning.completion.models import Completion, CompletionCorrection, CompletionTopUp
from lms.learning.completion.rules import (
    LessonState,
    Missing,
    QuizState,
    at_completion,
    day_of_due,
    hours,
    missing,
    owed,
    unplanned,
)
from lms.learning.enrolment.models import Enrolment
from lms.learning.permits.queries import Asked, copied, permits_on
from lms.learning.study.models import LessonProgress
from lms.learning.study.projection import day_of as day_of_moment
from lms.learning.study.projection import steps_of
from lms.learning.study.rules import Content, percent
from lms.lib.clock import local_day
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


def done_on(enrolment: Enrolment, practised: PracticeResult | None) -> date | None:
    """The Shanghai day by which all that completion asks for was done: every lesson met far enough, the first pass of each
    quiz, the practice. What was studied beyond that, later, moves it no more. None where nothing was asked for.

    Walks the reports of a lesson that was studied on several days: for what was completed later than done, nothing else.
    """
    least = enrolment.release.rule.get("min_coverage_percent", 100)
    rows = list(LessonProgress.objects.filter(enrolment=enrolment))
    met = (_met_on(row, least) for row in rows if least)
    days = [day for day in met if day is not None]
    if not least:
        # Nothing was asked for but to study at all.
        days = sorted(date.fromisoformat(day) for row in rows for day, ms in row.days.items() if ms > 0)[:1]
    if enrolment.release.rule.get("quizzes", "all_passed") == "all_passed":
        passed = QuizAttempt.objects.filter(enrolment=enrolment, passed=True).order_by()
        firsts = passed.values("lesson", "block").annotate(first=Min("closed_at"))
        days += [local_day(row["first"]) for row in firsts]
    if practised is not None:
        days.append(local_day(practised.at))
    return max(days, default=None)


def _met_on(progress: LessonProgress, least: int) -> date | None:
    """The Shanghai day on which at least so many percent of the lesson had been met; None where they are not."""
    days = [day for day, ms in progress.days.items() if ms > 0]
    if len(days) == 1 and not progress.granted:
        return date.fromisoformat(days[0])
    whole = Content(progress.lengths).total
    steps = steps_of(progress) if days or progress.granted else []
    return next(
        (day_of_moment(step.event.at) for step in steps if percent(step.after.met_ms, whole) >= least), None
    )


# --- after completion ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Owed:
    """A completed enrolment with more counted time than hours were given for. plan: the plan that lets it count, for a
    completion that had none on its day.
    """

    enrolment: int
    counted_ms: int
    centihours: int
    plan: dict[str, Any] | None = None


def owed_to(enrolments: Collection[int]) -> list[Owed]:
    """Those of the enrolments to which at least a hundredth of an hour is owed: one query, however many they are, and one
    more where some of them waited for a plan.
    """
    study = LessonProgress.objects.filter(enrolment=OuterRef("enrolment_id")).order_by().values("enrolment")
    added = CompletionTopUp.objects.filter(completion=OuterRef("pk")).order_by().values("completion")
    corrected = CompletionCorrection.objects.filter(completion=OuterRef("pk")).order_by().values("completion")
    rows = Completion.objects.filter(enrolment__in=enrolments).values_list(
        "enrolment_id",
        "rule",
        Coalesce(Subquery(study.annotate(ms=Sum("counted_ms")).values("ms")), 0),
        "centihours",
        Coalesce(Subquery(added.annotate(sum=Sum("centihours")).values("sum")), 0),
        Coalesce(Subquery(corrected.annotate(sum=Sum("delta_centihours")).values("sum")), 0),
        "release__course_id",
        "completed_at",
    )
    found: list[Owed] = []
    waiting: dict[int, list[Asked]] = {}
    for enrolment, rule, counted_ms, given, topped_up, changed, course, completed_at in rows:
        due = owed(counted_ms, given + topped_up + changed, rule["approved_centihours"], rule["ms_per_hour"])
        if due:
            found.append(Owed(enrolment, counted_ms, due))
            if unplanned(rule):
                days = [local_day(completed_at)]
                if "plan_day" in rule:
                    days.append(date.fromisoformat(rule["plan_day"]))
                waiting[enrolment] = [(course, day) for day in days]
    return _permitted(found, waiting) if waiting else found


def _permitted(found: list[Owed], waiting: Mapping[int, list[Asked]]) -> list[Owed]:
    """Without those that still wait for a plan; the day of completion decides, then the day by which all was done."""
    permits = permits_on(asked for days in waiting.values() for asked in days)
    kept = []
    for item in found:
        if item.enrolment not in waiting:
            kept.append(item)
            continue
        found_by = next((asked for asked in waiting[item.enrolment] if asked in permits), None)
        if found_by is not None:
            kept.append(replace(item, plan=copied(permits[found_by], found_by[1])))
    return kept


def day_of(due: Owed, completion: Completion) -> date:
    """The Shanghai day to which what is owed to a completion belongs (rules.day_of_due). Three queries."""
    counted: Counter[date] = Counter()
    for days in LessonProgress.objects.filter(enrolment=due.enrolment).values_list("days", flat=True):
        counted.update({date.fromisoformat(day): ms for day, ms in days.items()})
    completed_on = local_day(completion.completed_at)
    given: Counter[date] = Counter({completed_on: completion.centihours})
    for day, centihours in (
        *completion.top_ups.values_list("day", "centihours"),
        *completion.corrections.values_list("day", "delta_centihours"),
    ):
        given[day] += centihours
    rule = completion.rule
    return day_of_due(
        counted,
        given,
        completed_on,
        lambda ms: hours(ms, rule["approved_centihours"], rule["ms_per_hour"]),
        due.centihours,
    )


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


@dataclass(frozen=True)
class Known:
    """What the proof of some completions needs besides them. studied: enrolment → counted ms of its lessons; announced:
    key of an event → what it says.
    """

    studied: Mapping[int, int]
    announced: Mapping[str, Mapping[str, Any]]


def known_of(completions: Sequence[Completion]) -> Known:
    """For many completions at once (with their top-ups and corrections): two queries."""
    rows = LessonProgress.objects.filter(enrolment__in={row.enrolment_id for row in completions})
    studied = dict(rows.order_by().values_list("enrolment_id").annotate(ms=Sum("counted_ms")))
    keys: list[str] = []
    for completion in completions:
        keys.append(_key(completion))
        keys += [_key(row) for row in completion.top_ups.all()]
        keys += [_key(row) for row in completion.corrections.all()]
    events = OutboxEvent.objects.filter(key__in=keys)
    return Known(studied, dict(events.values_list("key", "payload")))


def faults(completion: Completion, known: Known | None = None) -> Iterator[str]:
    """What about a completion does not follow from its own copies of rule and evidence, or from what was studied.

    known: where many are proved (known_of).
    """
    known = known or known_of([completion])
    rule = completion.rule
    shown = sum(lesson["counted_ms"] for lesson in completion.evidence["lessons"])
    if shown != completion.counted_ms:
        yield f"{completion.counted_ms} ms counted, its evidence says {shown}"
    worth = at_completion(completion.counted_ms, rule)
    if worth != completion.centihours:
        yield f"{completion.centihours} hundredths of an hour, its rule gives {worth}"
    if rule.get("course", {}).get("practice") and not completion.evidence.get("practice"):
        yield "its rule asks for practice, its evidence names none"
    if completion.enrolment.person_id != completion.person_id:
        yield "belongs to another person than its enrolment"
    studied = known.studied.get(completion.enrolment_id) or 0
    top_ups, corrections = list(completion.top_ups.all()), list(completion.corrections.all())
    given = _given(top_ups, corrections)
    total = given[-1].counted_ms if given else completion.counted_ms
    if studied < total:
        yield f"{total} ms counted, {studied} studied"
    yield from _given_faults(completion, given)
    # Without its event no hours are ever posted.
    person = str(completion.person.uuid)
    rows: list[Completion | CompletionTopUp | CompletionCorrection] = [completion, *given]
    for row in rows:
        name = "" if row is completion else f"{_name(row)} {row.uuid} "
        payload = known.announced.get(_key(row))
        if payload is None:
            yield f"{name}was never announced"
        elif (payload["completion"], payload["centihours"], payload["person"]) != (
            str(completion.uuid),
            row.centihours,
            person,
        ):
            yield f"{name}was announced with other hours or for another person"


Given = CompletionTopUp | CompletionCorrection


def _given(top_ups: list[CompletionTopUp], corrections: list[CompletionCorrection]) -> list[Given]:
    """What was added and corrected after completion, in the order in which it was."""
    found: list[Given] = []
    for place in range(len(top_ups) + 1):
        found += top_ups[place - 1 : place] if place else []
        found += [row for row in corrections if row.top_ups_before == place]
    return found


def _given_faults(completion: Completion, given: list[Given]) -> Iterator[str]:
    """Both sorts numbered without a gap; a top-up after more counted time, and with all before it what the rule gives for
    that time; a correction from what its row was worth to what it says, and never to more than was given for it.
    """
    rule = completion.rule
    counted_ms, worth = completion.counted_ms, completion.centihours
    # Row (None: the completion itself) → what was given for it, and what it is worth.
    worths: dict[int | None, tuple[int, int]] = {None: (completion.centihours, completion.centihours)}
    numbers: dict[type, int] = {CompletionTopUp: 0, CompletionCorrection: 0}
    for row in given:
        numbers[type(row)] += 1
        if row.number != numbers[type(row)]:
            yield f"{_name(row)} {row.uuid} has number {row.number}, not {numbers[type(row)]}"
        if isinstance(row, CompletionTopUp):
            worths[row.pk] = (row.centihours, row.centihours)
            worth += row.centihours
            right = hours(row.counted_ms, rule["approved_centihours"], rule["ms_per_hour"])
            entered = row.plan is not None and row.number == 1
            if unplanned(rule) and row.plan is None:
                yield f"top-up {row.uuid} names no plan, its completion had none"
            if (row.counted_ms < counted_ms and not entered) or (
                row.counted_ms == counted_ms and not numbers[CompletionCorrection] and not entered
            ):
                yield f"top-up {row.uuid} at {row.counted_ms} ms, the one before at {counted_ms}"
            if worth != right:
                yield f"{worth} hundredths of an hour with top-up {row.uuid}, the rule gives {right}"
        else:
            most, before = worths[row.top_up_id]
            worths[row.top_up_id] = (most, row.centihours)
            worth += row.delta_centihours
            if before + row.delta_centihours != row.centihours or row.centihours > most:
                yield f"correction {row.uuid} to {row.centihours} hundredths from {before}, at most {most}"
        counted_ms = row.counted_ms


def _name(row: Completion | Given) -> str:
    return "top-up" if isinstance(row, CompletionTopUp) else "correction"


def _key(row: Completion | Given) -> str:
    """Under which the event of a completion, a top-up or a correction was written."""
    kinds = {
        Completion: "course.completed",
        CompletionTopUp: "course.topped_up",
        CompletionCorrection: "course.corrected",
    }
    return f"{kinds[type(row)]}:{row.uuid}"
