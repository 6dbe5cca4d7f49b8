"""Theory output of a project (372号 四(四), A21) on its way into the credit bank, for the processes of training.

Refuses nothing of its own: what is deposited is a person's own outcome, judged by `rules.check`; whether its issuer's assessor may call
it genuine is judged by `verify_outcome`, as of any other. There once: the same title and project of a person are the same paper.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.rules import Deposit
from creditbank.outcomes.services import (
    check_deposit,
    completed,
    deposit,
    row_of,
    verify_outcome,
    why_not_verified,
)
from creditbank.rules.facts import Kind
from lms.accounts.api import Organisation, User
from lms.lib.errors import Conflict


@dataclass(frozen=True)
class TheoryPaper:
    """issuer: whose assessors verify it; starts_on, ends_on: of the project; number: of the project, not of the paper."""

    title: str
    project: str
    authors: str
    reviewer: str
    issuer: Organisation
    starts_on: date
    ends_on: date
    about: str = ""


def deposit_paper(person: User, paper: TheoryPaper) -> UUID:
    """The outcome's uuid. What the person had registered of it, and nobody has verified, becomes what the project says. Raises
    Invalid, TooMany, Conflict (verified already with other authors, days or issuer)."""
    said = Deposit(
        kind=Kind.PAPER,
        title=paper.title,
        occupation_code="",
        level=None,
        issuer_name=paper.issuer.name,
        issuer=paper.issuer,
        number="",
        issued_on=paper.ends_on,
        starts_on=paper.starts_on,
        project=paper.project,
        authors=paper.authors,
        reviewer=paper.reviewer,
        about=paper.about,
    )
    try:
        return deposit(person, said).uuid
    except Conflict as refusal:
        if refusal.code != "already_deposited":
            raise
        return _replaced(person, said, UUID(refusal.details["outcome"]))


# What of a paper its holder cannot have said otherwise than the project.
_PROJECTS = ("issuer_id", "starts_on", "issued_on")


@transaction.atomic
def _replaced(person: User, said: Deposit, there: UUID) -> UUID:
    """The row that the holder had, with what the project says: whoever verifies it has seen the project's words, not theirs."""
    said = completed(said)
    number, form = check_deposit(said)
    row = row_of(said, person, number, form.form)
    found = LearningOutcome.objects.select_for_update(of=("self",)).get(uuid=there)
    if found.status == LearningOutcome.Status.VERIFIED:
        same = all(getattr(found, name) == getattr(row, name) for name in _PROJECTS)
        if not same or found.details.get("authors") != row.details.get("authors"):
            raise Conflict(
                _("本人名下已有同名同项目的成果，作者、日期或出具单位与这里不同，请先核对。"),
                code="paper_differs",
            )
        return found.uuid
    row.pk, row.uuid, row.deposited_at = found.pk, found.uuid, found.deposited_at
    row.save()
    return row.uuid


def why_not_paper(user: User, outcome: UUID) -> str:
    """Why this user cannot verify it as its issuer's assessor; "" where they can."""
    return why_not_verified(user, LearningOutcome.objects.get(uuid=outcome))


def verify_paper(user: User, outcome: UUID) -> None:
    """By an assessor of the issuer, who has seen the work itself; nothing changes where it is verified already. Raises as
    verify_outcome."""
    found = LearningOutcome.objects.get(uuid=outcome)
    if found.status != LearningOutcome.Status.VERIFIED:
        verify_outcome(user, found, method=LearningOutcome.Method.ORIGINAL)


def paper_states(outcomes: list[UUID]) -> dict[UUID, str]:
    """uuid → its state's name, as its page says it. One query."""
    rows = LearningOutcome.objects.filter(uuid__in=outcomes)
    return {row.uuid: str(row.get_status_display()) for row in rows}
