"""What the credit bank does on events of others: a completed course, study after it or an accepted claim posts hours."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from creditbank.hours.services import CONSUMER, post_hours
from lms.lib.clock import local_day
from lms.lib.outbox.registry import Event, consumer


def post_completed_course(event: Event) -> None:
    """`course.completed` → hours. A completion worth nothing posts nothing; delivered twice, it posts once."""
    data = event.payload
    if data["centihours"] <= 0:
        return
    post_hours(
        UUID(data["person"]),
        completion_uuid=UUID(data["completion"]),
        kind=data["kind"],
        centihours=data["centihours"],
        occurred_on=local_day(datetime.fromisoformat(data["completed_at"])),
        evidence={key: data[key] for key in ("course", "release", "title", "rule") if key in data},
        rule=_rule(data.get("rule")),
    )


def post_topped_up_course(event: Event) -> None:
    """`course.topped_up` → what study after a completion adds, under a key of its own, naming completion and total."""
    data = event.payload
    post_hours(
        UUID(data["person"]),
        completion_uuid=UUID(data["top_up"]),
        source="top_up",
        kind=data["kind"],
        centihours=data["centihours"],
        occurred_on=date.fromisoformat(data["day"]),
        evidence={
            key: data[key]
            for key in (
                "completion",
                "number",
                "total_centihours",
                "total_counted_ms",
                "course",
                "release",
                "title",
                "rule",
            )
        },
        rule=_rule(data["rule"]),
    )


def post_accepted_declaration(event: Event) -> None:
    """`declaration.accepted` → hours of outside study, on the day it ended. What added nothing posts nothing."""
    data = event.payload
    if data["centihours"] <= 0:
        return
    post_hours(
        UUID(data["person"]),
        completion_uuid=UUID(data["declaration"]),
        source="declaration",
        kind=data["kind"],
        centihours=data["centihours"],
        occurred_on=date.fromisoformat(data["ended_on"]),
        evidence={
            key: data[key]
            for key in ("activity", "year", "accepted_centihours", "step", "employer", "department", "rule")
        },
        rule=_rule(data["rule"]),
    )


def _rule(rule: Any) -> tuple[str, int]:
    """(code, version) where the event names them; the whole rule stands in the evidence in any case."""
    if isinstance(rule, dict):
        return str(rule.get("code", ""))[:80], int(rule.get("version", 0))
    return str(rule or "")[:80], 0


def register() -> None:
    """Called when the application is ready."""
    consumer("course.completed", name=CONSUMER)(post_completed_course)
    consumer("course.topped_up", name=CONSUMER)(post_topped_up_course)
    consumer("declaration.accepted", name=CONSUMER)(post_accepted_declaration)
