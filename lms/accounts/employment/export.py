"""Employment's part of a person's own data (PIPL art. 45): where they work or worked, and what waits for their answer."""

from typing import Any

from lms.accounts.employment import queries
from lms.accounts.people.models import User


def part(user: User) -> dict[str, Any]:
    """In a fixed number of queries. Of a line unconfirmed, only what its page shows."""
    lines = [*queries.invitations(user), *queries.answered(user)]
    return {
        "employments": [
            {
                "uuid": str(row.uuid),
                "organisation": row.organisation.name,
                "department": row.department,
                "post": row.post,
                "since": row.since,
                "until": row.until,
                "confirmed_at": row.confirmed_at,
                "ended_by": row.ended_by,
            }
            for row in queries.own_employments(user)
        ],
        "invitations": [
            {
                "organisation": line.organisation.name,
                "department": line.department,
                "post": line.post,
                "since": line.since,
                "state": line.state,
            }
            for line in lines
        ],
    }
