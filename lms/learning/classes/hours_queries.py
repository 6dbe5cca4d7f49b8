"""Reading the hours of classes: how they came about, what a year and a day hold of them, and whether the rows agree.

Owns: the sentences. Every figure comes from the rows' own copies of attendance, filing and rule.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.learning.classes import hours, queries
from lms.learning.classes.hours_models import ClassHours, ClassHoursRule
from lms.learning.classes.models import AttendanceEvent, ClassMeeting, ClassPlace
from lms.learning.permits.words import given_by
from lms.lib.clock import SHANGHAI, from_epoch_ms
from lms.lib.outbox.models import OutboxEvent
from lms.lib.units import centihours_from_ms, format_centi

LISTED_DAY = 20


@dataclass(frozen=True)
class Given:
    """What a place has: hundredths of a 学时 that stand, and how they came about."""

    place: ClassPlace
    centihours: int
    kind: str
    day: date | None
    explanation: list[str]


def of_place(place: ClassPlace) -> Given:
    """The hours of a place with their explanation, or with the reason why there are none (yet)."""
    rows = list(ClassHours.objects.filter(place=place).select_related("rule", "taken").order_by("number"))
    if rows:
        return _given(place, rows)
    grounds = hours.grounds_of(place, [])
    return Given(place, 0, "", None, [_why_none(grounds)])


def _why_none(grounds: Any) -> str:
    if isinstance(grounds, hours.Shut):
        return str(grounds)
    return {
        "running": _("班次结束以后，按出席记录计算学时。"),
        "unfiled": _("这个班次没有备案，不产生学时（372号 四(三)）。"),
        "unapproved": _("备案没有写明核定学时：尚未设定，不产生学时。"),
        "no_rule": _("出席折算学时的规则：尚未设定，不产生学时。"),
        "unplanned": _(
            "班次结束那天，这门课不在已发布的公需科目年度培训实施计划里，不产生学时（372号 三(一)）。"
        ),
        "unconfirmed": _("现场报名还没有确认，确认后计算学时。"),
    }.get(grounds if isinstance(grounds, str) else "", _("按出席记录没有可记的学时，或正在计算。"))


def _given(place: ClassPlace, rows: Sequence[ClassHours]) -> Given:
    standing = [row for row in rows if not hasattr(row, "taken")]
    total = sum(row.centihours for row in standing)
    sentences = explanation(standing[-1]) if standing else []
    if len(rows) > 1 or not standing:
        sentences += [_step(row) for row in rows]
    return Given(place, total, rows[-1].kind, standing[-1].day if standing else None, sentences)


def _step(row: ClassHours) -> str:
    values = {"hours": format_centi(row.centihours), "day": row.at.astimezone(SHANGHAI).date()}
    said = _("%(day)s 记 %(hours)s 学时。") % values
    if hasattr(row, "taken"):
        said += _("%(day)s 冲回：%(reason)s。") % {
            "day": row.taken.at.astimezone(SHANGHAI).date(),
            "reason": _(row.taken.reason),
        }
    return said


def explanation(row: ClassHours) -> list[str]:
    """How the hours that stand with this row came about, sentence by sentence."""
    evidence = row.evidence
    rule, approved = evidence["rule"], evidence["approved_centihours"]
    raw = centihours_from_ms(row.counted_ms, rule["ms_per_hour"])
    found = [meeting_sentence(told, rule) for told in evidence["meetings"]]
    found.append(
        _("%(unit)s 分钟为 1 学时，计入的 %(minutes)s 分钟得 %(hours)s 学时，向下取到百分之一，不进位。")
        % {
            "unit": rule["ms_per_hour"] // 60_000,
            "minutes": row.counted_ms // 60_000,
            "hours": format_centi(raw),
        }
    )
    if raw > approved:
        found.append(_("这个班次核定 %(hours)s 学时，最多记到这个数。") % {"hours": format_centi(approved)})
    found.append(
        _("依据班次学时规则第 %(version)s 版（%(day)s 起）和备案 %(filing)s。")
        % {"version": rule["version"], "day": rule["valid_from"], "filing": evidence["filing"]}
    )
    if evidence.get("plan"):
        found.append(given_by(evidence["plan"]))
    return found


def meeting_sentence(told: dict[str, Any], rule: dict[str, Any]) -> str:
    """One meeting: when in and out, how much counted, and why not more."""
    spans = _("、").join(f"{_clock(start)}–{_clock(end)}" for start, end in told["stretches"])
    said = _("%(day)s %(meeting)s：") % {
        "day": from_epoch_ms(told["starts_ms"]).astimezone(SHANGHAI).date(),
        "meeting": told["title"],
    }
    reason = told["reason"]
    if reason == "absent":
        return said + _("没有完整的签到和签退，不计。")
    said += _("%(spans)s 在场，课内 %(n)s 分钟，") % {"spans": spans, "n": told["attended_ms"] // 60_000}
    if reason == "late":
        return said + _("迟到超过 %(n)s 分钟，不计。") % {"n": rule["late_minutes"]}
    if reason == "short":
        return said + _("不到这次课的 %(n)s%%，不计。") % {"n": rule["min_share_percent"]}
    said += _("计入 %(n)s 分钟。") % {"n": told["given_ms"] // 60_000}
    if told["online_ms"]:
        said += _("其中 %(n)s 分钟同时在线学习，已计入线上课程，这里不再计。") % {
            "n": max(told["online_ms"] // 60_000, 1)
        }
    if told["elsewhere_ms"]:
        said += _("其中 %(n)s 分钟已计入同一时间的另一次课。") % {"n": max(told["elsewhere_ms"] // 60_000, 1)}
    return said


def _clock(ms: int) -> str:
    return f"{from_epoch_ms(ms).astimezone(SHANGHAI):%H:%M}"


# --- a year, and all years -------------------------------------------------------------------------------


def in_year(user: User, first: date, last: date) -> list[Given]:
    """The places whose hours belong to these days, each with what stands. Two queries."""
    rows = ClassHours.objects.filter(place__person=user, day__range=(first, last))
    places: dict[int, list[ClassHours]] = defaultdict(list)
    for row in rows.select_related("rule", "taken", "place__run__course", "place__run__provider").order_by(
        "-day", "place", "number"
    ):
        places[row.place_id].append(row)
    found = [_given(mine[0].place, sorted(mine, key=lambda row: row.number)) for mine in places.values()]
    return [item for item in found if item.centihours]


def given_in_all(user: User) -> int:
    """All hours that classes ever gave, whether they stand or were taken back: each was, or will be, posted."""
    rows = ClassHours.objects.filter(place__person=user)
    return rows.aggregate(total=Sum("centihours"))["total"] or 0


# --- a day -----------------------------------------------------------------------------------------------


def day_lines(user: User, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """What somebody attended on a day (start in, end out), meeting by meeting, and what of it became hours.

    One query on days without a meeting, three otherwise.
    """
    rows = AttendanceEvent.objects.filter(
        place__person=user, meeting__starts_at__gte=start, meeting__starts_at__lt=end
    )
    events: dict[tuple[int, int], list[AttendanceEvent]] = defaultdict(list)
    meetings: dict[int, ClassMeeting] = {}
    for event in rows.select_related("meeting__run__course", "by").order_by("number"):
        events[event.place_id, event.meeting_id].append(event)
        meetings[event.meeting_id] = event.meeting
    if not events:
        return []
    told = _told({place for place, _meeting in events})
    found: list[dict[str, Any]] = []
    for (place, meeting), mine in events.items():
        there = queries.attendance(meetings[meeting], mine)
        given, rule = told.get((place, str(there.meeting.uuid)), (None, None))
        found.append(
            {
                "attendance": there,
                "run": there.meeting.run,
                "told": given,
                "rule": rule,
                "text": meeting_sentence(given, rule) if given and rule else _("班次还没有产生学时。"),
            }
        )
    return sorted(found, key=lambda line: line["attendance"].meeting.starts_at)[:LISTED_DAY]


def _told(places: set[int]) -> dict[tuple[int, str], tuple[dict[str, Any], dict[str, Any]]]:
    """(place, meeting's uuid) → what the last row that stands says of it, and by which rule."""
    rows = ClassHours.objects.filter(place__in=places, taken__isnull=True).order_by("number")
    return {
        (row.place_id, told["meeting"]): (told, row.evidence["rule"])
        for row in rows
        for told in row.evidence["meetings"]
    }


# --- rules -----------------------------------------------------------------------------------------------


def rule_sentence(rule: ClassHoursRule) -> str:
    """What a version says, as one line of the table."""
    if rule.ms_per_hour is None:
        return _("尚未设定")
    parts = [_("%(n)s 分钟为 1 学时") % {"n": rule.ms_per_hour // 60_000}]
    if rule.min_share_percent:
        parts.append(_("每次课至少在场 %(n)s%%") % {"n": rule.min_share_percent})
    if rule.late_minutes is not None:
        parts.append(_("迟到超过 %(n)s 分钟的这次课不计") % {"n": rule.late_minutes})
    return _("，").join(parts)


# --- proof -----------------------------------------------------------------------------------------------


def announced(rows: Iterable[ClassHours]) -> set[str]:
    """The keys of the events that tell of these rows, and of their being taken back. One query."""
    keys = [key for row in rows for key in _keys(row)]
    return set(OutboxEvent.objects.filter(key__in=keys).values_list("key", flat=True))


def _keys(row: ClassHours) -> list[str]:
    taken = [f"class.hours_taken_back:{row.uuid}"] if hasattr(row, "taken") else []
    return [f"class.hours_given:{row.uuid}", *taken]


def faults(row: ClassHours, told: set[str] | None = None) -> Iterator[str]:
    """What about a row does not follow from its own copies, or was not announced. told: where many are proved (announced)."""
    evidence = row.evidence
    shown = sum(told["given_ms"] for told in evidence["meetings"])
    if shown != row.counted_ms:
        yield f"{row.counted_ms} ms counted, its evidence says {shown}"
    worth = min(
        centihours_from_ms(row.counted_ms, evidence["rule"]["ms_per_hour"]), evidence["approved_centihours"]
    )
    if worth != evidence["total_centihours"]:
        yield f"{evidence['total_centihours']} hundredths of an hour in all, its rule gives {worth}"
    if row.centihours > worth:
        yield f"adds {row.centihours} hundredths of an hour, more than {worth} in all"
    for key in sorted(set(_keys(row)) - (announced([row]) if told is None else told)):
        yield f"{key.partition(':')[0]} was never announced"
