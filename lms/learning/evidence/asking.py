"""Asking somebody for consent: an address that staff hand over, on paper, as a QR code or in a message.

Owns: what the address says (for whom, for what, until when), signed by the platform. Refuses: finding the person (who is
asked is known to those who ask, and to nobody else; no row says it) and any effect: consent is the person's own act.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core import signing
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, User
from lms.learning.evidence import rights
from lms.learning.evidence.looks import checked_consent
from lms.lib.errors import Invalid, NotAllowed

# How long an address can be answered: a month is more than a case of titles takes to be filed.
ASKED_FOR_SECONDS = 30 * 86400
_SALT = "lms.learning.evidence.asking"


@dataclass(frozen=True)
class Asking:
    """What a person is asked to let an organisation do."""

    organisation: Organisation
    purpose: str
    until: date


def ask(user: User, organisation: Organisation, purpose: str, until: date) -> str:
    """The signed part of the address. Raises NotAllowed (not of those who may read with consent), Invalid."""
    if not rights.may_ask(user).filter(pk=organisation.pk).exists():
        raise NotAllowed
    purpose = checked_consent(purpose, until)
    value = [organisation.uuid.hex, purpose, until.isoformat()]
    return signing.dumps(value, salt=_SALT, compress=True)


def asked(value: str) -> Asking:
    """What an address asks for. Raises Invalid where it is forged, cut off or over."""
    try:
        uuid, purpose, until = signing.loads(value, salt=_SALT, max_age=ASKED_FOR_SECONDS)
        organisation = Organisation.objects.get(uuid=UUID(uuid), status=Organisation.Status.ACTIVE)
        day = date.fromisoformat(until)
        return Asking(organisation, checked_consent(purpose, day), day)
    except (signing.BadSignature, Organisation.DoesNotExist, Invalid, ValueError) as error:
        raise Invalid(
            _("这个请求不完整或已经过期。需要时请对方重新发给你，也可以在下面自己选择机构。"),
            code="asking_over",
        ) from error
