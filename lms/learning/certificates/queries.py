"""What a certificate says: to its holder as a PDF, to everybody else the least that answers the question."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from lms.accounts.api import Role, User, holds, require_role
from lms.learning.certificates.models import Certificate
from lms.learning.certificates.services import KIND
from lms.lib.audit.services import record
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


def readable(user: User, uuid: UUID) -> Certificate:
    """The certificate, for its holder, and for the provider's staff, whose look is logged. Raises NotFound for others."""
    rows = Certificate.objects.select_related("completion__release__provider", "person")
    found = rows.filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    if found.person_id == user.pk:
        return found
    provider = found.completion.release.provider
    if not holds(user, *READING, organisation=provider):
        raise NotFound
    record(
        require_role(user, *READING, organisation=provider),
        # Under the person, so that it stands in their list of who looked at their record.
        action="certificate.view",
        target_type="accounts.User",
        target=found.person.uuid,
        reason=_("查看结业证书：%(number)s") % {"number": found.number},
        data={"certificate": str(found.uuid)},
    )
    return found


def masked(name: str) -> str:
    """张三丰 → 张＊＊."""
    return name[:1] + "＊" * max(len(name) - 1, 1)


def verify_url(certificate: Certificate) -> tuple[str, str]:
    """(code as printed, address of the public check)."""
    code = code_of(KIND, certificate.uuid)
    return grouped(code), f"{settings.PUBLIC_URL}/verify/{code}/"


def content(certificate: Certificate) -> dict[str, Any]:
    """What the PDF prints. Certificates are in Chinese, whatever language the reader's screen has."""
    code, url = verify_url(certificate)
    completion = certificate.completion
    day = local_day(completion.completed_at)
    with override("zh-hans"):
        return {
            "number": certificate.number,
            "name": certificate.holder_name or _("（持有人已注销）"),
            "course": completion.release.title,
            "kind": completion.release.get_kind_display(),
            "hours": format_centi(completion.centihours),
            "year": day.year,
            "month": day.month,
            "day": day.day,
            "issuer": certificate.issuer,
            "issued": local_day(certificate.issued_at).isoformat(),
            "code": code,
            "url": url,
            "qr": qr_svg(url),
            "named": certificate.real_name,
        }


def pdf(certificate: Certificate) -> bytes:
    """The PDF; the same certificate gives the same bytes."""
    return render_typst(TEMPLATE, content(certificate), made_at=certificate.issued_at)


def verdict(target: UUID) -> Verdict:
    """What /verify/ says about a certificate."""
    certificate = Certificate.objects.select_related("completion__release").filter(uuid=target).first()
    if certificate is None:
        raise NotFound
    completion = certificate.completion
    named = certificate.real_name or not certificate.holder_name
    return Verdict(
        title=_("结业证书"),
        status="valid",
        rows=[
            (_("编号"), certificate.number),
            (_("持有人"), masked(certificate.holder_name) if certificate.holder_name else _("持有人已注销")),
            (_("课程"), completion.release.title),
            (pgettext("标题", "学时"), format_centi(completion.centihours)),
            (_("完成日期"), local_day(completion.completed_at).isoformat()),
            (_("发证单位"), certificate.issuer),
        ],
        note="" if named else _("发证时持有人尚未通过实名核实，证书上是其自填的称呼。"),
    )
