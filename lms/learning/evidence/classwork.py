"""What follows from attendance and practice, over the very lines of a pack: plain functions, no database, no clock.

As recount.py for study: whoever makes a pack and whoever checks it go through here. The rules are classes/rules.py's.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from lms.learning.classes.rules import Seen, minutes, stretches
from lms.learning.evidence.recount import Line


def _meeting(line: Line) -> tuple[str, str]:
    return line["class_run"], line["meeting"]


def attended(events: Sequence[Line]) -> list[Line]:
    """One line for each meeting that something was recorded of: from when to when somebody was there, whole minutes of it
    within the meeting. events: in the order of the file, a meeting's together.
    """
    found = []
    for (run, meeting), group in groupby(events, key=_meeting):
        rows = list(group)
        there = stretches(Seen(row["act"], datetime.fromisoformat(row["at"])) for row in rows)
        starts, ends = (datetime.fromisoformat(rows[0][name]) for name in ("starts_at", "ends_at"))
        found.append(
            {
                "class_run": run,
                "meeting": meeting,
                "minutes": minutes(there, starts, ends),
                "stretches": [
                    [item.since.isoformat(), item.until.isoformat() if item.until else None] for item in there
                ],
            }
        )
    return found


def faults_of_attendance(events: Sequence[Line], said: Sequence[Line]) -> Iterator[str]:
    """Codes of what is wrong: "gap" (an event is missing), "minutes" (what is said does not follow)."""
    for _key, group in groupby(events, key=_meeting):
        rows = list(group)
        if [row["number"] for row in rows] != list(range(1, len(rows) + 1)):
            yield "gap"
    if attended(events) != list(said):
        yield "minutes"


def faults_of_practice(
    sheets: Sequence[Line], checklists: Mapping[str, Line], completions: Sequence[Line]
) -> Iterator[str]:
    """Codes of what is wrong: "marks" (not the items of the checklist it names), "passed" (with an item open), "order"
    (of the sheets in a class), "completion" (one that names a sheet which is not there, or is no pass).
    """
    for _run, group in groupby(sheets, key=lambda line: line["class_run"]):
        numbers = [line["number"] for line in group]
        if numbers != list(range(1, len(numbers) + 1)):
            yield "order"
    for sheet in sheets:
        items = checklists[sheet["checklist"]]["items"]
        if [(mark["key"], mark["text"]) for mark in sheet["marks"]] != [
            (item["key"], item["text"]) for item in items
        ]:
            yield "marks"
        if sheet["passed"] and not all(mark["done"] for mark in sheet["marks"]):
            yield "passed"
    passes = {sheet["result"] for sheet in sheets if sheet["passed"]}
    for completion in completions:
        practice = completion["evidence"].get("practice")
        if practice and practice["result"] not in passes:
            yield "completion"
