"""Honours in a person's own data. Refuses: who decided; bodies are named by their codes, as everywhere."""

from typing import Any

from creditbank.honours.models import CohortMember, Reward
from lms.accounts.api import User


def rewards_part(user: User) -> list[dict[str, Any]]:
    """What was given for the person's outcomes, and taken back. One query."""
    rows = Reward.objects.filter(outcome__holder=user).order_by("id")
    return list(
        rows.values(
            *("uuid", "outcome__uuid", "organisation__code", "honour", "fen", "award", "score", "reason"),
            *("rule__uuid", "rule__valid_from", "rule__source", "decided_at"),
            *("reversal__decided_at", "reversal__reason"),
        )
    )


def cohorts_part(user: User) -> list[dict[str, Any]]:
    """Invitations and memberships. One query."""
    rows = CohortMember.objects.filter(person=user).order_by("id")
    return list(
        rows.values(
            *("uuid", "cohort__name", "cohort__organisation__code", "cohort__first_year", "number"),
            *("college", "programme", "state", "invited_at", "answered_at", "joined_on", "left_on"),
            "degree__uuid",
        )
    )
