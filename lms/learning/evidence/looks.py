"""Consenting to a look at one's record of study, and opening a person's record: each with its ground and its row.

Refuses: a look without a ground and a reason that the person can read (DESIGN invariant 7).
"""

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from courses.api import Release
from lms.accounts.api import Organisation, User
from lms.accounts.api import actor as actor_of
from lms.learning.evidence import rights
from lms.learning.evidence.models import RecordConsent, RecordLook
from lms.learning.evidence.services import MIN_REASON, reason_of
from lms.learning.looks import CONSENT, DUTY, note_look
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import now, today
from lms.lib.errors import Invalid, NotFound

# How long an opened record stays open for who opened it.
OPEN_FOR = timedelta(hours=1)
MAX_PURPOSE = 200


# --- consent ---------------------------------------------------------------------------------------------


def checked_consent(purpose: str, until: date) -> str:
    """The purpose as it is kept. until: the last day. Raises Invalid."""
    purpose = " ".join(purpose.split())
    if len(purpose) < MIN_REASON:
        raise Invalid(_("请写明用途（至少 4 个字）。"), code="purpose_missing", details={"field": "purpose"})
    if until < today():
        raise Invalid(_("截止日期已经过去。"), code="past", details={"field": "until"})
    return purpose[:MAX_PURPOSE]


@transaction.atomic
def consent(user: User, organisation: Organisation, purpose: str, until: date) -> RecordConsent:
    """Let an organisation's staff read one's record of study until a day (in). Raises Invalid."""
    purpose = checked_consent(purpose, until)
    made = RecordConsent.objects.create(
        person=user,
        organisation=organisation,
        purpose=purpose,
        until=until,
        given_at=now(),
    )
    _note_consent(user, made, "record.consent")
    return made


@transaction.atomic
def withdraw(user: User, uuid: UUID) -> RecordConsent:
    """Take a consent back, from this moment on. Again changes nothing. Raises NotFound."""
    found = (
        RecordConsent.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organisation")
        .filter(person=user, uuid=uuid)
        .first()
    )
    if found is None:
        raise NotFound
    if found.withdrawn_at is None:
        found.withdrawn_at = now()
        found.save(update_fields=["withdrawn_at"])
        _note_consent(user, found, "record.withdraw")
    return found


def _note_consent(user: User, row: RecordConsent, action: str) -> None:
    record(
        actor_of(user),
        action=action,
        target_type="learning.RecordConsent",
        target=row.uuid,
        reason=row.purpose,
        data={"organisation": row.organisation.code, "until": row.until.isoformat()},
    )


# --- looks -----------------------------------------------------------------------------------------------


@transaction.atomic
def open_record(user: User, person: User, release: Release | None, reason: str) -> RecordLook:
    """Open a person's record: with their consent (its purpose is the reason) or for a duty in the viewer's words. Both
    stand in the person's list of looks. Raises NotFound (no ground), Invalid (no reason).
    """
    right = rights.for_person(user, person, release)
    if right is None:
        raise NotFound
    text = right.consent.purpose if right.consent else reason_of(reason)
    moment = now()
    look = RecordLook.objects.create(
        viewer=user,
        person=person,
        consent=right.consent,
        provider=right.provider,
        role=right.actor.role,
        body=right.actor.body,
        reason=text,
        at=moment,
        until=moment + OPEN_FOR,
    )
    _note_look(user, look)
    return look


def _note_look(user: User, look: RecordLook, **data: str) -> None:
    note_look(
        Actor(person=user.uuid, role=look.role, body=look.body, user_id=user.pk),
        look.person,
        action="record.view",
        reason=(CONSENT if look.consent_id else DUTY)(reason=look.reason),
        look=str(look.uuid),
        ground="consent" if look.consent_id else "duty",
        **data,
    )


@transaction.atomic
def look_again(user: User, uuid: UUID, **data: str) -> RecordLook:
    """An opened record, while its hour and its ground last; a day that is opened is a row of its own. Raises NotFound."""
    rows = RecordLook.objects.select_related("person", "provider", "consent")
    look = rows.filter(uuid=uuid, viewer=user, until__gt=now()).first()
    if look is None or not _still_holds(user, look):
        raise NotFound(_("这次查看已经结束；需要时请重新打开，并写明理由。"), code="look_over")
    if data:
        _note_look(user, look, **data)
    return look


def _still_holds(user: User, look: RecordLook) -> bool:
    if look.consent is not None:
        return rights.consents_to(user).filter(pk=look.consent.pk).exists()
    if look.provider is not None:
        return rights.providing(user, look.provider) is not None
    return rights.supervision(user) is not None
