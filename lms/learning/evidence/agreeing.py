"""Whether the lines of one person agree with each other: study with its reports, tests with their answers, attendance with
its events, practice with its checklist, hours with time and rule. Plain functions over a pack's lines, no database.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.learning.assessment.rules import mark
from lms.learning.completion.rules import at_completion, hours
from lms.learning.evidence.classwork import (
    faults_of_attendance,
    faults_of_hours,
    faults_of_practice,
    standing,
)
from lms.learning.evidence.recount import Course, Line, Period, Raw, payload_hash, recount, worth


@dataclass(frozen=True)
class Once:
    """What all people of a pack have in common. questions: (lesson, block) → quiz; checklists: uuid → checklist."""

    course: Course
    questions: Mapping[tuple[str, str], Line]
    checklists: Mapping[str, Line] = field(default_factory=dict)


@dataclass
class Sums:
    counted_ms: int = 0
    period_counted_ms: int = 0
    centihours: int = 0
    attended_minutes: int = 0
    practice_passed: int = 0
    class_centihours: int = 0
    # Attempts whose answers went with an erased account: they can't be marked again.
    unmarked: int = 0


def faults_of_person(
    found: Mapping[str, list[Line]], once: Once, period: Period, sums: Sums
) -> Iterator[str]:
    """What of one person's lines does not follow from the others, in words; adds to the sums. found: file → lines."""
    raw = Raw(*(found[f"{name}.jsonl"] for name in ("sessions", "reports", "grants", "claims")))
    for report in raw.reports:
        if payload_hash(report) != report["payload_hash"]:
            yield _("第 %(seq)s 号学习记录和收到时的摘要对不上。") % {"seq": report["seq"]}
    stretches, totals = recount(raw, once.course, period)
    if stretches != found["stretches.jsonl"]:
        yield _("学习时段和原始记录重新计算的结果不一致。")
    if totals != found["totals.jsonl"]:
        yield _("学习时间合计和原始记录重新计算的结果不一致。")
    counted_ms = sum(line["counted_ms"] for line in totals)
    sums.counted_ms += counted_ms
    sums.period_counted_ms += sum(line["period_counted_ms"] for line in totals)
    for attempt in found["attempts.jsonl"]:
        if attempt["answers"] is None:
            sums.unmarked += 1
        elif attempt["closed_at"] and not _marked_right(attempt, once.questions):
            yield _("第 %(n)s 次测验的得分和答案对不上。") % {"n": attempt["number"]}
    yield from _faults_of_classes(found, once, sums)
    yield from _faults_of_class_hours(found, period, sums)
    for completion in found["completions.jsonl"]:
        sums.centihours += worth(completion)
        if not _earned_right(completion, counted_ms):
            yield _("结业学时不是由学习时间和规则得出的。")


# What classwork.py finds, in words.
_CLASS_FAULTS = {
    "gap": gettext_lazy("某次课的签到签退记录缺了一条。"),
    "minutes": gettext_lazy("出席时间和签到签退记录重新计算的结果不一致。"),
    "order": gettext_lazy("考评表缺了一张或顺序不对。"),
    "marks": gettext_lazy("考评表的项目和它写明的那一版清单不一致。"),
    "passed": gettext_lazy("考评表写着通过，但还有项目没有完成。"),
    "completion": gettext_lazy("结业所依据的考评表不在包里，或没有通过。"),
    "hours_order": gettext_lazy("班次学时缺了一笔，或者各笔加起来不是它们写明的总数。"),
    "hours": gettext_lazy("班次学时不是由出席时间、班次学时规则和备案的核定学时得出的。"),
    "hours_attendance": gettext_lazy("班次学时所依据的出席和签到签退记录不一致。"),
}


def _faults_of_classes(found: Mapping[str, list[Line]], once: Once, sums: Sums) -> Iterator[str]:
    # A pack of version 1 has neither what attendance comes to nor sheets.
    if "attended.jsonl" not in found:
        return
    there, sheets = found["attended.jsonl"], found["practice.jsonl"]
    sums.attended_minutes += sum(line["minutes"] for line in there)
    sums.practice_passed += sum(bool(line["passed"]) for line in sheets)
    for code in (
        *faults_of_attendance(found["attendance.jsonl"], there),
        *faults_of_practice(sheets, once.checklists, found["completions.jsonl"]),
    ):
        yield str(_CLASS_FAULTS[code])


def _faults_of_class_hours(found: Mapping[str, list[Line]], period: Period, sums: Sums) -> Iterator[str]:
    # Packs before version 3 have no hours from attendance.
    rows = found.get("class_hours.jsonl", [])
    sums.class_centihours += sum(map(standing, rows))
    for code in faults_of_hours(rows, found.get("attendance.jsonl", []), period):
        yield str(_CLASS_FAULTS[code])


def _marked_right(attempt: Line, questions: Mapping[tuple[str, str], Line]) -> bool:
    quiz = questions[attempt["lesson"], attempt["block"]]
    given = {answer["question"]: answer["response"] for answer in attempt["answers"]}
    # What a translation accepted beside the source when it was handed in.
    more = attempt.get("accepted", {})
    asked = [
        question | {"answer": more.get(question["id"], question["answer"])} for question in quiz["questions"]
    ]
    right = mark(asked, given, attempt["pass_percent"])
    said = (attempt["points"], attempt["max_points"], attempt["percent"], attempt["passed"])
    return said == (right.points, right.max_points, right.percent, right.passed)


def _earned_right(completion: Line, counted_ms: int) -> bool:
    """Its hours are what its own rule gives for the time it names, step by step, and the last step stands on no more than
    was counted. A correction (a person's decision) takes a row from what it was worth to what it says, never above what
    was given for it.
    """
    rule = completion["rule"]

    def right(ms: int) -> int:
        return hours(ms, rule["approved_centihours"], rule["ms_per_hour"])

    total, last_ms = completion["centihours"], completion["counted_ms"]
    if total != at_completion(last_ms, rule):
        return False
    # Row (None: the completion itself) → what was given for it, and what it is worth.
    worths = {None: (total, total)}
    for step in _steps(completion):
        last_ms = step["counted_ms"]
        if "delta_centihours" in step:
            most, before = worths[step["top_up"]]
            worths[step["top_up"]] = (most, step["centihours"])
            total += step["delta_centihours"]
            if before + step["delta_centihours"] != step["centihours"] or step["centihours"] > most:
                return False
        else:
            worths[step["number"]] = (step["centihours"], step["centihours"])
            total += step["centihours"]
            if total != right(last_ms):
                return False
    return bool(last_ms <= counted_ms)


def _steps(completion: Line) -> Iterator[Line]:
    """Study afterwards and corrections, in the order in which they were given."""
    corrections = completion.get("corrections", ())
    for place in range(len(completion["top_ups"]) + 1):
        yield from completion["top_ups"][place - 1 : place] if place else ()
        yield from (item for item in corrections if item["top_ups_before"] == place)
