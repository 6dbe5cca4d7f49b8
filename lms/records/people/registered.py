"""What the record store gives to people's own copy of their data and does when they are erased. Imported at start-up."""

from typing import Any

from lms.accounts.api import User, register_erasure_part, register_export_part
from lms.records.people import erasure
from lms.records.people.queries import exported


def _part(user: User) -> dict[str, Any]:
    return exported(user.uuid)


register_export_part("records", _part)
register_erasure_part("records", erasure.PART)
