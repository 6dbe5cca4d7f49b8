"""Publishing the next version of the thresholds: by officers of the authority, never back in time.

Refuses: numbers so small that ordinary study would meet them; the floors are the platform's promise to honest people.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.learning.holds.models import HoldRule
from lms.learning.rule_versions import publish, publisher
from lms.lib.actor import Actor
from lms.lib.clock import today
from lms.lib.errors import Invalid

MINUTE = 60_000
# field → (least, most): minutes, percent, numbers, days.
BOUNDS = {
    "speed_excess": (5, 600),
    "speed_excess_percent": (110, 10_000),
    "overlap": (30, 1440),
    "refusals": (3, 1000),
    "ahead": (1, 1440),
    "shared_people": (2, 100),
    "shared": (5, 1440),
    "answer_days": (1, 60),
    "appeal_days": (7, 365),
}
MINUTES = ("speed_excess", "overlap", "ahead", "shared")


@dataclass(frozen=True)
class NewRule:
    """As an officer types it: lengths of time in minutes. working_days: of both deadlines."""

    valid_from: date
    speed_excess: int
    speed_excess_percent: int
    overlap: int
    refusals: int
    ahead: int
    shared_people: int
    shared: int
    answer_days: int
    appeal_days: int
    source: str
    working_days: bool = False


def publish_rule(by: User | Actor, new: NewRule) -> HoldRule:
    """The next version. Raises NotAllowed, Invalid (a field), Conflict (published at the same moment)."""
    who = publisher(by)
    said: dict[str, Any] = asdict(new)
    for name, (least, most) in BOUNDS.items():
        if type(said[name]) is not int or not least <= said[name] <= most:
            raise Invalid(
                _("应是 %(least)s 到 %(most)s 之间的整数。") % {"least": least, "most": most},
                code="invalid_rule",
                details={"field": name},
            )
    if new.valid_from < today():
        raise Invalid(
            _("生效日期不能早于今天：已经过去的学习按当时的规则。"),
            code="invalid_rule",
            details={"field": "valid_from"},
        )
    if len(new.source.strip()) < 4:
        raise Invalid(_("请写明依据。"), code="invalid_rule", details={"field": "source"})
    minutes = {f"{name}_ms": said.pop(name) * MINUTE for name in MINUTES}
    return publish(who, HoldRule, {}, said | minutes, action="hold_rule.publish")
