"""Withdrawing a certificate whose course is not met any more after a person's decision, and giving it back.

The paper stays on record; /verify/ says that it was withdrawn, when and why. Refuses: deciding (holds/decisions.py).
"""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from lms.learning.certificates.models import Certificate
from lms.learning.completion.models import Completion
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now
from lms.lib.errors import Conflict
from lms.lib.outbox.services import emit

REASON = "经核实，部分学习不计入，这门课尚未达到学完的要求。"


def withdraw(completion: Completion, *, cause: UUID) -> bool:
    """Whether this changed anything. Within the caller's transaction, under the enrolment's lock."""
    return _set(completion, cause, withdrawn=True)


def restore(completion: Completion, *, cause: UUID | None = None) -> bool:
    """The same number is valid again. cause None: the course was studied to its end once more."""
    return _set(completion, cause, withdrawn=False)


@transaction.atomic
def _set(completion: Completion, cause: UUID | None, *, withdrawn: bool) -> bool:
    rows = Certificate.objects.filter(completion=completion, withdrawn_at__isnull=withdrawn)
    found = rows.first()
    if found is None:
        return False
    found.withdrawn_at = now() if withdrawn else None
    found.withdrawn_reason = REASON if withdrawn else ""
    found.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    word = "withdraw" if withdrawn else "restore"
    entry = record(
        Actor.system("certificates"),
        action=f"certificate.{word}",
        target_type="learning.Certificate",
        target=found.uuid,
        reason=found.withdrawn_reason,
        data={"cause": str(cause) if cause else ""},
    )
    emit(
        "certificate.withdrawn" if withdrawn else "certificate.restored",
        {"certificate": str(found.uuid), "number": found.number, "completion": str(completion.uuid)},
        key=f"certificate.{word}:{entry.uuid}",
    )
    return True


def withdrawn_sentence(certificate: Certificate) -> str:
    """What the public check and the holder's page say; "" while it stands."""
    if certificate.withdrawn_at is None:
        return ""
    return _("%(day)s 撤回。%(reason)s") % {
        "day": local_day(certificate.withdrawn_at),
        # As it was written then; certificates speak Chinese.
        "reason": certificate.withdrawn_reason,
    }


def must_stand(certificate: Certificate) -> None:
    """Raises Conflict for a withdrawn one: it is not printed any more."""
    if certificate.withdrawn_at is not None:
        raise Conflict(
            _("这份证书已撤回，不能再下载。%(why)s") % {"why": withdrawn_sentence(certificate)},
            code="certificate_withdrawn",
        )
