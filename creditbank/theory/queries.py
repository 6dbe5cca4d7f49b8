"""Reading theory papers (论文替代成果)."""

from uuid import UUID

from creditbank.outcomes.models import LearningOutcome, OutcomeKind
from lms.accounts.api import User
from lms.lib.errors import NotFound


def readable(user: User, uuid: UUID) -> LearningOutcome:
    """One's own theory paper. Raises NotFound."""
    found = LearningOutcome.objects.filter(holder=user, uuid=uuid, kind=OutcomeKind.PAPER)
    outcome = found.select_related("holder").first()
    if outcome is None:
        raise NotFound
    return outcome
