"""Evidence's part of an erasure. Sign-ins stay under a number without a name, as the study they belong to does."""

from uuid import UUID

from lms.accounts.api import ErasurePart, User
from lms.learning.evidence.models import EvidencePack, RecordConsent, RecordLook
from lms.lib.clock import now
from lms.lib.private import private_storage


def erase(user: User) -> list[UUID]:
    """Consents end and lose their words, looks end, the files of their own packs go. Returns the consents, for the audit."""
    consents = RecordConsent.objects.filter(person=user)
    things = list(consents.values_list("uuid", flat=True))
    consents.filter(withdrawn_at__isnull=True).update(withdrawn_at=now())
    consents.update(purpose="")
    RecordLook.objects.filter(person=user).delete()
    storage = private_storage()
    for name in EvidencePack.objects.filter(order__person=user, order__own=True).values_list(
        "file", flat=True
    ):
        if storage.exists(name):
            storage.delete(name)
    return things


PART = ErasurePart(lambda user: (), erase)
