"""Issuing certificates: one a completion, with the name as it is known on that day; and the papers in place of one after
the name was verified or corrected.
"""

import secrets
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from lms.accounts.api import real_name, real_name_status
from lms.learning.certificates.models import Certificate, CertificateReissue
from lms.learning.completion.models import Completion
from lms.learning.enrolment.models import Enrolment
from lms.learning.statements.models import NameRequest
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day, now
from lms.lib.errors import Conflict
from lms.lib.outbox.services import emit
from lms.lib.verify.rules import ALPHABET
from lms.lib.verify.services import issue as issue_code

KIND = "certificate"


def fresh_number(year: int) -> str:
    """RT-2026-7K3M9Q: the year and six digits that can't be mistaken for each other; not guessable in sequence."""
    return f"RT-{year}-" + "".join(secrets.choice(ALPHABET) for _digit in range(6))


def _free_number(year: int) -> str:
    while True:
        number = fresh_number(year)
        taken = Certificate.objects.filter(number=number).exists()
        if not taken and not CertificateReissue.objects.filter(number=number).exists():
            return number


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
    number = _free_number(local_day(moment).year)
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


@transaction.atomic
def reissue(who: Actor, certificate: Certificate, correction: NameRequest | None) -> CertificateReissue:
    """The paper in place of the certificate's last one, made on the first call and the same ever after: after `correction`,
    the last that was accepted of its holder's name; or, where it was issued before the name was verified, after that. The
    last one stays as it was and says by which it was replaced; completion and hours are not touched. Raises Conflict (the
    last one bears the right name already, the name is not verified, or the certificate is withdrawn).
    """
    # Two clicks make one.
    row = Certificate.objects.select_for_update(of=("self",)).select_related("person").get(pk=certificate.pk)
    last = row.reissues.order_by("-ordinal").first()
    if last is not None and correction is not None and last.correction_id == correction.pk:
        return last
    if last is None and not row.real_name:
        if real_name_status(row.person) != "verified":
            raise Conflict(_("你的姓名还没有核实，核实以后才能换发。"), code="not_verified")
        # No name was put right: there was none.
        correction = None
    elif not _from_before(correction, last or row):
        if last is not None and last.correction_id is None:
            return last
        raise Conflict(_("这份证书出具时已经用的是更正后的姓名，不用换发。"), code="name_right")
    if row.withdrawn_at is not None:
        raise Conflict(_("这份证书已经撤回，不能换发。"), code="certificate_withdrawn")
    moment = now()
    made = CertificateReissue.objects.create(
        number=_free_number(local_day(moment).year),
        certificate=row,
        ordinal=last.ordinal + 1 if last else 1,
        correction=correction,
        person=row.person,
        holder_name=real_name(row.person),
        replaces=last.number if last else row.number,
        issued_at=moment,
    )
    said = {"certificate": str(row.uuid), "number": made.number}
    emit("certificate.reissued", said, key=f"certificate.reissued:{made.uuid}")
    issue_code(KIND, made.uuid)
    record(
        who,
        action="certificate.reissue",
        target_type="learning.Certificate",
        target=row.uuid,
        data={"number": made.number, "replaces": made.replaces, "reissue": str(made.uuid)},
    )
    return made


def _from_before(correction: NameRequest | None, paper: Certificate | CertificateReissue) -> bool:
    """Whether the correction was accepted after the paper was issued."""
    return (
        correction is not None
        and correction.decided_at is not None
        and paper.issued_at < correction.decided_at
    )
