"""What gave a person hours in a year: completions, study after them, accepted claims and classes, in a fixed number of
queries.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.urls import reverse

from lms.accounts.api import User
from lms.learning.certificates.queries import paper_in_force
from lms.learning.classes.hours_models import ClassHours
from lms.learning.completion.models import Completion, CompletionCorrection, CompletionTopUp
from lms.learning.completion.rules import under
from lms.learning.declarations.models import HoursDeclaration, State
from lms.learning.hours.years import Year, Years, years
from lms.learning.statements.rules import Record
from lms.lib.clock import day_bounds, local_day

_OF_A_RULE = (
    "code",
    "version",
    "valid_from",
    "ms_per_hour",
    "speed_hundredths",
    "approved_centihours",
    "plan",
)


def records_of(user: User, year: int) -> list[Record]:
    """Every record of a learning year, by day. Seven queries."""
    known = years()
    span = known.year(year)
    return records_between(user, span, span, known)


def records_between(user: User, first: Year, last: Year, known: Years) -> list[Record]:
    """The records of the learning years from first to last, by day. Six queries, however many years. known: the years
    as the rule stands.
    """
    low, high = first.first, last.last
    found = [
        *_completions(user, low, high, known),
        *_top_ups(user, low, high, known),
        *_claims(user, first.number, last.number),
        *_classes(user, low, high, known),
    ]
    return sorted(found, key=lambda record: (record.day, record.source, record.uuid))


def _completions(user: User, low: date, high: date, known: Years) -> list[Record]:
    start, end = day_bounds(low)[0], day_bounds(high)[1]
    rows = Completion.objects.filter(person=user, completed_at__gte=start, completed_at__lt=end)
    return [
        Record(
            **_worth("completion", row, [item for item in row.corrections.all() if item.top_up_id is None]),
            day=local_day(row.completed_at),
            category=row.kind,
            title=row.release.title,
            body=row.release.provider.name,
            rule=_of_a_rule(row.rule),
            explained=_place(known.number(local_day(row.completed_at)), f"c-{row.uuid}"),
            certificate=_certificate(row),
        )
        for row in rows.select_related("release__provider", "certificate")
        .prefetch_related("certificate__reissues", "corrections")
        .defer("evidence")
        if not _is_gone(row.corrections.all(), None)
    ]


def _worth(
    source: str, row: Completion | CompletionTopUp, corrections: Iterable[CompletionCorrection]
) -> dict[str, Any]:
    """What a row of hours is worth, and under which uuid it stands in the books: its own, or its last correction's."""
    last = max(corrections, key=lambda item: item.number, default=None)
    if last is None:
        return {"source": source, "uuid": str(row.uuid), "centihours": row.centihours}
    return {
        "source": "correction",
        "uuid": str(last.uuid),
        "centihours": last.centihours,
        "of": str(row.uuid),
    }


def _is_gone(corrections: Iterable[CompletionCorrection], top_up: int | None) -> bool:
    """Whether nothing of the row counts any more: then it is no record."""
    own = [item for item in corrections if item.top_up_id == top_up]
    return bool(own) and own[-1].centihours == 0


def _top_ups(user: User, low: date, high: date, known: Years) -> list[Record]:
    rows = CompletionTopUp.objects.filter(completion__person=user, day__range=(low, high))
    return [
        Record(
            **{"of": str(row.completion.uuid)} | _worth("top_up", row, row.corrections.all()),
            day=row.day,
            category=row.completion.kind,
            title=row.completion.release.title,
            body=row.completion.release.provider.name,
            rule=_of_a_rule(under(row.completion.rule, row.plan)),
            explained=_place(known.number(row.day), f"c-{row.completion.uuid}"),
        )
        for row in rows.select_related("completion__release__provider")
        .prefetch_related("corrections")
        .defer("completion__evidence")
        if not _is_gone(row.corrections.all(), row.pk)
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


def _classes(user: User, low: date, high: date, known: Years) -> list[Record]:
    rows = ClassHours.objects.filter(place__person=user, day__range=(low, high), taken__isnull=True)
    return [
        Record(
            source="class",
            uuid=str(row.uuid),
            day=row.day,
            category=row.kind,
            centihours=row.centihours,
            title=row.place.run.title,
            body=row.place.run.provider.name,
            rule=_of_a_rule(under(row.evidence["rule"], row.evidence.get("plan"))),
            explained=_place(known.number(row.day), f"k-{row.place.uuid}"),
        )
        for row in rows.select_related("place__run__provider")
    ]


def _of_a_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A row's own copy, without what only the course page needs; the plan where it was given under one."""
    return {key: rule[key] for key in _OF_A_RULE if rule.get(key) is not None}


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
    return paper_in_force(found).number if found else ""


def _place(year: int, anchor: str) -> str:
    return f"{reverse('hours:year')}?year={year}#{anchor}"
