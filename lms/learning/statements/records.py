"""What gave a person hours in a year: completions, study after them and accepted claims, in a fixed number of queries."""

from datetime import date
from typing import Any

from django.urls import reverse

from lms.accounts.api import User
from lms.learning.completion.models import Completion, CompletionTopUp
from lms.learning.declarations.models import HoursDeclaration, State
from lms.learning.statements.rules import Record
from lms.lib.clock import day_bounds, local_day

_OF_A_RULE = ("code", "version", "valid_from", "ms_per_hour", "speed_hundredths", "approved_centihours")


def records_of(user: User, year: int) -> list[Record]:
    """Every record of a calendar year (Shanghai's), by day. Three queries."""
    return records_between(user, year, year)


def records_between(user: User, first: int, last: int) -> list[Record]:
    """The records of the years from first to last, by day. Three queries, however many years."""
    low, high = date(first, 1, 1), date(last, 12, 31)
    found = [*_completions(user, low, high), *_top_ups(user, low, high), *_claims(user, first, last)]
    return sorted(found, key=lambda record: (record.day, record.source, record.uuid))


def _completions(user: User, low: date, high: date) -> list[Record]:
    start, end = day_bounds(low)[0], day_bounds(high)[1]
    rows = Completion.objects.filter(person=user, completed_at__gte=start, completed_at__lt=end)
    return [
        Record(
            source="completion",
            uuid=str(row.uuid),
            day=local_day(row.completed_at),
            category=row.kind,
            centihours=row.centihours,
            title=row.release.title,
            body=row.release.provider.name,
            rule=_study_rule(row),
            explained=_place(local_day(row.completed_at).year, f"c-{row.uuid}"),
            certificate=_certificate(row),
        )
        for row in rows.select_related("release__provider", "certificate").defer("evidence")
    ]


def _top_ups(user: User, low: date, high: date) -> list[Record]:
    rows = CompletionTopUp.objects.filter(completion__person=user, day__range=(low, high))
    return [
        Record(
            source="top_up",
            uuid=str(row.uuid),
            of=str(row.completion.uuid),
            day=row.day,
            category=row.completion.kind,
            centihours=row.centihours,
            title=row.completion.release.title,
            body=row.completion.release.provider.name,
            rule=_study_rule(row.completion),
            explained=_place(row.day.year, f"c-{row.completion.uuid}"),
        )
        for row in rows.select_related("completion__release__provider").defer("completion__evidence")
    ]


def _claims(user: User, first: int, last: int) -> list[Record]:
    rows = HoursDeclaration.objects.filter(person=user, state=State.ACCEPTED, year__range=(first, last))
    return [
        Record(
            source="declaration",
            uuid=str(row.uuid),
            day=row.ends_on,
            category=row.category,
            centihours=row.counted_centihours or 0,
            title=row.title,
            body=row.department.name,
            rule=_activity_rule(row),
            explained=reverse("hours:declaration", args=[row.uuid]),
        )
        for row in rows.select_related("rule", "department")
    ]


def _study_rule(completion: Completion) -> dict[str, Any]:
    """The completion's own copy, without what only the course page needs."""
    return {key: completion.rule[key] for key in _OF_A_RULE if key in completion.rule}


def _activity_rule(row: HoursDeclaration) -> dict[str, Any]:
    if row.rule is None:
        return {}
    return {
        "code": row.rule.code,
        "version": row.rule.version,
        "valid_from": row.rule.valid_from.isoformat(),
        "source": row.rule.source,
    }


def _certificate(row: Completion) -> str:
    found = getattr(row, "certificate", None)
    return found.number if found else ""


def _place(year: int, anchor: str) -> str:
    return f"{reverse('hours:year')}?year={year}#{anchor}"
