"""Reading outcomes: one's own, and those a reviewer may see."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from creditbank.outcomes.models import LearningOutcome, OutcomeEvidence
from lms.accounts.api import Organisation, Role, User, actor, organisations_for
from lms.lib.audit.services import record
from lms.lib.errors import NotFound

# creditbank.applications.models.Application.State.WITHDRAWN, which stands above this room.
WITHDRAWN = "withdrawn"


def outcomes_of(user: User) -> QuerySet[LearningOutcome]:
    return LearningOutcome.objects.filter(holder=user).order_by("-deposited_at")


def outcome_of(user: User, uuid: UUID) -> LearningOutcome:
    """One's own outcome. Raises NotFound."""
    outcome = LearningOutcome.objects.filter(holder=user, uuid=uuid).first()
    if outcome is None:
        raise NotFound
    return outcome


def verifying_organisation(user: User, outcome: LearningOutcome) -> Organisation | None:
    """For which body the user may judge this outcome: a college it was handed to, or its issuer; None: for none.

    An application that was withdrawn hands over nothing any more: the certificate is the learner's alone again.
    """
    colleges = organisations_for(user, Role.REVIEWER).filter(
        programmes__applications__in=outcome.applications.exclude(state=WITHDRAWN)
    )
    found = colleges.order_by("pk").first()
    if found is None and outcome.issuer_id is not None:
        found = organisations_for(user, Role.ASSESSOR).filter(pk=outcome.issuer_id).first()
    return found


def claimed_by_others(outcome: LearningOutcome) -> bool:
    """Whether somebody else says that the same paper is theirs: for whoever verifies it, never for its holder."""
    same = LearningOutcome.objects.filter(achievement=outcome.achievement).exclude(status="refused")
    return same.exclude(holder=outcome.holder_id).exists()


def evidence_for(user: User, uuid: UUID) -> OutcomeEvidence:
    """A file of one's own certificate, or of one that the user may judge: then the look is logged. Raises NotFound."""
    evidence = OutcomeEvidence.objects.filter(uuid=uuid).select_related("outcome__holder").first()
    if evidence is None:
        raise NotFound
    if evidence.outcome.holder_id == user.pk:
        return evidence
    body = verifying_organisation(user, evidence.outcome)
    if body is None:
        raise NotFound
    record(
        actor(user, Role.REVIEWER, body),
        action="evidence.view",
        target_type="accounts.User",
        target=evidence.outcome.holder.uuid,
        reason=_("核实证书：%(title)s") % {"title": evidence.outcome.title},
        data={"file": str(evidence.uuid), "outcome": str(evidence.outcome.uuid)},
    )
    return evidence
