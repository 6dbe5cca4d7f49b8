"""Reading requests of organisations, and the public list of those that are registered."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from lms.accounts.institutions.models import InstitutionFile, InstitutionRequest
from lms.accounts.organisations.models import Organisation, Role
from lms.accounts.organisations.queries import actor, holds, require_role
from lms.accounts.organisations.rules import normalise_uscc
from lms.accounts.people.models import User
from lms.lib.audit.models import AuditRow
from lms.lib.audit.services import record
from lms.lib.errors import NotFound

TARGET = "accounts.InstitutionRequest"
STEPS = tuple(
    f"institution.{verb}" for verb in ("submit", "supplement", "ask", "approve", "refuse", "withdraw")
)


def requests_of(user: User) -> QuerySet[InstitutionRequest]:
    """One's own, newest first."""
    found = InstitutionRequest.objects.filter(applicant=user).select_related("organisation")
    return found.order_by("-submitted_at", "-id")


def request_of(user: User, uuid: UUID) -> InstitutionRequest:
    """Raises NotFound."""
    found = requests_of(user).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def queue(officer: User, state: str) -> QuerySet[InstitutionRequest]:
    """For officers of the authority: what waits, oldest first, else newest first. Raises NotAllowed."""
    require_role(officer, Role.OFFICER)
    waiting = state == InstitutionRequest.State.SUBMITTED
    found = InstitutionRequest.objects.filter(state=state).select_related("applicant")
    return found.order_by("submitted_at" if waiting else "-decided_at", "id")


def request_for(officer: User, uuid: UUID) -> InstitutionRequest:
    """Raises NotAllowed, NotFound."""
    require_role(officer, Role.OFFICER)
    found = InstitutionRequest.objects.filter(uuid=uuid).select_related("applicant", "organisation").first()
    if found is None:
        raise NotFound
    return found


def steps_of(request: InstitutionRequest) -> QuerySet[AuditRow]:
    """What was done with it, oldest first: asked, supplemented, decided, each with its words."""
    return AuditRow.objects.filter(target=request.uuid, action__in=STEPS).order_by("id")


def others_with_code(request: InstitutionRequest) -> list[Organisation]:
    """Organisations that are registered under the same code: for whoever decides."""
    found = Organisation.objects.filter(uscc=request.uscc)
    if request.organisation_id is not None:
        found = found.exclude(pk=request.organisation_id)
    return list(found.order_by("name")[:10])


def file_for(user: User, uuid: UUID) -> InstitutionFile:
    """A file of one's own request, or any for officers: then the look is logged. Raises NotFound."""
    found = InstitutionFile.objects.filter(uuid=uuid).select_related("request__applicant").first()
    if found is None:
        raise NotFound
    if found.request.applicant_id == user.pk:
        return found
    if not holds(user, Role.OFFICER):
        raise NotFound
    record(
        actor(user, Role.OFFICER),
        action="institution_file.view",
        target_type=TARGET,
        target=found.request.uuid,
        data={"file": str(found.uuid)},
    )
    return found


# --- the public list ----------------------------------------------------------------------------------------


def public_list(words: str = "", kind: str = "") -> QuerySet[Organisation]:
    """Every registered organisation, suspended ones too: who has to do with one must be able to see that."""
    found = Organisation.objects.order_by("name", "id")
    if kind in Organisation.Kind.values:
        found = found.filter(kind=kind)
    words = words.strip()
    if not words:
        return found
    return found.filter(Q(name__icontains=words) | Q(uscc=normalise_uscc(words)) | Q(code=words.lower()))


def state_since(organisation: Organisation) -> datetime:
    """Since when it has the state it has."""
    return organisation.status_since or organisation.created_at
