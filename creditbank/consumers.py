"""What the credit bank does on events of others: a completed course, study after it, an accepted claim or attendance at
a class posts hours; attendance that was corrected reverses them.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from creditbank.hours.queries import posting_of_completion
from creditbank.hours.services import CONSUMER, post_hours
from creditbank.ledger.services import reverse
from creditbank.searching import SOURCES, programmes_of
from lms.lib.actor import Actor
from lms.lib.clock import local_day
from lms.lib.outbox.registry import Event, consumer
from search import api as search

# The memo of a reversal; a reversal asked for twice has the same one.
CORRECTED = "经人工核实，学时更正为新的记账（%s）"


# What of each event explains the posting, in the order in which it is kept.
_COURSE = ("course", "release", "title", "rule")
_TOP_UP = ("completion", "number", "total_centihours", "total_counted_ms", *_COURSE)
_CORRECTION = ("completion", "number", "replaces", "replaced_centihours", "total_counted_ms", *_COURSE)
_DECLARATION = ("activity", "year", "accepted_centihours", "step", "employer", "department", "rule")
_CLASS = ("class", "place", "number", "total_centihours", "counted_ms", "filing", *_COURSE)


def post_completed_course(event: Event) -> None:
    """`course.completed` → hours, on the day of completion."""
    day = local_day(datetime.fromisoformat(event.payload["completed_at"]))
    _post(event.payload, "completion", day, [name for name in _COURSE if name in event.payload])


def post_topped_up_course(event: Event) -> None:
    """`course.topped_up` → what study after a completion adds, under a key of its own, naming completion and total."""
    _post(event.payload, "top_up", _day(event), _TOP_UP)


def correct_hours(event: Event) -> None:
    """`course.corrected` → what was posted for a completion or a top-up is reversed, and what it is worth now is posted
    under the correction's key. Raises while the former is not booked yet, and where its holder has spent it (Conflict):
    then the event is tried again, and staff see that it waits.
    """
    data = event.payload
    if data["replaced_centihours"] > 0:
        former = posting_of_completion(UUID(data["replaces"]))
        if former is None:
            raise LookupError(f"hours of {data['replaces']} are not booked yet")
        reverse(former, reason=CORRECTED % data["correction"], actor=Actor.system("creditbank.hours"))
    _post(data, "correction", _day(event), _CORRECTION)


def post_accepted_declaration(event: Event) -> None:
    """`declaration.accepted` → hours of outside study, on the day it ended."""
    _post(event.payload, "declaration", date.fromisoformat(event.payload["ended_on"]), _DECLARATION)


def post_class_hours(event: Event) -> None:
    """`class.hours_given` → what attendance at a class adds, on the day of the last meeting that counted."""
    _post(event.payload, "class_hours", _day(event), _CLASS)


def reverse_class_hours(event: Event) -> None:
    """`class.hours_taken_back` → the posting reversed, once. Raises LookupError while it has not been posted: the event
    that gave the hours is still on its way, and this one comes again.
    """
    data = event.payload
    posted = posting_of_completion(UUID(data["class_hours"]))
    if posted is None:
        raise LookupError(f"class hours {data['class_hours']} are not posted yet")
    reverse(posted, reason=data["reason"], actor=Actor.system("classes"))


def reverse_declaration(event: Event) -> None:
    """`declaration.taken_back` → the posting reversed, once. Raises LookupError as `reverse_class_hours`."""
    data = event.payload
    posted = posting_of_completion(UUID(data["declaration"]))
    if posted is None:
        raise LookupError(f"hours of {data['declaration']} are not posted yet")
    reverse(posted, reason=data["reason"], actor=Actor.system("declarations"))


def _post(data: Mapping[str, Any], source: str, day: date, evidence: Iterable[str]) -> None:
    """Post what an event is worth, under the key of what it is about (`data[source]`); worth nothing, it posts nothing,
    delivered twice, it posts once.
    """
    if data["centihours"] > 0:
        post_hours(
            UUID(data["person"]),
            completion_uuid=UUID(data[source]),
            source=source,
            kind=data["kind"],
            centihours=data["centihours"],
            occurred_on=day,
            evidence={name: data[name] for name in evidence},
            rule=_rule(data.get("rule")),
        )


def _day(event: Event) -> date:
    return date.fromisoformat(event.payload["day"])


def _rule(rule: Any) -> tuple[str, int]:
    """(code, version) where the event names them; the whole rule stands in the evidence in any case."""
    if isinstance(rule, dict):
        return str(rule.get("code", ""))[:80], int(rule.get("version", 0))
    return str(rule or "")[:80], 0


def index_rule(event: Event) -> None:
    """`rule.published` → the rule and its programme can be found."""
    rule = event.payload["rule"]
    search.index("rule", [rule])
    search.index("programme", map(str, programmes_of(rule)))


def register() -> None:
    """Called when the application is ready."""
    consumer("course.completed", name=CONSUMER)(post_completed_course)
    consumer("course.topped_up", name=CONSUMER)(post_topped_up_course)
    consumer("course.corrected", name=CONSUMER)(correct_hours)
    consumer("declaration.accepted", name=CONSUMER)(post_accepted_declaration)
    consumer("class.hours_given", name=CONSUMER)(post_class_hours)
    consumer("class.hours_taken_back", name="creditbank.reverse_hours")(reverse_class_hours)
    consumer("declaration.taken_back", name="creditbank.reverse_declaration")(reverse_declaration)
    for source in SOURCES:
        search.register(source)
    consumer("rule.published", name="creditbank.index_rule")(index_rule)
