"""A person's own part of supervision: none of the checks is about a person. What officers did as checkers is the authority's record; who
they were stays, as with every act of theirs. Photos may show people: they stay in the private storage, for whoever reads the check.
"""

from typing import Any

from lms.accounts.api import User, register_export_part
from lms.training.supervision.models import Check, Checker

PART = "checks"


def part(user: User) -> dict[str, Any]:
    """The checks that the user has made, by number."""
    made = Checker.objects.filter(person=user).values("check_of")
    rows = Check.objects.filter(pk__in=made).order_by("pk")
    return {"made": [{"number": row.number, "title": row.title, "state": row.state} for row in rows]}


def register() -> None:
    register_export_part(PART, part)
