"""Reading papers: for the body they went to and the authority that issued them, what stands on one, and what /verify/ says."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from lms.accounts.api import User, actor, holds
from lms.lib.audit.services import record
from lms.lib.errors import NotFound
from lms.lib.pdf import qr_svg, render_typst
from lms.lib.verify import services as verify
from lms.lib.verify.rules import grouped
from lms.lib.verify.services import Verdict
from lms.training.lifecycle import reading
from lms.training.lifecycle.queries import READERS
from lms.training.papers.models import Paper
from lms.training.papers.services import KIND

TYPST = "training/paper.typ"


def paper_for(user: User, uuid: UUID) -> Paper:
    """A paper of one's own body, in a role that applies for it, or of an authority whose cases one reads; then the look is
    logged. Raises NotFound."""
    found = (
        Paper.objects.select_related("case__authority", "case__body", "case__applicant")
        .filter(uuid=uuid)
        .first()
    )
    if found is None:
        raise NotFound
    case = found.case
    who = reading.party(user, case)
    if who.at_body & set(case.declared.roles):
        return found
    role = next((role for role in READERS if holds(user, role, organisation=case.authority)), None)
    # What has no number was not handed in to the authority: it is the body's alone.
    if role is None or who.own or case.number is None:
        raise NotFound
    record(
        actor(user, role, case.authority),
        action="paper.view",
        target_type="training.Paper",
        target=found.uuid,
        data={"number": found.number},
    )
    return found


def is_own(user: User, paper: Paper) -> bool:
    """Whether the user has it from their own body."""
    return bool(reading.party(user, paper.case).at_body & set(paper.case.declared.roles))


def content_of(paper: Paper) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(paper.content)
    return found


def code_of(paper: Paper) -> str:
    return verify.issue(KIND, paper.uuid)


def ended(paper: Paper) -> Verdict | None:
    """What /verify/ says of a paper that was taken back, with the reason; None: it holds."""
    _code, found = verify.check(code_of(paper))
    return found if found.status == "revoked" else None


def address_of(code: str) -> str:
    """Where anybody can check it."""
    address: str = settings.PUBLIC_URL + reverse("verify:code", args=[code])
    return address


def pdf(paper: Paper) -> bytes:
    """The paper as PDF, in the language it was issued in; the same paper gives the same bytes."""
    with override(settings.LANGUAGE_CODE):
        labels = (_("送达"), _("受理编号"))
    return rendered(
        content_of(paper), paper.sha256, code=code_of(paper), made_at=paper.issued_at, labels=labels
    )


def rendered(
    content: dict[str, Any], sha256: str, *, code: str, made_at: datetime, labels: tuple[str, str]
) -> bytes:
    """What stands on a paper as PDF. labels: what "to" and "case" of the content are called."""
    address = address_of(code)
    with override(settings.LANGUAGE_CODE):
        text = {
            "number": _("编号"),
            "form": _("样式 %(number)s 第 %(version)s 版")
            % {"number": content["template"], "version": content["version"]},
            "to": labels[0],
            "case": labels[1],
            "source": _("依据"),
            "verify": _("验证码"),
            "verify_hint": _("扫码或打开下面的网址，即可核对这份文书的真伪："),
            "hash": _("内容指纹（SHA-256）"),
        }
    data = content | {
        "sha256": sha256,
        "code": grouped(code),
        "address": address,
        "qr": qr_svg(address),
        "text": text,
    }
    return render_typst(TYPST, data, made_at=made_at)


def verdict(target: UUID) -> Verdict:
    """What /verify/ says: enough to compare a paper with, nothing of what stands on it."""
    found = Paper.objects.select_related("case__body", "case__authority").filter(uuid=target).first()
    if found is None:
        raise NotFound
    content = content_of(found)
    rows = [
        (_("文书编号"), found.number),
        (_("样式"), _("%(number)s 第 %(version)s 版") % {"number": found.template, "version": found.version}),
        (_("受理编号"), content["case"]),
        (_("送达单位"), content["to"]),
        (_("出具单位"), content["by"]),
        (_("出具日期"), content["issued_on"]),
        (_("内容指纹（SHA-256）"), found.sha256),
    ]
    return Verdict(title=found.title, status="valid", rows=rows)
