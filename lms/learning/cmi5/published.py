"""Publishing the next version of how long cmi5 launches last: by officers of the authority, never back in time.

Refuses: lengths with which content could not be used (a launch that nobody gets to fetch, a token that ends at once), and a
token that outlasts a week.
"""

from dataclasses import asdict, dataclass
from datetime import date

from django.utils.translation import gettext as _

from lms.accounts.api import User
from lms.learning.cmi5.models import Cmi5Rule
from lms.learning.rule_versions import publish, publisher
from lms.lib.actor import Actor
from lms.lib.clock import today
from lms.lib.errors import Invalid

# field → (least, most, seconds of its unit)
BOUNDS = {
    "fetch_minutes": (1, 60, 60),
    "session_hours": (1, 168, 3600),
    "idle_minutes": (30, 10_080, 60),
    "grace_s": (0, 3600, 1),
}
_COLUMNS = {
    "fetch_minutes": "fetch_s",
    "session_hours": "session_s",
    "idle_minutes": "idle_s",
    "grace_s": "grace_s",
}
_LONGEST = 1000


@dataclass(frozen=True)
class NewCmi5Rule:
    """As an officer types it; Cmi5Rule says what each length is."""

    valid_from: date
    fetch_minutes: int
    session_hours: int
    idle_minutes: int
    grace_s: int
    source: str


def publish_rule(by: User | Actor, new: NewCmi5Rule) -> Cmi5Rule:
    """The next version. Raises NotAllowed, Invalid (a field), Conflict (published at the same moment).

    Launches of before its first day, and those that run, keep theirs.
    """
    who = publisher(by)
    given = asdict(new)
    for name, (least, most, _unit) in BOUNDS.items():
        if type(given[name]) is not int or not least <= given[name] <= most:
            raise _wrong(name, _("应是 %(least)s 到 %(most)s 之间的整数。") % {"least": least, "most": most})
    if new.valid_from < today():
        raise _wrong("valid_from", _("生效日期不能早于今天。"))
    source = new.source.strip()
    if not 4 <= len(source) <= _LONGEST or "\0" in source:
        raise _wrong("source", _("请填写这一项，不超过 %(most)s 个字。") % {"most": _LONGEST})
    lengths = {column: given[name] * BOUNDS[name][2] for name, column in _COLUMNS.items()}
    said = {"valid_from": new.valid_from, "source": source, **lengths}
    return publish(who, Cmi5Rule, {}, said, action="cmi5_rule.publish")


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_rule", details={"field": field})
