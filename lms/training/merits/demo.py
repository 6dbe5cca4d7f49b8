"""Demo of expert merit: one statement of the demo's contest juror, confirmed. Loaded again, nothing is doubled."""

from collections.abc import Mapping

from lms.accounts.api import Organisation, User
from lms.training.merits import queries, services
from lms.training.merits.models import MeritStatement, Purpose

CITY, EXPERT = "sjrs", "curator"


def load_demo_merits(people: Mapping[str, User], organisations: Mapping[str, Organisation]) -> None:
    """What the expert has done so far, for 人才选拔; nothing where the demo has no contributions of theirs."""
    expert = people[EXPERT]
    keys = [entry.key for entry in queries.entries(expert)][: services.MOST_LINES]
    if not keys or MeritStatement.objects.filter(person=expert).exists():
        return
    statement = services.hand_in(expert, organisations[CITY], Purpose.SELECTION, keys)
    services.confirm(people["officer"], statement)
