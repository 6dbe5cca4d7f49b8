"""What a certificate says: to its holder as a PDF, to everybody else the least that answers the question."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from lms.accounts.api import (
    Organisation,
    Role,
    User,
    brand_when,
    holds,
    mask_called,
    real_name_status,
    require_role,
)
from lms.learning.certificates.models import Certificate, CertificateReissue
from lms.learning.certificates.services import KIND
from lms.learning.certificates.withdrawal import must_stand, withdrawn_sentence
from lms.learning.looks import CERTIFICATE, note_look
from lms.learning.permits.words import not_given
from lms.lib.clock import local_day
from lms.lib.errors import NotFound
from lms.lib.pdf import qr_svg, render_typst
from lms.lib.units import format_centi
from lms.lib.verify.rules import grouped
from lms.lib.verify.services import Verdict
from lms.lib.verify.services import issue as code_of

TEMPLATE = "learning/certificate.typ"
# Who of the provider's staff may read its learners' certificates.
READING = (Role.ADMIN, Role.TEACHER, Role.EDITOR)


@dataclass(frozen=True)
class Paper:
    """One paper of a certificate: the one it was issued with, or one in place of an earlier paper.

    replaces, replaced_by: numbers, "" for none; replaced_on: the day it was replaced. corrected: it came after a
    correction of the name, not after the name was first verified; replaced_corrected: so did the one in its place.
    """

    certificate: Certificate
    uuid: UUID
    number: str
    holder_name: str
    real_name: bool
    issued_at: datetime
    replaces: str = ""
    replaced_by: str = ""
    replaced_on: date | None = None
    corrected: bool = False
    replaced_corrected: bool = False

    @property
    def issuer(self) -> str:
        return self.certificate.issuer


def papers(certificate: Certificate) -> list[Paper]:
    """Every paper of the certificate, the one in force last. One query, none where `reissues` were prefetched."""
    first = Paper(
        certificate,
        certificate.uuid,
        certificate.number,
        certificate.holder_name,
        certificate.real_name,
        certificate.issued_at,
    )
    found = [first]
    for row in certificate.reissues.all():
        corrected = row.correction_id is not None
        found[-1] = replace(
            found[-1],
            replaced_by=row.number,
            replaced_on=local_day(row.issued_at),
            replaced_corrected=corrected,
        )
        found.append(
            Paper(
                certificate,
                row.uuid,
                row.number,
                row.holder_name,
                True,
                row.issued_at,
                row.replaces,
                corrected=corrected,
            )
        )
    return found


def paper_in_force(certificate: Certificate) -> Paper:
    """The certificate's last paper."""
    return papers(certificate)[-1]


def unnamed(user: User) -> QuerySet[Certificate]:
    """The person's certificates that bear what they call themselves, and could bear the real name: oldest first."""
    rows = Certificate.objects.filter(person=user, real_name=False, reissues=None, withdrawn_at=None)
    return rows.select_related("completion__release").order_by("issued_at", "id")


def nameable(user: User) -> QuerySet[Certificate]:
    """`unnamed` once the person's real name is verified, none before: each may be issued again, once."""
    return unnamed(user) if real_name_status(user) == "verified" else Certificate.objects.none()


def count_nameable(user: User) -> int:
    return nameable(user).count()


def paper(uuid: UUID) -> Paper | None:
    """A paper by its own uuid, whichever of a certificate's it is."""
    rows = Certificate.objects.select_related("completion__release__provider", "person")
    found = rows.prefetch_related("reissues").filter(Q(uuid=uuid) | Q(reissues__uuid=uuid)).first()
    return next((item for item in papers(found) if item.uuid == uuid), None) if found else None


def numbered(numbers: Iterable[str]) -> dict[str, UUID]:
    """Number of any paper → uuid of the enrolment it certifies. Two queries."""
    wanted = list(numbers)
    enrolment = "completion__enrolment__uuid"
    first = Certificate.objects.filter(number__in=wanted).values_list("number", enrolment)
    later = CertificateReissue.objects.filter(number__in=wanted)
    return dict(first) | dict(later.values_list("number", f"certificate__{enrolment}"))


def readable(user: User, uuid: UUID) -> Paper:
    """The paper, for its holder, and for the provider's staff, whose look is logged. Raises NotFound for others."""
    found = paper(uuid)
    if found is None:
        raise NotFound
    person = found.certificate.person
    if person == user:
        return found
    provider = found.certificate.completion.release.provider
    if not holds(user, *READING, organisation=provider):
        raise NotFound
    note_look(
        require_role(user, *READING, organisation=provider),
        person,
        action="certificate.view",
        reason=CERTIFICATE(number=found.number),
        certificate=str(found.uuid),
    )
    return found


def verify_url(shown: Paper | Certificate) -> tuple[str, str]:
    """(code as printed, address of the public check)."""
    code = code_of(KIND, shown.uuid)
    return grouped(code), f"{settings.PUBLIC_URL}/verify/{code}/"


def content(shown: Paper) -> dict[str, Any]:
    """What the PDF prints. Certificates are in Chinese, whatever language the reader's screen has."""
    code, url = verify_url(shown)
    completion = shown.certificate.completion
    day = local_day(completion.completed_at)
    with override("zh-hans"):
        return {
            "number": shown.number,
            "name": shown.holder_name or _("（持有人已注销）"),
            "course": completion.release.title,
            "kind": completion.release.get_kind_display(),
            "hours": format_centi(completion.own_centihours),
            "note": not_given(day) if completion.waits_for_plan else "",
            "year": day.year,
            "month": day.month,
            "day": day.day,
            "issuer": shown.issuer,
            **_brand(completion.release.provider, shown.issued_at),
            "issued": local_day(shown.issued_at).isoformat(),
            "replaces": shown.replaces,
            "replaces_why": why(corrected=shown.corrected) if shown.replaces else "",
            "code": code,
            "url": url,
            "qr": qr_svg(url),
            "named": shown.real_name,
        }


def _brand(provider: Organisation, issued_at: datetime) -> dict[str, Any]:
    """What the paper shows of its provider: as it was on the day of issue, so that it always looks as it did."""
    brand = brand_when(provider, issued_at)
    found: dict[str, Any] = {"accent": brand.light if brand else "", "logo": "", "logo_format": ""}
    if brand is None or not brand.logo:
        return found
    try:
        with default_storage.open(brand.logo) as file:
            data = file.read()
    except OSError:
        # Gone from the storage: a paper without a logo is better than none.
        return found
    drawn = brand.logo.endswith(".svg")
    # Text as it is, pixels as numbers: the data travels as JSON.
    return found | {
        "logo": data.decode("utf-8-sig") if drawn else list(data),
        "logo_format": "svg" if drawn else "png",
    }


def pdf(shown: Paper) -> bytes:
    """The PDF; the same paper gives the same bytes. Raises Conflict for a certificate that was withdrawn."""
    must_stand(shown.certificate)
    return render_typst(TEMPLATE, content(shown), made_at=shown.issued_at)


def verdict(target: UUID) -> Verdict:
    """What /verify/ says about a paper. One that was replaced says by which, and of its holder nothing any more."""
    found = paper(target)
    if found is None:
        raise NotFound
    completion = found.certificate.completion
    holder = mask_called(found.holder_name) if found.holder_name else _("持有人已注销")
    rows = [
        (_("编号"), found.number),
        *([] if found.replaced_by else [(_("持有人"), holder)]),
        (_("课程"), completion.release.title),
        (pgettext("标题", "学时"), format_centi(completion.own_centihours)),
        (_("完成日期"), local_day(completion.completed_at).isoformat()),
        (_("发证单位"), found.issuer),
        *([(_("代替"), found.replaces)] if found.replaces else []),
    ]
    if found.certificate.withdrawn_at is not None:
        return Verdict(
            title=_("结业证书"), status="revoked", rows=rows, note=withdrawn_sentence(found.certificate)
        )
    if found.replaced_by:
        return Verdict(
            title=_("结业证书"),
            status="replaced",
            rows=rows,
            note=replaced_note(found.replaced_by, found.replaced_on, corrected=found.replaced_corrected),
        )
    named = found.real_name or not found.holder_name
    notes = [] if named else [_("发证时持有人尚未通过实名核实，证书上是其在平台上的称呼。")]
    if completion.waits_for_plan:
        notes.append(not_given(local_day(completion.completed_at)))
    return Verdict(
        title=_("结业证书"),
        status="valid",
        rows=rows,
        note="".join(notes),
    )


def replaced_note(number: str, day: date | None, *, corrected: bool = True) -> str:
    """By what, when and why a paper was replaced."""
    if corrected:
        return _("%(day)s 由 %(number)s 代替，原因：姓名更正。") % {"day": day, "number": number}
    return _("%(day)s 由 %(number)s 代替，原因：持有人后来通过了实名核实。") % {
        "day": day,
        "number": number,
    }


def why(*, corrected: bool) -> str:
    """In a word, why a paper is in place of another."""
    return _("姓名更正") if corrected else _("实名核实")
