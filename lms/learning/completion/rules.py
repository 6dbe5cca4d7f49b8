"""When a course is completed and what that is worth: plain functions over plain values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lms.lib.units import centihours_from_ms


@dataclass(frozen=True)
class QuizState:
    block: str
    title: str
    passed: bool


@dataclass(frozen=True)
class LessonState:
    """One lesson: how much of it was met (percent), what of it counted, and its quizzes."""

    key: str
    title: str
    percent: int
    counted_ms: int
    quizzes: tuple[QuizState, ...] = ()


@dataclass(frozen=True)
class Missing:
    """What still stands between a learner and completion."""

    lessons: list[str]
    quizzes: list[str]
    practice: bool = False

    @property
    def nothing(self) -> bool:
        return not self.lessons and not self.quizzes and not self.practice


def missing(
    lessons: Sequence[LessonState],
    *,
    min_coverage_percent: int,
    quizzes: str,
    practice: bool = False,
    practised: bool = False,
) -> Missing:
    """The release's rule: enough of every lesson met, and every quiz passed and practice (应会) signed off where the
    rule asks for it.
    """
    return Missing(
        practice=practice and not practised,
        lessons=[lesson.title for lesson in lessons if lesson.percent < min_coverage_percent],
        quizzes=[
            quiz.title
            for lesson in lessons
            for quiz in lesson.quizzes
            if quizzes == "all_passed" and not quiz.passed
        ],
    )


def hours(counted_ms: int, approved_centihours: int, ms_per_hour: int) -> int:
    """Hundredths of a 学时: the counted time, rounded down once, at most the approved hours (DESIGN invariant 1)."""
    return min(centihours_from_ms(counted_ms, ms_per_hour), approved_centihours)


def unplanned(rule: Mapping[str, Any]) -> bool:
    """Whether a completion's copy of its rule says that it earned nothing on its day: a course of public subjects in no
    published plan (372号 三(一)). Copies from before that rule was kept, and of other kinds, name no plan at all.
    """
    return "plan" in rule and rule["plan"] is None


def under(rule: Mapping[str, Any], plan: Mapping[str, Any] | None) -> dict[str, Any]:
    """The rule as a row of hours names it: with the yearly plan that the row was given under, where there is one."""
    return dict(rule) | ({"plan": dict(plan)} if plan else {})


def at_completion(counted_ms: int, rule: Mapping[str, Any]) -> int:
    """What the completion itself is worth by its copy of the rule, in hundredths of a 学时."""
    return 0 if unplanned(rule) else hours(counted_ms, rule["approved_centihours"], rule["ms_per_hour"])


def owed(counted_ms: int, given_centihours: int, approved_centihours: int, ms_per_hour: int) -> int:
    """What is still to be given for all time counted: rounded down over the total, so that many small additions come to
    the same as one; never negative, since what was given stays.
    """
    return max(hours(counted_ms, approved_centihours, ms_per_hour) - given_centihours, 0)


def day_of_due(
    counted: Mapping[date, int],
    given: Mapping[date, int],
    completed_on: date,
    worth: Callable[[int], int],
    due: int,
) -> date:
    """To which day what is owed belongs: the first from which on all of it was missing. counted: Shanghai day → ms;
    given: day → hundredths of a 学时 that stand; worth: ms in all → hundredths.

    Time of an earlier day that comes back by a decision belongs to that day, whatever was studied and given since; what was
    studied by the day of completion belongs to that. What grew on several days at once stands on the last of them.
    """
    found = last = max([completed_on, *counted])
    for day in sorted(
        {completed_on, *(day for day in (*counted, *given) if day > completed_on)}, reverse=True
    ):
        studied = sum(ms for at, ms in counted.items() if at <= day)
        stands = sum(centihours for at, centihours in given.items() if at <= day)
        if worth(studied) - stands < due:
            break
        found = day
    return min(found, last)


def redistributed(given: Sequence[int], total: int) -> list[int]:
    """What rows of hours are worth when all together come to `total`: filled in their order, each at most to what was
    given for it. What exceeds all of them is owed anew and not theirs.
    """
    found, left = [], max(total, 0)
    for amount in given:
        found.append(min(amount, left))
        left -= found[-1]
    return found
