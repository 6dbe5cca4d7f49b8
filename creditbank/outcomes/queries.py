"""Reading outcomes: one's own, and those that an issuer's assessor or a college's reviewer may see."""

from collections.abc import Mapping
from uuid import UUID

from django.apps import apps
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from creditbank import looks
from creditbank.outcomes.models import LearningOutcome, OutcomeEvidence, OutcomeKind
from lms.accounts.api import Organisation, Role, User, actor, organisations_for
from lms.lib.audit.services import record
from lms.lib.errors import NotFound

# creditbank.applications.models.Application.State.WITHDRAWN, which stands above this room.
WITHDRAWN = "withdrawn"


def outcomes_of(user: User) -> QuerySet[LearningOutcome]:
    return LearningOutcome.objects.filter(holder=user).order_by("-deposited_at")


def with_files(outcomes: QuerySet[LearningOutcome]) -> QuerySet[LearningOutcome]:
    """Each with `has_files`: whether any file was handed in with it."""
    return outcomes.annotate(has_files=Exists(OutcomeEvidence.objects.filter(outcome=OuterRef("pk"))))


def outcome_of(user: User, uuid: UUID) -> LearningOutcome:
    """One's own outcome. Raises NotFound."""
    outcome = LearningOutcome.objects.filter(holder=user, uuid=uuid).select_related("issuer", "entry").first()
    if outcome is None:
        raise NotFound
    return outcome


def registered_issuer(name: str) -> Organisation | None:
    """The organisation here that bears exactly this name; None for none, and where two do."""
    found = list(
        Organisation.objects.filter(name=" ".join(name.split()), status=Organisation.Status.ACTIVE)[:2]
    )
    return found[0] if len(found) == 1 else None


def verifying_organisation(user: User, outcome: LearningOutcome) -> Organisation | None:
    """For which body the user may judge this outcome: a college it was handed to, or its issuer; None: for none.

    An application that was withdrawn hands over nothing any more: the certificate is the learner's alone again. Results
    of a college's own courses are verified by its reviewers, everything else of an issuer by its assessors. What the issuer
    itself deposited needs no judging, and to find it here would tell the issuer who has an account.
    """
    found = receiving_college(user, outcome)
    if found is None and outcome.issuer_id is not None and outcome.method != LearningOutcome.Method.DEPOSIT:
        roles = [Role.ASSESSOR, *([Role.REVIEWER] if outcome.kind == OutcomeKind.COURSE else [])]
        found = organisations_for(user, *roles).filter(pk=outcome.issuer_id).first()
    return found


def receiving_college(user: User, outcome: LearningOutcome) -> Organisation | None:
    """The user's college that the outcome was handed to. It judges for itself; an issuer only within its rights."""
    colleges = organisations_for(user, Role.REVIEWER).filter(
        programmes__applications__in=outcome.applications.exclude(state=WITHDRAWN)
    )
    return colleges.order_by("pk").first()


def _mine_to_judge(user: User) -> Q:
    # By its name: the room of applications stands above this one.
    handed_in = apps.get_model("creditbank", "Application").objects.exclude(state=WITHDRAWN)
    handed_in = handed_in.filter(programme__organisation__in=organisations_for(user, Role.REVIEWER))
    claimed = ~Q(method=LearningOutcome.Method.DEPOSIT)
    return (
        (Q(issuer__in=organisations_for(user, Role.ASSESSOR)) & claimed)
        | (Q(issuer__in=organisations_for(user, Role.REVIEWER), kind=OutcomeKind.COURSE) & claimed)
        | Q(pk__in=handed_in.values("outcome"))
    )


def verification_queue(user: User, status: str, kind: str = "") -> QuerySet[LearningOutcome]:
    """What the user may judge, and never their own: the oldest first while it waits, the newest first when judged."""
    found = LearningOutcome.objects.filter(_mine_to_judge(user), status=status).exclude(holder=user)
    if kind:
        found = found.filter(kind=kind)
    waiting = status in {LearningOutcome.Status.SUBMITTED, LearningOutcome.Status.SUPPLEMENT}
    return found.select_related("issuer").order_by("deposited_at" if waiting else "-verified_at", "id")


def verification_counts(user: User) -> Mapping[str, int]:
    """How many there are in each status, in one query."""
    found = LearningOutcome.objects.filter(_mine_to_judge(user)).exclude(holder=user)
    return dict(found.order_by().values_list("status").annotate(number=Count("pk")))


def outcome_for_review(user: User, uuid: UUID) -> LearningOutcome:
    """An outcome that the user may judge; the look is logged under its holder. Raises NotFound, also for one's own."""
    outcome = (
        LearningOutcome.objects.filter(uuid=uuid)
        .exclude(holder=user)
        .select_related("holder", "issuer", "entry")
        .first()
    )
    body = verifying_organisation(user, outcome) if outcome is not None else None
    if outcome is None or body is None:
        raise NotFound
    record(
        actor(user, Role.ASSESSOR if body.pk == outcome.issuer_id else Role.REVIEWER, body),
        action="outcome.view",
        target_type="accounts.User",
        target=outcome.holder.uuid,
        reason=looks.OUTCOME(title=outcome.title),
        data={"outcome": str(outcome.uuid)},
    )
    return outcome


def verifies_outcome_of(viewer: User, person: User) -> bool:
    """The ground on which a verifier may see someone's real name: an outcome of theirs waits for the viewer."""
    if viewer.pk == person.pk:
        return False
    waiting = [LearningOutcome.Status.SUBMITTED, LearningOutcome.Status.SUPPLEMENT]
    return LearningOutcome.objects.filter(_mine_to_judge(viewer), holder=person, status__in=waiting).exists()


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
        actor(user, Role.ASSESSOR if body.pk == evidence.outcome.issuer_id else Role.REVIEWER, body),
        action="evidence.view",
        target_type="accounts.User",
        target=evidence.outcome.holder.uuid,
        reason=looks.OUTCOME(title=evidence.outcome.title),
        data={"file": str(evidence.uuid), "outcome": str(evidence.outcome.uuid)},
    )
    return evidence
