"""Issuing certificates: one a completion, with the name as it is known on that day."""

import secrets
from uuid import UUID

from django.db import transaction

from lms.accounts.api import real_name, real_name_status
from lms.learning.certificates.models import Certificate
from lms.learning.completion.models import Completion
from lms.learning.enrolment.models import Enrolment
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now
from lms.lib.outbox.services import emit
from lms.lib.verify.rules import ALPHABET
from lms.lib.verify.services import issue as issue_code

KIND = "certificate"


def fresh_number(year: int) -> str:
    """RT-2026-7K3M9Q: the year and six digits that can't be mistaken for each other; not guessable in sequence."""
    return f"RT-{year}-" + "".join(secrets.choice(ALPHABET) for _ in range(6))


@transaction.atomic
def issue(completion_uuid: UUID) -> Certificate:
    """The certificate of a completion, made on the first call and the same ever after."""
    completion = Completion.objects.select_related("release__provider", "person").get(uuid=completion_uuid)
    # The job and an impatient click make one. Completions only grow: production's role may not lock their rows.
    Enrolment.objects.select_for_update().get(pk=completion.enrolment_id)
    found = Certificate.objects.filter(completion=completion).first()
    if found is not None:
        return found
    moment = now()
    number = fresh_number(local_day(moment).year)
    while Certificate.objects.filter(number=number).exists():
        number = fresh_number(local_day(moment).year)
    verified = real_name_status(completion.person) == "verified"
    certificate = Certificate.objects.create(
        number=number,
        completion=completion,
        person=completion.person,
        holder_name=real_name(completion.person) if verified else str(completion.person),
        real_name=verified,
        issuer=completion.release.provider.name,
        issued_at=moment,
    )
    issue_code(KIND, certificate.uuid)
    record(
        Actor.system("certificates"),
        action="certificate.issue",
        target_type="learning.Certificate",
        target=certificate.uuid,
        data={"number": number, "completion": str(completion.uuid)},
    )
    emit(
        "certificate.issued",
        {
            "certificate": str(certificate.uuid),
            "number": number,
            "completion": str(completion.uuid),
            "person": str(completion.person.uuid),
        },
        key=f"certificate.issued:{certificate.uuid}",
    )
    return certificate
