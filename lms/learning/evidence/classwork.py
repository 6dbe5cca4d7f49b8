"""What follows from attendance and practice, over the very lines of a pack: plain functions, no database, no clock.

As recount.py for study: whoever makes a pack and whoever checks it go through here. The rules are classes/rules.py's.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from lms.learning.classes.reckoning import Attended, Terms, refused
from lms.learning.classes.rules import Seen, minutes, stretches
from lms.learning.evidence.recount import Line, Period
from lms.learning.study.intervals import clip, intersect, length, merge, subtract
from lms.lib.clock import epoch_ms
from lms.lib.units import centihours_from_ms


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


# --- hours from attendance -------------------------------------------------------------------------------


def standing(row: Line) -> int:
    """What a row of hours adds to what stands, in hundredths of a 学时: nothing once it was taken back."""
    return 0 if row["taken"] else row["centihours"]


def faults_of_hours(rows: Sequence[Line], events: Sequence[Line], period: Period) -> Iterator[str]:
    """Codes of what is wrong: "hours_order" (a row is missing, or those that stand are not what the last of them says),
    "hours" (a row does not follow from its meetings, its rule and what was approved), "hours_attendance" (nor those from
    the events). events: of the meetings that begin in the period.
    """
    for run, group in groupby(rows, key=lambda line: line["class_run"]):
        given = list(group)
        if [line["number"] for line in given] != list(range(1, len(given) + 1)):
            yield "hours_order"
        stand = [line for line in given if not line["taken"]]
        if stand and sum(map(standing, given)) != stand[-1]["total_centihours"]:
            yield "hours_order"
        if not all(map(_follows, given)):
            yield "hours"
        mine = [line for line in events if line["class_run"] == run]
        if stand and not _attended_so(stand[-1], mine, period):
            yield "hours_attendance"


def _follows(row: Line) -> bool:
    """classes/reckoning.py over what the row says of each meeting. What was counted online or in another class at that time
    is taken from the row: those facts are other courses'.
    """
    rule = row["rule"]
    terms = Terms(rule["version"], rule["ms_per_hour"], rule["min_share_percent"], rule["late_minutes"])
    seen: list[tuple[int, int]] = []
    for told in row["meetings"]:
        if not _meeting_follows(told, terms) or intersect(merge(seen), merge(told["ranges"])):
            return False
        seen += [(start, end) for start, end in told["ranges"]]
    counted = sum(told["given_ms"] for told in row["meetings"])
    total = min(centihours_from_ms(counted, terms.ms_per_hour), row["approved_centihours"])
    return bool(row["filing"]) and (row["counted_ms"], row["total_centihours"]) == (counted, total)


def _meeting_follows(told: Line, terms: Terms) -> bool:
    closed = merge(told["stretches"])
    first_in = min((start for start, _end in told["stretches"]), default=None)
    there = clip(closed, told["starts_ms"], told["ends_ms"])
    attended_ms, free = length(there), merge(told["ranges"])
    reason = refused(Attended(told["starts_ms"], told["ends_ms"], closed, first_in), terms, attended_ms)
    parts = (told["given_ms"], told["online_ms"], told["elsewhere_ms"])
    if (told["attended_ms"], told["reason"]) != (attended_ms, reason) or min(parts) < 0:
        return False
    if reason:
        return not any(parts) and not free
    return (
        not subtract(free, there)
        and told["given_ms"] + told["online_ms"] == length(free)
        and told["elsewhere_ms"] == attended_ms - length(free)
    )


def _attended_so(row: Line, events: Sequence[Line], period: Period) -> bool:
    """Whether each meeting's stretches are those of its events: of all, or of those on record when the hours were given
    (what was corrected a moment ago is not reckoned anew yet).
    """
    by_meeting = {key: list(group) for (_run, key), group in groupby(events, key=_meeting)}
    at = datetime.fromisoformat(row["at"])
    for told in row["meetings"]:
        if not period.holds(told["starts_ms"]):
            continue
        recorded = by_meeting.get(told["meeting"], [])
        before = [line for line in recorded if datetime.fromisoformat(line["recorded_at"]) <= at]
        if told["stretches"] not in (_closed(recorded), _closed(before)):
            return False
    return True


def _closed(events: Sequence[Line]) -> list[list[int]]:
    there = stretches(Seen(line["act"], datetime.fromisoformat(line["at"])) for line in events)
    return [[epoch_ms(item.since), epoch_ms(item.until)] for item in there if item.until is not None]
